"""The page of reminders: what failed, came back or is in doubt, and what a person does about it."""

from datetime import date
from secrets import token_hex

import pytest

from tests.web.following import enrolled
from trial.protocol.roles import Role
from trial.records.database import writing
from trial.records.models import Message, Visit
from trial.records.outbox import State
from trial.web.database import db

DAY = date(2016, 1, 14)


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def message(app, state: State, **what) -> int:
    """One message to the participant of the first visit that is expected."""
    with app.app_context(), writing():
        session, now = db.session(), app.extensions["trial_settings"].clock.now()
        visit = session.query(Visit).filter_by(plan="month-6").one()
        told = {
            "key": token_hex(8), "rule": "participant-email", "due_on": DAY, "channel": "email",
            "message_id": token_hex(16), "planned_at": now, "next_try_at": now, "state": state,
            "participant_id": visit.participant_id, "cluster_id": visit.cluster_id,
            "visit_id": visit.id, "sent_at": now if state is State.SENT else None,
        }  # fmt: skip
        made = Message(**(told | what))
        session.add(made)
        session.commit()
        return made.id


def state_of(app, number: int) -> Message:
    with app.app_context():
        return db.session.get_one(Message, number)


def test_an_empty_list_says_so_and_that_no_mail_server_is_set(sign_in, app, person):
    text = sign_in(Role.DATA_MANAGER).get("/reminders").text
    assert "No reminder failed, came back or is in doubt." in text
    assert "No mail server is set for this trial" in text
    assert "No service for text messages is set" in text


def test_what_failed_is_shown_on_the_first_page_and_sent_again(sign_in, app, person):
    number = message(app, State.FAILED, why="The mail server refused the address (550).")
    browser = sign_in(Role.DATA_MANAGER)
    assert "reminder to look at" in browser.get("/today").text
    text = browser.get("/reminders").text
    assert "The mail server refused the address (550)." in text and "IPSOH-0001" in text
    assert browser.post(f"/reminders/{number}/send-again").status_code == 302
    assert "waits to be sent again" in browser.get("/reminders").text
    assert state_of(app, number).state == "waiting"
    browser.post(f"/reminders/{number}/send-again")
    assert "only one that failed is sent again" in browser.get("/reminders").text


def test_what_came_back_is_recorded_and_seen_to(sign_in, app, person):
    number = message(app, State.SENT, address_index="a" * 64)
    browser = sign_in(Role.TRIAL_MANAGER)
    browser.get("/reminders/sent")
    assert browser.post(f"/reminders/{number}/came-back").status_code == 302
    assert state_of(app, number).bounced_index == "a" * 64
    browser.get("/reminders")
    browser.post(f"/reminders/{number}/seen-to")
    assert "Recorded as seen to" in browser.get("/reminders").text
    assert "No reminder failed" in browser.get("/reminders").text
    trail = browser.get("/trail").text
    assert "settle reminder" in trail


def test_a_doubt_is_shown_until_somebody_has_seen_to_it(sign_in, app, person):
    number = message(app, State.SENT, doubted=1)
    browser = sign_in(Role.DATA_MANAGER)
    assert "it may have arrived twice" in browser.get("/reminders").text
    browser.post(f"/reminders/{number}/seen-to")
    browser.post(f"/reminders/{number}/seen-to")
    assert "left to be seen to" in browser.get("/reminders").text
    assert "it may have arrived twice" not in browser.get("/reminders/sent").text


@pytest.mark.parametrize("which", ["", "/waiting", "/sent", "/dropped"])
def test_every_list_of_a_thousand_is_shown_a_page_at_a_time(sign_in, app, person, which):
    states = {
        "": State.FAILED,
        "/waiting": State.WAITING,
        "/sent": State.SENT,
        "/dropped": State.DROPPED,
    }
    for _ in range(60):
        message(app, states[which])
    page = sign_in(Role.AUDITOR).get(f"/reminders{which}?page=2").text
    assert "Showing 51 to 60 of 60" in page and 'trial-link-button">Send' not in page


def test_a_message_about_a_visit_that_tells_the_arm_is_hidden_from_who_must_not_know(
    sign_in, app, person
):
    number = message(app, State.FAILED, unblinds=True)
    browser = sign_in(Role.DATA_MANAGER)
    assert "No reminder failed" in browser.get("/reminders").text
    assert browser.post(f"/reminders/{number}/send-again").status_code == 404
    assert state_of(app, number).state == "failed"


def test_the_contact_page_shows_what_was_sent_and_the_wishes_say_by_what(
    sign_in, app, protocol, person
):
    message(app, State.SENT)
    browser = sign_in(Role.RESEARCHER, clusters={1})
    address = f"/participants/{person}/contact"
    text = browser.get(address).text
    assert "Reminders to them" in text and "A week before the visit is due".lower() in text.lower()
    given = {"reminders": ["email"], "never_ways": ["email"]}
    refused = browser.post(f"{address}/wishes", given)
    assert refused.status_code == 422 and "asked never to be contacted so: E-mail" in refused.text
    assert browser.post(f"{address}/wishes", {"reminders": ["email"]}).status_code == 302
    assert "Agreed to reminders by: E-mail" in " ".join(browser.get(address).text.split())
    assert browser.post("/reminders/1/send-again").status_code == 404


def test_the_navigation_says_how_many_visits_wait(sign_in, app, protocol, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    assert 'trial-nav__number">1<' in browser.get("/participants").text
    other = sign_in(Role.RESEARCHER, clusters={2}, email="other@example.org")
    assert "trial-nav__number" not in other.get("/participants").text
