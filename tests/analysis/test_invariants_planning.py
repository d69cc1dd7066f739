"""What holds of sizes, powers, boundaries and the outlook, whatever is planned."""

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, finite, sound, three, wider
from trial.analysis import (
    assurance,
    lewis,
    outlook,
    planning,
    power,
    sample_size,
    simple_size,
    three_outcomes,
)
from trial.analysis.belief import Belief
from trial.analysis.outlook import Opening
from trial.analysis.sample_size import Design

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
FEWER = settings(QUICK, max_examples=10)
SHARE = st.integers(2, 48).map(lambda x: x / 50)
PAIR = st.tuples(SHARE, SHARE).filter(lambda pair: pair[0] != pair[1])
CLUSTERS = st.integers(2, 40)
RHO = st.floats(0, 0.3)
LOST = st.integers(0, 90).map(lambda x: x / 100)


@QUICK
@given(k=CLUSTERS, m=st.integers(1, 50), icc=RHO, cv=st.floats(0, 1), pair=PAIR)
def test_power_rises_and_falls_as_it_should(k, m, icc, cv, pair) -> None:
    full = Design(k, m, icc, cv, None, *pair)
    found = sample_size.solve(full)
    assert sound(found) and found.power == found.value
    more = ({"clusters_per_arm": k + 1}, {"cluster_size": m + 1}, {"normal": True})
    for change in more:
        assert sample_size.solve(replace(full, **change)).value >= found.value - 1e-9
    for change in ({"icc": icc + 0.05}, {"cv": cv + 0.2}, {"alpha": 0.01}):
        assert sample_size.solve(replace(full, **change)).value <= found.value + 1e-9
    for other in (pair[::-1], [1 - p for p in pair]):
        swapped = sample_size.solve(replace(full, p1=other[0], p2=other[1]))
        assert swapped.value == pytest.approx(found.value)
    assert found.participants_per_arm == k * m and found.clusters_total == 2 * k


@QUICK
@given(m=st.integers(2, 60), icc=RHO, cv=st.floats(0, 1), pair=PAIR, wish=st.floats(0.3, 0.95))
def test_the_clusters_are_enough_and_one_less_is_not(m, icc, cv, pair, wish) -> None:
    asked = Design(None, m, icc, cv, wish, *pair)
    found = sample_size.solve(asked)
    assert found.power >= wish - 1e-9
    k = found.rounded
    if k > 2:
        fewer = replace(asked, clusters_per_arm=k - 1, power=None)
        assert sample_size.solve(fewer).value < wish + 1e-9
    curve = sample_size.curve(asked, [0, icc, icc + 0.1])
    assert alike(figures(curve[1]), figures(found))
    assert all(one.value <= two.value + 1e-9 for one, two in pairwise(curve))


@QUICK
@given(
    k=st.integers(3, 40),
    m=st.integers(2, 40),
    icc=st.floats(0.01, 0.2),
    cv=st.floats(0.1, 0.8),
    gap=st.floats(0.2, 0.8),
    unit=st.sampled_from([0.1, 12]),
)
def test_every_figure_of_two_means_is_found_again_in_any_unit(k, m, icc, cv, gap, unit) -> None:
    full = Design(k, m, icc, cv, None, mean1=1, mean2=1 + gap, sd=1)
    attained = sample_size.solve(full).value
    if not 0.1 < attained < 0.999:
        return
    full = replace(full, power=attained)
    for name in ("clusters_per_arm", "cluster_size", "icc", "cv", "mean2", "sd"):
        asked = replace(full, **{name: None})
        found = sample_size.solve(asked).value
        assert found == pytest.approx(getattr(full, name), rel=1e-5), name
        scaled = {
            of: None if getattr(asked, of) is None else unit * getattr(asked, of)
            for of in ("mean1", "mean2", "sd")
        }
        times = unit if name in scaled else 1
        other = sample_size.solve(replace(asked, **scaled)).value
        assert other == pytest.approx(times * found, rel=1e-6), name


@QUICK
@given(k=CLUSTERS, effect=st.floats(0, 8), alpha=st.sampled_from([0.01, 0.05, 0.2]))
def test_a_power_rises_with_the_effect_and_is_solved_back(k, effect, alpha) -> None:
    found = power.of_clusters(k, effect, alpha)
    assert 0 <= found <= power.of_clusters(k, effect + 0.3, alpha) + 1e-9
    assert found <= power.of_clusters(k + 1, effect, alpha) + 1e-9
    assert found <= power.of_clusters(k, effect, alpha, normal=True) + 1e-9
    if alpha < found < 0.999:
        assert power.noncentrality(k, found, alpha) == pytest.approx(effect, rel=1e-5)
    trial = power.of_trial(k, -effect, k, alpha)
    assert trial.value == pytest.approx(found) and sound(trial)
    assert trial.n == 2 * k and ("describes" in trial.reason) == (k < power.FEW)


@QUICK
@given(pair=PAIR, k=st.floats(0, 0.5), m=st.integers(1, 60), unit=st.sampled_from([0.5, 12]))
def test_sizes_by_formula_swap_turn_round_and_keep_their_unit(pair, k, m, unit) -> None:
    p1, p2 = pair
    one = simple_size.individual_proportions(p1, p2)
    for other in ((p2, p1), (1 - p1, 1 - p2)):
        assert simple_size.individual_proportions(*other).unrounded == pytest.approx(one.unrounded)
    assert one.rounded - 1 <= one.unrounded <= one.rounded + 1e-9
    assert simple_size.individual_proportions(p1, p2, power=0.9).unrounded > one.unrounded
    means = simple_size.individual_means(p1, p2, 1)
    moved = simple_size.individual_means(5 - unit * p1, 5 - unit * p2, unit)
    assert moved.unrounded == pytest.approx(means.unrounded)
    clusters = simple_size.hayes_bennett_proportions(p1, p2, m, k)
    back = simple_size.hayes_bennett_proportions(p2, p1, m, k)
    assert clusters.unrounded == pytest.approx(back.unrounded) and clusters.unrounded > 1
    for change in ((m, k + 0.1), (m / 2, k)):
        more = simple_size.hayes_bennett_proportions(p1, p2, *change)
        assert more.unrounded > clusters.unrounded
    rates = simple_size.hayes_bennett_rates(p1, p2, m, k)
    scaled = simple_size.hayes_bennett_rates(unit * p1, unit * p2, m / unit, k)
    assert scaled.unrounded == pytest.approx(rates.unrounded)
    assert finite([one, means, clusters, rates])


@QUICK
@given(n=st.integers(1, 500), m=st.integers(1, 50), icc=st.floats(-0.1, 0.5), lost=LOST)
def test_clusters_and_losses_only_add_people(n, m, icc, lost) -> None:
    found = simple_size.inflated(n, m, icc)
    assert found.n_per_arm_adjusted >= n and found.clusters_per_arm * 2 >= found.clusters_total
    assert found.clusters_total * m >= 2 * found.n_per_arm_adjusted
    more = simple_size.inflated(n, m, icc + 0.1)
    assert more.n_per_arm_adjusted >= found.n_per_arm_adjusted
    recruited = simple_size.recruited_for(n, lost)
    assert recruited * (1 - lost) >= n * (1 - 1e-9) and (recruited - 1) * (1 - lost) < n
    months = simple_size.months_to_recruit(n, m, 0.7).months
    assert simple_size.clusters_to_recruit(n, months, 0.7).clusters == m
    assert simple_size.clusters_to_recruit(n, months / 2, 0.7).clusters in (2 * m - 1, 2 * m)


@QUICK
@given(n=st.integers(1, 150), rul=st.integers(5, 80), gap=st.integers(5, 60))
def test_boundaries_are_in_order_and_zones_rise(n, rul, gap) -> None:
    low, high = rul / 100, min(0.95, (rul + gap) / 100)
    critical = lewis.critical_count(n, low)
    assert 0 < critical <= n + 1 and critical <= lewis.critical_count(n + 1, low)
    assert low < lewis.critical_share(n, low) <= 1
    assert lewis.critical_share(n + 1, low) <= lewis.critical_share(n, low)
    for method in lewis.Method:
        tiers = lewis.boundaries(n, low, high, method=method)
        assert finite(tiers) and tiers.red_upto < tiers.green_from <= n
        zones = [lewis.zone(count, tiers) for count in (0, tiers.red_upto, tiers.green_from, n)]
        assert zones == ["RED", "RED", "GREEN", "GREEN"]
        assert tiers.amber_split > tiers.red_upto


@FEWER
@given(rul=st.integers(10, 70), gap=st.integers(15, 28))
def test_a_pilot_grows_with_what_is_asked_of_it(rul, gap) -> None:
    low, high = rul / 100, (rul + gap) / 100
    plain, corrected = lewis.normal_sizes(low, high)
    assert plain < corrected < lewis.normal_sizes(low, high, power=0.95)[1]
    assert lewis.normal_sizes(low, high + 0.01)[0] < plain
    for method in lewis.Method:
        found = lewis.sample_size(low, high, method=method)
        assert finite(found) and found.critical == lewis.critical_count(found.n, low)
    design = three_outcomes.smallest(low, high)
    assert finite(design) and design.alpha <= 0.05 and design.beta <= 0.2
    stop, go = design.thresholds
    seen = [three_outcomes.decide(x, design.n, (stop, go)) for x in range(design.n + 1)]
    assert [seen.count(one) for one in three_outcomes.Decision] == [
        stop + 1, go - stop, design.n - go,
    ]  # fmt: skip
    assert three_outcomes.smallest(low, high, 0.1, 0.3).n <= design.n
    # The share that did not happen: the thresholds turned round, with the errors swapped.
    mirror = three_outcomes.smallest(1 - high, 1 - low, alpha=0.2, beta=0.05)
    assert mirror.n == design.n


START, END = date(2015, 7, 1), date(2015, 12, 31)
OPENINGS = st.lists(
    st.builds(
        Opening,
        st.none() | st.integers(-30, 150).map(lambda i: START + timedelta(days=i)),
        st.none() | st.integers(150, 300).map(lambda i: START + timedelta(days=i)),
    ),
    max_size=5,
)


@QUICK
@given(
    clusters=OPENINGS, seen=st.integers(0, 40), days=st.integers(1, 180), target=st.integers(1, 60)
)
def test_an_outlook_rises_with_the_enrolled_and_the_clusters(clusters, seen, days, target) -> None:
    on = START + timedelta(days=days)
    when = {"target": target, "on": on, "closes_on": END}
    found = outlook.predict(seen, days / 10, clusters, **when)
    assert sound(found) and found.enrolled <= found.final.low and 0 <= found.chance <= 1
    turned = outlook.predict(seen, days / 10, clusters[::-1], **when)
    assert alike(figures(found), figures(turned)) and found.met_on == turned.met_on
    for more in (
        outlook.predict(seen + 1, days / 10, clusters, **when),
        outlook.predict(seen, days / 10, [*clusters, Opening(START)], **when),
        outlook.predict(seen, days / 20, clusters, **when),
        outlook.predict(seen, days / 10, clusters, **when | {"target": max(1, target - 1)}),
    ):
        assert more.chance >= found.chance - 1e-9
        assert more.final.value >= found.final.value - 1e-9
        assert found.met_on.median is None or (
            (more.met_on.median is None and "was met" in more.met_on.reason)
            or more.met_on.median <= found.met_on.median
        )
    wide = outlook.predict(seen, days / 10, clusters, **when, conf_level=0.99)
    assert wider(wide.final, found.final) and wider(wide.rate, found.rate)
    dates = [found.met_on.earliest, found.met_on.median, found.met_on.latest]
    known = [day for day in dates if day is not None]
    assert known == sorted(known) and (len(known) == 3 or found.met_on.reason)
    ahead = outlook.open_time(clusters, on)
    # The time to come is never taken back, and grows by a day of each cluster at most.
    assert (np.diff(ahead) >= 0).all() and (np.diff(ahead) * 30.4375 <= len(clusters) + 1e-9).all()


@QUICK
@given(shape=st.floats(0.5, 40), held=st.floats(0.5, 40), to_come=st.floats(0, 40))
def test_chances_of_more_rise_to_one_and_are_inverted(shape, held, to_come) -> None:
    chances = [outlook.more_chance(more, shape, held, to_come) for more in range(-1, 40)]
    assert chances[0] == 0 and all(a <= b + 1e-12 for a, b in pairwise(chances))
    assert outlook.more_chance(10**6, shape, held, to_come) == pytest.approx(1)
    for share in (0.1, 0.5, 0.9):
        more = outlook.more_quantile(share, shape, held, to_come)
        assert outlook.more_chance(more, shape, held, to_come) >= share - 1e-9
        assert more == 0 or outlook.more_chance(more - 1, shape, held, to_come) < share


@FEWER
@given(m=st.integers(2, 40), icc=st.floats(0.01, 0.2), pair=PAIR, lost=st.floats(0, 0.5))
def test_a_plan_agrees_with_its_parts(m, icc, pair, lost) -> None:
    asked = planning.Asked(
        Design(None, m, icc, 0.3, 0.8, *pair), attrition=lost, rate=0.7, between=0.2
    )
    found = planning.plan(asked)
    assert sound(found) and found.solution == sample_size.solve(asked.design)
    sizes = [at.solution.value for at in found.curve]
    assert sizes == sorted(sizes) and [at.value for at in found.curve] == list(planning.ICCS)
    powers = [found.solution.power, *(at.solution.value for at in found.more)]
    assert powers == sorted(powers)
    (same,) = (at for at in found.controls if at.value == round(pair[1], 6))
    assert same.solution.value == pytest.approx(found.solution.value, rel=1e-4)
    assert found.recruit.participants >= found.solution.participants_per_arm * 2
    more = planning.plan(replace(asked, attrition=lost + 0.2)).recruit
    assert more.participants >= found.recruit.participants and more.months >= found.recruit.months
    sizes = {"b": 3, "a": m, "c": 0}
    deff = planning.belief_deff(sizes, icc)
    assert 1 <= deff <= planning.belief_deff(sizes, icc + 0.1)
    assert deff == pytest.approx(planning.belief_deff({"x": m, "y": 3}, icc))


def told(found: assurance.Assurance) -> list[object]:
    """What a unit must not change."""
    return [
        getattr(found, field.name)
        for field in fields(found)
        if field.name not in ("method", "reason")
    ]


@FEWER
@given(k=st.integers(2, 12), m=st.integers(2, 20), difference=st.floats(-1, 1), icc=RHO)
def test_an_assurance_keeps_its_unit_and_its_bounds(k, m, difference, icc) -> None:
    design = assurance.Design(k, m)
    rho = Belief.fixed(icc)
    found, scaled = (
        assurance.of_means(
            Belief.normal(unit * difference, unit),
            Belief.deviation(unit, 9),
            rho,
            design,
            trials=200,
        )
        for unit in (1.0, 8.0)
    )
    assert sound(found) and alike(figures(told(found)), figures(told(scaled)))
    assert found.assurance.value + found.wrong_direction.value <= 1
    shares = [share for _, share in found.powers]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    beliefs = Belief.share(1, 7), Belief.between(0.3, 0.9), rho
    for above in (True, False):
        one = assurance.of_proportions(*beliefs, replace(design, above=above), trials=200)
        assert sound(one)
        if above:
            up = one
    assert three(up.assurance) == three(one.wrong_direction)
    assert up.favourable + one.favourable == pytest.approx(1)
    assert up.untested == one.untested


@pytest.mark.parametrize("icc", [0, 1])
@pytest.mark.parametrize("m", [1, 1e6])
@pytest.mark.parametrize("pair", [(0, 0.5), (1, 0.5), (0.5, 0.500001), (0, 1e-9)])
def test_corners_of_a_design_have_a_size_or_a_reason(icc, m, pair) -> None:
    asked = Design(4, m, icc, 0.5, 0.8, *pair)
    for name in ("clusters_per_arm", "cluster_size", "icc", "cv", "power", "p1", "p2"):
        found = sample_size.solve(replace(asked, **{name: None}))
        assert finite(found) and (found.value is not None or found.reason), name
