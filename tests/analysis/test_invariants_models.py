"""What holds of marginal models, whatever the order, the names and the coding of the terms."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, mirrored, ordered, sound, three, wider
from trial.analysis import gee
from trial.analysis.gee import Convention, Variance, Working

FEWER = settings(max_examples=20, deadline=None, derandomize=True)
WORKING = st.sampled_from(Working)


@st.composite
def people(draw):
    """Cluster, outcome, arm and a score of each participant of four to eight clusters."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=4, max_size=8))
    cluster = [i for i, size in enumerate(sizes) for _ in range(size)]
    n = len(cluster)
    outcome = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    score = draw(st.lists(st.integers(-5, 5), min_size=n, max_size=n))
    return cluster, outcome, [i % 2 for i in cluster], score


def same(one: gee.Fit, two: gee.Fit, tolerance: float = 1e-6) -> bool:
    """Whether two fits agree, or are refused for the same reason."""
    return one.se.keys() == two.se.keys() and alike(
        [one.beta, one.alpha, one.df, one.reason, list(one.se.values())],
        [two.beta, two.alpha, two.df, two.reason, list(two.se.values())],
        tolerance,
    )


@FEWER
@given(rows=people(), working=WORKING, chance=st.randoms(use_true_random=False))
def test_a_model_knows_neither_order_nor_names(rows, working, chance) -> None:
    cluster, outcome, arm, score = rows
    order = list(range(len(cluster)))
    chance.shuffle(order)
    found = gee.fit(cluster, outcome, {"arm": arm, "score": score}, working=working)
    turned = gee.fit(
        [f"site {9 - cluster[i]}" for i in order],
        [outcome[i] for i in order],
        {"arm": [arm[i] for i in order], "score": [score[i] for i in order]},
        working=working,
    )
    assert sound(found) and found.estimable != bool(found.reason)
    assert same(found, turned)


@FEWER
@given(rows=people(), working=WORKING, convention=st.sampled_from(Convention))
def test_another_reference_turns_the_effect_and_moves_the_intercept(
    rows, working, convention
) -> None:
    cluster, outcome, arm, _ = rows
    how = {"working": working, "convention": convention}
    found = gee.fit(cluster, outcome, {"arm": arm}, **how)
    other = gee.fit(cluster, outcome, {"arm": [1 - a for a in arm]}, **how)
    assert found.reason == other.reason
    for variance in Variance:
        one, two = (gee.effect(fit, "arm", variance) for fit in (found, other))
        assert ordered(one.estimate)
        # Fay and Graubard's bound depends on the coding, as their paper says.
        if variance is not Variance.FAY_GRAUBARD:
            assert alike(three(one.estimate), mirrored(two.estimate), 1e-6)
            assert alike([one.p, one.se], [two.p, two.se], 1e-6)
    if found.estimable:
        assert other.beta[0] == pytest.approx(sum(found.beta), abs=1e-7)


@FEWER
@given(rows=people(), working=WORKING, times=st.sampled_from([0.25, 10]))
def test_yes_and_no_change_places_and_a_term_has_its_unit(rows, working, times) -> None:
    cluster, outcome, arm, score = rows
    found = gee.fit(cluster, outcome, {"arm": arm, "score": score}, working=working)
    turned = gee.fit(
        cluster,
        [1 - y for y in outcome],
        {"arm": arm, "score": [times * x for x in score]},
        working=working,
    )
    assert alike([found.alpha, found.reason], [turned.alpha, turned.reason], 1e-6)
    unit = (-1, -1, -times)
    assert alike(found.beta, [b * u for b, u in zip(turned.beta, unit, strict=False)], 1e-6)


@FEWER
@given(rows=people())
def test_corrections_widen_and_twice_the_clusters_narrow(rows) -> None:
    cluster, outcome, arm, _ = rows
    found = gee.fit(cluster, outcome, {"arm": arm}, working=Working.INDEPENDENCE)
    twice = gee.fit(
        [*cluster, *(c + 100 for c in cluster)],
        outcome * 2,
        {"arm": arm * 2},
        working=Working.INDEPENDENCE,
    )
    if not found.estimable:
        assert twice.reason == found.reason or found.df < 1
        return
    plain = np.array(found.se[Variance.LIANG_ZEGER])
    assert alike(found.beta, twice.beta, 1e-6)
    assert alike(list(plain / np.sqrt(2)), twice.se[Variance.LIANG_ZEGER], 1e-6)
    if Variance.FORD_WESTGATE in found.se:
        order = (
            Variance.LIANG_ZEGER, Variance.KAUERMANN_CARROLL, Variance.FORD_WESTGATE,
            Variance.MANCL_DEROUEN,
        )  # fmt: skip
        for less, more in pairwise(order):
            assert (np.array(found.se[less]) <= np.array(found.se[more]) + 1e-9).all()
    narrow, wide = (gee.effect(found, "arm", conf_level=level).estimate for level in (0.8, 0.99))
    assert narrow.low is None or wider(wide, narrow)


@settings(FEWER, max_examples=10)
@given(rows=people())
def test_the_standard_errors_of_pustejovsky_and_tipton_know_no_coding(rows) -> None:
    cluster, outcome, arm, score = rows
    found = gee.pustejovsky_tipton(cluster, outcome, {"arm": arm, "score": score})
    other = gee.pustejovsky_tipton(
        [9 - c for c in cluster],
        [1 - y for y in outcome],
        {"arm": [1 - a for a in arm], "score": [3 + 2 * x for x in score]},
    )
    assert sound(found)
    if Variance.PUSTEJOVSKY_TIPTON not in found.se:
        assert Variance.PUSTEJOVSKY_TIPTON not in other.se
        return
    own, back = (one.se[Variance.PUSTEJOVSKY_TIPTON] for one in (found, other))
    assert alike([own[1], own[2]], [back[1], 2 * back[2]], 1e-5)
    alone = gee.pustejovsky_tipton(cluster, outcome, {"arm": arm})
    if Variance.PUSTEJOVSKY_TIPTON in alone.se:
        assert alike(
            alone.se[Variance.PUSTEJOVSKY_TIPTON], alone.se[Variance.KAUERMANN_CARROLL], 1e-6
        )


@FEWER
@given(
    people=st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 1)), min_size=1, max_size=9),
    shift=st.integers(-3, 3),
)
def test_one_term_separates_where_the_outcomes_do_not_overlap(people, shift) -> None:
    x, y = [one for one, _ in people], [two for _, two in people]
    low, high = ([a for a, b in people if b == own] for own in (0, 1))
    apart = not low or not high or max(low) <= min(high) or max(high) <= min(low)
    expected = apart and (len(set(x)) > 1 or len(set(y)) == 1)
    found = gee.separated(np.column_stack([np.ones(len(x)), x]), np.array(y))
    assert found == expected
    moved = np.column_stack([np.ones(len(x)), [100 * (shift - own) for own in x]])
    assert gee.separated(moved[::-1], 1 - np.array(y[::-1])) == expected


FOUR = [1, 1, 2, 2, 3, 3, 4, 4]
ARM = [1, 1, 1, 1, 0, 0, 0, 0]
CORNERS = {
    "nobody": ([], [], [], "nobody"),
    "one participant": ([1], [1], [1], "do not vary"),
    "no events": (FOUR, [0] * 8, ARM, "separation"),
    "all events": (FOUR, [1] * 8, ARM, "separation"),
    "no events in an arm": (FOUR, [0, 1, 0, 1, 0, 0, 0, 0], ARM, "separation"),
    "one cluster an arm": ([1, 1, 1, 2, 2, 2], [1, 0, 0, 1, 1, 0], [1, 1, 1, 0, 0, 0], "no more"),
    "one arm only": (FOUR, [0, 1, 0, 1, 0, 1, 1, 1], [1] * 8, "do not vary"),
    "one cluster in one arm": ([1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 1, 0], [1, 1, 0, 0, 0, 0], ""),
    "clusters of one": (list(range(8)), [0, 1, 0, 1, 0, 1, 1, 1], ARM, ""),
}


@pytest.mark.parametrize("working", Working)
@pytest.mark.parametrize("corner", CORNERS)
def test_every_corner_has_an_effect_or_a_reason(corner: str, working: Working) -> None:
    cluster, outcome, arm, why = CORNERS[corner]
    found = gee.fit(cluster, outcome, {"arm": arm}, working=working)
    assert sound(found) and why in found.reason
    assert bool(found.reason) != found.estimable
    for variance in Variance:
        assert sound(gee.effect(found, "arm", variance))
