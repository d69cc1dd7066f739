"""Follow-up over time: by hand, and beside a library that shares no code with ours."""

import statistics
from datetime import date, timedelta

import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from trial.analysis import follow_up, tables
from trial.analysis.follow_up import Reminded

ON = date(2017, 1, 31)
ARMS = ("IPS", "TAU")
DUE = date(2016, 7, 15)
WINDOW = {"opens_on": DUE - timedelta(14), "due_on": DUE, "closes_on": DUE + timedelta(28)}


@pytest.fixture
def trial(frame):
    """Twelve people: in each arm six, of whom these became what is said."""
    fates = {
        "IPS": ["done", "done", "done", "done", "missed", "died"],
        "TAU": ["done", "missed", "withdrew", "overdue", "not needed", "done"],
    }
    days = iter([-20, 0, 3, 40, 2, 5])
    people, visits = [], []
    for arm, listed in fates.items():
        for at, fate in enumerate(listed):
            number = f"{arm}{at}"
            person = {"number": number, "arm": arm, "cluster": f"{arm.lower()}-{at % 2}"}
            visit = WINDOW | {"number": number, "visit": "month-6", "state": "expected"}
            if fate == "done":
                visit |= {"state": "done", "done_on": DUE + timedelta(next(days))}
            elif fate == "missed":
                visit |= {"state": "missed", "reason": "lost" if arm == "IPS" else "declined"}
            elif fate == "died":
                person["died_on"] = date(2016, 5, 1)
            elif fate == "withdrew":
                person["withdrew_followup_on"] = date(2016, 5, 1)
            elif fate == "not needed":
                visit["state"] = "not needed"
            people.append(person)
            visits.append(visit)
    seen = frame("visits", *visits).assign(reason=[one.get("reason") for one in visits])
    given = tables.prepare(participants=frame("participants", *people), visits=seen)
    return given.participants, given.visits


def of(trial, on=ON):
    return follow_up.by_visit(*trial, order=["month-6"], arms=ARMS, on=on)["month-6"]


def test_counts_by_hand(trial):
    """IPS: four of five due (one died); TAU: two of five (one did not need it)."""
    found = of(trial)
    assert (found.overall.count, found.overall.n) == (6, 10)
    assert {arm: (one.count, one.n) for arm, one in found.by_arm.items()} == {
        "IPS": (4, 5), "TAU": (2, 5),
    }  # fmt: skip
    assert {key: (one.count, one.n) for key, one in found.by_cluster.items()} == {
        "ips-0": (2, 3), "ips-1": (2, 2), "tau-0": (1, 2), "tau-1": (1, 3),
    }  # fmt: skip
    assert found.reasons == {"declined": 1, "lost": 1}
    assert found.fates == {"missed": 2, "overdue": 1, "withdrew from follow-up": 1}


def test_the_difference_in_attrition_is_that_of_another_library(trial):
    found = of(trial).attrition["IPS"]
    low, high = confint_proportions_2indep(1, 5, 3, 5, method="newcomb", compare="diff")
    assert found.value == pytest.approx(1 / 5 - 3 / 5)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_days_late_by_hand(trial):
    found, days = of(trial).lateness, [-20, 0, 3, 40, 2, 5]
    assert (found.done, found.early, found.within, found.late) == (6, 1, 4, 1)
    assert found.latest == 40 - 28
    lower, median, upper = statistics.quantiles(days, n=4, method="inclusive")
    assert (found.lower, found.median, found.upper) == (lower, median, upper)


def test_before_a_window_closed_nobody_is_due_whether_seen_or_gone(trial):
    found = of(trial, on=DUE)
    assert (found.overall.n, found.in_open_window) == (0, 6)
    assert found.lateness.done == 6 and found.fates == {} and found.reasons == {}
    assert of(trial).in_open_window == 0


@pytest.mark.parametrize("left", ["died_on", "withdrew_followup_on"])
@pytest.mark.parametrize(
    ("day", "state", "reason", "due"),
    [
        (date(2016, 5, 1), "not needed", "ended", 0),
        (date(2016, 9, 1), "not needed", "ended", 1),  # the window had closed on 12 August
        (date(2016, 9, 1), "not needed", "no-time", 0),
    ],
)
def test_a_visit_overdue_before_a_death_or_withdrawal_stays_due(
    frame, left, day, state, reason, due
):
    key = {"died_on": "died", "withdrew_followup_on": "withdrawn"}[left]
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a", left: day})
    seen = frame("visits", WINDOW | {"number": "P1", "visit": "month-6", "state": state})
    seen = seen.assign(reason=key if reason == "ended" else reason)
    given = tables.prepare(participants=people, visits=seen)
    found = of((given.participants, given.visits))
    before = due or (left == "withdrew_followup_on" and reason == "ended")
    assert (found.overall.count or 0, found.overall.n) == (0, int(before))
    if due:
        assert found.fates == {"overdue": 1}


def test_a_visit_of_some_is_due_of_those_for_whom_it_was_planned(frame):
    """One arm alone has the visit: nobody of the other is due, also who withdrew or died."""
    gone = ({}, {"withdrew_followup_on": date(2016, 5, 1)}, {"died_on": date(2016, 5, 1)})
    people = [
        {"number": f"{arm}{at}", "arm": arm, "cluster": arm} | one
        for arm in ARMS
        for at, one in enumerate(gone)
    ]
    done = {"visit": "month-6", "state": "done", "done_on": DUE}
    given = tables.prepare(
        participants=frame("participants", *people),
        visits=frame("visits", WINDOW | done | {"number": "IPS0"}),
    )
    found = of((given.participants, given.visits))
    assert {arm: one.n for arm, one in found.by_arm.items()} == {"IPS": 1, "TAU": 0}
    assert found.attrition["IPS"].value is None


def test_who_withdrew_the_use_of_data_was_due_where_the_window_closed(frame):
    people = frame(
        "participants",
        *(
            {"number": f"P{at}", "arm": "IPS", "cluster": "a", "withdrew_data_on": date(2016, 1, 1)}
            for at in range(2)
        ),
    ).assign(visits_closed_unseen=["baseline month-6", "baseline"])
    given = tables.prepare(participants=people)
    found = of((given.participants, given.visits))
    assert (found.overall.count, found.overall.n) == (0, 1)
    assert found.fates == {"withdrew the use of data": 1}


def test_of_three_arms_each_is_compared_with_the_last(frame):
    people, visits = [], []
    for arm, lost in (("A", 1), ("B", 2), ("C", 3)):
        for at in range(4):
            number = f"{arm}{at}"
            people.append({"number": number, "arm": arm, "cluster": arm})
            seen = {"state": "missed"} if at < lost else {"state": "done", "done_on": DUE}
            visits.append(WINDOW | {"number": number, "visit": "month-6"} | seen)
    given = tables.prepare(
        participants=frame("participants", *people), visits=frame("visits", *visits)
    )
    found = follow_up.by_visit(
        given.participants, given.visits, order=["month-6"], arms=("A", "B", "C"), on=ON
    )["month-6"]
    assert {arm: one.value for arm, one in found.attrition.items()} == {"A": -0.5, "B": -0.25}


def test_nobody_due_is_not_estimable():
    none = tables.prepare().participants, tables.prepare().visits
    found = of(none)
    assert (found.overall.value, found.attrition["IPS"].value) == (None, None)
    assert found.lateness.median is None and found.lateness.latest == 0


def reminder(rule, sent, done=None):
    days = {"opens_on": WINDOW["opens_on"], "closes_on": WINDOW["closes_on"]}
    return {"rule": rule, "sent_on": sent, "done_on": done} | days


def test_a_reminder_is_followed_only_by_a_visit_after_it_and_in_the_window():
    rows = [
        reminder("before", DUE - timedelta(7), DUE),
        reminder("before", DUE - timedelta(7), DUE + timedelta(29)),
        reminder("before", DUE - timedelta(7)),
        reminder("late", DUE + timedelta(3), DUE),  # done before it, and recorded after
        reminder("late", DUE, DUE),
        reminder("overdue", DUE + timedelta(35), DUE + timedelta(40)),
        reminder("overdue", DUE + timedelta(35)),
    ]
    assert follow_up.reminded(pd.DataFrame(rows), on=ON) == (
        Reminded("before", sent=3, over=3, timely=3, followed=1, late=1),
        Reminded("late", sent=2, over=1, timely=1, followed=1, late=0),
        Reminded("overdue", sent=2, over=2, timely=0, followed=0, late=1),
    )
    (open_yet,) = follow_up.reminded(pd.DataFrame(rows[2:3]), on=DUE)
    assert (open_yet.over, open_yet.share) == (0, None)
    assert Reminded("before", 3, 3, 3, 1, 0).share == pytest.approx(1 / 3)
