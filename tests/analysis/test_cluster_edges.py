"""The corners of the estimators for clusters: what cannot be estimated says why and what instead."""

import json
import math

import numpy as np
import pytest

from trial.analysis import (
    cluster_test,
    design_effect,
    gee,
    icc,
    mixed_logistic,
    randomisation_test,
    reml,
    risk_ratio,
)
from trial.analysis.cluster_summary import Clusters, counted, summarise
from trial.analysis.estimate import plain

ARMS = [1, 1, 0, 0]
CORNERS = {
    "nobody": counted([], [], []),
    "nobody has an outcome": summarise("AABB", [None] * 4, [1, 1, 0, 0]),
    "one participant": counted([1], [1], [1]),
    "no event": counted([7, 4, 5, 2], [0, 0, 0, 0], ARMS),
    "only events": counted([7, 4, 5, 2], [7, 4, 5, 2], ARMS),
    "one arm without an event": counted([7, 4, 5, 2], [3, 1, 0, 0], ARMS),
    "clusters of one": counted([1, 1, 1, 1], [1, 0, 1, 0], ARMS),
    "one cluster in an arm": counted([7, 4, 5], [3, 1, 2], [1, 1, 0]),
    "one cluster in each arm": counted([7, 4], [3, 1], [1, 0]),
    "one arm": counted([7, 4], [3, 1], [1, 1]),
    "all or none": counted([3, 3, 3, 3], [3, 0, 3, 0], ARMS),
    "clusters that agree": counted([4, 4, 4, 4], [2, 2, 2, 2], ARMS),
}


def finite(value: object) -> bool:
    """json refuses NaN and infinity."""
    return bool(json.dumps(value, allow_nan=False))


def results(clusters: Clusters) -> list[object]:
    return [
        icc.anova(clusters),
        icc.anova_within_arm(clusters),
        icc.smith_interval(icc.anova(clusters)),
        icc.fleiss_cuzick(clusters),
        reml.fit(clusters),
        reml.fit(clusters, restricted=False),
        cluster_test.compare(clusters, 1, 0),
        cluster_test.size_weighted(clusters, 1, 0),
        cluster_test.estimands(clusters, 1, 0),
        cluster_test.adjusted_chi_square(clusters),
        randomisation_test.test(clusters.means, clusters.arms, first=1),
        mixed_logistic.fit(clusters),
    ]


@pytest.mark.parametrize("corner", CORNERS)
def test_no_corner_gives_a_number_that_is_none(corner: str) -> None:
    for found in results(CORNERS[corner]):
        assert finite(plain(found))


NONE_OF = {
    "no event": [icc.anova, icc.anova_within_arm, icc.fleiss_cuzick, mixed_logistic.fit, reml.fit],
    "only events": [icc.anova, icc.fleiss_cuzick, mixed_logistic.fit],
    "clusters of one": [icc.anova, icc.anova_within_arm, icc.fleiss_cuzick, reml.fit],
    "one cluster in each arm": [icc.anova_within_arm, reml.fit, mixed_logistic.fit],
    "nobody has an outcome": [icc.anova, icc.fleiss_cuzick, reml.fit, mixed_logistic.fit],
    "one participant": [icc.anova, icc.fleiss_cuzick, reml.fit, mixed_logistic.fit],
    "one arm without an event": [mixed_logistic.fit],
}


@pytest.mark.parametrize("corner", NONE_OF)
def test_what_is_missing_has_its_reason(corner: str) -> None:
    for estimator in NONE_OF[corner]:
        found = estimator(CORNERS[corner])
        own = getattr(found, "estimate", getattr(found, "icc", found))
        assert own.value is None and own.reason, estimator


def test_reasons_say_what_to_use_instead() -> None:
    assert "plan with a value from outside" in icc.anova(CORNERS["no event"]).estimate.reason
    assert "Newcombe" in gee.fit("AABB", [0, 0, 0, 1], {"arm": ARMS}).reason
    assert "risk difference" in risk_ratio.koopman(3, 11, 0, 7).reason
    test = cluster_test.compare(CORNERS["one cluster in an arm"], 1, 0)
    assert "show counts" in test.estimate.reason
    assert math.isclose(test.estimate.value, (3 / 7 + 1 / 4) / 2 - 2 / 5)


def test_a_negative_icc_is_shown_and_explained() -> None:
    found = icc.anova_within_arm(CORNERS["clusters that agree"])
    assert found.estimate.value is not None and found.estimate.value < 0
    assert "A negative estimate is ordinary" in found.caution
    assert "4 clusters cannot estimate" in found.caution
    assert reml.fit(CORNERS["clusters that agree"]).boundary


def test_clusters_that_are_all_or_none_have_an_icc_of_1() -> None:
    found = icc.anova(CORNERS["all or none"])
    assert found.estimate.value == 1
    assert found.estimate.low is None and "all outcomes are the same" in found.estimate.reason


def test_missing_outcomes_are_left_out_and_counted() -> None:
    found = summarise(list("AABBC"), [1, None, 0, math.nan, None], [1, 1, 0, 0, 0])
    assert (found.sizes, found.missing, found.empty) == ((1, 1), 3, ("C",))


def test_input_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="two arms: give the arm at randomisation"):
        summarise("AA", [1, 0], [1, 0])
    with pytest.raises(ValueError, match="for each participant"):
        summarise("AA", [1])
    with pytest.raises(ValueError, match="finite number or missing"):
        summarise("A", [math.inf])
    with pytest.raises(ValueError, match="0 <= x <= n"):
        counted([3], [4])
    with pytest.raises(ValueError, match="its n, its x"):
        counted([3], [4, 5])
    scores = summarise("AABB", [3, 4, 5, 7], ARMS)
    for refused in (icc.fleiss_cuzick, mixed_logistic.fit, cluster_test.adjusted_chi_square):
        with pytest.raises(ValueError, match=r"0 (and|or) 1"):
            refused(scores)
    with pytest.raises(ValueError, match="at least one point"):
        mixed_logistic.fit(CORNERS["one arm"], points=0)
    with pytest.raises(ValueError, match="no cluster is in one of the arms"):
        reml.difference(scores, 1, 2)
    with pytest.raises(ValueError, match="leave out clusters"):
        cluster_test.t_test([1, math.nan], [1, 2])


@pytest.mark.parametrize(
    "refused",
    [
        lambda: design_effect.of_sizes([0, 0], 0.05),
        lambda: design_effect.of_sizes([3, -1], 0.05),
        lambda: design_effect.of_sizes([3], 1.5),
        lambda: design_effect.planned(0.5, 0.05),
        lambda: design_effect.planned(5, 1.5),
        lambda: design_effect.planned(5, 0.05, cv=-1),
        lambda: design_effect.effective_size(10, 0.5),
        lambda: design_effect.relative_efficiency([3, 0], 0.05),
        lambda: design_effect.relative_efficiency([3], 1.5),
        lambda: risk_ratio.koopman(4, 3, 1, 7),
    ],
)
def test_sizes_that_cannot_be_are_refused(refused) -> None:
    with pytest.raises(ValueError):
        refused()


def test_empty_clusters_do_not_count_in_a_design_effect() -> None:
    found = design_effect.of_sizes([7, 0, 4], 0.05)
    assert found.mean == 5.5
    alone = design_effect.of_sizes([7], 0.05)
    assert alone.cv_sample is None and alone.reason


@pytest.mark.parametrize("interval", [risk_ratio.koopman, risk_ratio.miettinen_nurminen])
def test_zero_cells_of_a_ratio(interval) -> None:
    assert "nobody in it" in interval(0, 0, 1, 7).reason
    assert "neither group has an event" in interval(0, 5, 0, 7).reason
    none_here = interval(0, 11, 3, 7)
    assert (none_here.value, none_here.low) == (0, 0) and none_here.high > 0
    unbounded = interval(3, 11, 0, 7)
    assert (unbounded.value, unbounded.high) == (None, None) and unbounded.low > 0
    assert "no upper limit" in unbounded.reason
    everyone = interval(5, 5, 7, 7)
    assert everyone.low < everyone.value == 1 < everyone.high


def test_permitted_schemes_bound_the_p() -> None:
    free = randomisation_test.test([0.8, 0.7, 0.3, 0.1], "aabb", first="a")
    assert (free.schemes, free.smallest_p) == (6, 1 / 3)
    strata = randomisation_test.schemes("aabb", strata="xyxy")
    pairs = randomisation_test.test([0.8, 0.7, 0.3, 0.1], "aabb", "a", strata)
    assert (pairs.schemes, pairs.smallest_p, pairs.p_two_sided) == (4, 0.5, 0.5)
    assert "not estimable with 4 schemes" in pairs.estimate.reason
    assert "takes at least 40" in pairs.estimate.reason
    assert "cannot reject, whatever the data" in pairs.caution
    # scipy's test doubles the smaller tail and says 0.6 in such a case.
    uneven = randomisation_test.test([5, 3.5, 4, 1, 2], "aabbb", first="a")
    assert (uneven.schemes, uneven.smallest_p) == (10, 0.1)


def test_one_cluster_against_three_is_tested() -> None:
    found = randomisation_test.test([9, 1, 2, 3], "abbb", first="a")
    assert (found.schemes, found.p_two_sided) == (4, 0.25)


def test_summaries_that_agree_reject_nothing() -> None:
    assert randomisation_test.test([0.1] * 4, "aabb", first="a").p_two_sided == 1


def test_schemes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="not among the permitted"):
        randomisation_test.test([1, 2], "ab", "a", permitted=["ba"])
    with pytest.raises(ValueError, match="one arm a cluster"):
        randomisation_test.test([1, 2], "ab", "a", permitted=["a"])
    with pytest.raises(ValueError, match="a cluster in either arm"):
        randomisation_test.test([1, 2], "ab", "a", permitted=["aa", "ab"])
    with pytest.raises(ValueError, match="two arms"):
        randomisation_test.schemes("aaa")
    with pytest.raises(ValueError, match="use draw"):
        randomisation_test.schemes("ab" * 15)
    with pytest.raises(ValueError, match="one stratum"):
        randomisation_test.schemes("ab", strata="x")
    with pytest.raises(ValueError, match="at least one scheme"):
        randomisation_test.draw("ab", number=0)
    with pytest.raises(ValueError, match="finite summary"):
        randomisation_test.test([1, math.nan], "ab", "a")


def test_drawn_schemes_come_near_all_of_them() -> None:
    chance = np.random.default_rng(5)
    summary = chance.normal(size=12) + np.array([1.2] * 6 + [0] * 6)
    arms, strata = "aaaaaabbbbbb", "xxxyyyxxxyyy"
    listed = randomisation_test.schemes(arms, strata)
    drawn = randomisation_test.draw(arms, strata, number=4000, seed=7)
    assert drawn == randomisation_test.draw(arms, strata, number=4000, seed=7)
    assert set(drawn) <= set(listed) and len(listed) == 400
    whole = randomisation_test.test(summary, arms, "a", listed)
    part = randomisation_test.test(summary, arms, "a", drawn, sampled=True)
    assert abs(whole.p_two_sided - part.p_two_sided) < 0.03
    assert part.p_two_sided > 0 and "drawn at random" in part.caution


def test_a_marginal_model_says_why_it_is_refused() -> None:
    cluster, y = list("AABBCCDD"), [1, 0, 0, 1, 1, 0, 0, 0]
    arm = [1, 1, 1, 1, 0, 0, 0, 0]
    assert "leave one out" in gee.fit(cluster, y, {"arm": arm, "again": arm}).reason
    assert "do not vary" in gee.fit(cluster, y, {"arm": [1] * 8}).reason
    assert "nobody" in gee.fit([], [], {"arm": []}).reason
    assert gee.fit(cluster, [1] * 8, {}).reason.startswith("separation")
    assert "no more clusters" in gee.fit(list("AAAABBBB"), y, {"arm": arm}).reason
    score = {"x": [4, 1, 2, 5, 6, 0, 1, 3]}
    assert gee.fit(cluster, y, score).reason.startswith("separation")
    with pytest.raises(ValueError, match="an outcome"):
        gee.fit(cluster, [2] * 8, {"arm": arm})
    with pytest.raises(ValueError, match="finite"):
        gee.fit(cluster, y, {"arm": [math.nan] * 8})


def test_a_marginal_model_of_four_clusters_is_cautioned() -> None:
    cluster, y = list("AAAABBBBCCCCDDDD"), [1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1]
    found = gee.fit(cluster, y, {"arm": [1] * 8 + [0] * 8})
    assert "4 clusters are too few" in found.caution and found.df == 2
    with pytest.raises(ValueError, match="no term age"):
        gee.effect(found, "age")
    other = gee.effect(found, "arm", gee.Variance.PUSTEJOVSKY_TIPTON)
    assert other.estimate.low is None and "not available" in other.estimate.reason


def test_a_term_within_clusters_costs_no_degree_of_freedom() -> None:
    chance = np.random.default_rng(11)
    cluster = np.repeat(np.arange(12), 6)
    x, y = chance.normal(size=72), chance.integers(0, 2, 72)
    found = gee.fit(cluster, y, {"arm": cluster % 2, "x": x})
    assert (found.clusters, found.df, found.caution) == (12, 10, "")


def test_one_cluster_in_an_arm_has_no_corrected_standard_error() -> None:
    cluster = list("AAAABBBBCCCC")
    y = [1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1]
    found = gee.fit(cluster, y, {"arm": [1] * 4 + [0] * 8})
    assert "decides a coefficient alone" in found.caution
    assert gee.effect(found, "arm", gee.Variance.MANCL_DEROUEN).estimate.high is None
    assert finite(plain(found))


def test_a_negative_correlation_of_the_data_is_kept_or_refused() -> None:
    cluster, y = list("AABBCCDD"), [1, 0, 0, 1, 1, 0, 0, 1]
    found = gee.fit(cluster, y, {"arm": [1, 1, 1, 1, 0, 0, 0, 0]})
    assert not found.estimable and "independence" in found.reason
    alone = gee.fit(cluster, y, {"arm": [1, 1, 1, 1, 0, 0, 0, 0]}, working=gee.Working.INDEPENDENCE)
    assert alone.estimable and alone.alpha == 0


def test_a_correction_below_1_is_cautioned() -> None:
    found = cluster_test.adjusted_chi_square(counted([8, 8, 8, 8], [4, 4, 3, 2], ARMS))
    assert 0 < min(found.corrections) < 1
    assert "below 1" in found.caution and found.x2 > found.x2_unadjusted
    two = cluster_test.adjusted_chi_square(counted([2, 2, 2, 2], [1, 1, 1, 1], ARMS))
    assert two.x2 is None and "so negative" in two.reason


def test_residuals_that_cancel_give_no_interval() -> None:
    y = [1, 0, 0, 1, 1, 0, 0, 1]
    arm = {"arm": [1, 1, 1, 1, 0, 0, 0, 0]}
    found = gee.fit(list("AABBCCDD"), y, arm, working=gee.Working.INDEPENDENCE)
    shown = gee.effect(found, "arm")
    assert set(found.se[gee.Variance.LIANG_ZEGER]) == {0.0} and shown.se is None
    assert shown.estimate.low is None and "the clusters' residuals cancel" in shown.estimate.reason


def test_a_scheme_whose_mirror_image_is_not_permitted_stands_alone() -> None:
    permitted = ["aabb", "abab", "bbaa"]
    found = randomisation_test.test([4, 3, 2, 1], "aabb", "a", permitted)
    assert found.smallest_p == 1 / 3
