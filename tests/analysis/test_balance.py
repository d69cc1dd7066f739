"""Standardised differences against base R, and what cannot be estimated."""

import math
from statistics import quantiles, stdev

import pytest

from trial.analysis import balance
from trial.analysis.balance import Covariate, Kind

AGES = {"A": [34, 41, 29, 55, 47, 38, 60], "B": [45, 52, 39, 61, 33]}


def compared(values: dict[str, list], kind: Kind, **more):
    people = [(group, value) for group, known in values.items() for value in known]
    one = Covariate("It", kind, [value for _, value in people], **more)
    found = balance.compare([one], [group for group, _ in people], groups=["A", "B"])
    return found.covariates[0]


def test_a_continuous_difference_is_that_of_r() -> None:
    # R: (mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2)
    found = compared(AGES, Kind.CONTINUOUS)
    assert found.differences["A", "B"].value == pytest.approx(-0.232037640895, abs=1e-11)
    first = found.by_group["A"]
    assert (first.n, first.missing, first.median) == (7, 0, 41)
    assert first.sd == pytest.approx(stdev(AGES["A"]))
    low, _, high = quantiles(AGES["A"], n=4, method="inclusive")
    assert (first.lower_quartile, first.upper_quartile) == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # R: solve() of the mean multinomial covariance of all categories but the first.
        ([12, 20, 8], [5, 15, 20], 0.700404195972),
        ([5, 5], [8, 2], -0.662589156449),
        # A category in which nobody is changes nothing.
        ([12, 0, 20, 8], [5, 0, 15, 20], 0.700404195972),
    ],
)
def test_a_difference_of_categories_is_that_of_r(first, second, expected) -> None:
    assert balance.shares(first, second).value == pytest.approx(expected, abs=1e-11)


def test_a_binary_difference_follows_its_formula_whatever_the_sign() -> None:
    # R: (p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2) with p = 0.35, q = 0.6
    found = compared({"A": [True] * 7 + [False] * 13, "B": [True] * 12 + [False] * 8}, Kind.BINARY)
    assert found.differences["A", "B"].value == pytest.approx(-0.517087689995, abs=1e-11)
    assert found.by_group["A"].counts == {"True": 7, "False": 13}
    assert found.by_group["B"].share("True") == 0.6


def test_missing_values_are_counted_and_left_out() -> None:
    values = {name: [*known, None, math.nan] for name, known in AGES.items()}
    found, without = compared(values, Kind.CONTINUOUS), compared(AGES, Kind.CONTINUOUS)
    assert found.differences == without.differences
    assert (found.overall.n, found.overall.missing) == (12, 4)
    coded = compared({"A": ["x", None, "y"], "B": ["x", "y", "y"]}, Kind.CATEGORICAL)
    assert (coded.by_group["A"].n, coded.by_group["A"].missing) == (2, 1)
    assert coded.levels == ("x", "y")


@pytest.mark.parametrize(
    ("values", "kind", "why"),
    [
        ({"A": [1, 2], "B": []}, Kind.CONTINUOUS, "nobody of whom this is known"),
        ({"A": [1, 2], "B": [3]}, Kind.CONTINUOUS, "only one person"),
        ({"A": [0.1, 0.1, 0.1], "B": [0.7, 0.7, 0.7]}, Kind.CONTINUOUS, "no SD to measure by"),
        ({"A": ["x", "y"], "B": []}, Kind.CATEGORICAL, "nobody of whom this is known"),
        ({"A": [True, True], "B": [True]}, Kind.BINARY, "everybody is the same"),
        ({"A": [True, True], "B": [False]}, Kind.BINARY, "no category in common"),
        ({"A": ["x", "y"], "B": ["z"]}, Kind.CATEGORICAL, "no category in common"),
    ],
)
def test_what_cannot_be_estimated_says_why(values, kind, why) -> None:
    difference = compared(values, kind).differences["A", "B"]
    assert difference.value is None and why in difference.reason


def test_who_is_in_no_group_counts_overall_only() -> None:
    age = Covariate("Age", Kind.CONTINUOUS, [30, 40, 50])
    found = balance.compare([age], ["A", "", "B"], groups=["A", "B"])
    assert (found.people, found.ungrouped) == ({"A": 1, "B": 1}, 1)
    assert found.covariates[0].overall.mean == 40


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="has 1 values for 2 people"):
        balance.compare([Covariate("Age", Kind.CONTINUOUS, [30])], ["A", "B"], groups=["A", "B"])
    with pytest.raises(ValueError, match="binary and has other values: maybe"):
        compared({"A": ["maybe"], "B": [True]}, Kind.BINARY)
    with pytest.raises(ValueError, match="a count for each category"):
        balance.shares([1, 2], [1, 2, 3])


def test_three_groups_are_compared_in_pairs() -> None:
    age = Covariate("Age", Kind.CONTINUOUS, [1, 2, 1, 2, 1, 2])
    found = balance.compare([age], list("AABBCC"), groups=["A", "B", "C"])
    assert list(found.covariates[0].differences) == [("A", "B"), ("A", "C"), ("B", "C")]


def test_by_chance_alone() -> None:
    assert balance.by_chance(11, 7) == pytest.approx(math.sqrt(18 / 77))
    assert balance.by_chance(11, 0) is None
