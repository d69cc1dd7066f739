"""Comparisons of two arms by their clusters: t interval, both estimands, adjusted chi-square."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from trial.analysis import icc
from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate, check_level, level_words

FEW = icc.FEW
# Means that differ by less, relative to their size, differ by rounding alone.
ROUNDING = 1e-13
# A correction as small is 0 but for rounding: the chi-square would be divided by nothing.
NOTHING = 1e-9
INSTEAD = "show counts and proportions by cluster"


@dataclass(frozen=True)
class ClusterTest:
    """A difference of two arms' cluster summaries, the first minus the second, with its t test.

    ``estimate.n`` counts clusters. ``welch_df`` are the degrees of freedom that unequal variances
    would leave. ``caution`` says how little the interval tells, where it tells little.
    """

    estimate: Estimate
    mean_first: float | None
    mean_second: float | None
    se: float | None
    t: float | None
    df: int
    p: float | None
    welch_df: float | None = None
    caution: str = ""


@dataclass(frozen=True)
class Estimands:
    """The same data as a difference of cluster means and as a difference of participants.

    ``of_clusters`` answers what the average cluster gains, ``of_participants`` what the average
    participant gains; they differ where small and large clusters differ.
    """

    of_clusters: float | None
    of_participants: float | None
    first_clusters: float | None
    second_clusters: float | None
    first_participants: float | None
    second_participants: float | None
    reason: str = ""


@dataclass(frozen=True)
class AdjustedChiSquare:
    """Donner and Klar's chi-square, beside the plain one and Rao and Scott's, each on ``df``."""

    x2: float | None
    p: float | None
    df: int
    icc: float | None
    corrections: tuple[float, ...]
    arms: tuple[str, ...]
    x2_unadjusted: float | None
    rao_scott: float | None
    reason: str = ""
    caution: str = ""


def t_test(
    first: Sequence[float],
    second: Sequence[float],
    conf_level: float = 0.95,
    *,
    bounds: tuple[float, float] | None = None,
) -> ClusterTest:
    """The unweighted t test and interval of two arms' cluster summaries, on K-2.

    ``first`` and ``second`` have one mean, proportion or rate a cluster. ``bounds`` are the least
    and the greatest possible difference, (-1, 1) for proportions: an interval beyond them is shown
    as it is, and called uninformative. Not estimable with fewer than two clusters in an arm, or
    where the clusters of both arms agree. Raises ValueError for a summary that is not finite.
    Source: Donner & Klar 2000; Hayes & Moulton 2017, chapter 10; Thompson et al. 2022.

    >>> found = t_test([48, 40.5], [41, 36.5])
    >>> found.estimate.value, found.df, round(found.p, 4)
    (5.5, 2, 0.3355)
    """
    check_level(conf_level)
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise ValueError("a cluster's summary is a finite number: leave out clusters without one")
    k, df = len(one) + len(two), max(0, len(one) + len(two) - 2)
    method = f"t interval of cluster summaries, unweighted, {level_words(conf_level)}"
    means = _mean(one), _mean(two)
    reason = _refusal(one, two)
    if reason:
        return _untested(k, method, reason, means)
    squares = [float(np.square(own - own.mean()).sum()) for own in (one, two)]
    se = math.sqrt(sum(squares) / df * (1 / len(one) + 1 / len(two)))
    found = _tested(k, (method, conf_level), means, se, bounds)
    return replace(found, welch_df=_welch(squares, (len(one), len(two))))


def compare(
    clusters: Clusters, first: object, second: object, conf_level: float = 0.95
) -> ClusterTest:
    """The t test of the two arms' cluster means, or proportions where the outcome is 0 and 1.

    Not estimable as for :func:`t_test`.

    >>> from trial.analysis.cluster_summary import counted
    >>> found = compare(counted([7, 4, 5, 2], [3, 1, 0, 1], arm=[1, 1, 0, 0]), 1, 0)
    >>> round(found.estimate.low, 3), "uninformative" in found.caution
    (-1.053, True)
    """
    bounds = (-1.0, 1.0) if clusters.binary else None
    one, two = clusters.of_arm(str(first)), clusters.of_arm(str(second))
    return t_test(one.means, two.means, conf_level, bounds=bounds)


def size_weighted(
    clusters: Clusters, first: object, second: object, conf_level: float = 0.95
) -> ClusterTest:
    """The t test of cluster means weighted by their sizes, on K-2: the participants' difference.

    Not estimable as for :func:`t_test`. Source: as R's lm(mean ~ arm, weights = size).

    >>> from trial.analysis.cluster_summary import counted
    >>> rows = counted([7, 4, 5, 2], [3, 1, 0, 1], arm=[1, 1, 0, 0])
    >>> round(size_weighted(rows, 1, 0).estimate.value, 4)
    0.2208
    """
    check_level(conf_level)
    method = f"t interval of cluster means weighted by size, {level_words(conf_level)}"
    groups = [clusters.of_arm(str(arm)) for arm in (first, second)]
    means = _pooled(groups[0]), _pooled(groups[1])
    k = sum(len(group.sizes) for group in groups)
    reason = _refusal(*(np.asarray(group.means) for group in groups))
    if reason:
        return _untested(k, method, reason, means)
    squares = sum(
        float((np.array(own.sizes) * np.square(np.array(own.means) - mean)).sum())
        for own, mean in zip(groups, means, strict=True)
    )
    se = math.sqrt(squares / (k - 2) * sum(1 / group.n for group in groups))
    bounds = (-1.0, 1.0) if clusters.binary else None
    return _tested(k, (method, conf_level), means, se, bounds)


def estimands(clusters: Clusters, first: object, second: object) -> Estimands:
    """The mean of the clusters' means against the mean of all participants, by arm.

    Missing, with the reason, for an arm without an outcome.
    Source: Kahan et al. 2023, Int J Epidemiol 52:107-118, on cluster- and participant-average.

    >>> from trial.analysis.cluster_summary import counted
    >>> found = estimands(counted([7, 4, 5, 2], [3, 1, 0, 1], arm=[1, 1, 0, 0]), 1, 0)
    >>> round(found.of_clusters, 3), round(found.of_participants, 3)
    (0.089, 0.221)
    """
    one, two = clusters.of_arm(str(first)), clusters.of_arm(str(second))
    by_cluster = _mean(np.array(one.means)), _mean(np.array(two.means))
    by_person = _pooled(one), _pooled(two)
    missing = None in by_cluster
    return Estimands(
        _gap(by_cluster),
        _gap(by_person),
        *by_cluster,
        *by_person,
        reason="an arm has nobody with an outcome" if missing else "",
    )


def adjusted_chi_square(clusters: Clusters) -> AdjustedChiSquare:
    """Donner and Klar's chi-square of arms' proportions, each arm divided by its clustering.

    The ICC is the one pooled within arm of these data; where it is negative the corrections may be
    below 1 and the caution says so. Not estimable with fewer than two arms, without variation, or
    without an ICC. Raises ValueError for an outcome other than 0 and 1.
    Source: Donner & Klar 2000; Rao & Scott 1992, Biometrics 48:577-585; as R's aod.

    >>> from trial.analysis.cluster_summary import counted
    >>> found = adjusted_chi_square(counted([9, 8, 9, 7], [8, 8, 3, 5], arm=[1, 1, 0, 0]))
    >>> round(found.x2, 4), found.df
    (4.338, 1)
    """
    if not clusters.binary:
        raise ValueError("the chi-square needs outcomes that are 0 or 1")
    arms = clusters.arm_labels
    groups = [clusters.of_arm(arm) for arm in arms]
    df = max(0, len(arms) - 1)
    within = icc.anova_within_arm(clusters)
    reason = within.estimate.reason if within.estimate.value is None else ""
    reason = reason or ("" if df else "it takes two arms")
    if reason or within.estimate.value is None:
        return AdjustedChiSquare(None, None, df, None, (), arms, None, None, reason)
    r = within.estimate.value
    corrections = tuple(
        sum(m * (1 + (m - 1) * r) for m in group.sizes) / group.n for group in groups
    )
    counts = [(sum(_events(group)), group.n) for group in groups]
    if min(corrections) <= NOTHING:
        reason = "the ICC is so negative that a correction is not positive: use compare"
        return AdjustedChiSquare(None, None, df, r, corrections, arms, None, None, reason)
    x2 = _chi_square(counts, corrections)
    plain = _chi_square(counts, (1.0,) * len(arms))
    caution = within.caution
    if min(corrections) < 1:
        caution += " A correction below 1 makes differences look surer than people would alone."
    p = float(special.chdtrc(df, x2))
    return AdjustedChiSquare(
        x2, p, df, r, corrections, arms, plain, _rao_scott(groups), "", caution.strip()
    )


def _refusal(one: np.ndarray, two: np.ndarray) -> str:
    if not len(one) or not len(two):
        return f"an arm has no cluster with an outcome: {INSTEAD}"
    if min(len(one), len(two)) < 2:
        return f"an arm has one cluster, so nothing tells how its clusters differ: {INSTEAD}"
    spread = max(float(np.ptp(one)), float(np.ptp(two)))
    if spread <= ROUNDING * float(np.abs(np.concatenate([one, two])).max()):
        return f"the clusters of each arm agree, so there is no spread to measure by: {INSTEAD}"
    return ""


def _mean(own: np.ndarray) -> float | None:
    return float(own.mean()) if len(own) else None


def _gap(pair: tuple[float | None, float | None]) -> float | None:
    first, second = pair
    return None if first is None or second is None else first - second


def _untested(
    k: int, method: str, reason: str, means: tuple[float | None, float | None]
) -> ClusterTest:
    estimate = Estimate(_gap(means), None, None, k, method, reason)
    return ClusterTest(estimate, *means, None, None, max(0, k - 2), None)


def _tested(
    k: int,
    labels: tuple[str, float],
    means: tuple[float | None, float | None],
    se: float,
    bounds: tuple[float, float] | None,
) -> ClusterTest:
    method, conf_level = labels
    value, df = _gap(means) or 0.0, k - 2
    half = float(special.stdtrit(df, (1 + conf_level) / 2)) * se
    estimate = Estimate(value, value - half, value + half, k, method)
    t = value / se
    p = 2 * float(special.stdtr(df, -abs(t)))
    return ClusterTest(estimate, *means, se, t, df, p, caution=_caution(k, estimate, bounds))


def _welch(squares: list[float], k: tuple[int, int]) -> float:
    parts = [own / (size - 1) / size for own, size in zip(squares, k, strict=True)]
    below = sum(part**2 / (size - 1) for part, size in zip(parts, k, strict=True))
    return float(sum(parts) ** 2 / below)


def _caution(k: int, found: Estimate, bounds: tuple[float, float] | None) -> str:
    said = []
    if k < FEW:
        said.append(f"For information: {k} clusters are too few for a test of the effect.")
    if bounds and _beyond(found, bounds):
        said.append("The interval goes beyond what is possible: it is uninformative.")
    return " ".join(said)


def _beyond(found: Estimate, bounds: tuple[float, float]) -> bool:
    low, high = found.low, found.high
    return low is not None and high is not None and (low < bounds[0] or high > bounds[1])


def _pooled(group: Clusters) -> float | None:
    return float(np.average(group.means, weights=group.sizes)) if group.sizes else None


def _events(group: Clusters) -> list[int]:
    return [round(size * mean) for size, mean in zip(group.sizes, group.means, strict=True)]


def _chi_square(counts: list[tuple[int, int]], corrections: Sequence[float]) -> float:
    p = sum(x for x, _ in counts) / sum(n for _, n in counts)
    return sum(
        (x - n * p) ** 2 / (n * c * p * (1 - p))
        for (x, n), c in zip(counts, corrections, strict=True)
    )


def _rao_scott(groups: list[Clusters]) -> float | None:
    """Each arm's counts divided by its own design effect; missing where an arm has none."""
    counts: list[tuple[float, float]] = []
    for group in groups:
        n, k, x = group.n, len(group.sizes), sum(_events(group))
        p = x / n
        # In whole numbers, so that clusters that agree leave exactly nothing.
        apart = sum(
            (events * n - size * x) ** 2
            for events, size in zip(_events(group), group.sizes, strict=True)
        )
        if k < 2 or not apart or x in (0, n):
            return None
        effect = k / (k - 1) * apart / n**4 / (p * (1 - p) / n)
        counts.append((x / effect, n / effect))
    p = sum(x for x, _ in counts) / sum(n for _, n in counts)
    return sum((x - n * p) ** 2 / (n * p * (1 - p)) for x, n in counts)
