"""The intracluster correlation from one-way analysis of variance, never cut off at 0."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import (
    Estimate,
    check_level,
    level_words,
    normal_quantile,
    not_estimable,
)

PLANNING = "plan with a value from outside the trial"
NO_VARIATION = f"no variation: all outcomes of an arm are the same; {PLANNING}"
FEW = 10


@dataclass(frozen=True)
class Icc:
    """An intracluster correlation with the analysis of variance that it comes from.

    ``ms_between`` and ``ms_within`` are mean squares in the outcome's unit squared, on
    ``df_between`` and ``df_within``; ``size`` is the mean cluster size that the analysis uses (n0
    where arms are ignored, m0 within arm). ``se_smith`` and ``se_swiger`` are for meta-analyses:
    an interval from them covers too seldom, which is why ``estimate`` has Searle's.
    """

    estimate: Estimate
    ms_between: float | None
    ms_within: float | None
    f: float | None
    size: float | None
    clusters: int
    arms: int
    df_between: int
    df_within: int
    se_smith: float | None = None
    se_swiger: float | None = None
    caution: str = ""


def anova(clusters: Clusters, conf_level: float = 0.95) -> Icc:
    """The ICC over all clusters, arms ignored, with Searle's F interval on K-1 and N-K.

    The outcome may be a score or 0 and 1. A negative value is shown as it is. Not estimable for
    fewer than two clusters, for clusters of one participant only, and without variation.
    Raises ValueError for a level that is not between 0 and 1.
    Source: Donner & Klar 2000; Searle 1971; Smith 1957, Ann Hum Genet 21:363-373; Swiger 1964.

    >>> from trial.analysis.cluster_summary import summarise
    >>> found = anova(summarise("AAABBCC", [1, 2, 2, 4, 5, 3, 3]))
    >>> round(found.estimate.value, 4), found.df_between, found.df_within
    (0.8723, 2, 4)
    """
    return _anova(clusters.without_arms(), conf_level, "arms ignored")


def anova_within_arm(clusters: Clusters, conf_level: float = 0.95) -> Icc:
    """The ICC pooled within arm, with Searle's F interval on K-A and N-K for A arms: the default.

    The difference between the arms does not count as difference between clusters. Smith's standard
    error is not known for this form and is missing; Swiger's has K-A and N-A for K-1 and N-1.
    Not estimable when each arm has one cluster, otherwise as :func:`anova`.
    Raises ValueError for a level that is not between 0 and 1.
    Source: Donner & Klar 2000; Searle 1971.

    >>> from trial.analysis.cluster_summary import counted
    >>> found = anova_within_arm(counted([7, 4, 5, 2], [3, 1, 0, 1], arm=[1, 1, 0, 0]))
    >>> round(found.estimate.value, 6), round(found.size, 6)
    (0.008742, 3.974026)
    """
    return _anova(clusters, conf_level, "pooled within arm")


def fleiss_cuzick(clusters: Clusters) -> Estimate:
    """Fleiss and Cuzick's ICC of a yes-or-no outcome, arms ignored: a sensitivity to the ANOVA.

    It has no interval: the published standard errors are far from the true ones. Not estimable for
    clusters of one participant only and without variation.
    Raises ValueError for an outcome other than 0 and 1. Source: Fleiss & Cuzick 1979, Appl Psychol
    Meas 3:537-542; Ridout, Demetrio & Firth 1999, Biometrics 55:137-148.

    >>> from trial.analysis.cluster_summary import counted
    >>> round(fleiss_cuzick(counted([7, 4, 5, 2], [3, 1, 0, 1])).value, 6)
    -0.055416
    """
    if not clusters.binary:
        raise ValueError("Fleiss and Cuzick's estimator needs outcomes that are 0 or 1")
    method, n, k = "Fleiss-Cuzick", clusters.n, len(clusters.sizes)
    if n == k:
        return not_estimable(n, method, _too_few(k, n, 1))
    events = sum(size * mean for size, mean in zip(clusters.sizes, clusters.means, strict=True))
    p = events / n
    if round(events) in (0, n):
        return not_estimable(n, method, NO_VARIATION)
    value = 1 - sum(clusters.within) / ((n - k) * p * (1 - p))
    reason = "no interval: its published standard errors are wrong; see the analysis of variance"
    return Estimate(value, None, None, n, method, reason)


def smith_interval(found: Icc, conf_level: float = 0.95) -> Estimate:
    """The ICC with plus or minus normal quantiles of Smith's standard error, for comparison only.

    Its coverage is about 0.8 with four clusters. Not estimable where the standard error is missing.
    Raises ValueError for a level that is not between 0 and 1. Source: Smith 1957.

    >>> from trial.analysis.cluster_summary import counted
    >>> round(smith_interval(anova(counted([7, 4, 5, 2], [3, 1, 0, 1]))).high, 4)
    0.4223
    """
    z = normal_quantile(conf_level)
    own = found.estimate
    method = f"one-way ANOVA, Smith's standard error {level_words(conf_level)}"
    if own.value is None or found.se_smith is None:
        return not_estimable(own.n, method, own.reason or "Smith's standard error is missing here")
    half = z * found.se_smith
    return Estimate(own.value, own.value - half, own.value + half, own.n, method)


def _anova(clusters: Clusters, conf_level: float, how: str) -> Icc:
    check_level(conf_level)
    method = f"one-way ANOVA, {how}, Searle F {level_words(conf_level)}"
    n, k = clusters.n, len(clusters.sizes)
    groups = [clusters.of_arm(arm) for arm in clusters.arm_labels]
    a = len(groups)
    df = max(0, k - a), n - k

    def refused(reason: str) -> Icc:
        return Icc(not_estimable(n, method, reason), None, None, None, None, k, a, *df)

    if not all(df):
        return refused(_too_few(k, n, a))
    ms_between = sum(_between(group) for group in groups) / df[0]
    ms_within = sum(clusters.within) / df[1]
    if not ms_within and all(len(set(group.means)) == 1 for group in groups):
        return refused(NO_VARIATION)
    size = (n - sum(sum(m * m for m in group.sizes) / group.n for group in groups)) / df[0]
    below = ms_between + (size - 1) * ms_within
    if below <= 0:
        return refused(f"all clusters of an arm agree and are too small to compare; {PLANNING}")
    r = (ms_between - ms_within) / below
    f = ms_between / ms_within if ms_within else None
    estimate = _searle(r, f, size, df, (n, method, conf_level))
    se_smith = _smith(clusters.sizes, r, size) if a == 1 else None
    se_swiger = _swiger(r, size, df)
    return Icc(
        estimate, ms_between, ms_within, f, size, k, a, *df, se_smith, se_swiger, _caution(k, r)
    )


def _too_few(k: int, n: int, a: int) -> str:
    if n == 0:
        return "nobody has an outcome"
    if k - a < 1:
        few = "it takes two clusters" if a == 1 else "every arm has one cluster"
        return f"{few}: nothing tells clusters apart; {PLANNING}"
    return f"every cluster has one participant: nothing varies within clusters; {PLANNING}"


def _between(group: Clusters) -> float:
    sizes, means = np.array(group.sizes, dtype=float), np.array(group.means)
    centre = float(np.average(means - means[0], weights=sizes))
    return float((sizes * np.square(means - means[0] - centre)).sum())


def _searle(
    r: float,
    f: float | None,
    size: float,
    df: tuple[int, int],
    labels: tuple[int, str, float],
) -> Estimate:
    n, method, conf_level = labels
    tail = (1 - conf_level) / 2
    if f is None:
        reason = "no interval: within each cluster all outcomes are the same"
        return Estimate(r, None, None, n, method, reason)
    limits = []
    for share in (1 - tail, tail):
        ratio = f / float(special.fdtri(*df, share))
        if ratio + size - 1 <= 0:
            reason = "no interval: the clusters' means agree and the clusters are too small"
            return Estimate(r, None, None, n, method, reason)
        limits.append((ratio - 1) / (ratio + size - 1))
    return Estimate(r, limits[0], limits[1], n, method)


def _swiger(r: float, size: float, df: tuple[int, int]) -> float:
    variance = 2 * sum(df) * (1 - r) ** 2 * (1 + (size - 1) * r) ** 2
    return math.sqrt(variance / (size**2 * df[0] * df[1]))


def _smith(sizes: tuple[int, ...], r: float, size: float) -> float | None:
    k, n = len(sizes), sum(sizes)
    squares, cubes = sum(m**2 for m in sizes), sum(m**3 for m in sizes)
    first = (1 + r * (size - 1)) ** 2 / (n - k)
    second = (k - 1) * (1 - r) * (1 + r * (2 * size - 1))
    second += r**2 * (squares - 2 * cubes / n + (squares / n) ** 2)
    variance = 2 * (1 - r) ** 2 / size**2 * (first + second / (k - 1) ** 2)
    # For strongly negative estimates the formula gives a negative variance.
    return math.sqrt(variance) if variance >= 0 else None


def _caution(k: int, r: float) -> str:
    said = []
    if k < FEW:
        said.append(f"{k} clusters cannot estimate the intracluster correlation; {PLANNING}.")
    if r < 0:
        said.append(
            "A negative estimate is ordinary with few clusters: it says that clusters differed "
            "less than chance alone would make them, not that something is wrong."
        )
    return " ".join(said)
