"""The primary outcome of a trial whose outcome is not work."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis import primary, tables

ON = date(2024, 12, 1)
ARMS = ("A", "B", "C")


def frames(values: list[float | None], withdrawn: int = 0) -> tables.Frames:
    """Participants in nine clusters of three arms, with these values."""
    n = len(values)
    people = pd.DataFrame(
        {
            "number": [f"P{i}" for i in range(n)],
            "cluster": [f"c{i % 9}" for i in range(n)],
            "arm": [ARMS[i % 3] for i in range(n)],
            "enrolled_on": [date(2024, 1, 1)] * n,
            "after_reveal": [False] * n,
            "withdrew_intervention_on": [None] * n,
            "withdrew_followup_on": [None] * n,
            "withdrew_data_on": [date(2024, 6, 1) if i < withdrawn else None for i in range(n)],
            "died_on": [None] * n,
        }
    )
    outcome = pd.DataFrame(
        {"number": people["number"], "due_on": [date(2024, 10, 1)] * n, "value": values}
    )
    return tables.prepare(participants=people, primary=outcome)


def found(values, summary="mean", **rest):
    return primary.describe(frames(values, **rest), arms=ARMS, summary=summary, on=ON)


VALUES = st.lists(st.none() | st.integers(0, 70).map(float), min_size=1, max_size=60)


@given(VALUES)
def test_means_are_of_those_who_are_known(values):
    one = found(values)
    seen = [value for value in values if value is not None]
    assert one.overall.known == len(seen) and one.overall.enrolled == len(values)
    assert one.known.count == len(seen) and one.known.n == len(values)
    if seen:
        assert one.overall.observed.value == pytest.approx(float(np.mean(seen)))
    assert sum(arm.known for arm in one.by_arm.values()) == len(seen)


@given(VALUES)
def test_every_arm_is_compared_with_the_last_and_with_no_other(values):
    one = found(values)
    assert [(pair.first, pair.second) for pair in one.differences] == [("A", "C"), ("B", "C")]


def test_a_difference_is_that_of_the_means_of_the_clusters():
    values = [float(10 * (i % 3) + i % 9) for i in range(90)]
    one = found(values)
    means = {
        arm: np.mean([np.mean(values[i::9]) for i in range(9) if i % 3 == k])
        for k, arm in enumerate(ARMS)
    }
    for pair in one.differences:
        assert pair.of_clusters.value == pytest.approx(means[pair.first] - means["C"])
        assert pair.df == 4


def test_whoever_withdrew_the_use_of_their_data_has_no_outcome():
    assert found([1.0] * 30, withdrawn=6).overall.known == 24


def test_a_proportion_takes_noughts_and_ones_only():
    assert found([1.0, 0.0] * 9, "proportion").overall.observed.count == 9
    with pytest.raises(ValueError, match="0 and 1"):
        found([2.0], "proportion")


def test_one_person_has_a_mean_and_no_interval():
    one = primary.mean([4.0])
    assert (one.value, one.low, one.reason) == (4.0, None, "one person has no spread")
