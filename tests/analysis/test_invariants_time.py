"""What holds of times to an event and of competing events, whoever was followed."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, ordered, sound, three, wider
from trial.analysis import competing_events, time_to_event
from trial.analysis.time_to_event import kaplan_meier, median, restricted_mean, survival_at

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
SOME = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=20)
AT = st.integers(0, 12)


def followed(people) -> tuple[list[int], list[int]]:
    """Times, and 1 for those who had the first event."""
    return [time for time, _ in people], [int(state == 1) for _, state in people]


@QUICK
@given(people=SOME, unit=st.sampled_from([7, 0.25]), tau=st.integers(1, 12))
def test_a_curve_does_not_know_its_unit(people, unit, tau) -> None:
    time, event = followed(people)
    one, two = kaplan_meier(time, event), kaplan_meier([unit * t for t in time], event)
    assert alike([s.survival for s in one.steps], [s.survival for s in two.steps])
    assert alike(three(survival_at(one, tau)), three(survival_at(two, unit * tau)))
    for found, scaled in (
        (median(one), median(two)),
        (restricted_mean(one, tau).estimate, restricted_mean(two, unit * tau).estimate),
    ):
        assert ordered(found)
        assert alike([None if x is None else unit * x for x in three(found)], three(scaled))


@QUICK
@given(people=SOME, data=st.data(), at=AT)
def test_one_more_event_lowers_the_curve_and_sooner_the_median(people, data, at) -> None:
    time, event = followed(people)
    censored = [i for i, seen in enumerate(event) if not seen]
    if not censored:
        return
    more = list(event)
    more[data.draw(st.sampled_from(censored))] = 1
    one, two = kaplan_meier(time, event), kaplan_meier(time, more)
    before, after = survival_at(one, at).value, survival_at(two, at).value
    assert before is None or after <= before + 1e-12
    sooner, later = median(two).value, median(one).value
    assert later is None or sooner is not None
    # Where a curve lies at exactly one half, the middle of the stretch may be later.
    if later is not None and all(abs(step.survival - 0.5) > 1e-9 for step in two.steps):
        assert sooner <= later


@QUICK
@given(people=SOME, at=AT, tau=st.integers(1, 12))
def test_without_censoring_a_curve_counts_and_averages(people, at, tau) -> None:
    time = [t for t, _ in people]
    curve = kaplan_meier(time, [1] * len(time))
    share = sum(t > at for t in time) / len(time)
    assert survival_at(curve, at).value == pytest.approx(share)
    mean = restricted_mean(curve, tau)
    assert mean.estimate.value == pytest.approx(np.mean([min(t, tau) for t in time]))
    assert median(curve).value == pytest.approx(np.median(time))


@QUICK
@given(people=SOME, at=AT)
def test_twice_the_people_narrow_and_a_higher_level_widens(people, at) -> None:
    time, event = followed(people)
    one, two = kaplan_meier(time, event), kaplan_meier(time * 2, event * 2)
    for step, twice in zip(one.steps, two.steps, strict=True):
        assert alike([step.survival, step.se], [twice.survival, twice.se * math.sqrt(2)])
    found = [survival_at(kaplan_meier(time, event, level), at) for level in (0.99, 0.95, 0.5)]
    if found[0].low is not None:
        assert all(wider(wide, narrow) for wide, narrow in pairwise(found))
        assert wider(found[1], survival_at(two, at))
    means = [restricted_mean(kaplan_meier(time, event, level), 12).estimate for level in (0.9, 0.5)]
    assert means[0].low is None or wider(*means)


@QUICK
@given(people=SOME)
def test_a_restricted_mean_grows_with_its_limit_and_stays_below(people) -> None:
    curve = kaplan_meier(*followed(people))
    means = [restricted_mean(curve, tau).estimate.value for tau in range(1, 13)]
    known = [(tau, mean) for tau, mean in enumerate(means, start=1) if mean is not None]
    assert all(0 <= mean <= tau for tau, mean in known)
    assert all(one <= two + 1e-9 for (_, one), (_, two) in pairwise(known))


@QUICK
@given(people=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), st.sampled_from("abc"))))
def test_a_log_rank_test_expects_as_many_as_it_saw(people) -> None:
    time, event, group = ([one[i] for one in people] for i in range(3))
    found = time_to_event.log_rank(time, event, group)
    later = time_to_event.log_rank([3 * t + 1 for t in time], event, group)
    assert sound(found) and alike([found.chi2, found.p], [later.chi2, later.p])
    assert sum(one.observed for one in found.groups) == sum(event)
    assert sum(one.expected for one in found.groups) == pytest.approx(sum(event))
    assert sum(one.n for one in found.groups) == len(people)
    same = time_to_event.log_rank(time * 2, event * 2, ["x"] * len(time) + ["y"] * len(time))
    assert same.chi2 is None or same.chi2 == pytest.approx(0, abs=1e-9)


@QUICK
@given(people=SOME, at=AT)
def test_incidences_share_out_what_has_happened(people, at) -> None:
    time, state = [t for t, _ in people], [s for _, s in people]
    first, second = competing_events.aalen_johansen(time, state)
    free = survival_at(kaplan_meier(time, [s > 0 for s in state]), at).value
    found = [competing_events.incidence_at(one, at) for one in (first, second)]
    if free is None:
        assert all(one.value is None and one.reason for one in found)
        return
    assert free + found[0].value + found[1].value == pytest.approx(1)
    alone = survival_at(kaplan_meier(*followed(people)), at).value
    assert alone is None or found[0].value <= 1 - alone + 1e-9
    back = competing_events.aalen_johansen(time, [(0, 2, 1)[s] for s in state])
    assert alike(three(found[0]), three(competing_events.incidence_at(back[1], at)))
    assert found[0].value >= (competing_events.incidence_at(first, at / 2).value or 0) - 1e-12
    wide = competing_events.aalen_johansen(time, state, conf_level=0.99)[0]
    assert found[0].low is None or wider(competing_events.incidence_at(wide, at), found[0])


@QUICK
@given(share=st.floats(0.01, 0.99), se=st.floats(0.001, 0.3), times=st.integers(0, 9))
def test_log_log_limits_hold_the_share_and_widen(share, se, times) -> None:
    low, high = time_to_event.log_log_limits(share, se, 1.96)
    assert 0 <= low < share < high <= 1
    more, less = time_to_event.log_log_limits(share, 2 * se, 1.96)
    assert more <= low and high <= less
    moments = np.array([times, times + 1, 3.0])
    seen = np.array([times, 3.0, 2.0])
    expected = [sum(one >= moment for one in seen) for moment in moments]
    assert time_to_event.at_risk(seen, moments).tolist() == expected


CORNERS = {
    "nobody": ([], []),
    "one participant, censored": ([5], [0]),
    "one participant, an event": ([5], [1]),
    "no events": ([1, 2, 3], [0, 0, 0]),
    "all events": ([1, 2, 3], [1, 1, 1]),
    "all at once": ([4, 4, 4], [1, 1, 1]),
    "all on the first day": ([0, 0, 0], [1, 0, 1]),
    "the other event only": ([1, 2, 3], [2, 2, 2]),
    "events after the last censored": ([1, 2, 9], [0, 0, 1]),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_every_corner_has_a_result_or_a_reason(corner: str) -> None:
    time, state = CORNERS[corner]
    times, states = time_to_event.followed(time, state)
    assert (times.tolist(), states.tolist()) == (time, state)
    event = [int(one == 1) for one in state]
    curve = kaplan_meier(time, event)
    curves = competing_events.aalen_johansen(time, state)
    groups = [i % 2 for i in range(len(time))]
    results = [curve, *curves, median(curve), time_to_event.log_rank(time, event, groups)]
    for at in (0, 1, 4, 99):
        results += [survival_at(curve, at), *(competing_events.incidence_at(c, at) for c in curves)]
        results.append(restricted_mean(curve, at + 1))
    assert sound(results)
    assert median(curve).estimable == bool(curve.steps and curve.steps[-1].survival <= 0.5)
