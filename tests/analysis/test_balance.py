"""Balance at baseline: standardised differences against R, missing values, and what has no spread.

R 4.2.2:

    a <- c(23,31,35,40,44,52,58); b <- c(29,33,47,61,38)
    (mean(a)-mean(b))/sqrt((var(a)+var(b))/2)  # -0.0942304670792
    mean(a); sd(a); quantile(a)  # 40.4285714286 12.0948631363; 33, 40 and 48
    p <- 4/11; q <- 5/7; (p-q)/sqrt((p*(1-p)+q*(1-q))/2)  # -0.751450958988
    smd <- function(x, y) { p <- (x/sum(x))[-1]; q <- (y/sum(y))[-1]
      v <- function(s) diag(s, length(s))-outer(s, s)
      sqrt(mahalanobis(p, q, (v(p)+v(q))/2)) }
    smd(c(5,3,3), c(2,4,1)); smd(c(4,0,3,4), c(1,2,0,4))  # 0.638113775274 1.468977446
"""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis import balance
from trial.analysis.balance import Compared, Covariate, Kind, Numbers
from trial.analysis.estimate import plain

ARMS = ("IPS", "TAU")
FIRST, SECOND = (23, 31, 35, 40, 44, 52, 58), (29, 33, 47, 61, 38)


def compared(first, second, kind: Kind = Kind.CONTINUOUS, **more) -> Compared:
    group = ["IPS"] * len(first) + ["TAU"] * len(second)
    covariate = Covariate("Age", kind, [*first, *second], **more)
    return balance.compare([covariate], group, groups=ARMS).covariates[0]


def test_means_are_those_of_r() -> None:
    found = compared([*FIRST, None, math.nan], SECOND)
    told = found.by_group["IPS"]
    assert isinstance(told, Numbers) and (told.n, told.missing) == (7, 2)
    assert (told.mean, told.sd) == pytest.approx((40.4285714286, 12.0948631363))
    assert (told.lower_quartile, told.median, told.upper_quartile) == (33, 40, 48)
    assert found.differences["IPS", "TAU"].value == pytest.approx(-0.0942304670792)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((4, 7), (5, 2), -0.751450958988),
        ((5, 3, 3), (2, 4, 1), 0.638113775274),
        ((4, 0, 3, 4), (1, 2, 0, 4), 1.468977446),
        ((4, 0, 3, 0, 4), (1, 0, 2, 0, 4), None),
    ],
)
def test_shares_are_those_of_r(first, second, expected) -> None:
    found = balance.shares(first, second).value
    if expected is None:  # categories in which nobody is change nothing
        expected = balance.shares((4, 3, 4), (1, 2, 4)).value
    assert found == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=3, max_size=5))
def test_the_order_of_categories_does_not_matter(counts) -> None:
    first, second = zip(*counts, strict=True)
    found = balance.shares(first, second).value
    assert balance.shares(first[::-1], second[::-1]).value == pytest.approx(found, abs=1e-9)
    assert balance.shares(second, first).value == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ([], SECOND, "nobody"),
        ([None], SECOND, "nobody"),
        ([40], SECOND, "only one"),
        ([40, 40], [50, 50, 50], "differs within"),
        ([0.1, 0.1, 0.1], [0.2, 0.2, 0.2], "differs within"),
    ],
)
def test_what_has_no_spread_says_so(first, second, why) -> None:
    found = compared(first, second).differences["IPS", "TAU"]
    assert found.value is None and why in found.reason


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ([], [True], "nobody"),
        ([True, None], [True], "everybody is the same"),
        ([True, True], [False], "no category in common"),
    ],
)
def test_a_binary_covariate_without_spread_says_so(first, second, why) -> None:
    found = compared(first, second, Kind.BINARY).differences["IPS", "TAU"]
    assert found.value is None and why in found.reason


def test_a_binary_covariate_is_told_by_the_share_that_holds() -> None:
    found = compared([True, False, None], [False, False], Kind.BINARY)
    told = found.by_group["IPS"]
    assert (told.n, told.missing, told.counts) == (2, 1, {"True": 1, "False": 1})
    assert told.share("True") == 0.5
    assert found.differences["IPS", "TAU"].value > 0
    with pytest.raises(ValueError, match="other values: perhaps"):
        compared(["perhaps"], [True], Kind.BINARY)


def test_categories_stand_in_the_order_given() -> None:
    found = compared(["c", "a"], ["b", None], Kind.CATEGORICAL, levels=("c", "b", "a"))
    assert found.levels == ("c", "b", "a")
    assert found.overall.counts == {"c": 1, "b": 1, "a": 1} and found.overall.missing == 1


def test_who_is_in_no_arm_counts_overall_only() -> None:
    age = Covariate("Age", Kind.CONTINUOUS, FIRST)
    found = balance.compare([age], ["IPS", "TAU", *[None] * 5], groups=ARMS)
    assert (found.people, found.ungrouped) == ({"IPS": 1, "TAU": 1}, 5)
    assert found.covariates[0].overall.n == 7
    with pytest.raises(ValueError, match="7 values for 2 people"):
        balance.compare([age], ARMS, groups=ARMS)


def test_without_arms_or_people_nothing_is_compared() -> None:
    age = Covariate("Age", Kind.CONTINUOUS, [])
    found = balance.compare([age], [], groups=())
    assert found.covariates[0].differences == {} and found.covariates[0].overall.mean is None
    json.dumps(plain(found), allow_nan=False)
