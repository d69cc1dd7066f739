"""What holds of sizes, powers, criteria, predictions and scores, whatever the plan."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, finite, ordered, wider
from trial.analysis import (
    assurance,
    design_effect,
    lewis,
    outlook,
    planning,
    power,
    sample_size,
    simple_size,
    three_outcomes,
)
from trial.analysis.belief import Belief

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
SHARES = st.integers(5, 95).map(lambda x: x / 100)
DESIGN = sample_size.Design(12, 10, 0.05, 0.3, None, 0.4, 0.2)


@QUICK
@given(k=st.integers(2, 60), effect=st.floats(0.1, 6), alpha=st.sampled_from([0.01, 0.05]))
def test_power_rises_with_clusters_effect_and_level(k, effect, alpha) -> None:
    here = power.of_clusters(k, effect, alpha)
    assert 0 <= here <= 1
    for better in ((k + 1, effect, alpha), (k, effect + 0.1, alpha), (k, effect, 2 * alpha)):
        assert power.of_clusters(*better) >= here - 1e-9
    if 0.1 < here < 0.99:
        assert power.noncentrality(k, here, alpha) == pytest.approx(effect, rel=1e-5)
    trial = power.of_trial(k, -effect, 1 / k, alpha)
    assert trial.value == power.of_trial(k, effect, 1 / k, alpha).value and finite(trial)


@QUICK
@given(k=st.integers(2, 40), m=st.integers(2, 40), rho=st.floats(0, 0.3), cv=st.floats(0, 1))
def test_a_design_gains_by_clusters_and_size_and_loses_by_icc_and_spread(k, m, rho, cv) -> None:
    design = replace(DESIGN, clusters_per_arm=k, cluster_size=m, icc=rho, cv=cv)
    here = sample_size.solve(design)
    assert finite(figures(here))
    for name, more, sign in (
        ("clusters_per_arm", 1, 1),
        ("icc", 0.05, -1),
        ("cv", 0.2, -1),
        ("cluster_size", 1, 1),
    ):
        there = sample_size.solve(replace(design, **{name: getattr(design, name) + more}))
        assert sign * (there.value - here.value) >= -1e-9, name
    mirrored = sample_size.solve(replace(design, p1=0.2, p2=0.4))
    assert mirrored.value == pytest.approx(here.value)


@QUICK
@given(
    wanted=st.integers(10, 95).map(lambda x: x / 100),
    iccs=st.lists(st.floats(0, 0.2), min_size=2, max_size=4).map(sorted),
)
def test_a_curve_rises_with_the_icc_and_every_size_has_its_power(wanted, iccs) -> None:
    asked = replace(DESIGN, clusters_per_arm=None, power=wanted)
    found = sample_size.curve(asked, iccs)
    for one, two in pairwise(found):
        assert one.rounded <= two.rounded
    assert all(one.power >= wanted - 1e-9 for one in found)


@QUICK
@given(p1=SHARES, p2=SHARES, m=st.integers(1, 40), rho=st.floats(0, 0.3))
def test_sizes_are_alike_turned_round_and_grow_with_the_power(p1, p2, m, rho) -> None:
    assume(p1 != p2)
    kinds = (
        simple_size.individual_proportions,
        lambda a, b, alpha, want: simple_size.individual_means(a, b, 0.5, alpha, want),
        lambda a, b, alpha, want: simple_size.hayes_bennett_proportions(a, b, m, 0.25, alpha, want),
        lambda a, b, alpha, want: simple_size.hayes_bennett_rates(a, b, m, 0.25, alpha, want),
    )
    for kind in kinds:
        one, more = kind(p1, p2, 0.05, 0.8), kind(p1, p2, 0.05, 0.9)
        assert one.unrounded < more.unrounded and one.rounded >= one.unrounded - 1e-9
        assert kind(p1, p2, 0.01, 0.8).unrounded > one.unrounded
    for kind in kinds[:2]:
        assert kind(p2, p1, 0.05, 0.8).unrounded == pytest.approx(kind(p1, p2, 0.05, 0.8).unrounded)
    found = simple_size.inflated(100, m, rho)
    assert found.n_per_arm_adjusted >= 100 and found.deff == pytest.approx(
        design_effect.planned(m, rho)
    )
    assert found.clusters_per_arm * m >= found.n_per_arm_adjusted


@QUICK
@given(people=st.integers(1, 500), rate=st.floats(0.1, 9), clusters=st.integers(1, 40))
def test_clusters_and_months_to_recruit_answer_each_other(people, rate, clusters) -> None:
    months = simple_size.months_to_recruit(people, clusters, rate).months
    assert simple_size.clusters_to_recruit(people, months * (1 + 1e-9), rate).clusters <= clusters
    recruited = simple_size.recruited_for(people, 0.2)
    assert recruited * 0.8 >= people - 1e-9 > (recruited - 1) * 0.8 - 1e-6


@QUICK
@given(rul=st.integers(10, 60), gap=st.integers(10, 30), method=st.sampled_from(lewis.Method))
def test_boundaries_are_in_order_and_zones_only_rise(rul, gap, method) -> None:
    red, green = rul / 100, (rul + gap) / 100
    size = lewis.sample_size(red, green, method=method)
    assert size.n <= lewis.sample_size(red, green, power=0.95, method=method).n and finite(size)
    normal, corrected = lewis.normal_sizes(red, green)
    assert 0 < normal < corrected
    tiers = lewis.boundaries(size.n, red, green, method=method)
    assert tiers.red_upto < tiers.green_from <= size.n
    rank = [lewis.Zone.RED, lewis.Zone.AMBER_R, lewis.Zone.AMBER_G, lewis.Zone.GREEN]
    zones = [rank.index(lewis.zone(count, tiers)) for count in range(size.n + 1)]
    assert zones == sorted(zones) and zones[0] == 0 and zones[-1] == 3
    assert lewis.critical_count(size.n, red) >= size.n * red
    assert lewis.critical_share(4 * size.n, red) < lewis.critical_share(size.n, red)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(rho0=st.integers(30, 50), gap=st.integers(20, 30))
def test_three_outcomes_keep_their_errors_and_decide_in_order(rho0, gap) -> None:
    found = three_outcomes.smallest(rho0 / 100, (rho0 + gap) / 100)
    assert finite(found) and found.alpha <= 0.05 and found.beta <= 0.2
    rank = list(three_outcomes.Decision)
    decided = [
        rank.index(three_outcomes.decide(count, found.n, found.thresholds))
        for count in range(found.n + 1)
    ]
    assert decided == sorted(decided) and decided[0] == 0 and decided[-1] == 2


@settings(max_examples=10, deadline=None, derandomize=True)
@given(left=st.sampled_from(["clusters_per_arm", "cluster_size", "power", "icc", "p1"]))
def test_a_plan_is_its_solution_and_attrition_costs_people(left) -> None:
    full = replace(DESIGN, power=0.6)
    design = replace(full, **{left: None})
    found = planning.plan(planning.Asked(design, rate=0.75, months=12, between=0.25))
    assert found.solution == sample_size.solve(design)
    assert finite([one.solution for one in (*found.curve, *found.controls, *found.more)])
    lost = planning.plan(planning.Asked(design, attrition=0.3, rate=0.75, months=12))
    if found.recruit.participants is None:
        assert found.recruit.reason
    else:
        assert lost.recruit.participants > found.recruit.participants
        assert lost.recruit.months > found.recruit.months
    added = [one.solution.power for one in found.more]
    assert added == sorted(added)


@QUICK
@given(sizes=st.lists(st.integers(0, 20), max_size=6), rho=st.floats(0, 0.5))
def test_a_belief_is_worth_less_by_clusters_whatever_their_names(sizes, rho) -> None:
    named = {f"site {i}": n for i, n in enumerate(sizes)}
    turned = {f"place {i}": n for i, n in enumerate(sizes[::-1])}
    found = planning.belief_deff(named, rho)
    assert found >= 1 and found == pytest.approx(planning.belief_deff(turned, rho))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(k=st.integers(2, 20), n=st.integers(5, 40), seed=st.integers(1, 9))
def test_assurance_mirrors_and_never_exceeds_what_is_favourable(k, n, seed) -> None:
    design = assurance.Design(k, 10)
    low, high = Belief.share(n // 4, n), Belief.share(n // 2, n)
    rho = Belief.icc_about(0.05)
    found = assurance.of_proportions(low, high, rho, design, trials=400, seed=seed)
    again = assurance.of_proportions(low, high, rho, design, trials=400, seed=seed)
    assert found == again and finite(found) and ordered(found.assurance)
    assert found.assurance.value + found.wrong_direction.value <= 1
    sure, sd = Belief.normal(2, 1), Belief.fixed(4)
    below = replace(design, above=False)
    one = assurance.of_means(sure, sd, rho, design, trials=400, seed=seed)
    other = assurance.of_means(sure, sd, rho, below, trials=400, seed=seed)
    assert finite(one) and one.favourable + other.favourable == pytest.approx(1)
    assert one.assurance.value == other.wrong_direction.value
    quantiles = [value for _, value in one.powers]
    assert quantiles == sorted(quantiles)


START = date(2015, 7, 1)
FOUR = [outlook.Opening(START, START + timedelta(days=150))] * 3 + [outlook.Opening(None)]


@QUICK
@given(
    enrolled=st.integers(1, 40),
    target=st.integers(1, 60),
    days=st.integers(1, 180),
    level=st.sampled_from([0.5, 0.8, 0.95]),
)
def test_an_outlook_rises_with_enrolment_and_falls_with_the_target(
    enrolled, target, days, level
) -> None:
    on = START + timedelta(days=days)
    fixed = {"on": on, "closes_on": START + timedelta(days=183), "conf_level": level}
    here = outlook.predict(enrolled, 6, FOUR, target=target, **fixed)
    turned = outlook.predict(enrolled, 6, FOUR[::-1], target=target, **fixed)
    more = outlook.predict(enrolled + 1, 6, FOUR, target=target, **fixed)
    far = outlook.predict(enrolled, 6, FOUR, target=target + 1, **fixed)
    assert finite(here) and ordered(here.rate) and ordered(here.final)
    assert alike([here.chance, here.final.value], [turned.chance, turned.final.value])
    assert 0 <= far.chance <= here.chance + 1e-12 <= more.chance + 2e-12
    assert here.final.low >= enrolled and more.final.value > here.final.value
    assert here.met_on.median is not None or here.met_on.reason


@QUICK
@given(share=st.floats(0.01, 0.99), shape=st.floats(0.5, 40), to_come=st.floats(0.1, 60))
def test_a_predicted_quantile_is_the_first_with_the_chance(share, shape, to_come) -> None:
    found = outlook.more_quantile(share, shape, 6.0, to_come)
    assert outlook.more_chance(found, shape, 6.0, to_come) >= share - 1e-9
    assert found == 0 or outlook.more_chance(found - 1, shape, 6.0, to_come) <= share + 1e-9


def test_open_time_never_falls_and_adds_up_over_clusters() -> None:
    on = START + timedelta(days=20)
    all_of_them = outlook.open_time(FOUR, on)
    apart = sum(outlook.open_time([one], on) for one in FOUR)
    assert np.all(np.diff(all_of_them) >= 0) and np.allclose(all_of_them, apart)
    assert not outlook.open_time([], on).any()


@QUICK
@given(
    gap=st.integers(2, 20),
    sd=st.integers(10, 40),
    unit=st.sampled_from([0.01, 7]),
    k=st.integers(4, 20),
)
def test_every_figure_of_two_means_is_found_again_in_any_unit(gap, sd, unit, k) -> None:
    full = sample_size.Design(k, 8, 0.05, 0.3, None, mean1=30.0 + gap, mean2=30.0, sd=float(sd))
    attained = sample_size.solve(full).value
    assume(0.1 < attained < 0.99)
    full = replace(full, power=attained)
    scaled = {name: unit * getattr(full, name) for name in ("mean1", "mean2", "sd")}
    for name in ("clusters_per_arm", "cluster_size", "icc", "mean1", "sd"):
        found = sample_size.solve(replace(full, **{name: None}))
        assert found.value == pytest.approx(getattr(full, name), rel=1e-5), name
        other = sample_size.solve(replace(full, **(scaled | {name: None})))
        assert other.value == pytest.approx(scaled.get(name, found.value), rel=1e-5), name


@pytest.mark.parametrize(
    "corner",
    [
        {"p1": 0.0, "p2": 0.2},
        {"p1": 1.0, "p2": 0.2},
        {"p1": 0.4, "p2": 0.4},
        {"cluster_size": 1},
        {"icc": 0.0, "cv": 0.0},
        {"icc": 1.0},
    ],
)
@pytest.mark.parametrize("left", ["clusters_per_arm", "cluster_size", "icc", "cv", "power", "p2"])
def test_corners_of_a_design_have_a_size_or_a_reason(corner, left) -> None:
    design = replace(DESIGN, **({"power": 0.8} | corner | {left: None}))
    try:
        found = sample_size.solve(design)
    except ValueError as refused:
        assert str(refused)[0].islower()
        return
    assert finite(found) and (found.value is not None or found.reason)


@QUICK
@given(rul=st.integers(10, 60), gap=st.integers(10, 30))
def test_a_pilot_grows_with_what_is_asked_of_it(rul, gap) -> None:
    red, green = rul / 100, (rul + gap) / 100
    normal, corrected = lewis.normal_sizes(red, green)
    for more in ({"power": 0.95}, {"alpha": 0.01}):
        assert lewis.normal_sizes(red, green, **more)[0] > normal
        assert lewis.normal_sizes(red, green, **more)[1] > corrected
    assert lewis.normal_sizes(red, green + 0.05)[0] < normal
    assert lewis.critical_count(40, red, 0.01) >= lewis.critical_count(40, red, 0.05)


@QUICK
@given(m=st.integers(2, 60), rho=st.floats(0, 0.3), p1=SHARES, p2=SHARES)
def test_shares_swap_and_turn_round_and_one_cluster_less_is_not_enough(m, rho, p1, p2) -> None:
    assume(p1 != p2)
    asked = sample_size.Design(None, m, rho, 0.3, 0.8, p1, p2)
    found = sample_size.solve(asked)
    assert found.power >= 0.8 - 1e-9
    for one, two in ((p2, p1), (1 - p1, 1 - p2)):
        other = sample_size.solve(replace(asked, p1=one, p2=two))
        assert other.value == pytest.approx(found.value, rel=1e-6)
    if found.rounded > 2:
        fewer = replace(asked, clusters_per_arm=found.rounded - 1, power=None)
        assert sample_size.solve(fewer).value < 0.8 + 1e-9
    assert sample_size.solve(replace(asked, normal=True)).value <= found.value + 1e-9


@QUICK
@given(p1=SHARES, p2=SHARES, m=st.integers(1, 60), k=st.floats(0, 0.5))
def test_clusters_by_their_variation_grow_with_it_and_keep_their_unit(p1, p2, m, k) -> None:
    assume(p1 != p2)
    found = simple_size.hayes_bennett_proportions(p1, p2, m, k).unrounded
    assert found == pytest.approx(simple_size.hayes_bennett_proportions(p2, p1, m, k).unrounded)
    for less in ((m, k + 0.1), (m / 2, k)):
        assert simple_size.hayes_bennett_proportions(p1, p2, *less).unrounded > found > 1
    monthly = simple_size.hayes_bennett_rates(p1, p2, m, k)
    yearly = simple_size.hayes_bennett_rates(12 * p1, 12 * p2, m / 12, k)
    assert yearly.unrounded == pytest.approx(monthly.unrounded)


@QUICK
@given(enrolled=st.integers(0, 40), days=st.integers(1, 180), target=st.integers(1, 60))
def test_another_cluster_brings_the_target_nearer(enrolled, days, target) -> None:
    fixed = {"target": target, "on": START + timedelta(days=days)}
    fixed["closes_on"] = START + timedelta(days=183)
    found = outlook.predict(enrolled, days / 10, FOUR, **fixed)
    more = outlook.predict(enrolled, days / 10, [*FOUR, outlook.Opening(START)], **fixed)
    assert more.chance >= found.chance - 1e-9 and more.final.value >= found.final.value
    met, sooner = found.met_on, more.met_on
    known = [day for day in (met.earliest, met.median, met.latest) if day is not None]
    assert known == sorted(known) and (len(known) == 3 or bool(met.reason))
    assert met.median is None or sooner.median <= met.median
    wide = outlook.predict(enrolled, days / 10, FOUR, **fixed, conf_level=0.99)
    assert wider(wide.final, found.final) and wider(wide.rate, found.rate)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(rho0=st.integers(30, 50), gap=st.integers(20, 30), allowed=st.sampled_from([0.1, 0.2]))
def test_three_outcomes_turn_round(rho0, gap, allowed) -> None:
    """The share that did not happen, with the errors swapped, takes as many people."""
    low, high = rho0 / 100, (rho0 + gap) / 100
    found = three_outcomes.smallest(low, high, alpha=0.05, beta=allowed)
    assert three_outcomes.smallest(1 - high, 1 - low, alpha=allowed, beta=0.05).n == found.n
    assert three_outcomes.smallest(low, high, alpha=0.1, beta=allowed).n <= found.n


@settings(max_examples=6, deadline=None, derandomize=True)
@given(k=st.integers(2, 12), m=st.integers(2, 20), gap=st.floats(-1, 1), rho=st.floats(0, 0.3))
def test_an_assurance_knows_no_unit(k, m, gap, rho) -> None:
    design, icc = assurance.Design(k, m), Belief.fixed(rho)
    found, scaled = (
        assurance.of_means(
            Belief.normal(unit * gap, unit), Belief.deviation(unit, 9), icc, design, trials=200
        )
        for unit in (1.0, 8.0)
    )
    assert alike(figures(found), figures(scaled))
