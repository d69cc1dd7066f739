"""The calendar of follow-up: pages, bank holidays, secret addresses, and the day of enrolment corrected."""

import re
from datetime import date, timedelta

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from sqlalchemy import select

from tests.web.following import enrolled, playing, reveal
from tests.web.recruited import typed
from trial.conduct import bank_holidays
from trial.conduct.access import Act
from trial.conduct.contact import attempts
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Participant, Visit
from trial.records.trail import acting
from trial.web import account_acts
from trial.web.accounts import Account
from trial.web.database import db

DUE = date(2016, 4, 12)  # of the 6-month visit, a Tuesday
TOLD = {"tried_on": date(2015, 11, 2), "way": "phone", "outcome": "arranged"}


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def visits(app) -> list[Visit]:
    with app.app_context():
        return list(db.session.scalars(select(Visit).order_by(Visit.due_on)))


def arranged(app, protocol, person, day):
    def tries(trial):
        found = trial.session.get_one(Participant, person)
        visit = trial.session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
        trial.does(Act.RECORD_CONTACT, attempts.record, found, visit, arranged_for=day, **TOLD)

    playing(app, protocol, tries)


def secret(text: str) -> str:
    """The address that a page shows once, as the test's browser asks for it."""
    found = re.search(r"http://localhost(/feeds/[\w-]+\.ics)", text)
    assert found is not None
    return found[1]


def test_the_week_shows_what_is_due_arranged_and_closing(sign_in, app, protocol, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    text = browser.get("/calendar?week=2016-04-14").text
    assert "Week from 11 April 2016" in text and "IPSOH-0001" in text and "Due" in text
    arranged(app, protocol, person, date(2016, 4, 7))
    assert "Due</span>" not in browser.get("/calendar?week=2016-04-14").text
    text = browser.get("/calendar?week=2016-04-07").text
    assert "Arranged" in text and "6-month follow-up" in text
    other = sign_in(Role.RESEARCHER, clusters={2}, email="other@example.org")
    assert "IPSOH-0001" not in other.get("/calendar?week=2016-04-07").text


@pytest.mark.parametrize("week", ["", "nonsense", "2016-13-45", "0001-01-01", "9999-12-31"])
def test_a_week_that_is_none_shows_a_week_all_the_same(sign_in, app, person, week):
    assert sign_in(Role.AUDITOR).get(f"/calendar?week={week}").status_code == 200


def test_bank_holidays_are_those_of_the_countries_of_the_clusters(sign_in, app, person):
    text = sign_in(Role.DATA_MANAGER).get("/calendar?week=2016-03-28").text
    assert "Bank holiday: Easter Monday" in text
    england, scotland = "england-and-wales", "scotland"
    easter = date(2016, 3, 28)
    assert bank_holidays.holiday(easter, (england,)) == "Easter Monday"
    assert bank_holidays.holiday(easter, (scotland,)) is None
    assert bank_holidays.holiday(easter, (england, scotland)) == "Easter Monday (England And Wales)"
    beyond = sign_in(Role.TRIAL_MANAGER).get("/calendar?week=2050-01-01").text
    assert "Bank holidays are known until" in beyond


def test_a_participant_s_calendar_shows_windows_and_what_was_late(sign_in, app, protocol, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    text = browser.get(f"/participants/{person}/calendar").text
    assert "Tue 12 April 2016" in text and "Upcoming" in text and "Overdue" in text
    assert browser.get("/participants/99/calendar").status_code == 404


def test_the_day_of_enrolment_is_corrected_with_a_reason(sign_in, app, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    address = f"/participants/{person}/enrolment-day"
    wrong = browser.post(address, typed("enrolled_on", date(2015, 10, 1)) | {"reason": "slip"})
    assert wrong.status_code == 422 and "cannot be before the day of information" in wrong.text
    assert browser.post(address, typed("enrolled_on", date(2015, 10, 8))).status_code == 422
    browser.get(address)
    given = typed("enrolled_on", date(2015, 10, 8)) | {"reason": "The form says the 8th"}
    assert browser.post(address, given).status_code == 302
    text = browser.get(f"/participants/{person}/calendar").text
    assert "Fri 8 April 2016" in text and "8 October 2015" in text
    history = browser.get(f"/history/participant/{person}/enrolled_on").text
    assert "The form says the 8th" in history


def test_a_subscribed_calendar_tells_numbers_and_days_and_nothing_else(
    sign_in, app, protocol, person
):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    browser.get("/calendar")
    address = secret(browser.post("/calendar/subscribe", {"mine": ""}).text)
    arranged(app, protocol, person, date(2016, 4, 7))
    stranger = app.test_client()
    answer = stranger.get(address)
    assert answer.mimetype == "text/calendar" and answer.headers["Cache-Control"] == "no-store"
    events = list(Calendar.from_ical(answer.data).walk("VEVENT"))
    assert [(one["SUMMARY"], one["DTSTART"].dt) for one in events] == [
        ("IPSOH-0001-L: visit due", date(2015, 10, 12)),
        ("IPSOH-0001-L: visit arranged", date(2016, 4, 7)),
        ("IPSOH-0001-L: visit due", date(2016, 10, 12)),
    ]
    assert len({one["UID"] for one in events}) == 3
    # What a calendar program makes of it, by another parser than the one it was written with.
    taken = IcsCalendarStream.calendar_from_ics(answer.text).timeline
    assert [(one.summary, one.dtstart, one.dtend) for one in taken] == [
        (one["SUMMARY"], one["DTSTART"].dt, one["DTSTART"].dt + timedelta(days=1)) for one in events
    ]
    for told in ("Forensic", "Treatment", "follow-up visit", "IPS and", "A researcher"):
        assert told.casefold() not in answer.text.casefold()


def test_one_s_own_visits_and_one_participant_are_calendars_of_their_own(
    sign_in, app, protocol, person
):
    enrolled(app, protocol)
    browser = sign_in(Role.DATA_MANAGER)
    browser.get("/calendar")
    mine = secret(browser.post("/calendar/subscribe", {"mine": "yes"}).text)
    assert not list(Calendar.from_ical(browser.client.get(mine).data).walk("VEVENT"))
    browser.get(f"/participants/{person}/calendar")
    one = secret(browser.post(f"/participants/{person}/calendar/subscribe").text)
    events = list(Calendar.from_ical(browser.client.get(one).data).walk("VEVENT"))
    assert len(events) == 3 and all("IPSOH-0001" in event["SUMMARY"] for event in events)
    text = browser.get("/account").text
    assert "The visits assigned to you" in text and "IPSOH-0001-L" in text


def test_an_address_ends_when_it_is_revoked_or_its_account_ends(sign_in, app, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    browser.get("/calendar")
    address = secret(browser.post("/calendar/subscribe", {"mine": ""}).text)
    assert address not in browser.get("/account").text
    other = sign_in(Role.DATA_MANAGER)
    other.get("/account")
    assert other.post("/account/calendars/1/revoke").status_code == 404
    browser.get("/account")
    assert browser.post("/account/calendars/1/revoke").status_code == 302
    assert browser.client.get(address).status_code == 404
    browser.get("/calendar")
    again = secret(browser.post("/calendar/subscribe", {"mine": ""}).text)
    assert browser.client.get(again).status_code == 200
    assert app.test_client().get("/feeds/wrong.ics").status_code == 404
    other.get("/calendar")
    theirs = secret(other.post("/calendar/subscribe", {"mine": ""}).text)
    assert app.test_client().get(theirs).status_code == 200
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
        at = app.extensions["trial_settings"].clock.now()
        wanted = select(Account).where(Account.role == Role.DATA_MANAGER.value)
        account_acts.deactivate(db.session(), db.session.scalars(wanted).one(), by=0, at=at)
    assert app.test_client().get(theirs).status_code == 404


def test_a_visit_that_tells_the_arm_is_in_no_calendar_that_leaves(sign_in, app, protocol, person):
    def mark(trial):
        trial.session.rollback()
        with acting(trial.session, by=trial.by, name=Act.RECORD_VISIT):
            visit = trial.session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
            visit.unblinds = True

    playing(app, protocol, mark)
    reveal(app, protocol, "city-forensic", protocol.arms[0].key)
    browser = sign_in(Role.TRIAL_MANAGER)
    assert "12 April 2016" in browser.get(f"/participants/{person}/calendar").text
    browser.get("/calendar")
    address = secret(browser.post("/calendar/subscribe", {"mine": ""}).text)
    events = list(Calendar.from_ical(browser.client.get(address).data).walk("VEVENT"))
    assert [one["DTSTART"].dt for one in events] == [date(2015, 10, 12), date(2016, 10, 12)]
