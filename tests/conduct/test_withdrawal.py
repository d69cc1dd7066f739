"""Withdrawal in levels, and death: what ends at once, and what comes back when it was a mistake."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from trial.conduct import visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.records.models import Event, Visit
from trial.records.verify import verify

DAY = date(2015, 12, 1)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def withdraw(trial, person, *levels, **what) -> list[Event]:
    told = {"levels": set(levels), "happened_on": DAY, "reason": "burden"} | what
    return trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)


def die(trial, person, day=DAY) -> Event:
    return trial.does(Act.RECORD_DEATH, withdrawal.record_death, person, happened_on=day)


def undo(trial, event, why="recorded for the wrong person"):
    return trial.does(Act.WITHDRAW, withdrawal.undo, event, why=why)


def states(session, person) -> list[str]:
    wanted = select(Visit.state).where(Visit.participant_id == person.id)
    return list(session.scalars(wanted.order_by(Visit.due_on)))


def ended(person):
    return (
        person.withdrew_intervention_on,
        person.withdrew_followup_on,
        person.withdrew_data_on,
    )


@pytest.mark.parametrize(
    ("levels", "days", "state"),
    [
        (["intervention"], (DAY, None, None), "expected"),
        (["follow-up"], (DAY, DAY, None), "not needed"),
        (["data"], (DAY, DAY, DAY), "not needed"),
        (["intervention", "data"], (DAY, DAY, DAY), "not needed"),
    ],
)
def test_each_level_ends_what_the_protocol_says_at_once(
    trial, session, person, levels, days, state
):
    made = withdraw(trial, person, *levels)
    assert [event.level for event in made] == levels
    assert ended(person) == days
    assert states(session, person) == [state] * 3
    assert verify(session).faults == ()


def test_a_visit_done_before_stays_done(trial, session, person):
    baseline = session.scalars(select(Visit).where(Visit.plan == "baseline")).one()
    told = {"done_on": person.enrolled_on, "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, baseline, **told)
    withdraw(trial, person, "follow-up")
    assert states(session, person) == ["done", "not needed", "not needed"]
    assert {
        v.reason for v in session.scalars(select(Visit).where(Visit.state == "not needed"))
    } == {"withdrawn"}


def test_recording_a_visit_after_withdrawal_is_refused_with_a_sentence(trial, session, person):
    withdraw(trial, person, "follow-up")
    visit = session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
    with pytest.raises(Refused, match="withdrew from follow-up on 1 December 2015"):
        trial.does(Act.RECORD_VISIT, visits.record_missed, visit, reason="declined")


def test_a_visit_done_before_the_withdrawal_can_still_be_put_right(trial, session, person):
    withdraw(trial, person, "follow-up")
    visit = session.scalars(select(Visit).where(Visit.plan == "baseline")).one()
    told = {"state": "done", "working": "no", "history_known_until": None}

    def correct(day):
        trial.does(
            Act.RECORD_VISIT, visits.correct, visit, why="found in the notes", done_on=day, **told
        )

    with pytest.raises(Refused, match="left follow-up on 1 December 2015"):
        correct(date(2015, 12, 2))
    correct(date(2015, 11, 2))
    assert visit.state == "done"


@pytest.mark.parametrize(
    "what",
    [
        {"levels": set()},
        {"levels": {"everything"}},
        {"reason": "weather"},
        {"happened_on": date(2016, 1, 16)},
        {"happened_on": date(2015, 10, 11)},
    ],
)
def test_an_impossible_withdrawal_is_refused(trial, session, person, what):
    with pytest.raises(Refused):
        withdraw(trial, person, "follow-up", **what)
    assert ended(person) == (None, None, None)
    assert session.scalars(select(Event)).all() == []


def test_a_deeper_level_comes_on_top_and_the_same_one_is_refused(trial, person):
    withdraw(trial, person, "intervention")
    with pytest.raises(Refused, match="already"):
        withdraw(trial, person, "intervention")
    later = date(2015, 12, 20)
    (event,) = withdraw(trial, person, "intervention", "data", happened_on=later)
    assert event.level == "data"
    assert ended(person) == (DAY, later, later)


def test_taking_back_needs_a_reason_and_brings_the_visits_back(trial, session, person):
    (event,) = withdraw(trial, person, "follow-up")
    with pytest.raises(Refused, match="Say why"):
        undo(trial, event, why=None)
    undo(trial, event)
    assert event.voided_on == trial.on
    assert ended(person) == (None, None, None)
    assert states(session, person) == ["expected"] * 3
    with pytest.raises(Refused, match="taken back"):
        undo(trial, event)
    assert verify(session).faults == ()


def test_taking_back_one_of_two_leaves_what_the_other_ended(trial, session, person):
    (first,) = withdraw(trial, person, "follow-up")
    (second,) = withdraw(trial, person, "data", happened_on=date(2015, 12, 20))
    undo(trial, first)
    assert ended(person) == (date(2015, 12, 20),) * 3
    assert states(session, person) == ["not needed"] * 3
    undo(trial, second)
    assert ended(person) == (None, None, None)
    # The visits ended with the first event, which is gone, and now nothing keeps them away.
    assert states(session, person) == ["expected"] * 3


def test_a_visit_that_someone_found_not_needed_stays_so(trial, session, person):
    visit = session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
    trial.does(Act.RECORD_VISIT, visits.record_not_needed, visit, reason="withdrawn")
    (event,) = withdraw(trial, person, "follow-up")
    undo(trial, event)
    assert states(session, person) == ["expected", "not needed", "expected"]


def test_death_ends_follow_up_and_can_be_taken_back(trial, session, person):
    event = die(trial, person)
    assert person.died_on == DAY
    assert states(session, person) == ["not needed"] * 3
    with pytest.raises(Refused, match="died on 1 December 2015"):
        die(trial, person)
    with pytest.raises(Refused, match="died"):
        withdraw(trial, person, "data")
    undo(trial, event)
    assert person.died_on is None
    assert states(session, person) == ["expected"] * 3


def test_an_objection_stops_everything_at_once_and_keeps_what_was_given(trial, person, session):
    def states():
        session.rollback()
        wanted = select(Visit.state).where(Visit.participant_id == person.id)
        return set(session.scalars(wanted).all())

    made = trial.does(Act.WITHDRAW, withdrawal.objects, person)
    assert {one.reason for one in made} == {"objected"} and states() == {"not needed"}
    assert person.withdrew_followup_on == trial.on and person.withdrew_data_on is None
    assert (person.withdrew_linkage_on, person.withdrew_contact_on) == (trial.on, trial.on)
    assert not withdrawal.may_object(trial.protocol, person)
    with pytest.raises(Refused, match="already recorded"):
        trial.does(Act.WITHDRAW, withdrawal.objects, person)
    for event in made:
        undo(trial, event, "pressed by mistake")
    assert person.withdrew_followup_on is None and states() == {"expected"}
    assert (person.withdrew_linkage_on, person.withdrew_contact_on) == (None, None)
    assert verify(session).valid


def test_an_objection_after_withdrawal_from_follow_up_stops_linkage_and_contact(trial, person):
    withdraw(trial, person, "follow-up")
    assert withdrawal.may_object(trial.protocol, person)
    made = trial.does(Act.WITHDRAW, withdrawal.objects, person)
    assert {one.level for one in made} == {"linkage", "contact"}
    assert person.withdrew_followup_on == DAY and person.withdrew_data_on is None


def test_an_earlier_day_told_later_counts_as_it_does_when_another_is_taken_back(trial, person):
    withdraw(trial, person, "follow-up", happened_on=date(2015, 12, 10))
    (contact,) = withdraw(trial, person, "contact", happened_on=date(2015, 12, 5))
    withdraw(trial, person, "data")
    assert ended(person) == (DAY,) * 3 and person.withdrew_contact_on == DAY
    undo(trial, contact)
    assert ended(person) == (DAY,) * 3 and person.withdrew_contact_on == DAY
