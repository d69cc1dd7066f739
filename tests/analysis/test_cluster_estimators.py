"""What must hold for the estimators for clusters, whatever the numbers."""

import math
from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from trial.analysis import (
    cluster_test,
    design_effect,
    gee,
    icc,
    mixed_logistic,
    proportion,
    randomisation_test,
    reml,
    risk_ratio,
)
from trial.analysis.cluster_summary import Clusters, summarise

FEWER = settings(max_examples=40, deadline=None)
Rows = tuple[list[int], list[float], list[int]]


@st.composite
def participants(draw, *, binary: bool = False, least: int = 2) -> Rows:
    """Cluster, outcome and arm of participants: at least two clusters an arm."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=2 * least, max_size=9))
    values = st.integers(0, 1) if binary else st.integers(-50, 50)
    cluster = [i for i, size in enumerate(sizes) for _ in range(size)]
    outcome = draw(st.lists(values, min_size=len(cluster), max_size=len(cluster)))
    return cluster, [float(y) for y in outcome], [i % 2 for i in cluster]


def told(clusters: Clusters) -> list[float | None]:
    """One figure of each estimator."""
    return [
        icc.anova(clusters).estimate.value,
        icc.anova_within_arm(clusters).estimate.high,
        reml.fit(clusters).var_within,
        cluster_test.compare(clusters, 1, 0).estimate.low,
        cluster_test.size_weighted(clusters, 1, 0).se,
        cluster_test.estimands(clusters, 1, 0).of_participants,
    ]


def same(found: list[float | None], expected: list[float | None], sign: int = 1) -> bool:
    return all(
        (a is None) == (b is None)
        and (a is None or b is None or math.isclose(a, sign * b, rel_tol=1e-5, abs_tol=1e-7))
        for a, b in zip(found, expected, strict=True)
    )


@FEWER
@given(rows=participants(), chance=st.randoms())
def test_order_of_rows_and_names_of_clusters_do_not_matter(rows: Rows, chance) -> None:
    many = list(zip(*rows, strict=True))
    chance.shuffle(many)
    cluster, outcome, arm = zip(*many, strict=True)
    renamed = [f"ward {90 - own}" for own in cluster]
    assert same(told(summarise(renamed, outcome, arm)), told(summarise(*rows)))


@FEWER
@given(rows=participants())
def test_swapping_the_arms_turns_the_difference_round(rows: Rows) -> None:
    clusters = summarise(*rows)
    for compare in (cluster_test.compare, cluster_test.size_weighted):
        here, there = compare(clusters, 1, 0), compare(clusters, 0, 1)
        assert same([here.estimate.low, here.t], [there.estimate.high, there.t], sign=-1)
        assert same([here.p], [there.p])
    found = randomisation_test.test(clusters.means, clusters.arms, first=1)
    back = randomisation_test.test(clusters.means, clusters.arms, first=0)
    assert found.p_two_sided == back.p_two_sided
    assert found.p_greater == back.p_less


@FEWER
@given(rows=participants(), by=st.integers(-40, 40), times=st.sampled_from([0.5, 2.0, 8.0]))
def test_the_icc_knows_no_unit(rows: Rows, by: int, times: float) -> None:
    cluster, outcome, arm = rows
    moved = summarise(cluster, [times * y + by for y in outcome], arm)
    for estimator in (icc.anova, icc.anova_within_arm):
        here, there = estimator(summarise(*rows)).estimate, estimator(moved).estimate
        assert same([here.value, here.low, here.high], [there.value, there.low, there.high])


@FEWER
@given(rows=participants())
def test_the_icc_lies_inside_its_interval_and_at_most_1(rows: Rows) -> None:
    for estimator in (icc.anova, icc.anova_within_arm):
        found = estimator(summarise(*rows)).estimate
        if found.value is None or found.low is None or found.high is None:
            assert found.reason
            continue
        assert found.value <= 1 + 1e-12
        # Searle's interval may lie to one side of an extreme estimate; it is never inside out.
        assert found.low <= found.high <= 1 + 1e-12


@FEWER
@given(rows=participants())
def test_reml_beats_every_other_share(rows: Rows) -> None:
    """An oracle: the multivariate normal likelihood of the contrasts, matrix by matrix."""
    clusters = summarise(*rows)
    found = reml.fit(clusters)
    assume(found.var_within is not None)
    cluster, outcome, arm = (np.array(column) for column in rows)
    design = np.column_stack([arm == 0, arm == 1]).astype(float)
    together = (cluster[:, None] == cluster[None, :]).astype(float)

    def loglik(between: float, within: float) -> float:
        v = within * np.eye(len(outcome)) + between * together
        inverse = np.linalg.inv(v)
        inner = design.T @ inverse @ design
        rest = outcome - design @ np.linalg.solve(inner, design.T @ inverse @ outcome)
        return -0.5 * (
            np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + rest @ inverse @ rest
        )

    best = loglik(found.var_between, found.var_within)
    total = found.var_between + found.var_within
    for share in (0.0, 0.02, 0.2, 0.5, 0.8):
        for scale in (0.8, 1.0, 1.2):
            other = loglik(share * total * scale, (1 - share) * total * scale)
            assert other <= best + 1e-6 * (1 + abs(best))


@pytest.mark.filterwarnings("ignore")  # scipy warns of an arm whose clusters agree
@FEWER
@given(rows=participants())
def test_the_t_interval_is_that_of_scipy(rows: Rows) -> None:
    clusters = summarise(*rows)
    found = cluster_test.compare(clusters, 1, 0)
    assume(found.p is not None)
    own = [clusters.of_arm(arm).means for arm in "10"]
    expected = stats.ttest_ind(*own)
    low, high = expected.confidence_interval()
    assert math.isclose(found.p, expected.pvalue, rel_tol=1e-7)
    assert math.isclose(found.estimate.low, low, rel_tol=1e-7, abs_tol=1e-7)
    assert math.isclose(found.estimate.high, high, rel_tol=1e-7, abs_tol=1e-7)


SUMMARIES = st.lists(st.integers(-20, 20), min_size=4, max_size=7)


@FEWER
@given(summary=SUMMARIES, split=st.integers(1, 3))
def test_every_allocation_is_counted_once(summary: list[int], split: int) -> None:
    """An oracle: all orders of the arms, in exact fractions of the number of clusters."""
    k = len(summary)
    arms = ["a"] * split + ["b"] * (k - split)

    def gap(scheme: tuple[str, ...]) -> int:
        first = sum(y for y, own in zip(summary, scheme, strict=True) if own == "a")
        return first * (k - split) - (sum(summary) - first) * split

    all_of_them = {scheme for scheme in permutations(arms)}
    observed = abs(gap(tuple(arms)))
    share = sum(abs(gap(scheme)) >= observed for scheme in all_of_them) / len(all_of_them)
    found = randomisation_test.test(summary, arms, first="a")
    assert found.schemes == len(all_of_them)
    assert math.isclose(found.p_two_sided, share, abs_tol=1e-12)
    assert found.p_two_sided >= found.smallest_p - 1e-12


@FEWER
@given(summary=SUMMARIES, level=st.sampled_from([0.5, 0.6, 0.8]), at=st.floats(-45, 45))
def test_the_interval_holds_what_the_test_does_not_reject(
    summary: list[int], level: float, at: float
) -> None:
    arms = ["a", "b"] * 3 + ["a"]
    arms = arms[: len(summary)]
    found = randomisation_test.test(summary, arms, first="a", conf_level=level)
    if found.estimate.low is None:
        assert "not estimable with" in found.estimate.reason
        return
    low, high = found.estimate.low, found.estimate.high
    assume(min(abs(at - low), abs(at - high)) > 1e-6)
    shifted = [y - at * (own == "a") for y, own in zip(summary, arms, strict=True)]
    p = randomisation_test.test(shifted, arms, first="a").p_two_sided
    assert (p > 1 - level + 1e-9) == (low < at < high)


RATIOS = [risk_ratio.koopman, risk_ratio.miettinen_nurminen]
COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("interval", RATIOS)
@FEWER
@given(one=COUNTS, two=COUNTS, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_a_ratio_lies_inside_its_interval_and_turns_round(interval, one, two, level) -> None:
    found, back = interval(*one, *two, level), interval(*two, *one, level)
    assert (found.value is None) == (two[0] == 0)
    if found.value is not None:
        assert found.low <= found.value <= found.high
    if found.low and back.high is not None:
        assert math.isclose(found.low, 1 / back.high, rel_tol=1e-6)


@pytest.mark.parametrize("interval", RATIOS)
@FEWER
@given(one=COUNTS, two=COUNTS)
def test_more_events_raise_the_ratio(interval, one, two) -> None:
    (x, n), here = one, interval(*one, *two)
    assume(x < n and two[0])
    there = interval(x + 1, n, *two)
    assert there.value > here.value and there.low > here.low and there.high > here.high


@FEWER
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12), icc_=st.floats(-0.2, 1))
def test_a_design_effect_is_at_least_1_and_agrees_with_its_parts(sizes, icc_) -> None:
    found = design_effect.of_sizes(sizes, icc_)
    assert found.value == proportion.design_effect(sizes, icc_) >= 1
    assert math.isclose(found.value, design_effect.planned(found.mean, icc_, found.cv))
    assert math.isclose(found.effective, design_effect.effective_size(sum(sizes), found.value))
    assert 0 < found.efficiency <= 1


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25, deadline=None)
@given(rows=participants(binary=True, least=3))
def test_the_marginal_model_is_that_of_statsmodels(rows: Rows) -> None:
    """Where statsmodels settles at all: coefficients, correlation and two of the sandwiches."""
    cluster, outcome, arm = rows
    found = gee.fit(cluster, outcome, {"arm": arm})
    assume(found.estimable and abs(found.alpha) > 1e-3 and gee.Variance.MANCL_DEROUEN in found.se)
    model = sm.GEE(
        np.array(outcome),
        sm.add_constant(np.array(arm, dtype=float)),
        np.array(cluster),
        family=sm.families.Binomial(),
        cov_struct=sm.cov_struct.Exchangeable(),
    )
    result = model.fit(maxiter=500, ctol=1e-10)
    assume(result.converged)
    # Where the clusters' residuals cancel statsmodels has rounding, or its root, for 0.
    assume(min(found.se[gee.Variance.LIANG_ZEGER]) > 0)
    assert np.allclose(found.beta, result.params, atol=1e-5)
    assert math.isclose(found.alpha, model.cov_struct.dep_params, abs_tol=1e-5)
    assert np.allclose(found.se[gee.Variance.LIANG_ZEGER], result.bse, rtol=1e-4)
    corrected = model.fit(maxiter=500, ctol=1e-10, cov_type="bias_reduced")
    assert np.allclose(found.se[gee.Variance.MANCL_DEROUEN], corrected.bse, rtol=1e-4)


@FEWER
@given(rows=participants(binary=True))
def test_the_logistic_model_is_separated_as_its_counts_say(rows: Rows) -> None:
    cluster, outcome, arm = rows
    shares = [np.mean([y for y, own in zip(outcome, arm, strict=True) if own == a]) for a in (0, 1)]
    found = gee.fit(cluster, outcome, {"arm": arm})
    assert found.reason.startswith("separation") == any(share in (0, 1) for share in shares)
    other = mixed_logistic.fit(summarise(*rows))
    assert other.icc.reason.startswith("separation") == any(share in (0, 1) for share in shares)
