"""What was typed is never lost: a session that ended, a closed tab; and never shown to anybody else."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.web.conftest import PASSWORD, Browser, hidden
from tests.web.filling import records, visit_of, with_forms
from tests.web.following import enrolled
from trial.protocol.roles import Role
from trial.records.models import Act, Change, Typed
from trial.web.accounts import WebSession
from trial.web.database import db
from trial.web.kept import LONGEST, MOST

NOTICE = "This is what you had typed. It is not saved yet."
OFFER = "and did not save it"
SECRET = "nobody else may read these words"
TYPED = {
    "page-observed_on-day": "20", "page-observed_on-month": "10",
    "page-observed_on-year": "2015", "works": "yes", "hours": "16", "calm": "1", "tired": "2",
    "story": SECRET, "jobs-rows": "1", "jobs.1.title": "Porter", "page-save": "complete",
}  # fmt: skip


@pytest.fixture
def person(app, protocol):
    with_forms(app, protocol)
    return enrolled(app, protocol)


@pytest.fixture
def address(app, person):
    return f"/forms/add/everything/{person}?visit={visit_of(app, person)}"


@pytest.fixture
def researcher(sign_in, person):
    return sign_in(Role.RESEARCHER, clusters={1})


def lapses(app):
    """Let every session be older than the longest pause."""
    with app.app_context(), db.engine.begin() as connection:
        old = WebSession.seen_at - timedelta(hours=2)
        for number, seen in connection.execute(select(WebSession.id, WebSession.seen_at)).all():
            earlier = seen - timedelta(hours=2)
            change = update(WebSession).where(WebSession.id == number).values(seen_at=earlier)
            connection.execute(change)
    del old


def rows(app):
    with app.app_context():
        found = list(db.session.scalars(select(Typed)))
        db.session.expunge_all()
    return found


def signs_in(browser, email):
    browser.page = None
    return browser.post("/sign-in", {"email": email, "password": PASSWORD})


def keeps(browser, address, told):
    """What the page's script does every few seconds."""
    token = {name: value for name, value in hidden(browser.page.text).items()}
    sent = {n: v for n, v in token.items() if not n.endswith("csrf_token")} | told
    header = {"X-CSRFToken": token.get("page-csrf_token") or token["csrf_token"]}
    return browser.client.post("/typed", query_string={"place": address}, data=sent, headers=header)


def test_a_session_lost_in_the_middle_of_a_form(researcher, app, address):
    researcher.get(address)
    lapses(app)
    answer = researcher.post(address, TYPED)
    assert answer.status_code == 302 and answer.location.endswith("/sign-in")
    assert records(app, "everything") == []
    (row,) = rows(app)
    assert SECRET not in row.sealed and "Porter" not in row.sealed
    assert "is kept for you" in researcher.client.get("/sign-in").text
    answer = signs_in(researcher, "researcher@example.org")
    assert answer.location.endswith(address)
    text = researcher.get(answer.location).text
    assert NOTICE in text and SECRET in text and 'value="Porter"' in text and 'value="16"' in text
    answer = researcher.post(address, TYPED)
    assert answer.status_code == 302, answer.text
    assert [one.state for one in records(app, "everything")] == ["complete"]
    assert rows(app) == []


def test_what_was_typed_is_shown_to_nobody_else(researcher, app, address, account):
    other = "second.researcher@example.org"
    account(Role.RESEARCHER, {1}, other)
    researcher.get(address)
    lapses(app)
    researcher.post(address, TYPED)
    answer = signs_in(researcher, other)
    text = researcher.get(answer.location).text
    assert NOTICE not in text and SECRET not in text and OFFER not in text
    assert "Nothing that you typed" in researcher.get("/typed").text
    with app.app_context():
        told = [str(one) for one in db.session.execute(select(Change.new, Change.old))]
        told += [f"{one.note} {one.reason}" for one in db.session.scalars(select(Act))]
    assert not any(SECRET in one for one in told)


def test_a_page_of_an_earlier_session_comes_back_with_what_was_typed(researcher, app, address):
    researcher.get(address)
    old = researcher.hidden()
    lapses(app)
    signs_in(researcher, "researcher@example.org")
    answer = researcher.client.post(address, data=old | TYPED)
    assert answer.status_code == 400 and "what you had typed is kept" in answer.text
    assert f'href="{address}"' in answer.text and records(app, "everything") == []
    text = researcher.get(address).text
    assert NOTICE in text and SECRET in text


def test_a_page_made_for_another_is_not_kept(researcher, app, address, account):
    other = "second.researcher@example.org"
    account(Role.RESEARCHER, {1}, other)
    researcher.get(address)
    theirs = researcher.hidden()
    lapses(app)
    signs_in(researcher, other)
    answer = researcher.client.post(address, data=theirs | TYPED)
    assert answer.status_code == 400 and rows(app) == []


def test_every_page_keeps_what_was_typed_and_no_password(app, sign_in):
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get("/clusters/city-forensic/open")
    lapses(app)
    day = {"opened_on-day": "7", "opened_on-month": "1", "opened_on-year": "2016"}
    manager.post("/clusters/city-forensic/open", day | {"password": "horse battery"})
    assert len(rows(app)) == 1
    answer = signs_in(manager, "trial.manager@example.org")
    text = manager.get(answer.location).text
    assert NOTICE in text and 'value="2016"' in text
    assert "horse battery" not in manager.get("/typed").text


@pytest.mark.parametrize("page", ["/own/password", "/sign-in"])
def test_pages_of_accounts_are_never_kept(app, sign_in, page):
    manager: Browser = sign_in(Role.TRIAL_MANAGER)
    manager.get("/own")
    token = manager.hidden()
    lapses(app)
    manager.client.post(page, data=token | {"password": "horse battery"})
    assert rows(app) == []


def test_a_closed_tab_is_offered_again(researcher, app, address):
    researcher.get(address)
    assert keeps(researcher, address, {"story": SECRET, "hours": "16"}).status_code == 204
    researcher.client.post("/sign-out", data={"csrf_token": researcher.hidden()["page-csrf_token"]})
    signs_in(researcher, "researcher@example.org")
    text = researcher.get(address).text
    assert OFFER in text and SECRET not in text
    answer = researcher.post("/typed/again", {"place": address})
    text = researcher.get(answer.location).text
    assert NOTICE in text and SECRET in text
    answer = researcher.post("/typed/leave", {"place": address})
    text = researcher.get(answer.location).text
    assert NOTICE not in text and OFFER not in text and rows(app) == []


def test_a_save_forgets_and_a_late_word_is_not_kept(researcher, app, address):
    researcher.get(address)
    page = researcher.page
    keeps(researcher, address, {"story": SECRET})
    researcher.post(address, TYPED)
    assert rows(app) == []
    researcher.page = page
    assert keeps(researcher, address, {"story": SECRET}).status_code == 204
    assert rows(app) == []


def test_only_pages_that_this_person_may_send_are_kept(researcher, app, address):
    researcher.get(address)
    for place in ("/administration", "/nowhere", "//elsewhere.example", "/own/password", ""):
        assert keeps(researcher, place, {"word": SECRET}).status_code == 404, place
    plain: FlaskClient = researcher.client
    assert plain.post("/typed", query_string={"place": address}, data=TYPED).status_code == 400
    assert rows(app) == []


def test_what_is_kept_is_bounded_in_size_number_and_time(researcher, app, address):
    researcher.get(address)
    assert keeps(researcher, address, {"story": "x" * 2_000_000}).status_code == 413
    for number in range(MOST + 3):
        keeps(researcher, f"{address}&n={number}", {"story": str(number)})
    assert len(rows(app)) == MOST
    with app.app_context(), db.engine.begin() as connection:
        for row in connection.execute(select(Typed.id, Typed.typed_at)).all():
            long_ago = row.typed_at - LONGEST
            this = update(Typed).where(Typed.id == row.id).values(typed_at=long_ago)
            connection.execute(this)
    assert "Nothing that you typed" in researcher.get("/typed").text
    researcher.get(address)
    keeps(researcher, address, {"story": "new"})
    assert len(rows(app)) == 1
