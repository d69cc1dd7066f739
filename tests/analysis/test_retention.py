"""Who was followed up, and which visits and outcomes were due."""

from datetime import date

import pytest

from trial.analysis import outcome, retention, tables
from trial.analysis.retention import Fate

ON = date(2017, 1, 31)
ARMS = ("IPS", "TAU")


VISIT = {
    "number": "P1",
    "visit": "month-12",
    "opens_on": date(2016, 7, 1),
    "due_on": date(2016, 7, 15),
    "closes_on": date(2016, 8, 15),
    "state": "expected",
}


DONE = {"state": "done", "done_on": date(2016, 7, 20)}


FATES = [
    ({}, DONE, ON, Fate.DONE),
    ({"withdrew_data_on": date(2016, 1, 1)}, DONE, ON, Fate.DATA_WITHDRAWN),
    ({"died_on": date(2016, 9, 1)}, DONE, ON, Fate.DONE),
    ({"died_on": date(2016, 1, 1)}, {"state": "not needed"}, ON, Fate.DIED),
    ({"died_on": date(2016, 9, 1)}, {"state": "missed"}, ON, Fate.MISSED),
    ({"died_on": date(2016, 9, 1)}, {"state": "not needed", "reason": "died"}, ON, Fate.OVERDUE),
    ({"withdrew_followup_on": date(2016, 1, 1)}, {}, ON, Fate.WITHDREW),
    ({"withdrew_intervention_on": date(2016, 1, 1)}, {}, ON, Fate.OVERDUE),
    ({}, {"state": "not needed"}, ON, Fate.NOT_NEEDED),
    ({}, {}, date(2016, 8, 15), Fate.NOT_YET),
    ({}, {}, date(2016, 8, 16), Fate.OVERDUE),
]


@pytest.mark.parametrize(("person", "visit", "on", "expected"), FATES)
def test_every_visit_has_one_fate(frame, person, visit, on, expected) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"} | person)
    given = tables.prepare(participants=people, visits=frame("visits", VISIT | visit))
    found = retention.fates(given.participants, given.visits, "month-12", on)
    assert found["fate"].tolist() == [expected]


def test_a_visit_out_of_its_window_is_retained_but_not_on_time(frame) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"})
    visits = frame("visits", VISIT | DONE | {"done_on": date(2016, 8, 16)})
    given = tables.prepare(participants=people, visits=visits)
    found = retention.retained(given.participants, given.visits, visit="month-12", arms=ARMS, on=ON)
    assert (found.overall.value, found.in_window.value) == (1.0, 0.0)


def test_the_dead_and_those_not_due_are_left_out_of_those_due(frame) -> None:
    """By hand: one done, one missed, one death before it, one still in its window, one not needed."""
    people, visits = [], []
    for number, person, visit in (
        ("P1", {}, DONE),
        ("P2", {}, {"state": "missed"}),
        ("P3", {"died_on": date(2016, 3, 1)}, {}),
        ("P4", {}, {"closes_on": date(2017, 3, 1)}),
        ("P5", {}, {"state": "not needed"}),
    ):
        people.append({"number": number, "arm": "IPS", "cluster": "a"} | person)
        visits.append(VISIT | {"number": number} | visit)
    made = tables.prepare(
        participants=frame("participants", *people), visits=frame("visits", *visits)
    )
    kept = retention.retained(made.participants, made.visits, visit="month-12", arms=ARMS, on=ON)
    assert (kept.overall.count, kept.overall.n) == (1, 5)
    assert (kept.of_due.count, kept.of_due.n) == (1, 2)
    assert kept.in_open_window == 1


@pytest.mark.parametrize("state", [DONE, {"state": "missed"}, {}])
def test_in_an_open_window_nobody_counts_as_due(frame, state) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"})
    given = tables.prepare(participants=people, visits=frame("visits", VISIT | state))
    told = {"visit": "month-12", "arms": ARMS}
    for on, due in ((date(2016, 8, 15), 0), (date(2016, 8, 16), 1)):
        kept = retention.retained(given.participants, given.visits, on=on, **told)
        assert (kept.of_due.n, kept.of_closed.n, kept.in_open_window) == (due, due, 1 - due)


def test_a_participant_without_a_visit_row_is_not_yet_seen(frame) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"})
    given = tables.prepare(participants=people)
    found = retention.retained(given.participants, given.visits, visit="month-12", arms=ARMS, on=ON)
    assert found.fates[Fate.NOT_YET] == 1 and found.of_closed.value is None


@pytest.mark.parametrize(
    ("person", "visit", "on", "due", "done"),
    [
        ({}, {}, date(2016, 7, 14), 0, 0),
        ({}, {}, date(2016, 7, 15), 1, 0),
        ({}, DONE | {"done_on": date(2016, 7, 2)}, date(2016, 7, 2), 1, 1),
        ({}, {"state": "not needed"}, ON, 0, 0),
        ({}, {"state": "missed"}, ON, 1, 0),
        ({"died_on": date(2016, 7, 15)}, {}, ON, 0, 0),
        ({"died_on": date(2016, 7, 16)}, {}, ON, 1, 0),
        ({"died_on": date(2016, 7, 16)}, {"state": "not needed", "reason": "died"}, ON, 1, 0),
        ({"withdrew_followup_on": date(2016, 1, 1)}, {}, ON, 0, 0),
        ({"withdrew_followup_on": date(2016, 9, 1)}, DONE, ON, 1, 1),
        ({"withdrew_intervention_on": date(2016, 1, 1)}, {}, ON, 1, 0),
        ({"withdrew_data_on": date(2016, 9, 1)}, DONE, ON, 0, 0),
    ],
)
def test_completeness_is_of_visits_due(frame, person, visit, on, due, done) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"} | person)
    given = tables.prepare(participants=people, visits=frame("visits", VISIT | visit))
    found = retention.complete(given.participants, given.visits, order=["month-12"], on=on)
    one = found.by_visit["month-12"]
    assert (one.planned, one.not_due, one.done.n) == (1, 1 - due, due)
    assert (found.overall.count or 0, found.overall.n) == (done, due)


@pytest.mark.parametrize(
    ("died", "on", "due"),
    [
        (None, date(2016, 7, 14), 0),
        (None, date(2016, 7, 15), 1),
        (date(2016, 7, 14), ON, 0),
        (date(2016, 7, 15), ON, 1),
    ],
)
def test_an_outcome_is_due_of_those_alive_on_the_day(frame, died, on, due) -> None:
    person = {"number": "P1", "arm": "IPS", "cluster": "a", "died_on": died}
    seen = {"number": "P1", "twelve_months_on": date(2016, 7, 15), "open_at_12": "no"}
    given = tables.prepare(
        participants=frame("participants", person), outcomes=frame("outcomes", seen)
    )
    found = outcome.by_arm(given.participants, given.outcomes, arms=ARMS, on=on)
    assert found.known.n == due
    assert found.overall.reached == (on >= date(2016, 7, 15))
