"""The random-intercept model of clusters within arms, a sensitivity to the analysis of variance.

With one outcome, clusters and arms the likelihood depends on the sizes, means and sums of squares
of the clusters and on one ratio, so that it is searched on a line and cannot fail to converge:
statsmodels' MixedLM returns garbage at the boundary (its issues 10239, 7051 and 7052).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate, not_estimable

NO_INTERVAL = "no interval: the F interval of the analysis of variance is the one to report"


@dataclass(frozen=True)
class Variances:
    """Variance components in the outcome's unit squared, the ICC and the arms' means.

    ``boundary`` says that the variance between clusters is 0: the likelihood cannot be negative
    where the analysis of variance can.
    """

    icc: Estimate
    var_between: float | None
    var_within: float | None
    arms: tuple[str, ...]
    means: tuple[float, ...]
    se: tuple[float, ...]
    boundary: bool = False


@dataclass(frozen=True)
class SmallSample:
    """A standard error with the degrees of freedom and the two-sided p of its t statistic."""

    se: float
    df: float
    t: float
    p: float


@dataclass(frozen=True)
class MixedDifference:
    """A difference of two arms' means from the model, with small-sample corrections."""

    value: float | None
    se: float | None
    kenward_roger: SmallSample | None
    satterthwaite: SmallSample | None
    reason: str = ""


def fit(clusters: Clusters, *, restricted: bool = True) -> Variances:
    """The variance components by restricted maximum likelihood, each arm with its own mean.

    ``restricted=False`` is maximum likelihood, whose variance between clusters is too small. Not
    estimable where the analysis of variance is not, nor without variation within clusters.
    Source: Searle, Casella & McCulloch 1992, Variance Components, chapter 3; agrees with R's lme4.

    >>> from trial.analysis.cluster_summary import summarise
    >>> found = fit(summarise([1, 1, 2, 2, 3, 3], [1.0, 2, 4, 5, 7, 9]))
    >>> round(found.var_within, 4), round(found.var_between, 4)
    (1.0, 10.0833)
    """
    n, a = clusters.n, len(clusters.arm_labels)
    method = "REML" if restricted else "maximum likelihood"
    reason = _refusal(clusters)
    if reason:
        return Variances(not_estimable(n, method, reason), None, None, clusters.arm_labels, (), ())
    share = _best(clusters, restricted)
    sizes, apart = np.array(clusters.sizes, dtype=float), share / (1 - share)
    weights = sizes / (1 + sizes * apart)
    means, rest = _arm_means(clusters, weights)
    var_within = (sum(clusters.within) + rest) / (n - a if restricted else n)
    se = [
        math.sqrt(var_within / weights[[own == arm for own in clusters.arms]].sum())
        for arm in clusters.arm_labels
    ]
    icc = Estimate(share, None, None, n, method, NO_INTERVAL)
    return Variances(
        icc,
        apart * var_within,
        var_within,
        clusters.arm_labels,
        tuple(means),
        tuple(se),
        boundary=share == 0,
    )


def difference(clusters: Clusters, first: object, second: object) -> MixedDifference:
    """The difference first - second of the arms' means by REML, with Kenward-Roger and Satterthwaite.

    For information: with fewer than ten clusters the cluster-level t interval is the one to show.
    Not estimable where the components are not; on the boundary the corrections are missing, with
    the reason. Raises ValueError for an arm that no cluster is in.
    Source: Kenward & Roger 1997, Biometrics 53:983-997; Satterthwaite 1946; as R's pbkrtest and
    lmerTest.

    >>> from trial.analysis.cluster_summary import summarise
    >>> rows = summarise([1, 1, 2, 2, 3, 3, 4, 4], [5.0, 6, 9, 8, 1, 2, 4, 4], arm="aaaabbbb")
    >>> found = difference(rows, "a", "b")
    >>> found.value, round(found.kenward_roger.df, 2)
    (4.25, 2.0)
    """
    pair = str(first), str(second)
    if not set(pair) <= set(clusters.arms) or pair[0] == pair[1]:
        raise ValueError(f"no cluster is in one of the arms {pair[0]} and {pair[1]}")
    found = fit(clusters)
    if found.var_within is None or found.var_between is None:
        return MixedDifference(None, None, None, None, found.icc.reason)
    mean = dict(zip(found.arms, found.means, strict=True))
    se = dict(zip(found.arms, found.se, strict=True))
    value, plain_se = mean[pair[0]] - mean[pair[1]], math.hypot(se[pair[0]], se[pair[1]])
    if found.boundary:
        reason = (
            "the variance between clusters is estimated as 0, where the corrections do not hold: "
            "use the cluster-level t interval"
        )
        return MixedDifference(value, plain_se, None, None, reason)
    return _corrected(clusters, found, pair, value)


def _refusal(clusters: Clusters) -> str:
    n, k, a = clusters.n, len(clusters.sizes), len(clusters.arm_labels)
    if n == 0:
        return "nobody has an outcome"
    if k <= a or n == k:
        return "it takes two clusters in an arm, and a cluster of two participants"
    if not sum(clusters.within):
        return "no variation within clusters"
    return ""


def _arm_means(clusters: Clusters, weights: np.ndarray) -> tuple[list[float], float]:
    """The weighted mean of each arm, and the weighted squares of the clusters about them."""
    means, rest = [], 0.0
    all_means, arms = np.array(clusters.means), np.array(clusters.arms)
    for arm in clusters.arm_labels:
        own, weight = all_means[arms == arm], weights[arms == arm]
        mean = float(np.average(own - own[0], weights=weight) + own[0])
        rest += float((weight * np.square(own - mean)).sum())
        means.append(mean)
    return means, rest


def _best(clusters: Clusters, restricted: bool) -> float:
    """The ICC of the greatest likelihood, between 0 and 1: a grid first, then the best stretch."""
    sizes, y = np.array(clusters.sizes, dtype=float), np.array(clusters.means)
    n, within = clusters.n, sum(clusters.within)
    member = np.array([[own == arm for arm in clusters.arm_labels] for own in clusters.arms])
    # From the first of its arm, so that clusters that agree leave exactly nothing.
    apart = y - y[member.argmax(axis=0)][member.argmax(axis=1)]

    def deviances(shares: np.ndarray) -> np.ndarray:
        grown = 1 + sizes * (shares / (1 - shares))[:, None]
        weights = sizes / grown
        held = weights @ member
        means = (weights * apart) @ member / held
        rest = (weights * np.square(apart - means[:, member.argmax(axis=1)])).sum(axis=1)
        out = np.asarray(np.log(grown).sum(axis=1))
        if not restricted:
            return out + n * np.log(within + rest)
        out = out + np.log(held).sum(axis=1)
        return np.asarray(out + (n - member.shape[1]) * np.log(within + rest))

    def deviance(share: float) -> float:
        return float(deviances(np.array([share]))[0])

    grid = np.concatenate([np.linspace(0, 0.98, 99), 1 - np.logspace(-2, -9, 40)])
    at = int(np.argmin(deviances(grid)))
    around = grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)]
    best = float(
        optimize.minimize_scalar(
            deviance, bounds=around, method="bounded", options={"xatol": 1e-12}
        ).x
    )
    return 0.0 if deviance(0.0) <= deviance(best) else best


def _corrected(
    clusters: Clusters, found: Variances, pair: tuple[str, str], value: float
) -> MixedDifference:
    """Both corrections; a component is the between (0) or the within (1) variance.

    A cluster counts as its mean with variance e / size, e = within + size * between, and the rest
    of the data as N - K degrees of freedom of the within variance.
    """
    sizes, arms = np.array(clusters.sizes, dtype=float), np.array(clusters.arms)
    sigma = float(found.var_within or 0)
    e = sigma + sizes * float(found.var_between or 0)
    member = np.array([arms == arm for arm in found.arms], dtype=float)
    slope = np.array([sizes, np.ones_like(sizes)])
    phi = 1 / (member @ (sizes / e))
    p = -np.einsum("ak,rk,k->ra", member, slope, sizes / e**2)
    q = np.einsum("ak,rk,sk,k->rsa", member, slope, slope, sizes / e**3)
    trace = np.einsum("rk,sk,k->rs", slope, slope, e**-2)
    trace[1, 1] += (clusters.n - len(sizes)) / sigma**2
    trace += np.einsum("a,ra,a,sa->rs", phi, p, phi, p) - 2 * np.einsum("a,rsa->rs", phi, q)
    expected = np.linalg.inv(trace / 2)
    bend = np.einsum("rs,rsa->a", expected, q - np.einsum("ra,a,sa->rsa", p, phi, p))
    chosen = np.array([arm in pair for arm in found.arms])
    variance = float(phi[chosen].sum())
    better = variance + 2 * float((phi**2 * bend)[chosen].sum())
    gradient = (p * phi**2)[:, chosen].sum(axis=1)
    observed = _observed(clusters, found, (sizes, e, slope, member, phi), trace)
    return MixedDifference(
        value,
        math.sqrt(variance),
        _small(value, better, variance, gradient, expected),
        _small(value, variance, variance, gradient, observed),
    )


def _observed(
    clusters: Clusters, found: Variances, parts: tuple[np.ndarray, ...], trace: np.ndarray
) -> np.ndarray:
    """The inverse of the observed information of the two variances."""
    sizes, e, slope, member, phi = parts
    centre = np.array(found.means) @ member
    u = slope * np.sqrt(sizes) * (np.array(clusters.means) - centre) / e
    inner = np.einsum("ak,rk,k->ra", member, u, np.sqrt(sizes) / e)
    squares = np.einsum("rk,sk,k->rs", u, u, 1 / e)
    squares -= np.einsum("ra,a,sa->rs", inner, phi, inner)
    squares[1, 1] += sum(clusters.within) / float(found.var_within or 1) ** 3
    return np.linalg.inv(squares - trace / 2)


def _small(
    value: float, used: float, variance: float, gradient: np.ndarray, spread: np.ndarray
) -> SmallSample | None:
    of_variance = float(gradient @ spread @ gradient)
    if used <= 0 or of_variance <= 0:
        return None
    df, se = 2 * variance**2 / of_variance, math.sqrt(used)
    return SmallSample(se, df, value / se, 2 * float(special.stdtr(df, -abs(value / se))))
