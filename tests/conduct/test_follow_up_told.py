"""What the feasibility report tells of follow-up: reminders and what followed, and adverse events by arm."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.reminding import Reminding
from trial.conduct import reports, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.safety import log
from trial.records.models import Participant, Visit
from trial.records.trail import acting
from trial.report.value import Table

TUESDAY = date(2016, 4, 5)  # a week before the 6-month visit
SEEN, LATER = date(2016, 4, 14), date(2016, 6, 20)
REMINDERS = "Reminders, and visits that followed"
EVENTS = "Adverse events in the log of safety"


@pytest.fixture
def office(session, protocol, clusters):
    """One person, reminded and then seen in the window; another who was never seen."""
    office = Reminding(Recruiting(session, protocol))
    office.trial.on = date(2015, 10, 20)
    cluster = office.trial.open(clusters["city-forensic"])
    first, second = office.trial.participant(cluster), office.trial.participant(cluster)
    for at, person in enumerate((first, second)):
        office.agrees(person, "email")
        office.reached_at(person, email=f"someone{at}@example.org")
    office.plan(TUESDAY)
    office.send(TUESDAY)
    office.trial.on = SEEN
    told = {"done_on": SEEN, "working": "no", "history_known_until": None}
    mine = (Visit.plan == "month-6") & (Visit.participant_id == first.id)
    visit = session.scalars(select(Visit).where(mine)).one()
    office.trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    return office


def assembled(office, on=LATER, blinded=False):
    cut = reports.cut.data_cut(office.trial.session, LATER, on)
    session, protocol = office.trial.session, office.trial.protocol
    return reports.assembly.assemble(session, protocol, cut, blinded=blinded)


def table(office, title, **rest):
    found = reports.feasibility.build(office.trial.protocol, assembled(office, **rest))
    tables = {one.caption: one for one in found.blocks if isinstance(one, Table)}
    return tables.get(title)


def test_of_two_reminders_one_was_followed(office):
    label = office.trial.protocol.reminding.rule("participant-email").label
    (row,) = [row for row in table(office, REMINDERS).rows if row[0] == label]
    assert row[1:] == (2, 2, 2, "1 (50.0%)", 0)


def test_at_an_earlier_cut_the_second_was_not_over_yet(office):
    (mine,) = [one for one in assembled(office, SEEN).reminded if one.rule == "participant-email"]
    assert (mine.sent, mine.over, mine.followed) == (2, 1, 1)
    assert assembled(office, date(2016, 4, 4)).reminded == ()


def test_retention_over_time_and_lateness_stand_in_the_report(office):
    rows = table(office, "Retention over time: visits done, of those due").rows
    assert rows[0][0] == "All" and "1 of 2" in rows[0][2]
    late = table(office, "When visits took place").rows
    assert late[1][1:] == (1, 0, 1, 0, "2 (2 to 2)", 0)
    assert table(office, "Why visits that were due were not done").rows


def test_who_withdrew_the_use_of_data_stays_among_those_due(office, session):
    second = session.scalars(select(Participant).order_by(Participant.id)).all()[1]
    told = {"levels": {"data"}, "happened_on": SEEN, "reason": "no-reason"}
    office.trial.does(Act.WITHDRAW, withdrawal.withdraw, second, **told)
    rows = table(office, "Retention over time: visits done, of those due").rows
    assert "1 of 2" in rows[0][2]


def test_adverse_events_are_counted_as_they_were_known(office, session):
    person = session.scalars(select(Visit.participant_id)).first()
    heard = datetime(2016, 5, 4, 9, tzinfo=UTC)
    event = {
        "kind": log.ADVERSE, "happened_on": date(2016, 5, 3), "heard_at": heard,
        "term": "injury-at-work", "seriousness": "hospital", "outcome": "ongoing",
        "description": "Fell from a ladder.",
    }  # fmt: skip
    assert table(office, EVENTS).rows == (("All", 2, 0, 0, 0, 0),)
    who = session.get_one(Participant, person)
    for _ in range(2):
        session.rollback()
        with acting(session, by=office.trial.by, name=Act.RECORD_SAFETY):
            log.record(session, office.trial.protocol, about=who, at=heard, **event)
        event["seriousness"] = None
    assert table(office, EVENTS).rows == (("All", 2, 2, 1, 1, 1),)
