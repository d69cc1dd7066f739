"""What must hold for sizes, zones, scores and the outlook."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trial.analysis import lewis, outlook, power, sample_size, scale, simple_size, three_outcomes
from trial.analysis.sample_size import Design

FEW = settings(max_examples=40, deadline=None)
SHARES = st.floats(0.05, 0.95).map(lambda x: round(x, 3))


@FEW
@given(
    k=st.integers(4, 60),
    m=st.integers(2, 60),
    icc=st.floats(0.01, 0.2),
    cv=st.floats(0.1, 0.8),
    p1=SHARES,
    p2=SHARES,
)
def test_what_is_solved_gives_the_power_back(k, m, icc, cv, p1, p2) -> None:
    """Each figure in turn is left out; solved again it is the one that was there."""
    if p1 == p2:
        return
    full = Design(k, m, icc, cv, None, p1, p2, above=p2 > p1)
    attained = sample_size.solve(full).value
    if not 0.1 < attained < 0.999:
        return
    full = replace(full, power=attained)
    for name in ("clusters_per_arm", "cluster_size", "icc", "cv", "p2"):
        found = sample_size.solve(replace(full, **{name: None}))
        assert found.value == pytest.approx(getattr(full, name), rel=1e-5), name
        assert found.power >= attained - 1e-7


@FEW
@given(k=st.integers(2, 80), effect=st.floats(0, 12), alpha=st.sampled_from([0.01, 0.05, 0.1]))
def test_power_agrees_with_another_non_central_t(k, effect, alpha) -> None:
    df = 2 * (k - 1)
    known = stats.nct.sf(stats.t.ppf(1 - alpha / 2, df), df, effect)
    assert power.of_clusters(k, effect, alpha) == pytest.approx(known, abs=1e-8)


@pytest.mark.parametrize("k", [2, 3, 50, 1e5])
@pytest.mark.parametrize("effect", [0, 5, 40, 400, 1e6])
def test_power_is_always_a_number(k, effect) -> None:
    assert 0 <= power.of_clusters(k, effect) <= 1


def test_what_cannot_be_reached_says_so_and_what_would_do() -> None:
    asked = Design(4, None, 0.05, 0.5, 0.9, 0.4, 0.15)
    found = sample_size.solve(asked)
    assert found.value is None
    least = int(found.reason.split("at least ")[1].split(")")[0])
    assert sample_size.solve(replace(asked, clusters_per_arm=least)).value
    assert sample_size.solve(replace(asked, clusters_per_arm=least - 1)).value is None
    for name in ("icc", "cv", "p2"):
        full = replace(asked, cluster_size=2, p2=0.39)
        assert "cannot be reached" in sample_size.solve(replace(full, **{name: None})).reason
    assert (
        "any variation"
        in sample_size.solve(replace(asked, cluster_size=99, icc=0.0, cv=None)).reason
    )


def test_means_and_their_standard_deviation_are_solved() -> None:
    asked = Design(16, 10, 0.1, 0.0, 0.8, mean1=3, mean2=None, sd=2)
    above = sample_size.solve(asked).value
    below = sample_size.solve(replace(asked, above=False)).value
    assert above - 3 == pytest.approx(3 - below)
    back = sample_size.solve(replace(asked, mean2=above, sd=None))
    assert back.value == pytest.approx(2)


@pytest.mark.parametrize(
    "change",
    [
        {"power": None},
        {"cluster_size": 0},
        {"icc": -0.1},
        {"p1": 1.2},
        {"p1": 0.15},
        {"sd": 2.0},
        {"power": 0.01},
        {"clusters_per_arm": 1},
    ],
)
def test_impossible_designs_are_refused(change) -> None:
    asked = Design(None, 8, 0.05, 0.5, 0.9, 0.4, 0.15)
    with pytest.raises(ValueError, match=r"\w"):
        sample_size.solve(replace(asked, **change))


@FEW
@given(red=st.integers(5, 80), gap=st.integers(12, 40))
def test_a_lewis_size_has_the_power_and_the_one_before_has_not(red, gap) -> None:
    rul, gll = red / 100, min(0.97, (red + gap) / 100)
    found = lewis.sample_size(rul, gll)
    assert found.alpha <= 0.05 and found.power >= 0.9 and found.safe_n >= found.n
    before = found.n - 1
    if before:
        critical = lewis.critical_count(before, rul)
        assert stats.binom.sf(critical - 1, before, gll) < 0.9
    for n in range(found.safe_n, found.safe_n + 60):
        assert stats.binom.sf(lewis.critical_count(n, rul) - 1, n, gll) >= 0.9


def test_zones_rise_with_the_count_and_small_pilots_warn() -> None:
    order = ["RED", "AMBER_R", "AMBER", "AMBER_G", "GREEN"]
    for method in lewis.Method:
        for tiers in (3, 4):
            found = lewis.boundaries(60, 0.2, 0.35, method=method, tiers=tiers)
            places = [order.index(lewis.zone(count, found)) for count in range(61)]
            assert places == sorted(places)
            assert (2 in places) == (tiers == 3)
    assert "too few people" in lewis.boundaries(10, 0.2, 0.35).warning
    assert not lewis.boundaries(100, 0.2, 0.35).warning


def test_three_outcomes_agree_with_another_published_design() -> None:
    """The vignette of R's tout."""
    found = three_outcomes.smallest(0.5, 0.7, 0.05, 0.2, 0.5)
    assert (found.n, found.thresholds) == (66, (38, 44))
    errors = (found.alpha, found.beta, found.gamma)
    assert errors == pytest.approx((0.04488955, 0.1703036, 0.496394), abs=1e-6)
    assert "more people" in three_outcomes.smallest(0.5, 0.51, max_n=20).reason


@FEW
@given(
    rows=st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 7)), min_size=6, max_size=6), max_size=5
    ),
    needed=st.integers(1, 6),
)
def test_scores_lie_on_their_scale_and_mirror(rows, needed) -> None:
    found = scale.score(rows, 1, 7, least_answered=needed)
    mirrored = scale.score(rows, 1, 7, least_answered=needed, reverse=range(1, 7))
    for row, one, other in zip(rows, found, mirrored, strict=True):
        assert one.answered == sum(answer is not None for answer in row)
        assert (one.mean is None) == (one.answered < needed) == bool(one.reason)
        if one.percent is not None:
            assert 0 <= one.percent <= 100
            assert one.percent + other.percent == pytest.approx(100)


@pytest.mark.parametrize(
    ("items", "more"),
    [
        ([[9]], {}),
        ([[1, 2], [1]], {}),
        ([[1]], {"reverse": [2]}),
        ([[1]], {"least_share": 0}),
        ([[1]], {"least_answered": 2}),
    ],
)
def test_impossible_answers_and_rules_are_refused(items, more) -> None:
    with pytest.raises(ValueError, match=r"item|share"):
        scale.score(items, 1, 5, **more)


@FEW
@given(enrolled=st.integers(1, 60), held=st.floats(0.5, 80), to_come=st.floats(0.1, 80))
def test_predictions_are_negative_binomial(enrolled, held, to_come) -> None:
    shape = enrolled + 0.5
    known = stats.nbinom(shape, held / (held + to_come))
    for more in (0, 1, 5, 40):
        found = outlook.more_chance(more, shape, held, to_come)
        assert found == pytest.approx(known.cdf(more), abs=1e-9)
    for share in (0.025, 0.5, 0.975):
        assert outlook.more_quantile(share, shape, held, to_come) == known.ppf(share)


START, END = date(2015, 7, 1), date(2015, 12, 31)
FOUR = [outlook.Opening(START)] * 4


def seen(enrolled: int, on: date, **more) -> outlook.Outlook:
    exposure = 4 * ((on - START).days + 1) / 30.4375
    return outlook.predict(
        enrolled, exposure, FOUR, **{"target": 30, "on": on, "closes_on": END} | more
    )


def test_intervals_of_the_outlook_cover_what_happens() -> None:
    """Calibration: of trials drawn with many rates nine in ten end within their 90% interval."""
    draw = np.random.default_rng(20150701)
    on, within, met = START + timedelta(days=60), 0, 0
    per_day = 4 / 30.4375
    for rate in draw.gamma(4, 0.5, size=300):
        enrolled = int(draw.poisson(rate * per_day * 61))
        final = enrolled + int(draw.poisson(rate * per_day * (END - on).days))
        found = seen(enrolled, on, conf_level=0.9)
        within += found.final.low <= final <= found.final.high
        met += found.chance - (final >= 30)
    assert 0.86 <= within / 300 <= 0.97
    assert abs(met / 300) < 0.05


def test_corners_of_the_outlook() -> None:
    on = START + timedelta(days=60)
    assert "as prior" in outlook.predict(0, 0, FOUR, target=5, on=on, closes_on=END).final.reason
    planned = outlook.predict(0, 0, FOUR, target=5, on=on, closes_on=END, prior=outlook.Prior(1, 2))
    assert planned.final.estimable and planned.rate.value == 0.5
    assert "was met by" in seen(30, on).met_on.reason and seen(30, on).chance == 1
    assert "20 years" in seen(0, on, target=100_000).met_on.reason
    over = seen(12, END + timedelta(days=9))
    assert over.final.value == over.final.low == over.final.high == 12 and over.chance == 0
    shut = outlook.predict(3, 9, [], target=5, on=on, closes_on=END)
    assert shut.final.value == 3 and shut.met_on.median is None and shut.met_on.reason
    with pytest.raises(ValueError, match="open time"):
        outlook.predict(3, 0, FOUR, target=5, on=on, closes_on=END)


@FEW
@given(enrolled=st.integers(1, 29), days=st.integers(20, 150))
def test_the_chance_of_the_target_by_its_dates(enrolled, days) -> None:
    """The median date is the first by which the target is met with a chance of one half."""
    on = START + timedelta(days=days)
    met = seen(enrolled, on).met_on
    if met.median is not None:
        assert seen(enrolled, on, closes_on=met.median).chance >= 0.5 - 1e-9
        before = met.median - timedelta(days=1)
        assert before <= on or seen(enrolled, on, closes_on=before).chance < 0.5
        assert met.earliest <= met.median and (met.latest is None or met.latest >= met.median)


def test_sizes_by_formula_refuse_what_cannot_be() -> None:
    for refused in (
        lambda: simple_size.recruited_for(8, 1),
        lambda: simple_size.individual_proportions(0.2, 0.2),
        lambda: simple_size.hayes_bennett_rates(1, 2, 0, 0.2),
        lambda: simple_size.months_to_recruit(0, 1, 1),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            refused()
    assert math.isclose(simple_size.hayes_bennett_rates(1, 2, 10, 0).rounded, 4)


def test_no_trial_has_fewer_than_two_clusters_per_arm() -> None:
    found = sample_size.solve(Design(None, 500, 0.001, 0.0, 0.8, 0.9, 0.1))
    assert found.rounded == 2 and found.value <= 2 and "fewest" in found.reason
    assert found.power >= 0.8 and found.df == 2
