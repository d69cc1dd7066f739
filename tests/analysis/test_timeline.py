"""The timeline: every step at its day, with what was known, and sums that hold."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.analysis.test_recruitment_bias import (
    AFTER,
    BEFORE,
    CLUSTERS,
    ENROLLED,
    PEOPLE,
    REVEAL,
    frame,
)
from trial.analysis import tables, timeline
from trial.analysis.funnel import Reason
from trial.analysis.timeline import Knew

DRAWN = REVEAL - timedelta(days=7)
PLACES = tuple(place | {"allocated_on": DRAWN, "permission_on": BEFORE} for place in CLUSTERS)
VISITS = (
    {"number": "P1", "visit": "baseline", "state": "done", "done_on": AFTER},
    {"number": "P2", "visit": "baseline", "state": "missed"},
    {"number": "P2", "visit": "month-12", "state": "done", "done_on": date(2016, 10, 20)},
)


def drawn(*knew: tuple, people=PEOPLE):
    made = tables.prepare(
        frame("screening", *people), frame("participants", *ENROLLED), frame("visits", *VISITS),
        None, frame("clusters", *PLACES),
    )  # fmt: skip
    told = pd.DataFrame(list(knew), columns=["step", "number", "role", "knew"])
    frames = (made.clusters, made.screening, made.participants, made.visits, told)
    return timeline.draw(*frames, arms=["IPS", "TAU"], baseline="baseline", primary="month-12")


def tally(row) -> tuple[int, int, int]:
    return tuple(row.knew[state] for state in Knew)


def test_steps_without_an_act_are_judged_by_the_days_of_the_cluster() -> None:
    long_ago = PEOPLE[2] | {"considered_on": DRAWN - timedelta(days=1)}
    found = drawn(people=(*PEOPLE[:2], long_ago, *PEOPLE[3:]))
    row = found.row("identified")
    assert tally(row) == (1, 4, 2)  # before the draw; before the reveal or never revealed; after
    assert (row.by_day, row.roles) == (7, (Reason("", 7),))


def test_what_the_trail_says_goes_before_the_days() -> None:
    found = drawn(
        ("identified", 1, "trial manager", "could know"),
        ("identified", 2, "trial manager", "could know"),  # told again in the next row
        ("identified", 2, "researcher", "drawn, could not know"),
        ("consented", 1, "researcher", "could know"),
        ("baseline", "P1", "data manager", "could know"),
        ("identified", 99, "researcher", "could know"),  # nobody of the frames
    )
    row = found.row("identified")
    assert (tally(row), row.by_day) == ((0, 5, 2), 5)
    assert row.roles == (Reason("", 5), Reason("researcher", 1), Reason("trial manager", 1))
    assert found.row("baseline").knew[Knew.COULD] == 1
    assert found.row("identified").by_arm["IPS"][Knew.COULD] == 2
    assert found.row("identified").by_arm["TAU"] == dict.fromkeys(Knew, 0)


def test_stretches_go_by_month_and_state_with_their_own_days() -> None:
    found = drawn()
    steps = {step.key: step for step in found.clusters[0].steps}
    spans = [
        (part.first, part.last, part.count, part.knew) for part in steps["identified"].stretches
    ]
    assert spans == [(BEFORE, BEFORE, 4, Knew.COULD_NOT), (AFTER, AFTER, 2, Knew.COULD)]
    assert (steps["eligible"].people, steps["eligible"].undated) == (3, 1)
    assert steps["primary"].stretches[0].first == date(2016, 10, 20)
    assert (found.starts_on, found.ends_on) == (date(2015, 9, 1), date(2016, 10, 20))


def test_moments_and_rows_of_the_clusters() -> None:
    found = drawn()
    assert [one.key for one in found.clusters[1].moments] == [
        "permission_on", "opened_on", "allocated_on",
    ]  # fmt: skip
    rows = {row.key: (row.clusters, row.before, row.after) for row in found.cluster_rows}
    assert rows["opened_on"] == (2, 2, 0) and rows["permission_on"] == (2, 0, 2)
    assert rows["allocated_on"] == (2, 0, 2) and rows["identified_on"] == (0, 0, 0)


@pytest.mark.parametrize("people", [PEOPLE, ()])
def test_the_sums_hold(people) -> None:
    assert all(drawn(people=people).checks.values())


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="no state of knowledge: perhaps"):
        drawn(("identified", 1, "researcher", "perhaps"))
