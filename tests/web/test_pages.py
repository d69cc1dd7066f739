"""What pages do with bad input, with nobody signed in, and with faults."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, g, url_for
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Conflict, Forbidden, TooManyRequests
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter

from trial.conduct.access import Act
from trial.conduct.refused import Finding, Locked, NotAllowed, Refused, Stale
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.trail import ReadOnly, acting
from trial.web import here
from trial.web.fields import Amount, Codes, DateField3, Line, Lines, Several, Tick, Whole, YesNo
from trial.web.forms import Form
from trial.web.permission import Gate, Unguarded, permission, refuse_unguarded

FORM = "application/x-www-form-urlencoded"


class Sample(Form):
    """One question of each kind."""

    class Meta:
        csrf = False

    word = Line("Word", needed="Enter a word", most=20)
    text = Lines("Text", most=50)
    number = Whole("Number", least=1, most=80)
    amount = Amount("Amount", most="1000")
    day = DateField3("Day", needed="Enter a day")
    decider = Codes("Decider", codes=lambda protocol: protocol.screening.deciders)
    paid = YesNo("Paid")
    some = Several("Some", options=(("a", "A"), ("b", "B")))
    sure = Tick("Sure")


GOOD = {
    "word": "caf\u0065\u0301",
    "text": "two\r\nlines",
    "number": "12",
    "amount": "£1,000.00",
    "day-day": "29",
    "day-month": "Feb",
    "day-year": "2016",
    "paid": "yes",
    "some": "b",
    "sure": "yes",
}


@pytest.fixture
def filled(protocol: Protocol) -> Callable[..., Sample]:
    """Fills in the sample with some answers changed; questions need a protocol but no database."""
    bare = Flask("bare")
    bare.extensions["trial_protocol"] = protocol

    def fill(**changed: Any) -> Sample:
        with bare.test_request_context("/", method="POST"):
            g.protocol = protocol
            form = Sample(formdata=MultiDict({**GOOD, **changed}))
            form.validate()
            return form

    return fill


def test_good_answers_become_values(filled: Callable[..., Sample]) -> None:
    form = filled()
    assert form.faults == [] and form.status == 200
    assert form.word.data == "café"
    assert form.text.data == "two\nlines"
    assert (form.number.data, form.amount.data) == (12, Decimal("1000.00"))
    assert form.day.data == date(2016, 2, 29)
    assert (form.paid.data, form.some.data, form.sure.data) == (True, ("b",), True)
    assert form.decider.data is None


@pytest.mark.parametrize(
    ("name", "typed", "focus", "says"),
    [
        ("word", "", "word", "Enter a word"),
        ("word", "   ", "word", "Enter a word"),
        ("word", "x" * 21, "word", "Shorten this to 20 characters: it has 21"),
        ("word", "a\nb", "word", "Write this on one line"),
        ("word", "nul\x00", "word", "characters that cannot be kept"),
        ("word", "bell\x07", "word", "characters that cannot be kept"),
        ("word", "bad\ufffd", "word", "characters that cannot be kept"),
        ("word", "turn\u202e", "word", "characters that cannot be kept"),
        ("word", "lone\ud800", "word", "characters that cannot be kept"),
        ("text", "x" * 51, "text", "Shorten this"),
        ("text", "a\x1bb", "text", "characters that cannot be kept"),
        ("number", "twelve", "number", "Enter a whole number"),
        ("number", "81", "number", "from 1 to 80"),
        ("number", "1.5", "number", "Enter a whole number"),
        ("number", "١٢", "number", "Enter a whole number"),
        ("number", "9" * 400, "number", "Enter a whole number"),
        ("amount", "12.345", "amount", "at most two decimals"),
        ("amount", "NaN", "amount", "at most two decimals"),
        ("amount", "1e9", "amount", "at most two decimals"),
        ("amount", "-1", "amount", "from 0 to 1000"),
        ("day-day", "", "day-day", "Enter the day too"),
        ("day-day", "30", "day-day", "Enter a real date, such as 27 3 2026"),
        ("day-month", "13", "day-month", "Enter a real date"),
        ("day-year", "16", "day-year", "Enter a real date"),
        ("day-year", "99999", "day-year", "Enter a real date"),
        ("day-day", "\x00", "day-day", "Enter a real date"),
        ("decider", "nobody", "decider", "Choose one of the answers shown"),
        ("paid", "perhaps", "paid", "Choose one of the answers shown"),
        ("some", "c", "some", "Choose from the answers shown"),
    ],
)
def test_a_bad_answer_gets_its_message_and_the_rest_is_kept(
    filled: Callable[..., Sample], name: str, typed: str, focus: str, says: str
) -> None:
    form = filled(**{name: typed})
    ((target, message),) = form.faults
    assert target == focus
    assert says in message
    assert form.status == 422
    kept = [field.shown for field in form if field.name in GOOD and field.name != name]
    assert all("\x00" not in one for one in kept)
    assert form.day.boxes["year"] == (typed if name == "day-year" else "2016")


def test_what_was_typed_is_shown_again_without_what_cannot_be_shown(
    filled: Callable[..., Sample],
) -> None:
    assert filled(word="nul\x00 and <b>").word.shown == "nul and <b>"


def test_every_coded_answer_of_the_protocol_can_be_chosen(
    protocol: Protocol, filled: Callable[..., Sample]
) -> None:
    for code in protocol.screening.deciders:
        assert filled(decider=code.key).decider.data == code.key


@pytest.mark.parametrize("body", [b"email=\xff\xfe", b"email=%ff", b"email=%ed%a0%80"])
def test_a_body_that_is_not_utf8_gets_a_page_that_says_so(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/sign-in", data=body, content_type=FORM)
    assert answer.status_code == 400
    assert "This request is not UTF-8" in answer.text


def test_a_form_without_its_token_is_refused(sign_in: Callable[..., Any]) -> None:
    browser = sign_in()
    answer = browser.client.post("/account/password", data={"current": "x"})
    assert answer.status_code == 400
    assert "open too long" in answer.text


def test_too_large_a_body_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data=b"email=" + b"x" * (1024 * 1024), content_type=FORM)
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_form_sent_by_another_site_is_refused(sign_in: Callable[..., Any]) -> None:
    browser = sign_in()
    browser.get("/account")
    for site, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 302)):
        answer = browser.client.post(
            "/sign-out", data=browser.hidden(), headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == status


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/sign-in").status_code in (400, 405)


@pytest.fixture
def faulty(app: Flask) -> dict[str, BaseException]:
    """Pages that fail in every way there is."""
    faults: dict[str, BaseException] = {
        "forbidden": Forbidden(),
        "conflict": Conflict(),
        "many": TooManyRequests(),
        "not-allowed": NotAllowed("secret words"),
        "refused": Refused("Open the cluster first."),
        "locked": Locked("This is locked."),
        "stale": Stale("Someone else saved this first."),
        "fault": ZeroDivisionError("secret words"),
    }

    def fail(name: str) -> None:
        raise faults[name]

    app.add_url_rule("/fail/<name>", "fail", permission(Gate.PUBLIC)(fail))
    return faults


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("forbidden", 404, "Page not found"),
        ("conflict", 409, "Someone else saved this first"),
        ("many", 429, "Too many attempts"),
        ("not-allowed", 404, "Page not found"),
        ("refused", 409, "Open the cluster first."),
        ("locked", 409, "This is locked."),
        ("stale", 409, "Someone else saved this first"),
        ("fault", 500, "Something went wrong"),
    ],
)
def test_every_failure_has_a_page_in_plain_words(
    app: Flask,
    faulty: dict[str, BaseException],
    caplog: pytest.LogCaptureFixture,
    name: str,
    status: int,
    says: str,
) -> None:
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get(f"/fail/{name}")
    assert answer.status_code == status
    assert says in answer.text and "<h1" in answer.text
    assert "secret words" not in answer.text and "Traceback" not in answer.text
    assert "secret words" not in caplog.text
    assert ("ZeroDivisionError" in caplog.text) is (status == 500)


def test_a_page_that_says_nothing_about_permission_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(Unguarded, match="silent"):
        refuse_unguarded(app)


def test_nobody_signed_in_is_sent_to_sign_in_from_every_page(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        needed = app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
        if needed is Gate.PUBLIC or "GET" not in (rule.methods or ()):
            continue
        values = {name: sample(kind) for name, kind in rule._converters.items()}
        with app.test_request_context():
            address = url_for(rule.endpoint, **values)
        assert client.get(address).location == "/sign-in", rule.endpoint


def sample(kind: BaseConverter) -> Any:
    """Some value that fits a place in an address."""
    if isinstance(kind, AnyConverter):
        return sorted(kind.items)[0]
    return 1 if isinstance(kind, IntegerConverter) else "x"


@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_may_not_see_the_accounts_finds_no_page(
    sign_in: Callable[..., Any], role: Role
) -> None:
    browser = sign_in(role)
    may = role in (Role.ADMINISTRATOR, Role.AUDITOR)
    answer = browser.get("/administration")
    assert answer.status_code == (200 if may else 404)
    assert ("Administration</a>" in browser.get("/account").text) is may
    expected = 200 if role is Role.ADMINISTRATOR else 404
    assert browser.get("/administration/add").status_code == expected


def test_a_page_that_only_shows_cannot_write(app: Flask, sign_in: Callable[..., Any]) -> None:
    def write() -> str:
        with acting(here.session(), by=here.actor(), name=Act.SCREEN):
            return "written"

    app.add_url_rule("/writes", "writes", permission(Gate.SIGNED_IN)(write))
    browser = sign_in()
    with pytest.raises(ReadOnly):
        browser.get("/writes")


def test_a_refusal_stands_beside_its_field_or_at_the_head(filled: Callable[..., Sample]) -> None:
    form = filled()
    form.refuse(Refused.of([Finding("Not this word", "word"), Finding("Not today")]))
    assert form.faults == [("main-content", "Not today"), ("word", "Not this word")]


def test_every_page_has_one_heading_and_no_inline_script_or_style(
    sign_in: Callable[..., Any],
) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    for path in ("/account", "/account/password", "/administration", "/administration/add"):
        page = browser.get(path).text
        (heading,) = re.findall(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.S)
        title = re.search(r"<title>(.*?)</title>", page)
        assert title and title[1].startswith(heading)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page)


def test_the_navigation_shows_only_what_the_role_can_open(
    sign_in: Callable[..., Any],
) -> None:
    browser = sign_in(Role.FIDELITY_REVIEWER)
    page = browser.get("/account").text
    for address in re.findall(r'<li><a href="([^"]+)"', page):
        assert browser.get(address).status_code == 200
