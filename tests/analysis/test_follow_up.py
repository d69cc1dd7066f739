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
    found = of(trial).attrition
    low, high = confint_proportions_2indep(1, 5, 3, 5, method="newcomb", compare="diff")
    assert found.value == pytest.approx(1 / 5 - 3 / 5)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_days_late_by_hand(trial):
    found, days = of(trial).lateness, [-20, 0, 3, 40, 2, 5]
    assert (found.done, found.early, found.within, found.late) == (6, 1, 4, 1)
    assert found.latest == 40 - 28
    lower, median, upper = statistics.quantiles(days, n=4, method="inclusive")
    assert (found.lower, found.median, found.upper) == (lower, median, upper)


def test_before_a_window_closed_only_who_was_seen_is_due(trial):
    found = of(trial, on=DUE)
    assert found.overall.n == found.overall.count + 2 + 1  # and those recorded as missed, or gone
    assert found.lateness.done == found.overall.count


def test_nobody_due_is_not_estimable():
    none = tables.prepare().participants, tables.prepare().visits
    found = of(none)
    assert (found.overall.value, found.attrition.value) == (None, None)
    assert found.lateness.median is None and found.lateness.latest == 0


def reminder(rule, sent, done=None):
    days = {"opens_on": WINDOW["opens_on"], "closes_on": WINDOW["closes_on"]}
    return {"rule": rule, "sent_on": sent, "done_on": done} | days


def test_a_reminder_is_followed_only_by_a_visit_after_it_and_in_the_window():
    rows = [
        reminder("before", DUE - timedelta(7), DUE),
        reminder("before", DUE - timedelta(7), DUE + timedelta(29)),
        reminder("before", DUE - timedelta(7)),
        reminder("late", DUE + timedelta(3), DUE),
        reminder("late", DUE, DUE),
    ]
    assert follow_up.reminded(pd.DataFrame(rows), on=ON) == (
        Reminded("before", 3, 3, 1), Reminded("late", 2, 2, 1),
    )  # fmt: skip
    (open_yet,) = follow_up.reminded(pd.DataFrame(rows[2:3]), on=DUE)
    assert (open_yet.over, open_yet.share) == (0, None)
    assert Reminded("before", 3, 3, 1).share == pytest.approx(1 / 3)
