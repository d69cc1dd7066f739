"""The clustering of a trial's own data: against R, both estimands, and what few clusters cannot.

R 4.2.2, on 3 of 7, 1 of 4, 0 of 5 and 1 of 2 (the first two clusters IPS):

    y <- unlist(mapply(function(x,n) rep(1:0,c(x,n-x)), x, n)); C <- factor(rep(cl,n))
    anova(lm(y~A+C))  # C: Df 2, Mean Sq 0.21915584; Residuals: Df 14, Mean Sq 0.21173469
    anova(lm(y~C))    # C: Df 3, Mean Sq 0.21560847; Residuals: Df 14, Mean Sq 0.21173469
    p <- x/n; t.test(p[1:2], p[3:4], var.equal=TRUE)$conf.int  # -1.052920201  1.231491630
    mean(p[1:2])-mean(p[3:4]); 4/11-1/7                        # 0.08928571429  0.2207792208
    sqrt(mean((n-mean(n))^2))/mean(n); sum(n^2)/sum(n)         # 0.4006168084  5.2222222222
    prop.test(x[i], n[i], correct=FALSE)$conf.int  # 0.1582198553 0.7495416355 of the first cluster
"""

import json
import math
from collections.abc import Sequence
from datetime import date

import pytest

from tests.analysis.people import FOUR, day, frames_of, person
from trial.analysis import clustering, proportion, randomisation_test
from trial.analysis.clustering import Clustered, Clustering
from trial.analysis.estimate import plain

ON = date(2017, 1, 31)
ARMS = ("IPS", "TAU")
SIZES, EVENTS = (7, 4, 5, 2), (3, 1, 0, 1)
DONE = {"state": "done", "done_on": day(360)}
STRATA = {"alpha": "x", "gamma": "x", "beta": "y", "delta": "y"}


def people_of(sizes: Sequence[int], events: Sequence[int], names=tuple(FOUR)) -> list[dict]:
    """In each cluster so many with a job at 12 months and a visit done, the others with neither."""
    return [
        person(name, open_at_12="yes" if i < x else "no", **(DONE if i < x else {}))
        for name, n, x in zip(names, sizes, events, strict=True)
        for i in range(n)
    ]


def described(people: Sequence[dict], arms=ARMS, clusters=FOUR, **more) -> Clustering:
    frames = frames_of(*people, clusters=clusters)
    return clustering.describe(frames, arms=arms, primary_visit="month-12", **({"on": ON} | more))


def ips18(**more) -> Clustered:
    return described(people_of(SIZES, EVENTS), **more).outcomes["open_employment"]


def test_the_sizes() -> None:
    found = described(people_of(SIZES, EVENTS))
    sizes = found.sizes
    assert (sizes.clusters, sizes.smallest, sizes.largest, sizes.mean) == (4, 2, 7, 4.5)
    assert sizes.cv == pytest.approx(0.4006168084)
    assert found.sizes_by_arm["TAU"].participants == 7
    assert found.sizes_by_arm["IPS"].cv == pytest.approx(1.5 / 5.5)


def test_both_estimands_are_named() -> None:
    (gap,) = ips18().contrasts
    assert (gap.first, gap.second, gap.df) == ("IPS", "TAU", 2)
    assert gap.estimands.of_clusters == pytest.approx(0.08928571429)
    assert gap.estimands.of_participants == pytest.approx(0.2207792208)
    interval = gap.t_interval
    assert (interval.low, interval.high) == pytest.approx((-1.052920201, 1.231491630))
    assert "For information" in gap.caution and "uninformative" in gap.caution
    ips, tau = ips18().by_arm
    assert (ips.pooled.count, ips.pooled.n, ips.clusters) == (4, 11, 2)
    assert (ips.mean_of_clusters, tau.mean_of_clusters) == pytest.approx((19 / 56, 1 / 4))


def test_a_row_of_the_forest_for_each_cluster() -> None:
    rows = ips18().by_cluster
    assert [(row.cluster, row.arm) for row in rows] == list(FOUR.items())
    first = rows[0].estimate
    assert (first.low, first.high) == pytest.approx((0.1582198553, 0.7495416355))
    assert [(row.estimate.count, row.estimate.n) for row in rows] == [
        (3, 7),
        (1, 4),
        (0, 5),
        (1, 2),
    ]


def test_the_correlations_rest_on_the_mean_squares_of_r() -> None:
    found = ips18().correlation
    within, ignored = found.within_arm, found.arms_ignored
    assert (within.ms_between, within.ms_within) == pytest.approx((0.21915584, 0.21173469))
    assert (within.df_between, within.df_within) == (2, 14)
    assert (ignored.ms_between, ignored.df_between) == (pytest.approx(0.21560847), 3)
    m0 = (18 - (49 + 16) / 11 - (25 + 4) / 7) / 2
    expected = (0.21915584 - 0.21173469) / (0.21915584 + (m0 - 1) * 0.21173469)
    assert within.estimate.value == pytest.approx(expected, abs=1e-7)
    assert found.fleiss_cuzick.value == pytest.approx(
        1 - (3 * 4 / 7 + 3 / 4 + 1 / 2) / (14 * 65 / 324)
    )
    assert found.reml.value >= 0 and "cannot estimate" in within.caution
    assert ignored.se_smith and within.se_swiger


def test_what_clustering_costs() -> None:
    found = ips18(planning_icc=0.1)
    assert found.design_effect.value == pytest.approx(1 + 0.1 * (5.2222222222 - 1))
    assert found.design_effect.effective == pytest.approx(18 / found.design_effect.value)
    assert found.prevalence == proportion.wilson(5, 18)
    assert found.adjusted == proportion.cluster_adjusted_wilson(5, 18, SIZES, 0.1)
    assert found.adjusted.high - found.adjusted.low > found.prevalence.high - found.prevalence.low


def test_employment_is_of_those_known_and_retention_of_the_enrolled() -> None:
    people = [*people_of(SIZES, EVENTS), person("delta", open_at_12="unknown")]
    found = described(people, on=day(380)).outcomes
    job, kept = found["open_employment"], found["retention"]
    assert (job.missing, job.prevalence.n, job.pending) == (1, 18, 0)
    assert (kept.missing, kept.prevalence.n, kept.prevalence.count, kept.pending) == (0, 19, 5, 14)
    assert described(people).outcomes["retention"].pending == 0


def test_withdrawn_data_is_neither() -> None:
    people = people_of(SIZES, EVENTS)
    people[0] |= {"withdrew_data_on": day(200)}
    found = described(people).outcomes
    assert found["open_employment"].missing == 1
    assert (found["retention"].prevalence.count, found["retention"].prevalence.n) == (4, 18)


@pytest.mark.parametrize(
    ("clusters", "strata"),
    [
        (FOUR, None),
        (FOUR, STRATA),
        ({"a": "IPS", "b": "TAU", "c": "TAU"}, None),
        ({name: ARMS[i % 2] for i, name in enumerate("abcdefgh")}, None),
        ({name: ARMS[i % 2] for i, name in enumerate("abcdef")}, dict(zip("abcdef", "xxyyyy", strict=True))),
    ],
)  # fmt: skip
def test_the_permitted_schemes_are_those_listed_one_by_one(clusters, strata) -> None:
    arms = list(clusters.values())
    listed = randomisation_test.schemes(
        arms, None if strata is None else [strata[name] for name in clusters]
    )
    found = described([], clusters=clusters, strata=strata).schemes
    test = randomisation_test.test(range(len(arms)), arms, "IPS", listed)
    assert (found.number, found.smallest) == (len(listed), pytest.approx(test.smallest_p))


def test_a_number_of_schemes_may_be_given() -> None:
    assert described([], permitted=4).schemes.smallest == 0.5
    assert described([], permitted=0).schemes.reason == "the permitted schemes are not counted"
    with pytest.raises(ValueError, match="not negative"):
        described([], permitted=-1)
    with pytest.raises(ValueError, match="delta lacks one"):
        described([], strata={"alpha": "x", "beta": "x", "gamma": "x"})


def test_no_test_is_made() -> None:
    shown = json.dumps(plain(described(people_of(SIZES, EVENTS))))
    assert '"p"' not in shown and "p_" not in shown


def test_before_the_allocation_only_the_whole_is_told() -> None:
    clusters = dict.fromkeys(FOUR)
    found = described(people_of(SIZES, EVENTS), clusters=clusters)
    job = found.outcomes["open_employment"]
    assert job.prevalence.count == 5 and {row.arm for row in job.by_cluster} == {""}
    assert job.correlation.within_arm.estimate.reason == clustering.NO_ARMS
    assert job.correlation.reml.reason == clustering.NO_ARMS
    assert job.correlation.arms_ignored.estimate.estimable
    assert job.by_arm[0].pooled.value is None and job.contrasts[0].t_interval.reason
    assert found.schemes.smallest is None and found.schemes.reason


THREE = {"alpha": "IPS", "gamma": "TAU", "delta": "TAU"}
MANY = {f"c{i:02}": ARMS[i % 2] for i in range(12)}
CORNERS = {
    "empty": ([], FOUR),
    "no cluster": ([], {}),
    "one participant": (people_of((1, 0, 0, 0), (1, 0, 0, 0)), FOUR),
    "one cluster": (people_of((5,), (2,), ("alpha",)), {"alpha": "IPS"}),
    "one cluster in an arm": (people_of((5, 3, 4), (2, 1, 1), tuple(THREE)), THREE),
    "no events": (people_of(SIZES, (0, 0, 0, 0)), FOUR),
    "all events": (people_of(SIZES, SIZES), FOUR),
    "clusters of size one": (people_of((1, 1, 1, 1), (1, 0, 0, 1)), FOUR),
    "an arm without anyone": (people_of((5, 3, 0, 0), (2, 1, 0, 0)), FOUR),
    "clusters all or nothing": (people_of(SIZES, (7, 0, 5, 0)), FOUR),
    "outcome missing throughout": ([person(name, open_at_12="unknown") for name in FOUR] * 3, FOUR),
    "twelve clusters": (people_of(range(12), [i // 2 for i in range(12)], tuple(MANY)), MANY),
}


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("arms", [ARMS, (), ("A", "IPS", "TAU")])
def test_corners_are_finite_and_say_why(corner, arms) -> None:
    people, clusters = CORNERS[corner]
    found = described(people, arms=arms, clusters=clusters)
    assert json.dumps(plain(found), allow_nan=False)
    for outcome in found.outcomes.values():
        assert outcome.design_effect or outcome.reason
        assert len(outcome.by_arm) == len(arms) and len(outcome.contrasts) == max(0, len(arms) - 1)
        assert sum(row.estimate.n for row in outcome.by_cluster) == outcome.prevalence.n
        icc = outcome.correlation.within_arm.estimate
        assert icc.estimable or icc.reason


def test_a_missing_outcome_says_so() -> None:
    people, clusters = CORNERS["outcome missing throughout"]
    job = described(people, clusters=clusters).outcomes["open_employment"]
    assert (job.reason, job.design_effect, job.missing) == (clustering.NOBODY, None, 12)
    assert job.correlation.within_arm.estimate.reason == "nobody has an outcome"


def test_the_caution_ends_at_ten_clusters() -> None:
    assert "4 clusters cannot estimate" in described([]).caution
    assert described([], clusters=MANY).caution == ""


def test_the_planning_value_is_one() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        described([], planning_icc=5)
    with pytest.raises(ValueError, match="at most 1"):
        described([], planning_icc=math.nan)


def test_names_and_rows_in_another_order_change_nothing() -> None:
    people = people_of(SIZES, EVENTS)
    renamed = {"alpha": "z", "beta": "y", "gamma": "x", "delta": "w"}
    other = [one | {"cluster": renamed[one["cluster"]]} for one in reversed(people)]
    found = described(other, clusters={"x": "TAU", "w": "TAU", "z": "IPS", "y": "IPS"})
    one, two = ips18(), found.outcomes["open_employment"]
    assert one.correlation.within_arm == two.correlation.within_arm
    assert one.contrasts[0].estimands == two.contrasts[0].estimands
    assert {row.estimate for row in one.by_cluster} == {row.estimate for row in two.by_cluster}
