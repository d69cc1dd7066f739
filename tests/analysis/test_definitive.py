"""Planning the definitive trial: what is solved, over what, and what it takes to recruit."""

import json
import math
from dataclasses import replace

import pytest

from trial.analysis import feasibility, planning, recruitment, simple_size, tables
from trial.analysis.estimate import plain
from trial.analysis.planning import ICCS, Asked, Rates, plan
from trial.analysis.sample_size import Design

DESIGN = Design(cluster_size=8, icc=0.05, cv=0.5, power=0.9, p1=0.4, p2=0.15)


def test_the_size_is_recruited_with_attrition_and_rate():
    found = plan(Asked(DESIGN, attrition=0.2, rate=0.75, months=12, between=0.25))
    assert found.solution.rounded == 13
    assert found.recruit.per_cluster == math.ceil(8 / 0.8) == 10
    assert found.recruit.participants == 10 * 26
    assert found.recruit.months == pytest.approx(260 / (26 * 0.75))
    assert found.recruit.clusters == math.ceil(260 / (12 * 0.75))
    assert found.hayes_bennett.rounded == 11
    assert found.individual == simple_size.individual_proportions(0.4, 0.15, 0.05, 0.9)


def test_two_rates_are_compared_by_the_variation_between_clusters():
    # Hayes & Bennett 1999: 0.0148 against 0.0104 a person-year, 424 person-years a cluster, k 0.29.
    rates = Rates(0.0148, 0.0104, 424)
    design = replace(DESIGN, power=0.8)
    assert plan(Asked(design, between=0.29, rates=rates)).hayes_bennett_rates.rounded == 37
    assert plan(Asked(design, rates=rates)).hayes_bennett_rates is None


def test_the_curve_stands_over_the_icc_and_rises():
    found = plan(Asked(DESIGN))
    assert tuple(at.value for at in found.curve) == ICCS
    sizes = [at.solution.rounded for at in found.curve]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]
    assert found.curve_of == "clusters_per_arm"


def test_where_the_icc_is_asked_the_curve_tells_the_power():
    found = plan(Asked(Design(12, 8, None, 0.5, 0.8, p1=0.4, p2=0.15)))
    assert found.solution.solved == "icc" and found.curve_of == "power"
    powers = [at.solution.value for at in found.curve]
    assert powers == sorted(powers, reverse=True)


def test_two_more_clusters_are_shown_in_reserve_with_more_power():
    found = plan(Asked(DESIGN))
    assert [at.value for at in found.more] == [14, 15]
    assert found.solution.power < found.more[0].solution.power < found.more[1].solution.power


def test_other_controls_keep_the_difference():
    for at in plan(Asked(DESIGN)).controls:
        design = at.solution.design
        assert design.p1 - design.p2 == pytest.approx(0.25)
        assert at.value == design.p2


def test_means_have_no_table_of_controls_and_no_hayes_bennett():
    found = plan(
        Asked(Design(cluster_size=10, icc=0.05, power=0.9, mean1=12, mean2=10, sd=5), between=0.2)
    )
    assert found.controls == () and found.hayes_bennett is None
    assert found.individual == simple_size.individual_means(12, 10, 5, 0.05, 0.9)


def test_what_cannot_be_reached_says_so_and_recruits_nobody():
    found = plan(Asked(Design(4, None, 0.05, 0.5, 0.9, p1=0.4, p2=0.15), rate=1))
    assert found.solution.value is None
    assert "cannot be reached with 4 clusters" in found.solution.reason
    assert found.recruit.participants is None and found.more == ()


@pytest.mark.parametrize("attrition", [-0.1, 1.0, 2])
def test_an_impossible_attrition_is_refused(attrition):
    with pytest.raises(ValueError, match="attrition"):
        plan(Asked(DESIGN, attrition=attrition))


def test_a_plan_is_plain_json():
    text = json.dumps(plain(plan(Asked(DESIGN, rate=1, months=6, between=0.2))), allow_nan=False)
    assert '"rounded": 13' in text


def test_the_trial_says_what_it_can_and_not_the_icc(small):
    frames = tables.prepare(**small)
    window = recruitment.Plan(
        frames.participants["enrolled_on"].min().date(),
        frames.participants["enrolled_on"].max().date(),
        40,
    )
    asked = feasibility.Plan(("IPS", "TAU"), window, {"month-12": "12 months"}, "", "month-12")
    results = feasibility.assess(frames, plan=asked, on=window.closes_on.replace(year=2017))
    seen = planning.observed(results)
    assert seen.arms["IPS"].count == 4 and seen.arms["IPS"].n == 8
    assert seen.cluster_size.value == pytest.approx(18 / 4)
    # Sizes 7, 4, 5, 2: population SD 1.803 over 4.5.
    assert seen.cv.value == pytest.approx(1.8027756 / 4.5)
    assert seen.icc.value is None and "planning" in seen.icc.reason


def test_the_design_effect_of_a_belief_is_at_least_one():
    assert planning.belief_deff({"a": 0}, 0.05) == 1.0
    assert planning.belief_deff({"a": 1, "b": 1}, 0.5) == 1.0
    assert planning.belief_deff({"a": 7, "b": 4, "c": 0}, 0.05) == pytest.approx(
        1 + ((1.5 / 5.5) ** 2 * 5.5 + 5.5 - 1) * 0.05
    )
