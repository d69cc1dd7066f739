"""Rates: exact intervals, open cluster-months, ratios, and how much clusters differ."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from scipy import special

from trial.analysis.estimate import Estimate, check_level, level_words, not_estimable

DAYS_A_MONTH = Fraction(487, 16)  # 30.4375 = 365.25 / 12


def garwood(count: int, exposure: float, conf_level: float = 0.95) -> Estimate:
    """The exact Poisson interval of count / exposure.

    ``exposure`` in any unit of time, for recruitment open cluster-months. Not estimable without
    exposure. With count 0 the lower limit is exactly 0. Raises ValueError for a negative count or
    exposure.
    Source: Garwood 1936, Biometrika 28:437-442, by chi-square quantiles.

    >>> found = garwood(18, 24)
    >>> found.value, round(found.low, 6), round(found.high, 6)
    (0.75, 0.444498, 1.185323)
    """
    check_level(conf_level)
    if count < 0 or not 0 <= exposure < math.inf:
        raise ValueError("a rate needs a count and an exposure that are not negative")
    method = f"Garwood exact Poisson {level_words(conf_level)}"
    if exposure == 0:
        return not_estimable(count, method, "there was no open time to count over")
    tail = (1 - conf_level) / 2
    low = 0.0 if count == 0 else float(special.gammaincinv(count, tail))
    high = float(special.gammaincinv(count + 1, 1 - tail))
    return Estimate(count / exposure, low / exposure, high / exposure, count, method, count=count)


def open_days(
    opened_on: date | None, closed_on: date | None, window: tuple[date, date], on: date
) -> int:
    """Days on which a cluster was open inside the recruitment window, up to and including ``on``.

    The first and the last day count. 0 for a cluster that never opened, or outside the window.

    >>> window = (date(2015, 7, 1), date(2015, 12, 31))
    >>> open_days(date(2015, 7, 10), None, window, on=date(2015, 7, 19))
    10
    """
    if opened_on is None:
        return 0
    first = max(opened_on, window[0])
    last = min(window[1], on, closed_on or on)
    return max(0, (last - first).days + 1)


def cluster_months(days: int) -> Fraction:
    """Open days as months of 30.4375 days, exactly.

    >>> float(cluster_months(487))
    16.0
    """
    return days / DAYS_A_MONTH


@dataclass(frozen=True)
class RateRatio:
    """A ratio of two rates with its exact interval and two-sided p."""

    estimate: Estimate
    p_two_sided: float | None


def rate_ratio(
    count1: int, exposure1: float, count2: int, exposure2: float, conf_level: float = 0.95
) -> RateRatio:
    """The ratio of two rates, conditional on their total count.

    Not estimable without events at all; without events in the second group the ratio and its upper
    limit are missing and the reason says so. Raises ValueError for negative counts or exposures
    that are not positive.
    Source: Clopper-Pearson limits of count1 among the total, transformed; as R's poisson.test.

    >>> found = rate_ratio(11, 800, 21, 3011)
    >>> round(found.estimate.value, 4), round(found.estimate.high, 4), round(found.p_two_sided, 5)
    (1.9715, 4.2773, 0.07967)
    """
    check_level(conf_level)
    if min(count1, count2) < 0 or not (exposure1 > 0 and exposure2 > 0):
        raise ValueError("a ratio of rates needs counts and positive exposures")
    method = f"conditional exact {level_words(conf_level)}"
    total = count1 + count2
    if total == 0:
        return RateRatio(not_estimable(0, method, "neither group has an event"), None)
    tail = (1 - conf_level) / 2
    back = exposure2 / exposure1
    low = 0.0
    if count1:
        share = float(special.betaincinv(count1, count2 + 1, tail))
        low = share / (1 - share) * back
    p = _binomial_p(count1, total, exposure1 / (exposure1 + exposure2))
    if count2 == 0:
        reason = "the second group has no event: there is no ratio and no upper limit"
        return RateRatio(Estimate(None, low, None, total, method, reason), p)
    share = float(special.betaincinv(count1 + 1, count2, 1 - tail))
    high = share / (1 - share) * back
    ratio = count1 / exposure1 / (count2 / exposure2)
    return RateRatio(Estimate(ratio, low, high, total, method), p)


def _binomial_p(x: int, n: int, share: float) -> float:
    """The two-sided exact p: the probability of all counts that are no likelier than x."""
    k = np.arange(n + 1)
    log = (
        special.gammaln(n + 1)
        - special.gammaln(k + 1)
        - special.gammaln(n - k + 1)
        + k * math.log(share)
        + (n - k) * math.log1p(-share)
    )
    mass = np.exp(log)
    # R's relative tolerance: counts as likely as x but for rounding belong to the tail.
    return min(1.0, float(mass[mass <= mass[x] * (1 + 1e-7)].sum()))


@dataclass(frozen=True)
class Dispersion:
    """How much clusters differ in their rate, against one rate for all."""

    rates: tuple[float | None, ...]
    mean: Estimate
    pooled: Estimate
    sd: float | None
    pearson: float | None
    df: int
    dispersion: float | None
    p_heterogeneity: float | None
    reason: str = ""


def dispersion(
    counts: Sequence[int], exposures: Sequence[float], conf_level: float = 0.95
) -> Dispersion:
    """Each cluster's rate, their mean with a t interval, and a chi-square for one common rate.

    ``counts`` and ``exposures`` have one entry a cluster; clusters without exposure have no rate
    and are left out. The chi-square and its p are missing, with the reason, for fewer than two
    clusters or no event.
    Raises ValueError for lengths that differ, or negative numbers. Source: Hayes & Moulton 2017,
    chapters 3 and 10.

    >>> found = dispersion([7, 4, 5, 2], [6, 6, 6, 6])
    >>> round(found.mean.low, 4), round(found.pearson, 4), found.df
    (0.1979, 2.8889, 3)
    """
    if len(counts) != len(exposures) or min([*counts, *exposures], default=0) < 0:
        raise ValueError("give each cluster a count and an exposure, neither negative")
    check_level(conf_level)
    rates = tuple(x / e if e else None for x, e in zip(counts, exposures, strict=True))
    seen = np.array([rate for rate in rates if rate is not None], dtype=float)
    open_counts = [x for x, e in zip(counts, exposures, strict=True) if e]
    pooled = garwood(sum(open_counts), sum(exposures), conf_level)
    df = max(0, len(seen) - 1)
    mean = _mean_of_rates(seen, conf_level)
    sd = float(seen.std(ddof=1)) if df else None
    if not df or not pooled.value:
        reason = "fewer than two clusters were open" if not df else "nobody was counted"
        return Dispersion(rates, mean, pooled, sd, None, df, None, None, reason)
    time = np.array([e for e in exposures if e], dtype=float)
    expected = time * pooled.value
    pearson = float((np.square(np.array(open_counts) - expected) / expected).sum())
    p = float(special.chdtrc(df, pearson))
    return Dispersion(rates, mean, pooled, sd, pearson, df, pearson / df, p)


def _mean_of_rates(rates: np.ndarray, conf_level: float) -> Estimate:
    k = len(rates)
    method = f"t interval of the clusters' rates {level_words(conf_level)}"
    if k < 2:
        return not_estimable(k, method, "fewer than two clusters were open")
    mean = float(rates.mean())
    t = float(special.stdtrit(k - 1, (1 + conf_level) / 2))
    half = t * float(rates.std(ddof=1)) / math.sqrt(k)
    return Estimate(mean, mean - half, mean + half, k, method)
