"""Intervals for one proportion: Wilson, Clopper-Pearson, and both allowing for clusters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from trial.analysis.estimate import (
    Estimate,
    check_level,
    level_words,
    normal_quantile,
    not_estimable,
)

NOBODY = "there is nobody to count (the denominator is 0)"


def wilson(x: int, n: int, conf_level: float = 0.95) -> Estimate:
    """Wilson's score interval for x of n.

    Not estimable for n = 0. With x = 0 the lower limit is exactly 0, with x = n the upper exactly
    1.
    Raises ValueError unless 0 <= x <= n and 0 < conf_level < 1.
    Source: Wilson 1927; Newcombe 1998, Stat Med 17:857-872, method 3.

    >>> found = wilson(3, 11)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2727, 0.0975, 0.5656)
    """
    _check(x, n)
    method = f"Wilson score {level_words(conf_level)}"
    z = normal_quantile(conf_level)
    if n == 0:
        return not_estimable(0, method, NOBODY)
    low, high = score_limits(x / n, n, z)
    return Estimate(x / n, low, high, n, method, count=x)


def score_limits(p: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's limits for a proportion p on n (which may be an effective, fractional size).

    ``z`` is the two-sided normal quantile. Source: as for :func:`wilson`.

    >>> score_limits(0.0, 7, 1.959964)[0]
    0.0
    """
    centre = (2 * n * p + z * z) / (2 * (n + z * z))
    half = z * math.sqrt(z * z + 4 * n * p * (1 - p)) / (2 * (n + z * z))
    low = 0.0 if p == 0 else max(0.0, centre - half)
    high = 1.0 if p == 1 else min(1.0, centre + half)
    return low, high


def clopper_pearson(x: int, n: int, conf_level: float = 0.95) -> Estimate:
    """The exact interval for x of n, which guarantees its level.

    Not estimable for n = 0. Raises ValueError unless 0 <= x <= n and 0 < conf_level < 1.
    Source: Clopper & Pearson 1934, by beta quantiles; Newcombe 1998, method 5.

    >>> found = clopper_pearson(0, 7)
    >>> found.low, round(found.high, 6)
    (0.0, 0.409616)
    """
    _check(x, n)
    check_level(conf_level)
    method = f"Clopper-Pearson exact {level_words(conf_level)}"
    if n == 0:
        return not_estimable(0, method, NOBODY)
    low, high = exact_limits(x, n, conf_level)
    return Estimate(x / n, low, high, n, method, count=x)


def exact_limits(x: float, n: float, conf_level: float) -> tuple[float, float]:
    """Clopper and Pearson's limits for x of n, which may both be effective, fractional sizes.

    >>> exact_limits(7, 7, 0.95)[1]
    1.0
    """
    tail = (1 - conf_level) / 2
    low = 0.0 if x <= 0 else float(special.betaincinv(x, n - x + 1, tail))
    high = 1.0 if x >= n else float(special.betaincinv(x + 1, n - x, 1 - tail))
    return low, high


def design_effect(sizes: Sequence[int], icc: float) -> float:
    """What clusters of the observed sizes cost: 1 + ((cv^2 + 1) m - 1) ICC, never below 1.

    ``sizes`` are the participants of each cluster, ``icc`` a planning intracluster correlation, of
    which a negative value counts as 0. Raises ValueError for no clusters, an empty one, or an ICC
    above 1.
    Source: Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292-1300 (population cv; equals Kish).

    >>> round(design_effect([7, 4, 5, 2], 0.05), 6)
    1.211111
    """
    if not sizes or min(sizes) < 1:
        raise ValueError("a design effect needs clusters of at least one participant each")
    if not icc <= 1:
        raise ValueError("an intracluster correlation is at most 1")
    # (cv^2 + 1) m = sum of squares / sum: the mean size of the cluster that a participant is in.
    weighted = sum(size * size for size in sizes) / sum(sizes)
    return 1 + (weighted - 1) * max(icc, 0.0)


def cluster_adjusted_wilson(
    x: int, n: int, sizes: Sequence[int], icc: float, conf_level: float = 0.95
) -> Estimate:
    """Wilson's interval with n divided by the design effect of the clusters' sizes.

    ``sizes`` sum to n; ``icc`` is a planning value from outside the pilot, of which a negative one
    counts as 0, so that the interval is never narrower than Wilson's. Not estimable for n = 0.
    Raises ValueError unless 0 <= x <= n and the sizes sum to n.
    Source: tutorial for pilot cluster trials, Pilot Feasibility Stud 2023, s40814-023-01384-1.

    >>> found = cluster_adjusted_wilson(13, 18, [7, 4, 5, 2], icc=0.05)
    >>> round(found.low, 6), round(found.high, 6)
    (0.468527, 0.884636)
    """
    _check(x, n)
    method = f"Wilson score {level_words(conf_level)}, n divided by the design effect (ICC {icc:g})"
    z = normal_quantile(conf_level)
    if n == 0:
        return not_estimable(0, method, NOBODY)
    sizes = [size for size in sizes if size]
    if sum(sizes) != n:
        raise ValueError(f"the sizes of the clusters sum to {sum(sizes)}, not to {n}")
    low, high = score_limits(x / n, n / design_effect(sizes, icc), z)
    return Estimate(x / n, low, high, n, method, count=x)


@dataclass(frozen=True)
class Survey:
    """A proportion observed in clusters, with design-based intervals and what they rest on."""

    logit: Estimate
    korn_graubard: Estimate
    se: float | None
    deff: float | None


def survey(cluster: Sequence[object], outcome: Sequence[int], conf_level: float = 0.95) -> Survey:
    """Design-based intervals of a proportion observed in clusters.

    ``cluster`` and ``outcome`` (0 or 1) have one entry a participant. ``logit`` is a t interval on
    the logit scale with clusters - 1 degrees of freedom, ``korn_graubard`` the exact limits at the
    effective size. An observed design effect below 1 does narrow them: with few clusters show
    :func:`cluster_adjusted_wilson`. Not estimable with fewer than two clusters, or where all
    outcomes or all clusters agree.
    Raises ValueError for lengths that differ or an outcome other than 0 and 1.
    Source: Korn & Graubard 1998, Surv Methodol 24:193-201; R survey 4.1, svyciprop.

    >>> found = survey(["A", "A", "B", "B", "C"], [1, 0, 1, 1, 0])
    >>> found.logit.value, found.logit.n
    (0.6, 5)
    """
    check_level(conf_level)
    y = np.asarray(outcome, dtype=float)
    if len(cluster) != len(y) or not np.isin(y, (0, 1)).all():
        raise ValueError("give one cluster and one outcome, 0 or 1, for each participant")
    labels, index = np.unique(np.asarray(cluster, dtype=str), return_inverse=True)
    n, k, p = len(y), len(labels), float(y.mean()) if len(y) else 0.0
    if k < 2 or p in (0, 1):
        return _no_survey(n, conf_level, "it takes two clusters and outcomes that differ")
    residuals = np.bincount(index, weights=y - p)
    variance = float(k / (k - 1) * np.square(residuals).sum() / n**2)
    if math.isclose(variance, 0, abs_tol=1e-18):
        return _no_survey(n, conf_level, "every cluster has the same proportion")
    names = _survey_names(conf_level)
    limits = _survey_limits(p, n, k, variance, conf_level)
    logit, korn = (
        Estimate(p, *ends, n, name, count=int(y.sum()))
        for ends, name in zip(limits, names, strict=True)
    )
    return Survey(logit, korn, math.sqrt(variance), variance * (n - 1) / (p * (1 - p)))


def _survey_names(conf_level: float) -> tuple[str, str]:
    level = level_words(conf_level)
    return f"design-based logit t {level}", f"Korn-Graubard {level}"


def _no_survey(n: int, conf_level: float, reason: str) -> Survey:
    logit, korn = (not_estimable(n, name, reason) for name in _survey_names(conf_level))
    return Survey(logit, korn, None, None)


def _survey_limits(
    p: float, n: int, k: int, variance: float, conf_level: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    upper = (1 + conf_level) / 2
    t = float(special.stdtrit(k - 1, upper))
    half = t * math.sqrt(variance) / (p * (1 - p))
    logit = math.log(p / (1 - p))
    effective = p * (1 - p) / variance * (float(special.stdtrit(n - 1, upper)) / t) ** 2
    on_logit = float(special.expit(logit - half)), float(special.expit(logit + half))
    return on_logit, exact_limits(p * effective, effective, conf_level)


def _check(x: int, n: int) -> None:
    if not 0 <= x <= n:
        raise ValueError(f"a proportion needs 0 <= x <= n, not {x} of {n}")
