"""What must hold for times to events, whoever was followed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trial.analysis import competing_events, time_to_event
from trial.analysis.estimate import Estimate, plain

PEOPLE = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2), st.sampled_from("abc")))


def finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(finite(one) for one in value.values())
    if isinstance(value, list):
        return all(finite(one) for one in value)
    return not isinstance(value, float) or math.isfinite(value)


def inside(found: Estimate) -> None:
    assert found.value is not None or found.reason
    if None not in (found.value, found.low, found.high):
        assert found.low <= found.value + 1e-12 and found.value <= found.high + 1e-12


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, tau=st.integers(1, 15))
def test_nothing_is_ever_not_a_number(people, tau) -> None:
    time, state = [p[0] for p in people], [p[1] for p in people]
    curve = time_to_event.kaplan_meier(time, [one == 1 for one in state])
    assert finite(plain(curve))
    shares = [step.survival for step in curve.steps]
    assert shares == sorted(shares, reverse=True)
    for found in (
        time_to_event.survival_at(curve, tau),
        time_to_event.median(curve),
        time_to_event.restricted_mean(curve, tau).estimate,
    ):
        inside(found)
    test = time_to_event.log_rank(time, [one == 1 for one in state], [p[2] for p in people])
    assert finite(plain(test))
    assert (test.p is None) == bool(test.reason)
    curves = competing_events.aalen_johansen(time, state)
    assert finite(plain(curves))
    for one in curves:
        inside(competing_events.incidence_at(one, tau))


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE.filter(len), data=st.data())
def test_the_order_of_people_and_the_names_of_groups_do_not_matter(people, data) -> None:
    other = data.draw(st.permutations(people))
    found = []
    for rows, names in ((people, "abc"), (other, "xyz")):
        time, event = [p[0] for p in rows], [p[1] == 1 for p in rows]
        group = [names["abc".index(p[2])] for p in rows]
        test = time_to_event.log_rank(time, event, group)
        found.append((time_to_event.kaplan_meier(time, event), test.chi2))
    assert found[0][0] == found[1][0]
    assert (found[0][1] is None) == (found[1][1] is None)
    assert found[0][1] is None or math.isclose(*[one[1] for one in found], abs_tol=1e-9)


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE.filter(len))
def test_incidences_and_the_share_free_of_all_make_one(people) -> None:
    """An oracle: the share free of all events is a Kaplan-Meier curve of any event."""
    time, state = [p[0] for p in people], [p[1] for p in people]
    free = time_to_event.kaplan_meier(time, [one > 0 for one in state])
    last = free.steps[-1].survival if free.steps else 1.0
    curves = competing_events.aalen_johansen(time, state)
    assert math.isclose(
        last + sum(one.steps[-1].incidence for one in curves if one.steps), 1, abs_tol=1e-9
    )
    alone = competing_events.aalen_johansen(time, [min(one, 1) for one in state], states=[1])[0]
    for rise, step in zip(alone.steps, free.steps, strict=True):
        assert math.isclose(rise.incidence, 1 - step.survival, abs_tol=1e-9)
        assert step.survival == 0 or math.isclose(rise.se, step.se, abs_tol=1e-9)


def test_two_groups_agree_with_another_log_rank() -> None:
    first, second = ([2, 3, 8, 5], [1, 1, 1, 0]), ([5, 7, 9, 3, 12], [1, 0, 0, 1, 1])
    both = [
        stats.CensoredData.right_censored(time, [not one for one in event])
        for time, event in (first, second)
    ]
    known = stats.logrank(*both)
    found = time_to_event.log_rank(first[0] + second[0], first[1] + second[1], "aaaabbbbb")
    assert found.p == pytest.approx(known.pvalue)
    assert found.chi2 == pytest.approx(known.statistic**2)


@pytest.mark.parametrize("share", [0, 1e-16, 1 - 1e-16, 1])
def test_a_share_that_rounding_keeps_from_none_or_all_has_no_limits(share) -> None:
    assert time_to_event.log_log_limits(share, 2.6e-9, 1.96) == (None, None)


def test_corners() -> None:
    nobody = time_to_event.kaplan_meier([], [])
    assert nobody.reason == "nobody was followed"
    assert time_to_event.median(nobody).reason == "nobody was followed"
    censored = time_to_event.kaplan_meier([3, 5], [0, 0])
    assert "not reached" in time_to_event.median(censored).reason
    assert time_to_event.survival_at(censored, 4).value == 1
    assert time_to_event.restricted_mean(censored, 5).estimate.value == 5
    assert "restrict the mean to 5" in time_to_event.restricted_mean(censored, 6).estimate.reason
    gone = time_to_event.kaplan_meier([4], [1])
    assert time_to_event.survival_at(gone, 99).value == 0
    assert time_to_event.median(gone).value == 4
    assert time_to_event.restricted_mean(gone, 12).estimate.value == 4
    assert time_to_event.log_rank([1, 2], [1, 1], "aa").reason
    assert "exact interval" in time_to_event.survival_at(censored, 4).reason


@pytest.mark.parametrize(
    ("time", "event"), [([1, 2], [1]), ([-1], [1]), ([math.nan], [1]), ([1], [2]), ([1], [0.5])]
)
def test_impossible_times_are_refused(time, event) -> None:
    with pytest.raises(ValueError, match=r"time|event|happened"):
        time_to_event.kaplan_meier(time, event)
