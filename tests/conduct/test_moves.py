"""Moves between clusters, and the levels of withdrawal for linkage and for contact."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import two_open
from trial.conduct import capacity, moves, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import attempts
from trial.conduct.due import Due, due, with_steps
from trial.conduct.refused import Refused
from trial.conduct.reminders.wanted import of_contact, of_person
from trial.records import frames
from trial.records.models import Visit
from trial.records.verify import verify

DAY = date(2015, 12, 1)


@pytest.fixture
def trial(session, protocol, clusters):
    return two_open(session, protocol, clusters)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(clusters["city-forensic"])


def move(trial, person, to="county-forensic", day=DAY):
    return trial.does(Act.RECORD_MOVE, moves.move, person, to=to, happened_on=day)


def allocate(trial, cluster, day):
    """The day of the draw, without a draw: only its place among the days counts here."""

    def do(session, protocol, on):
        cluster.allocated_on = day

    trial.does(Act.FREEZE_ALLOCATION, do)


def told(session):
    return frames.frames(session, act=None, blinded=False, failing={})


def test_where_somebody_was_is_kept_beside_the_cluster_that_they_enrolled_in(
    trial, session, clusters, person
):
    allocate(trial, clusters["city-forensic"], date(2015, 11, 1))
    event = move(trial, person)
    found = told(session)
    row = found.participants.iloc[0]
    assert (row["cluster"], row["cluster_at_allocation"]) == ("city-forensic", "city-forensic")
    then = dict(zip(found.visits["visit"], found.visits["cluster_then"], strict=True))
    assert then == {
        "baseline": "city-forensic", "month-6": "county-forensic", "month-12": "county-forensic",
    }  # fmt: skip
    assert set(found.visits["cluster"]) == {"city-forensic"}
    trial.does(Act.WITHDRAW, withdrawal.undo, event, why="the wrong person")
    assert set(told(session).visits["cluster_then"]) == {"city-forensic"}
    assert verify(session).valid


def test_a_move_before_the_allocation_says_where_they_were_then(trial, session, clusters, person):
    assert told(session).participants["cluster_at_allocation"].isna().all()
    move(trial, person)
    allocate(trial, clusters["city-forensic"], date(2016, 1, 10))
    row = told(session).participants.iloc[0]
    assert (row["cluster"], row["cluster_at_allocation"]) == ("city-forensic", "county-forensic")


def test_back_again_is_a_move_too(trial, session, person):
    move(trial, person)
    move(trial, person, "city-forensic", date(2016, 1, 4))
    made = moves.of_participant(session, person)
    assert moves.at(session, person, made, date(2015, 11, 1)) == "city-forensic"
    assert moves.at(session, person, made, DAY) == "county-forensic"
    assert moves.at(session, person, made, trial.on) == "city-forensic"


@pytest.mark.parametrize(
    ("to", "day", "words"),
    [
        ("city-forensic", DAY, "in this cluster already"),
        ("nowhere", DAY, "Choose the cluster"),
        ("county-forensic", date(2016, 2, 1), "future"),
        ("county-forensic", date(2015, 10, 1), "enrolment"),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(trial, person, to, day, words):
    with pytest.raises(Refused, match=words):
        move(trial, person, to, day)


def take_back(trial, event):
    trial.does(Act.WITHDRAW, withdrawal.undo, event, why="the wrong person")


def test_to_take_back_a_move_leaves_everything_else_as_it_is(trial, session, protocol, person):
    (left,) = withdraw(trial, person, "follow-up")
    take_back(trial, left)
    visit = session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
    reason = visits.plan_of(protocol, visit).not_needed_reasons[-1].key
    trial.does(Act.RECORD_VISIT, visits.record_not_needed, visit, reason=reason)
    event = move(trial, person)
    take_back(trial, event)
    assert event.voided_on == trial.on and visit.state == "not needed"
    # Nor does another mistake that is taken back touch what was recorded of a visit since.
    take_back(trial, withdraw(trial, person, "contact")[0])
    assert visit.state == "not needed"
    with pytest.raises(Refused, match="taken back"):
        take_back(trial, event)


def test_after_follow_up_ended_or_the_data_were_withdrawn_no_move_is_recorded(
    trial, clusters, person
):
    trial.does(Act.RECORD_CAPACITY, capacity.lose, person, happened_on=DAY)
    with pytest.raises(Refused, match="no move is recorded after that"):
        move(trial, person, day=date(2015, 12, 2))
    move(trial, person)
    other = trial.participant(clusters["city-forensic"])
    withdraw(trial, other, "follow-up")
    with pytest.raises(Refused, match="no move is recorded after that"):
        move(trial, other, day=date(2015, 12, 2))
    withdraw(trial, other, "data")
    with pytest.raises(Refused, match="no move is recorded any more"):
        move(trial, other)


def withdraw(trial, person, level):
    what = {"levels": {level}, "happened_on": DAY, "reason": "burden"}
    return trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **what)


def test_who_withdraws_from_contact_is_neither_reminded_nor_tried(trial, session, protocol, person):
    withdraw(trial, person, "contact")
    assert person.withdrew_contact_on == DAY
    assert of_person(person) is None and of_contact(person) is not None
    listed = with_steps(session, protocol, due(session, DAY, Due.OVERDUE), DAY)
    listed += with_steps(session, protocol, due(session, date(2016, 4, 10), Due.DUE), trial.on)
    assert listed and all(one.step.words.startswith("Do not contact") for one in listed)
    plan = protocol.contacting
    tried = {"tried_on": trial.on, "way": plan.ways[0].key, "outcome": "no-answer"}
    with pytest.raises(Refused, match="withdrew from being contacted on 1 December 2015"):
        trial.does(Act.RECORD_CONTACT, attempts.record, person, None, **tried)


def test_linkage_is_kept_with_its_day_and_taken_back(trial, session, person):
    (event,) = withdraw(trial, person, "linkage")
    row = told(session).participants.iloc[0]
    assert (row["withdrew_linkage_on"], row["withdrew_followup_on"]) == (DAY, None)
    trial.does(Act.WITHDRAW, withdrawal.undo, event, why="the wrong person")
    assert person.withdrew_linkage_on is None
