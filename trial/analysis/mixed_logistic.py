"""The random-intercept logistic model and its ICC on the latent scale, for sensitivity only."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate, not_estimable

# The variance of the standard logistic distribution: the residual of the latent outcome.
LATENT = math.pi**2 / 3
NOT_COMPARABLE = (
    "no interval: an ICC on the latent scale is not the one on the scale of proportions that sample "
    "sizes need; see the analysis of variance"
)
INSTEAD = "show counts by cluster and the analysis of variance"


@dataclass(frozen=True)
class Latent:
    """The model's log odds, its variance between clusters and the ICC on the latent scale.

    ``log_odds`` follows ``arms``: those of the cluster at the middle of each arm. ``loglik`` is that of
    participants, without binomial coefficients. ``boundary`` says that the variance between clusters is 0.
    """

    icc: Estimate
    arms: tuple[str, ...]
    log_odds: tuple[float, ...]
    var_between: float | None
    loglik: float | None
    boundary: bool = False


def fit(clusters: Clusters, points: int = 25) -> Latent:
    """The model of a yes-or-no outcome with one log odds an arm and a normal cluster effect.

    ``points`` of adaptive Gauss-Hermite quadrature; 1 is Laplace's approximation. Not estimable
    when an arm has no event or only events, or when each cluster is all or none. Raises ValueError
    for an outcome other than 0 and 1, or fewer than one point.
    Source: Pinheiro & Bates 1995, J Comput Graph Stat 4:12-35; agrees with R's lme4::glmer.
    Latent ICC: Eldridge, Ukoumunne & Carlin 2009, Int Stat Rev 77:378-394.

    >>> from trial.analysis.cluster_summary import counted
    >>> found = fit(counted([10, 10, 10, 10], [1, 5, 9, 4]))
    >>> round(found.icc.value, 2)
    0.34
    """
    if not clusters.binary:
        raise ValueError("the logistic model needs outcomes that are 0 or 1")
    if points < 1:
        raise ValueError("quadrature takes at least one point")
    arms, n = clusters.arm_labels, clusters.n
    method = f"random-intercept logistic, {points} quadrature points, latent scale"
    reason = _refusal(clusters)
    if reason:
        return Latent(not_estimable(n, method, reason), arms, (), None, None)
    sizes = np.array(clusters.sizes, dtype=float)
    events = np.round(sizes * np.array(clusters.means))
    member = np.array([[own == arm for arm in arms] for own in clusters.arms], dtype=float)
    nodes = np.polynomial.hermite.hermgauss(points)

    def cost(at: np.ndarray) -> float:
        return -_loglik(member @ at[:-1], abs(float(at[-1])), sizes, events, nodes)

    shares = (member.T @ events) / (member.T @ sizes)
    flat = np.append(special.logit(shares), 0.0)
    start = flat + np.append(np.zeros(len(arms)), 1.0)
    best = optimize.minimize(cost, start, method="BFGS", options={"gtol": 1e-5})
    sd = abs(float(best.x[-1]))
    if not math.isfinite(best.fun) or sd > 30:
        reason = f"the variance between clusters grows without limit; {INSTEAD}"
        return Latent(not_estimable(n, method, reason), arms, (), None, None)
    # No difference between clusters at all may be the best, where the search only comes near it.
    boundary = cost(flat) <= best.fun + 1e-9
    at, variance = (flat, 0.0) if boundary else (best.x, sd * sd)
    icc = Estimate(variance / (variance + LATENT), None, None, n, method, NOT_COMPARABLE)
    log_odds = tuple(float(value) for value in at[:-1])
    return Latent(icc, arms, log_odds, variance, -cost(at), boundary)


def _refusal(clusters: Clusters) -> str:
    if not clusters.n:
        return "nobody has an outcome"
    for arm in clusters.arm_labels:
        means = set(clusters.of_arm(arm).means)
        if means in ({0.0}, {1.0}):
            return f"separation: an arm has no event or only events; {INSTEAD}"
    if not sum(clusters.within):
        return f"in every cluster all outcomes are the same; {INSTEAD}"
    if len(clusters.sizes) <= len(clusters.arm_labels):
        return f"it takes two clusters in an arm; {INSTEAD}"
    return ""


def _loglik(
    log_odds: np.ndarray,
    sd: float,
    sizes: np.ndarray,
    events: np.ndarray,
    nodes: tuple[np.ndarray, np.ndarray],
) -> float:
    """The log likelihood, each cluster's effect integrated about its likeliest value."""
    mode = np.zeros_like(sizes)
    for _ in range(100):
        p = special.expit(log_odds + sd * mode)
        step = (sd * (events - sizes * p) - mode) / (1 + sd * sd * sizes * p * (1 - p))
        mode = mode + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-12:
            break
    p = special.expit(log_odds + sd * mode)
    width = np.sqrt(2 / (1 + sd * sd * sizes * p * (1 - p)))
    at, weight = nodes
    u = mode[:, None] + width[:, None] * at
    eta = log_odds[:, None] + sd * u
    inner = events[:, None] * eta - sizes[:, None] * np.logaddexp(0, eta) - u * u / 2
    whole = special.logsumexp(inner + at * at + np.log(weight), axis=1)
    return float((whole + np.log(width)).sum() - len(sizes) * math.log(2 * math.pi) / 2)
