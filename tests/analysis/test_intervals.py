"""What must hold for every interval, whatever the counts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis import proportion, rate, risk_difference
from trial.analysis.estimate import Estimate, level_words, plain

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PEOPLE = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PROPORTIONS = [proportion.wilson, proportion.clopper_pearson]
DIFFERENCES = [risk_difference.newcombe, risk_difference.miettinen_nurminen]


def inside(estimate: Estimate, low: float, high: float) -> None:
    if estimate.value is None:
        assert estimate.reason
        return
    assert estimate.low is not None and estimate.high is not None
    assert low <= estimate.low <= estimate.value <= estimate.high <= high


@pytest.mark.parametrize("interval", PROPORTIONS)
@given(counts=COUNTS, level=LEVELS)
def test_a_proportion_lies_inside_its_interval(interval, counts, level) -> None:
    found = interval(*counts, level)
    inside(found, 0, 1)
    assert found.n == counts[1]
    assert (found.value is None) == (counts[1] == 0)


@pytest.mark.parametrize("interval", PROPORTIONS)
@given(counts=PEOPLE)
def test_limits_rise_with_the_count_and_mirror(interval, counts) -> None:
    x, n = counts
    here, mirrored = interval(x, n), interval(n - x, n)
    assert math.isclose(here.low, 1 - mirrored.high, abs_tol=1e-9)
    if x < n:
        above = interval(x + 1, n)
        assert above.low > here.low and above.high >= here.high


@pytest.mark.parametrize("interval", PROPORTIONS)
@pytest.mark.parametrize("n", [1, 7, 18, 5000])
def test_edges_are_exact(interval, n) -> None:
    assert interval(0, n).low == 0.0
    assert interval(n, n).high == 1.0


@given(counts=PEOPLE)
def test_the_exact_interval_keeps_its_tails(counts) -> None:
    """An oracle: at each limit the binomial tail is 2.5%."""
    x, n = counts
    found = proportion.clopper_pearson(x, n)
    if x:
        assert math.isclose(_tail(n, found.low, range(x, n + 1)), 0.025, rel_tol=1e-6)
    if x < n:
        assert math.isclose(_tail(n, found.high, range(x + 1)), 0.025, rel_tol=1e-6)


def _tail(n: int, p: float, counts: range) -> float:
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in counts)


@pytest.mark.parametrize("interval", PROPORTIONS)
@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(interval, x, n) -> None:
    with pytest.raises(ValueError, match="0 <= x <= n"):
        interval(x, n)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_impossible_levels_are_refused(level) -> None:
    for refused in (lambda: proportion.wilson(1, 2, level), lambda: rate.garwood(1, 2, level)):
        with pytest.raises(ValueError, match=r"such as 0\.95"):
            refused()


@given(
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    share=st.floats(0, 1),
    icc=st.floats(-0.5, 1),
)
def test_clusters_never_narrow_an_interval(sizes, share, icc) -> None:
    n = sum(sizes)
    x = round(share * n)
    plainly, widened = (
        proportion.wilson(x, n),
        proportion.cluster_adjusted_wilson(x, n, sizes, icc),
    )
    inside(widened, 0, 1)
    assert widened.low <= plainly.low + 1e-12 and widened.high >= plainly.high - 1e-12
    assert proportion.design_effect(sizes, icc) >= 1


def test_cluster_sizes_must_fit() -> None:
    with pytest.raises(ValueError, match="sum to 6, not to 7"):
        proportion.cluster_adjusted_wilson(1, 7, [3, 3], 0.05)
    with pytest.raises(ValueError, match="at least one participant"):
        proportion.design_effect([], 0.05)
    with pytest.raises(ValueError, match="at most 1"):
        proportion.design_effect([3], 1.5)
    assert proportion.cluster_adjusted_wilson(0, 0, [0, 0], 0.05).reason
    assert proportion.cluster_adjusted_wilson(1, 3, [3, 0], 0.05).n == 3


@pytest.mark.parametrize(
    ("cluster", "outcome"), [([], []), (["A", "A"], [0, 1]), (["A", "B"], [1, 1])]
)
def test_a_survey_without_variance_says_so(cluster, outcome) -> None:
    found = proportion.survey(cluster, outcome)
    assert found.logit.value is None and found.korn_graubard.reason and found.se is None


def test_a_survey_of_like_clusters_says_so() -> None:
    found = proportion.survey(["A", "A", "B", "B"], [0, 1, 1, 0])
    assert found.logit.reason == "every cluster has the same proportion"


def test_a_survey_needs_paired_zeros_and_ones() -> None:
    for cluster, outcome in ((["A"], [0, 1]), (["A", "B"], [0, 2])):
        with pytest.raises(ValueError, match="0 or 1"):
            proportion.survey(cluster, outcome)


@pytest.mark.parametrize("interval", DIFFERENCES)
@given(first=PEOPLE, second=PEOPLE, level=LEVELS)
def test_a_difference_lies_inside_and_turns_round(interval, first, second, level) -> None:
    here, back = interval(*first, *second, level), interval(*second, *first, level)
    inside(here, -1, 1)
    assert math.isclose(here.low, -back.high, abs_tol=1e-7)
    assert math.isclose(here.value, -back.value, abs_tol=1e-12)


@given(first=PEOPLE, second=PEOPLE)
def test_score_limits_solve_the_score_equation(first, second) -> None:
    """An oracle that shares nothing with the closed form: the likelihood searched on a grid."""
    found = risk_difference.miettinen_nurminen(*first, *second)
    for limit in (found.low, found.high):
        if -0.999 < limit < 0.999:
            assert math.isclose(_chi_square(*first, *second, limit), 1.959964**2, rel_tol=2e-3)


def _chi_square(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)

    def likelihood(p2: float) -> float:
        return sum(
            k * math.log(p) if p > 0 else -math.inf
            for k, p in ((x1, p2 + delta), (n1 - x1, 1 - p2 - delta), (x2, p2), (n2 - x2, 1 - p2))
            if k
        )

    for _ in range(200):  # golden section: the likelihood is concave in p2
        left, right = low + 0.382 * (high - low), low + 0.618 * (high - low)
        low, high = (left, high) if likelihood(left) < likelihood(right) else (low, right)
    p2 = (low + high) / 2
    p1 = p2 + delta
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return (x1 / n1 - x2 / n2 - delta) ** 2 / variance


@pytest.mark.parametrize("interval", DIFFERENCES)
def test_an_empty_group_has_no_difference(interval) -> None:
    assert interval(0, 0, 1, 7).reason == risk_difference.EMPTY_ARM
    with pytest.raises(ValueError, match="0 <= x <= n"):
        interval(8, 7, 0, 1)
    assert risk_difference.cluster_adjusted_newcombe((0, []), (1, [2]), 0.05).value is None


@given(count=st.integers(0, 500), exposure=st.floats(0.01, 1e4), level=LEVELS)
def test_a_rate_lies_inside_its_interval(count, exposure, level) -> None:
    found = rate.garwood(count, exposure, level)
    inside(found, 0, math.inf)
    assert (found.low == 0.0) == (count == 0)


@given(
    counts=st.tuples(st.integers(0, 50), st.integers(0, 50)),
    times=st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)),
)
def test_a_ratio_lies_inside_its_interval(counts, times) -> None:
    found = rate.rate_ratio(counts[0], times[0], counts[1], times[1])
    assert found.p_two_sided is None or 0 < found.p_two_sided <= 1
    if found.estimate.value is not None:
        assert found.estimate.low <= found.estimate.value <= found.estimate.high
    else:
        assert counts[1] == 0 and found.estimate.high is None and found.estimate.reason


def test_rates_refuse_the_impossible() -> None:
    assert rate.garwood(0, 0).value is None
    for count, exposure in ((-1, 1), (1, -1), (1, math.inf)):
        with pytest.raises(ValueError, match="not negative"):
            rate.garwood(count, exposure)
    with pytest.raises(ValueError, match="positive exposures"):
        rate.rate_ratio(1, 0, 1, 1)
    with pytest.raises(ValueError, match="neither negative"):
        rate.dispersion([1], [1, 2])


@pytest.mark.parametrize(
    ("counts", "times", "reason"),
    [
        ([], [], "fewer than two clusters were open"),
        ([3], [2.0], "fewer than two clusters were open"),
        ([3, 0], [2.0, 0], "fewer than two clusters were open"),
        ([0, 0], [2.0, 2.0], "nobody was counted"),
    ],
)
def test_no_dispersion_without_clusters_or_events(counts, times, reason) -> None:
    found = rate.dispersion(counts, times)
    assert found.pearson is None and found.reason == reason


def test_dispersion_is_chi_square_over_its_degrees_of_freedom() -> None:
    found = rate.dispersion([7, 4, 5, 2], [6, 6, 6, 6])
    assert found.dispersion == found.pearson / 3


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_an_estimate_is_never_nan_or_infinite(figure) -> None:
    with pytest.raises(ValueError, match="finite"):
        Estimate(figure, 0, 1, 2, "any")
    with pytest.raises(ValueError, match="finite"):
        Estimate(0.5, 0, figure, 2, "any")


def test_an_estimate_as_plain_values() -> None:
    found = Estimate(0.5, 0.1, 0.9, 4, "Wilson", count=2)
    assert plain(found) == found.as_dict()
    assert found.as_dict() == {
        "value": 0.5,
        "low": 0.1,
        "high": 0.9,
        "n": 4,
        "method": "Wilson",
        "reason": "",
        "count": 2,
    }
    assert level_words(0.975) == "97.5%"
