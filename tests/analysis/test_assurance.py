"""Assurance: against power where all is known, integrals where it is not, and its corners."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from trial.analysis import assurance, design_effect, power, sample_size
from trial.analysis.assurance import Design, of_means, of_proportions
from trial.analysis.belief import Belief
from trial.analysis.estimate import plain

FIXED = Belief.fixed
NONE, SOME = FIXED(0), FIXED(0.05)


def error(p: float, trials: int) -> float:
    """Four standard errors: an honest simulation goes beyond once in 16,000 times."""
    return 4 * math.sqrt(p * (1 - p) / trials)


@pytest.mark.parametrize(("k", "m", "icc"), [(2, 5, 0.3), (10, 10, 0.05), (15, 1, 0.0), (6, 4, 1)])
def test_what_is_known_gives_the_power(k: int, m: int, icc: float) -> None:
    """With normal outcomes and equal clusters the non-central t distribution is exact."""
    found = of_means(FIXED(4), FIXED(8), FIXED(icc), Design(k, m), trials=20_000)
    variance = 2 * 64 * design_effect.planned(m, icc) / m
    known = power.of_trial(k, 4, variance).value
    assert found.assurance.value == pytest.approx(known, abs=error(known, 20_000))
    assert found.power_at_means == pytest.approx(known)
    assert [value for _, value in found.powers] == pytest.approx([known] * 5)


def test_what_is_known_of_proportions_gives_about_the_power() -> None:
    known = sample_size.solve(sample_size.Design(24, 12, 0.05, 0.0, None, 0.45, 0.3)).power
    found = of_proportions(FIXED(0.3), FIXED(0.45), SOME, Design(24, 12), trials=20_000)
    assert found.power_at_means == pytest.approx(known)
    # Proportions are only nearly normal.
    assert found.assurance.value == pytest.approx(known, abs=error(known, 20_000) + 0.01)


def test_a_normal_belief_gives_the_closed_form() -> None:
    """O'Hagan, Stevens & Campbell 2005: a normal prior and, with many clusters, a normal test."""
    se = math.sqrt(2 * 100 / 400)
    found = of_means(Belief.normal(2, 1.5), FIXED(10), NONE, Design(400, 1), trials=10_000)
    for wrong, estimate in ((False, found.assurance), (True, found.wrong_direction)):
        mean = -2 if wrong else 2
        known = stats.norm.cdf((mean - 1.96 * se) / math.hypot(se, 1.5))
        assert estimate.value == pytest.approx(known, abs=error(known, 10_000))
    assert found.favourable == pytest.approx(stats.norm.cdf(2 / 1.5), abs=error(0.9, 10_000))


def test_a_belief_about_proportions_gives_the_mean_power() -> None:
    """The assurance is the power, averaged over a grid of what is believed."""
    low, high = Belief.share(9, 30), Belief.share(17, 30)
    shares = (np.arange(60) + 0.5) / 60
    design = sample_size.Design(20, 15, 0.05, 0.0)
    powers = [
        sample_size.solve(replace(design, p1=float(p0), p2=float(p1))).value if p1 > p0 else 0.0
        for p0 in stats.beta.ppf(shares, 9.5, 21.5)
        for p1 in stats.beta.ppf(shares, 17.5, 13.5)
    ]
    found = of_proportions(low, high, SOME, Design(20, 15), trials=20_000)
    assert found.assurance.value == pytest.approx(np.mean(powers), abs=0.02)
    assert found.powers[2][1] == pytest.approx(np.median(powers), abs=0.01)
    assert found.power_at_means > found.assurance.value + 0.05


def test_without_an_effect_half_of_the_level_lies_on_each_side() -> None:
    design = Design(10, 12, cv=0.4, alpha=0.1)
    found = of_proportions(FIXED(0.4), FIXED(0.4), SOME, design, trials=20_000)
    for estimate in (found.assurance, found.wrong_direction):
        assert estimate.value == pytest.approx(0.05, abs=0.008)
    assert found.power_at_means == pytest.approx(0.05) and found.favourable == 0


def test_the_less_is_known_the_nearer_to_one_half() -> None:
    """And in an endless trial it comes to the chance that the truth is favourable."""
    spreads = [of_means(Belief.normal(5, sd), FIXED(5), SOME, Design(9, 10)) for sd in (0.1, 4, 40)]
    values = [found.assurance.value for found in spreads]
    assert values[0] > values[1] > values[2] > 0.45
    endless = of_means(Belief.normal(5, 4), FIXED(5), NONE, Design(50, 10_000))
    assert endless.assurance.value == pytest.approx(endless.favourable, abs=0.02)


def test_a_hope_for_less_is_the_mirror_of_a_hope_for_more() -> None:
    beliefs = Belief.share(1, 7), Belief.share(4, 11), Belief.icc_about(0.05)
    up = of_proportions(*beliefs, Design(5, 8), trials=500)
    down = of_proportions(*beliefs, Design(5, 8, above=False), trials=500)
    assert up.assurance.value == down.wrong_direction.value != down.assurance.value
    assert up.favourable + down.favourable == 1
    assert up.power_at_means > 0.05 > down.power_at_means


def test_the_seed_decides_and_the_blocks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    beliefs = Belief.between(0.1, 0.3), Belief.share(4, 11, deff=1.2), Belief.icc_about(0.05)
    asked = {"design": Design(4, 6, cv=0.6), "trials": 1234}
    told: list[tuple[int, int]] = []
    once = of_proportions(*beliefs, **asked, seed=7, progress=lambda *done: told.append(done))
    assert told == [(500, 1234), (1000, 1234), (1234, 1234)]
    assert of_proportions(*beliefs, **asked, seed=8) != once
    monkeypatch.setattr(assurance, "BLOCK", 37)
    assert of_proportions(*beliefs, **asked, seed=7) == once


@pytest.mark.parametrize(("m", "cv"), [(4.5, 0.4), (20, 0.65), (3, 0), (2.5, 0), (8, 1.2)])
def test_sizes_have_the_mean_and_the_variation_asked(m: float, cv: float) -> None:
    streams = np.random.default_rng(1), np.random.default_rng(2)
    sizes = assurance._sizes(Design(10, m, cv), 10_000, streams)
    assert sizes.min() >= 1
    assert sizes.mean() == pytest.approx(m, rel=0.02)
    least = math.sqrt(m % 1 * (1 - m % 1)) / m  # whole people make 2.5 into 2 and 3
    assert sizes.std() / sizes.mean() == pytest.approx(max(cv, least), abs=0.02)


def test_beta_binomial_counts_have_the_correlation_asked() -> None:
    """The variance of a cluster's proportion is p(1-p) times the design effect over its size."""
    drawn = [np.full(20_000, value) for value in (0.2, 0.7, 0.3)]
    sizes = np.full((20_000, 4), 5)
    streams = np.random.default_rng(1), np.random.default_rng(2)
    found = assurance._beta_binomial(drawn, sizes, streams)
    for arm, p in ((found[:, :2], 0.2), (found[:, 2:], 0.7)):
        assert arm.mean() == pytest.approx(p, abs=0.01)
        assert arm.var() == pytest.approx(p * (1 - p) * (1 + 4 * 0.3) / 5, rel=0.03)


@pytest.mark.parametrize("icc", [0, 1e-300, 1e-8, 0.05, 0.999999, 1])
@pytest.mark.parametrize(("p0", "p1"), [(0, 0), (0, 0.5), (1e-300, 0.3), (0.2, 1), (1, 1), (0, 1)])
@pytest.mark.parametrize(("k", "m"), [(2, 1), (3, 4)])
def test_corners_are_numbers(icc: float, p0: float, p1: float, k: int, m: int) -> None:
    beliefs = FIXED(p0), FIXED(p1), FIXED(icc)
    found = of_proportions(*beliefs, Design(k, m), trials=50)
    assert json.dumps(plain(found), allow_nan=False)
    assert found.wrong_direction.count + found.assurance.count + found.untested <= 50
    assert "describes, and does not test" in found.reason
    if {p0, p1} <= {0, 1}:
        assert (
            found.untested == 50 and found.assurance.value == 0 and "have no test" in found.reason
        )
        assert found.power_at_means is None and "no power at the means" in found.reason


def test_an_effect_beyond_all_bounds_is_certain() -> None:
    found = of_means(FIXED(1e90), FIXED(1e-3), NONE, Design(5, 5), trials=20)
    assert found.power_at_means == 1
    found = of_means(FIXED(1e90), Belief.deviation(1e89, 2), SOME, Design(5, 5), trials=200)
    assert json.dumps(plain(found), allow_nan=False) and found.assurance.value > 0.9


def test_the_pilot_widens_the_standard_deviation() -> None:
    shares = np.array([0.025, 0.5, 0.975])
    known = 10 * np.sqrt(16 / stats.chi2.isf(shares, 16))
    assert Belief.deviation(10, 16).quantile(shares) == pytest.approx(known)
    wide = Belief.share(4, 11, deff=1.5).quantile(shares)
    assert np.ptp(wide) > np.ptp(Belief.share(4, 11).quantile(shares))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Belief.fixed(math.nan), "finite"),
        (lambda: Belief.between(0.3, 0.3), "use fixed"),
        (lambda: Belief.share(0, 0), "nobody was counted"),
        (lambda: Belief.share(3, 2), "count <= n"),
        (lambda: Belief.share(1, 7, deff=0.9), "at least 1"),
        (lambda: Belief.icc_about(0), "use fixed"),
        (lambda: Belief.normal(0, 0), "positive"),
        (lambda: Belief.deviation(1, 1), "2 degrees"),
        (lambda: of_proportions(Belief.normal(0.3, 0.1), SOME, SOME, Design(5, 5)), "control"),
        (
            lambda: of_proportions(SOME, Belief.between(0.5, 1.5), SOME, Design(5, 5)),
            "intervention",
        ),
        (lambda: of_means(SOME, SOME, FIXED(-0.1), Design(5, 5)), "ICC"),
        (lambda: of_means(SOME, Belief.normal(8, 1), SOME, Design(5, 5)), "use deviation"),
        (lambda: of_means(SOME, FIXED(0), SOME, Design(5, 5)), "positive"),
        (lambda: of_means(SOME, SOME, SOME, Design(1, 5)), "at least 2"),
        (lambda: of_means(SOME, SOME, SOME, Design(2.5, 5)), "whole number"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 0.5)), "at least 1"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 1, cv=0.5)), "cv of 0"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 5, cv=-1)), "variation"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 5, alpha=1)), "level"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 5), trials=0), "between 1 and"),
        (lambda: of_means(SOME, SOME, SOME, Design(5, 5), seed=-1), "seed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
