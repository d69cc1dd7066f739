"""Every question of every form, answered with harm or by pasting anything: a message, never a fault."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.playing import email_of
from tests.web.crawling import FormSeen, Question, Visited, crawl, endpoint_of, signed_in
from trial.protocol.roles import Role
from trial.records.verify import verify
from trial.web.database import db

FORM = "application/x-www-form-urlencoded"
SCRIPT = "<script>alert(1)</script>"
REFUSED_TEXTS = {
    "far too long": "long " * 1200,
    "NUL": "nul\x00here",
    "a control": "escape\x1b[31m",
    "a failed decoding": "bad\ufffd",
    "turned": "turned \u202egnp.exe",
}
HARMLESS_TEXTS = {"a script": f"\"'>{SCRIPT}", "a template": "{{7*7}}${7*7}%s"}
NUMBERS = {"too large": "1e999", "negative": "-1", "no number": "NaN", "huge": str(10**30)}
DATES = {
    "no such day": ("31", "2", "2016"),
    "nothing": ("0", "0", "0"),
    "beyond": ("99", "99", "9999"),
    "letters": ("x", "y", "z"),
    "one far too long": ("1" * 5001, "2", "2016"),
    "one NUL": ("1", "2", "20\x0016"),
}
BOX = re.compile(r"(.+)-(day|month|year)$")
KEPT = "kept as typed"
FEW = 6


@dataclass
class Attack:
    """What is sent in the place of one question's answer, and whether it has to be refused there."""

    label: str
    question: str
    sent: dict[str, str]
    refused: bool


@dataclass
class Told:
    """What came of all attacks on one person's forms."""

    attacks: int = 0
    messages: int = 0
    forms: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def attacks(form: FormSeen, page: str) -> Iterator[Attack]:
    """Every attack on every question that a person sees in a form.

    A form of the protocol may ask a hundred questions, all by one mechanism: of each kind, the first few.
    """
    dates, seen, kinds = set(), set(), Counter[str]()
    of_protocol = any(one.name == "page-once" for one in form.questions)
    for one in form.questions:
        if one.kind == "hidden" or one.unseen or one.name in seen:
            continue
        seen.add(one.name)
        kinds[one.kind] += 1
        if of_protocol and kinds[one.kind] > FEW:
            continue
        box = BOX.match(one.name)
        if box and box[1] not in dates:
            dates.add(box[1])
            for label, parts in DATES.items():
                boxes = zip(("day", "month", "year"), parts, strict=True)
                yield Attack(
                    label, box[1], {f"{box[1]}-{name}": part for name, part in boxes}, True
                )
        elif not box:
            yield from _texts(one, page)


def _texts(one: Question, page: str) -> Iterator[Attack]:
    offered = one.kind in ("radio", "checkbox", "select")
    tick = one.kind == "checkbox" and one.offered == ("yes",)
    number = bool(re.search(rf'name="{re.escape(one.name)}"[^>]*inputmode="decimal"', page))
    for label, text in REFUSED_TEXTS.items():
        yield Attack(label, one.name, {one.name: text}, not tick)
    for label, text in HARMLESS_TEXTS.items():
        yield Attack(label, one.name, {one.name: text}, (offered and not tick) or number)
    if number:
        for label, text in NUMBERS.items():
            yield Attack(label, one.name, {one.name: text}, True)


def filled(form: FormSeen) -> dict[str, list[str]]:
    """A form as shown, with something in every box that was empty."""
    sent = form.as_shown()
    for one in form.questions:
        if one.kind in ("text", "textarea") and not one.value:
            box = BOX.match(one.name)
            sent[one.name] = [{"day": "3", "month": "4", "year": "2016"}[box[2]] if box else KEPT]
    return sent


@dataclass
class Attacker:
    """Somebody signed in who sends every attack to every form that they can reach."""

    app: Flask
    client: FlaskClient
    told: Told = field(default_factory=Told)

    def attack_everything(self, most: int = 2) -> Told:
        """Attack each different form once."""
        pages = list(crawl(self.app, self.client, most=most, rarely={"history.show": 1}))
        done: set[tuple[str | None, ...]] = set()
        for page in pages:
            for form in page.forms() if page.is_page else ():
                names = tuple(sorted({one.name for one in form.questions}))
                kind = (endpoint_of(self.app, form.actions[0]), *names)
                if form.method == "post" and kind not in done and len(names) > 1:
                    done.add(kind)
                    self.attack(page.address, form.actions[0], names)
        return self.told

    def attack(self, address: str, action: str, names: tuple[str, ...]) -> None:
        """Attack one form, opened afresh whenever something was accepted."""
        form, page = self._open(address, action, names)
        if form is None:
            return
        self.told.forms.add(endpoint_of(self.app, action) or action)
        for one in list(attacks(form, page)):
            if form is None:
                return
            typed = filled(form) | {name: [text] for name, text in one.sent.items()}
            answer = self.client.post(action, data=typed)
            self.told.attacks += 1
            self._judge(one, action, typed, answer)
            if answer.status_code != 422:
                form, page = self._open(address, action, names)

    def _open(
        self, address: str, action: str, names: tuple[str, ...]
    ) -> tuple[FormSeen | None, str]:
        page = Visited(address, "", self.client.get(address))
        if page.answer.status_code != 200:
            return None, ""
        for form in page.forms():
            if action in form.actions and tuple(sorted({q.name for q in form.questions})) == names:
                return form, page.answer.text
        return None, ""

    def _judge(
        self, one: Attack, action: str, typed: dict[str, list[str]], answer: TestResponse
    ) -> None:
        where = f"{action}: {one.question}: {one.label}"
        if answer.status_code not in (200, 302, 409, 422, 429):
            self.told.faults.append(f"{where}: {answer.status_code}")
        if SCRIPT in answer.text:
            self.told.faults.append(f"{where}: a script stands in the page")
        if answer.status_code == 422:
            self.told.faults += [f"{where}: {fault}" for fault in kept(one, typed, answer.text)]
        if one.refused:
            self.told.messages += 1
            error = f"{one.question.removesuffix('-missing')}-error"
            beside = re.search(rf'aria-describedby="[^"]*\b{re.escape(error)}\b', answer.text)
            if answer.status_code != 422 or not beside or f'id="{error}"' not in answer.text:
                self.told.faults.append(f"{where}: no message beside it ({answer.status_code})")


def kept(one: Attack, typed: dict[str, list[str]], page: str) -> Iterator[str]:
    """Which of the other answers a page no longer shows."""
    text = unescape(page)
    for name, (value, *_) in typed.items():
        shown = re.search(rf'name="{re.escape(name)}"', page)
        password = re.search(rf'name="{re.escape(name)}"[^>]*type="password"', page)
        hidden = re.search(rf'type="hidden"[^>]*name="{re.escape(name)}"', page)
        hidden = hidden or re.search(rf'name="{re.escape(name)}"[^>]*type="hidden"', page)
        if name in one.sent or not value or hidden or password:
            continue
        if not shown or value not in text:
            yield f"{name} is not kept"


LEAST = {
    Role.TRIAL_MANAGER: (600, 25),
    Role.ADMINISTRATOR: (40, 3),
    Role.EMPLOYMENT_SPECIALIST: (100, 4),
    Role.AUDITOR: (5, 1),
}


@pytest.mark.parametrize("role", list(LEAST))
def test_every_question_of_every_form_withstands(demonstration: Flask, role: Role) -> None:
    client = signed_in(demonstration, email_of(role))
    told = Attacker(demonstration, client).attack_everything()
    assert not told.faults, "\n".join(told.faults[:20])
    attacked, forms = LEAST[role]
    assert told.attacks >= attacked and len(told.forms) >= forms, told
    assert told.messages > told.attacks / 3
    with demonstration.app_context():
        assert verify(db.session()).valid


def test_the_page_for_signing_in_withstands(demonstration: Flask) -> None:
    attacker = Attacker(demonstration, demonstration.test_client())
    attacker.attack("/sign-in", "/sign-in", ("csrf_token", "email", "once", "password"))
    assert attacker.told.faults == [] and attacker.told.attacks > 10


def test_filters_and_addresses_withstand(demonstration: Flask) -> None:
    client = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    texts = [*REFUSED_TEXTS.values(), *HARMLESS_TEXTS.values(), *NUMBERS.values(), ""]
    asked = {
        (urljoined, one.name)
        for page in crawl(demonstration, client, most=1)
        if page.is_page
        for form in page.forms()
        if form.method == "get"
        for urljoined in form.actions
        for one in form.questions
    } | {
        ("/trail", "before"),
        ("/participants", "page"),
        ("/screening", "page"),
        ("/queries", "page"),
    }
    assert len(asked) > 10
    for address, name in sorted(asked):
        for text in texts:
            answer = client.get(f"{address}?{urlencode({name: text})}")
            assert answer.status_code in (200, 302, 422), (address, name, text[:20])
            assert SCRIPT not in answer.text
        assert client.get(f"{address}?{name}=%ed%a0%80&{name}=%ff").status_code < 500
    for path in ("/participants/{}", "/screening/{}", "/history/spell/{}/kind", "/history/{}/1/kind",
                 "/clusters/{}", "/trail/{}", "/set-password/{}", "/visits/{}", "/queries/{}",
                 "/work/{}/correct", "/feasibility/figures/{}.svg", "/planning/figures/{}.svg",
                 "/administration/{}"):  # fmt: skip
        for text in (*texts, "0", "2147483648", "9" * 19, "..%2f..%2f"):
            assert client.get(path.format(quote(text[:2000]))).status_code in (404, 405, 308), path


def test_a_body_that_is_not_utf8_is_refused_by_every_form(demonstration: Flask) -> None:
    client = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    tried = set()
    for page in crawl(demonstration, client, most=1):
        for form in page.forms() if page.is_page else ():
            if form.method == "post" and form.actions[0] not in tried:
                tried.add(form.actions[0])
                for body in (b"reason=%ed%a0%80", b"reason=\xff", b"reason=%c0%80"):
                    answer = client.post(form.actions[0], data=body, content_type=FORM)
                    assert answer.status_code == 400, form.actions
                    assert "This request is not UTF-8" in answer.text
    assert len(tried) > 20


def test_answers_sent_twice_unknown_or_far_too_large(demonstration: Flask) -> None:
    client = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    address = "/screening/new"
    (form,) = [
        one for one in Visited(address, "", client.get(address)).forms() if address in one.actions
    ]
    twice = {name: [*values, *values, "other"] for name, values in filled(form).items()}
    csrf = form.as_shown()["csrf_token"]
    answer = client.post(address, data=twice | {"csrf_token": csrf, "cluster_id": "1", "id": "1"})
    assert answer.status_code == 422
    for name in ("version", "once", "csrf_token"):
        for text in ("", "x" * 500, "\x00", SCRIPT):
            sent = form.as_shown() | {name: text}
            assert client.post(address, data=sent).status_code in (400, 409, 422)
    large = form.as_shown() | {"reason": "x" * 1024 * 1024}
    assert client.post(address, data=large).status_code == 413
    many = form.as_shown() | {f"unknown-{place}": "x" for place in range(5000)}
    assert client.post(address, data=many).status_code in (413, 422)
