"""What holds of the estimators for clusters, whatever the order, the names and the scale."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, finite, ordered, three, wider
from trial.analysis import (
    cluster_summary,
    cluster_test,
    design_effect,
    icc,
    mixed_logistic,
    randomisation_test,
    reml,
)

FEWER = settings(max_examples=20, deadline=None, derandomize=True)


@st.composite
def people(draw, *, binary: bool = True):
    """Cluster, outcome and arm of the participants of up to seven clusters, of any size."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=7))
    values = st.integers(0, 1) if binary else st.integers(-9, 9)
    cluster = [i for i, size in enumerate(sizes) for _ in range(size)]
    outcome = draw(st.lists(values, min_size=len(cluster), max_size=len(cluster)))
    return cluster, outcome, [i % 2 for i in cluster]


def everything(clusters) -> dict[str, object]:
    """The result of every estimator of clusters and two arms."""
    found = {
        "anova": icc.anova(clusters),
        "within": icc.anova_within_arm(clusters),
        "smith": icc.smith_interval(icc.anova(clusters)),
        "reml": reml.fit(clusters),
        "ml": reml.fit(clusters, restricted=False),
        "t": cluster_test.compare(clusters, 1, 0),
        "weighted": cluster_test.size_weighted(clusters, 1, 0),
        "estimands": cluster_test.estimands(clusters, 1, 0),
    }
    if set(clusters.arms) == {"0", "1"}:
        found["mixed"] = reml.difference(clusters, 1, 0)
    if clusters.binary:
        found |= {
            "fleiss": icc.fleiss_cuzick(clusters),
            "chi": cluster_test.adjusted_chi_square(clusters),
        }
    return found


@FEWER
@given(rows=people())
def test_the_order_of_the_rows_and_the_names_of_clusters_say_nothing(rows) -> None:
    cluster, outcome, arm = rows
    found = everything(cluster_summary.summarise(cluster, outcome, arm))
    turned = everything(
        cluster_summary.summarise(
            [f"site {9 - c}" for c in cluster[::-1]], outcome[::-1], arm[::-1]
        )
    )
    assert finite(found)
    for name, result in found.items():
        if name not in ("reml", "ml", "mixed"):  # searched, to the tolerance of the search
            assert alike(figures(result), figures(turned[name]), 1e-7), name
    for name in ("reml", "ml"):
        assert alike([found[name].var_within], [turned[name].var_within], 1e-4)


@FEWER
@given(rows=people(binary=False), shift=st.integers(-50, 50), scale=st.integers(2, 9))
def test_an_icc_knows_neither_shift_nor_scale(rows, shift, scale) -> None:
    cluster, outcome, arm = rows
    moved = [shift + scale * y for y in outcome]
    for kind in (icc.anova, icc.anova_within_arm):
        found = kind(cluster_summary.summarise(cluster, outcome, arm))
        other = kind(cluster_summary.summarise(cluster, moved, arm))
        assert ordered(found.estimate)
        assert alike(three(found.estimate), three(other.estimate), 1e-6)
        assert alike([found.se_swiger, found.se_smith], [other.se_swiger, other.se_smith], 1e-6)


@FEWER
@given(rows=people())
def test_yes_and_no_may_change_places(rows) -> None:
    cluster, outcome, arm = rows
    one = cluster_summary.summarise(cluster, outcome, arm)
    two = cluster_summary.summarise(cluster, [1 - y for y in outcome], arm)
    for kind in (icc.fleiss_cuzick, lambda c: icc.anova(c).estimate):
        assert alike(three(kind(one)), three(kind(two)), 1e-6)
    chi = [cluster_test.adjusted_chi_square(found) for found in (one, two)]
    assert alike([chi[0].x2, chi[0].rao_scott], [chi[1].x2, chi[1].rao_scott], 1e-6)


@FEWER
@given(rows=people(), level=st.sampled_from([0.8, 0.9]))
def test_swapped_arms_turn_the_sign_and_mirror_the_interval(rows, level) -> None:
    clusters = cluster_summary.summarise(*rows)
    for kind in (cluster_test.compare, cluster_test.size_weighted):
        found, back = kind(clusters, 1, 0), kind(clusters, 0, 1)
        assert ordered(found.estimate) and alike([found.p, found.se], [back.p, back.se])
        value, low, high = (None if x is None else -x for x in three(back.estimate))
        assert alike(three(found.estimate), (value, high, low))
        if found.estimate.low is not None:
            assert wider(found.estimate, kind(clusters, 1, 0, level).estimate)
    if set(clusters.arms) != {"0", "1"}:
        with pytest.raises(ValueError, match="no cluster is in one of the arms"):
            reml.difference(clusters, 1, 0)
        return
    mixed = [reml.difference(clusters, a, b).value for a, b in ((1, 0), (0, 1))]
    assert alike([mixed[0]], [mixed[1] if mixed[1] is None else -mixed[1]], 1e-7)


@FEWER
@given(rows=people())
def test_counts_by_cluster_say_what_their_participants_say(rows) -> None:
    cluster, outcome, arm = rows
    numbers = sorted(set(cluster))
    own = [[y for c, y in zip(cluster, outcome, strict=True) if c == i] for i in numbers]
    counted = cluster_summary.counted(
        [len(y) for y in own], [sum(y) for y in own], [i % 2 for i in numbers]
    )
    seen = cluster_summary.summarise(cluster, outcome, arm)
    assert alike(figures(icc.anova(counted)), figures(icc.anova(seen)), 1e-7)
    found = cluster_test.estimands(seen, 1, 0)
    arms = [[y for y, a in zip(outcome, arm, strict=True) if a == i] for i in (1, 0)]
    if all(arms):
        gap = sum(arms[0]) / len(arms[0]) - sum(arms[1]) / len(arms[1])
        assert found.of_participants == pytest.approx(gap)


@FEWER
@given(rows=people())
def test_the_mixed_model_knows_no_names_and_mirrors_the_outcome(rows) -> None:
    cluster, outcome, arm = rows
    found = mixed_logistic.fit(cluster_summary.summarise(cluster, outcome, arm), points=9)
    back = mixed_logistic.fit(
        cluster_summary.summarise([9 - c for c in cluster], [1 - y for y in outcome], arm), points=9
    )
    assert finite(found) and (found.icc.estimable or found.icc.reason)
    assert alike([found.loglik], [back.loglik], 1e-5)


@FEWER
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    rho=st.floats(0, 0.9),
    cv=st.floats(0, 2),
)
def test_a_design_effect_grows_with_the_icc_and_the_spread(sizes, rho, cv) -> None:
    found, turned = design_effect.of_sizes(sizes, rho), design_effect.of_sizes(sizes[::-1], rho)
    assert alike(figures(found), figures(turned)) and finite(found)
    assert found.value <= design_effect.of_sizes(sizes, rho + 0.1).value + 1e-12
    assert design_effect.planned(10, rho, cv) <= design_effect.planned(10, rho, cv + 0.1) + 1e-12
    assert design_effect.effective_size(sum(sizes), found.value) <= sum(sizes) + 1e-9
    assert 0 < design_effect.relative_efficiency(sizes, rho) <= 1 + 1e-12
    assert design_effect.relative_efficiency([7] * len(sizes), rho) == pytest.approx(1)


SUMMARY = st.lists(st.integers(-20, 20), min_size=2, max_size=7)


@FEWER
@given(summary=SUMMARY)
def test_a_randomisation_test_knows_no_order_of_schemes(summary) -> None:
    arms = ["a" if i % 2 else "b" for i in range(len(summary))]
    permitted = randomisation_test.schemes(arms)
    found = randomisation_test.test(summary, arms, "a", permitted, 0.5)
    other = randomisation_test.test(summary, arms, "a", permitted[::-1], 0.5)
    back = randomisation_test.test(summary, arms, "b", permitted, 0.5)
    assert alike(figures(found.estimate), figures(other.estimate))
    assert alike([found.p_two_sided, found.p_less], [other.p_two_sided, back.p_greater])
    assert found.p_two_sided >= found.smallest_p - 1e-12 and finite(found)
    assert ordered(found.estimate)
    moved = randomisation_test.test([3 * y + 1 for y in summary], arms, "a", permitted)
    assert moved.p_two_sided == pytest.approx(found.p_two_sided)


def test_drawn_schemes_are_permitted_ones() -> None:
    arms, strata = ["a", "b", "a", "b", "a"], [1, 1, 2, 2, 2]
    permitted = set(randomisation_test.schemes(arms, strata))
    drawn = randomisation_test.draw(arms, strata, number=50)
    assert drawn[0] == tuple(arms) and set(drawn) <= permitted
    assert randomisation_test.draw(arms, strata, number=50) == drawn


@FEWER
@given(first=SUMMARY, second=SUMMARY)
def test_a_t_interval_moves_with_the_outcome_and_narrows_with_the_level(first, second) -> None:
    found = cluster_test.t_test(first, second)
    moved = cluster_test.t_test([y + 5 for y in first], second)
    assert ordered(found.estimate) and moved.estimate.value == pytest.approx(
        found.estimate.value + 5
    )
    if found.estimate.low is None:
        assert found.estimate.reason
        return
    widths = [
        cluster_test.t_test(first, second, level).estimate for level in (0.99, 0.95, 0.8, 0.5)
    ]
    assert all(wider(wide, narrow) for wide, narrow in pairwise(widths))


NONE = [None, None, None, None]
CORNERS = {
    "nobody": ([], [], []),
    "one participant": ([1], [1], [1]),
    "nobody has an outcome": ([1, 1, 2, 2], NONE, [1, 1, 0, 0]),
    "no events": ([1, 1, 2, 2, 3, 4], [0] * 6, [1, 1, 0, 0, 1, 0]),
    "all events": ([1, 1, 2, 2, 3, 4], [1] * 6, [1, 1, 0, 0, 1, 0]),
    "one cluster an arm": ([1, 1, 2, 2], [0, 1, 1, 1], [1, 1, 0, 0]),
    "one cluster in one arm": ([1, 1, 2, 2, 3], [0, 1, 1, 1, 0], [1, 1, 0, 0, 0]),
    "one arm only": ([1, 1, 2, 2], [0, 1, 1, 1], [1, 1, 1, 1]),
    "clusters of one": ([1, 2, 3, 4, 5], [1, 0, 1, 1, 0], [1, 0, 1, 0, 1]),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_every_corner_has_a_result_or_a_reason(corner: str) -> None:
    clusters = cluster_summary.summarise(*CORNERS[corner])
    found = everything(clusters) | {"latent": mixed_logistic.fit(clusters)}
    assert finite(found)
    assert found["chi"].x2 is not None or found["chi"].reason
    assert found["estimands"].of_clusters is not None or found["estimands"].reason
    for name in ("anova", "within", "t", "weighted"):
        assert ordered(found[name].estimate), name


def test_a_correction_that_is_nought_but_for_rounding_is_refused() -> None:
    clusters = cluster_summary.counted([1, 6, 6], [0, 3, 3], arm=[0, 1, 0])
    found = cluster_test.adjusted_chi_square(clusters)
    assert found.x2 is None and "so negative" in found.reason


@pytest.mark.parametrize("size", [49, 50])
def test_clusters_that_agree_leave_nothing_to_divide_by(size: int) -> None:
    clusters = cluster_summary.counted([size, size, 10, 12], [1, 1, 2, 5], arm=[1, 1, 0, 0])
    assert cluster_test.adjusted_chi_square(clusters).rao_scott is None
