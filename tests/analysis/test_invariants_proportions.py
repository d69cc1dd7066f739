"""What holds of proportions, differences, ratios and rates, whatever the counts."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, finite, ordered, sound, three, wider
from trial.analysis import proportion, rate, risk_difference, risk_ratio
from trial.analysis.estimate import Estimate

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=6)


def mee(x1: int, n1: int, x2: int, n2: int, conf_level: float = 0.95) -> Estimate:
    return risk_difference.miettinen_nurminen(x1, n1, x2, n2, conf_level, correction=False)


SHARES = [proportion.wilson, proportion.clopper_pearson]
DIFFERENCES = [risk_difference.newcombe, risk_difference.miettinen_nurminen, mee]
RATIOS = [risk_ratio.koopman, risk_ratio.miettinen_nurminen]


@pytest.mark.parametrize("interval", SHARES)
@QUICK
@given(one=COUNTS)
def test_a_proportion_turns_round_widens_and_rises(interval, one) -> None:
    x, n = one
    found, other = interval(x, n), interval(n - x, n)
    assert ordered(found) and found.low >= 0 and found.high <= 1
    assert alike(three(found), (1 - other.value, 1 - other.high, 1 - other.low))
    assert wider(interval(x, n, 0.99), found)
    if x < n:
        more = interval(x + 1, n)
        assert more.value > found.value and more.low > found.low and more.high > found.high


@pytest.mark.parametrize("interval", SHARES)
@QUICK
@given(one=COUNTS)
def test_twice_the_people_narrow_a_proportion(interval, one) -> None:
    x, n = one
    found, twice = interval(x, n), interval(2 * x, 2 * n)
    assert twice.high - twice.low < found.high - found.low


@QUICK
@given(one=COUNTS)
def test_the_bare_limits_are_those_of_the_estimates(one) -> None:
    x, n = one
    score, exact = proportion.wilson(x, n), proportion.clopper_pearson(x, n)
    assert alike(proportion.score_limits(x / n, n, 1.959963984540054), (score.low, score.high))
    assert alike(proportion.exact_limits(x, n, 0.95), (exact.low, exact.high))


@QUICK
@given(sizes=SIZES, icc=st.floats(-0.5, 1), share=st.floats(0, 1))
def test_clusters_widen_a_proportion_whatever_their_order(sizes, icc, share) -> None:
    n = sum(sizes)
    x = round(share * n)
    found = proportion.cluster_adjusted_wilson(x, n, sizes, icc)
    assert ordered(found) and wider(found, proportion.wilson(x, n))
    turned = proportion.cluster_adjusted_wilson(x, n, sizes[::-1], icc)
    assert alike(three(found), three(turned))
    assert proportion.design_effect(sizes, icc) >= 1
    assert proportion.design_effect(sizes, -1) == 1


@QUICK
@given(people=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), max_size=25))
def test_a_survey_proportion_knows_neither_order_nor_names(people) -> None:
    cluster, outcome = [c for c, _ in people], [y for _, y in people]
    found = proportion.survey(cluster, outcome)
    turned = proportion.survey([f"site {9 - c}" for c in cluster[::-1]], outcome[::-1])
    for one, two in ((found.logit, turned.logit), (found.korn_graubard, turned.korn_graubard)):
        assert ordered(one) and alike(three(one), three(two), 1e-7)
    assert finite(found)


@pytest.mark.parametrize("interval", DIFFERENCES)
@QUICK
@given(one=COUNTS, two=COUNTS)
def test_a_difference_swaps_turns_round_and_widens(interval, one, two) -> None:
    found, back = interval(*one, *two), interval(*two, *one)
    assert ordered(found) and found.low >= -1 and found.high <= 1
    assert alike(three(found), (-back.value, -back.high, -back.low), 1e-6)
    left = [(n - x, n) for x, n in (two, one)]
    assert alike(three(found), three(interval(*left[0], *left[1])), 1e-6)
    wide = interval(*one, *two, 0.99)
    assert wide.low <= found.low + 1e-6 and found.high <= wide.high + 1e-6
    if one[0] < one[1]:
        more = interval(one[0] + 1, one[1], *two)
        assert more.value > found.value
        assert more.low >= found.low - 1e-6 and more.high >= found.high - 1e-6


@QUICK
@given(one=SIZES, two=SIZES, shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_clusters_widen_a_difference(one, two, shares) -> None:
    first, second = [
        (round(share * sum(sizes)), sizes) for share, sizes in zip(shares, (one, two), strict=True)
    ]
    found = risk_difference.cluster_adjusted_newcombe(first, second, 0.2)
    back = risk_difference.cluster_adjusted_newcombe(second, first, 0.2)
    bare = risk_difference.newcombe(first[0], sum(one), second[0], sum(two))
    assert ordered(found) and wider(found, bare)
    assert alike(three(found), (-back.value, -back.high, -back.low))


@pytest.mark.parametrize("interval", RATIOS)
@QUICK
@given(one=COUNTS, two=COUNTS)
def test_a_ratio_widens_and_one_is_within_when_shares_agree(interval, one, two) -> None:
    assume(one[0] and two[0])
    found, wide = interval(*one, *two), interval(*one, *two, 0.99)
    assert ordered(found)
    assert wide.low <= found.low * (1 + 1e-6) and found.high <= wide.high * (1 + 1e-6)
    same = interval(*one, *one)
    assert same.low <= 1 <= same.high and same.value == pytest.approx(1)


@QUICK
@given(count=st.integers(0, 80), exposure=st.floats(0.5, 200), unit=st.sampled_from([12, 30.4375]))
def test_a_rate_scales_with_its_unit_and_rises(count, exposure, unit) -> None:
    found = rate.garwood(count, exposure)
    scaled = rate.garwood(count, exposure * unit)
    assert ordered(found) and found.low >= 0
    assert alike([f / unit for f in three(found)], three(scaled))
    more = rate.garwood(count + 1, exposure)
    assert more.value > found.value and more.low > found.low and more.high > found.high
    assert wider(rate.garwood(count, exposure, 0.99), found)


@QUICK
@given(one=st.integers(0, 30), two=st.integers(0, 30), months=st.floats(1, 50))
def test_a_rate_ratio_turns_round(one, two, months) -> None:
    found, back = rate.rate_ratio(one, months, two, 7), rate.rate_ratio(two, 7, one, months)
    assert ordered(found.estimate) and finite(found)
    assert alike([found.p_two_sided], [back.p_two_sided], 1e-7)
    if one and two:
        value, low, high = three(back.estimate)
        assert alike(three(found.estimate), (1 / value, 1 / high, 1 / low), 1e-7)


@QUICK
@given(
    clusters=st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0, 0.5, 3, 6])), max_size=7)
)
def test_dispersion_knows_no_order_and_no_unit(clusters) -> None:
    clusters = [(count if months else 0, months) for count, months in clusters]
    counts, months = [c for c, _ in clusters], [m for _, m in clusters]
    found = rate.dispersion(counts, months)
    turned = rate.dispersion(counts[::-1], [30 * m for m in months[::-1]])
    assert ordered(found.mean) and ordered(found.pooled) and finite(found)
    assert found.df == turned.df
    assert alike([found.pearson, found.dispersion], [turned.pearson, turned.dispersion])
    assert found.dispersion is not None or found.reason


@QUICK
@given(opens=st.integers(-20, 60), length=st.integers(0, 60), until=st.integers(-5, 70))
def test_open_days_are_those_counted_one_by_one(opens, length, until) -> None:
    start = date(2015, 7, 1)
    opened = start + timedelta(days=opens)
    closed = opened + timedelta(days=length)
    window, on = (start, start + timedelta(days=45)), start + timedelta(days=until)
    days = [start + timedelta(days=i) for i in range(-30, 130)]
    expected = sum(opened <= d <= closed and window[0] <= d <= min(window[1], on) for d in days)
    assert rate.open_days(opened, closed, window, on) == expected
    assert rate.open_days(None, closed, window, on) == 0
    assert rate.cluster_months(expected) * 4 == 4 * rate.cluster_months(1) * expected


EDGES = [(0, 0), (0, 1), (1, 1), (0, 18), (18, 18)]


@pytest.mark.parametrize("one", EDGES)
@pytest.mark.parametrize("two", EDGES)
def test_no_events_all_events_nobody_and_one_person(one, two) -> None:
    for interval in (*DIFFERENCES, *RATIOS):
        found = interval(*one, *two)
        assert ordered(found) and (found.estimable or found.reason)
    for interval in SHARES:
        assert interval(*one).estimable == bool(one[1])
    sizes = [[n] if n else [] for n in (one[1], two[1])]
    spread = risk_difference.cluster_adjusted_newcombe((one[0], sizes[0]), (two[0], sizes[1]), 0.1)
    assert ordered(spread) and spread.estimable == bool(one[1] and two[1])


@pytest.mark.parametrize(
    ("cluster", "outcome", "known"),
    [
        ([], [], False),
        ([1], [1], False),
        ([1, 1, 2], [0, 0, 0], False),
        ([1, 1, 2], [1, 1, 1], False),
        ([1, 1, 1], [1, 0, 1], False),
        ([1, 2, 3], [1, 0, 1], True),
        # Clusters of 49 with one event each: their residuals are 0 but for rounding.
        ([1] * 49 + [2] * 49, ([1] + [0] * 48) * 2, False),
    ],
)
def test_corners_of_a_survey_have_a_result_or_a_reason(cluster, outcome, known) -> None:
    found = proportion.survey(cluster, outcome)
    assert sound(found) and found.logit.estimable == found.korn_graubard.estimable == known


def test_a_missing_outcome_is_refused_where_people_are_given_one_by_one() -> None:
    for missing in (None, float("nan")):
        with pytest.raises(ValueError, match="0 or 1, for each participant"):
            proportion.survey([1, 2], [missing, missing])


@pytest.mark.parametrize("months", [[], [0.0], [0.0, 0.0], [3.0], [3.0, 0.0], [3.0, 2.0]])
def test_corners_of_rates_have_a_result_or_a_reason(months) -> None:
    for count in (0, 4):
        counts = [count if exposure else 0 for exposure in months]
        found = rate.dispersion(counts, months)
        assert sound(found) and (found.dispersion is not None) != bool(found.reason)
        assert rate.garwood(sum(counts), sum(months)).estimable == bool(sum(months))
