"""Power of a cluster trial with two arms, by the non-central t distribution."""

import math

from scipy import optimize, special

from trial.analysis.estimate import Estimate

FEW = 5
FEW_WORDS = (
    "with fewer than 5 clusters per arm this is no power for a test of effectiveness: "
    "a trial of that size describes, and does not test"
)


def of_clusters(
    clusters_per_arm: float, noncentrality: float, alpha: float = 0.05, *, normal: bool = False
) -> float:
    """The power of a two-sided test with equal clusters in two arms.

    ``noncentrality`` is the difference over its standard error. The reference is the t distribution
    on 2(k - 1) degrees of freedom, or the normal one. The far tail, where the effect would be
    significant in the wrong direction, does not count. Raises ValueError for 1 cluster per arm or
    fewer (unless normal), a noncentrality that is negative, or a level not between 0 and 1.
    Source: Donner & Klar 2000; Rutterford, Copas & Eldridge 2015, Int J Epidemiol 44:1051-1067.

    >>> round(of_clusters(2, 1.0), 4)
    0.0913
    """
    if not 0 < alpha < 1 or not 0 <= noncentrality < math.inf:
        raise ValueError("a power needs a level between 0 and 1 and a finite effect")
    if normal:
        return float(special.ndtr(noncentrality + special.ndtri(alpha / 2)))
    if not clusters_per_arm > 1:
        raise ValueError("the t distribution needs more than one cluster per arm")
    df = 2 * (clusters_per_arm - 1)
    cut = -float(special.stdtrit(df, alpha / 2))
    below = float(special.nctdtr(df, noncentrality, cut))
    if math.isfinite(below):
        return min(1.0, max(0.0, 1 - below))
    # Beyond what the series can sum the effect is so large that the normal tail is exact enough.
    return float(special.ndtr(noncentrality - cut))


def noncentrality(
    clusters_per_arm: float, power: float, alpha: float = 0.05, *, normal: bool = False
) -> float:
    """The difference over its standard error that gives a power.

    Raises ValueError unless alpha < power < 1, and for 1 cluster per arm or fewer (unless normal).
    Source: ``of_clusters``, solved.

    >>> round(noncentrality(13, 0.9), 4), round(noncentrality(13, 0.9, normal=True), 4)
    (3.3795, 3.2415)
    """
    if not 0 < alpha < power < 1:
        raise ValueError("a power lies between the level of the test and 1")
    if normal:
        return float(special.ndtri(power) - special.ndtri(alpha / 2))

    def gap(effect: float) -> float:
        return of_clusters(clusters_per_arm, effect, alpha) - power

    top = 4.0
    while gap(top) < 0:
        top *= 2
    return float(optimize.brentq(gap, 0, top, xtol=1e-12, rtol=1e-14))


def of_trial(
    clusters_per_arm: float,
    difference: float,
    variance: float,
    alpha: float = 0.05,
    *,
    normal: bool = False,
) -> Estimate:
    """The power to find a difference, with the warning that few clusters need.

    ``variance`` is what one cluster contributes to the variance of the difference, for both arms
    together: (p1 q1 + p2 q2) DE / m, or 2 SD^2 DE / m. With fewer than 5 clusters per arm ``reason``
    carries the warning that such a trial describes, and does not test.
    Raises ValueError for a variance that is not positive, and as ``of_clusters``.
    Source: Donner & Klar 2000; Hayes & Moulton 2017.

    >>> found = of_trial(2, 0.4, 0.34 * 1.175 / 4.5)
    >>> round(found.value, 6), found.reason[:32]
    (0.202684, 'no interval: a power is computed')
    """
    if not 0 < variance < math.inf:
        raise ValueError("the variance of a cluster is positive")
    effect = abs(difference) * math.sqrt(clusters_per_arm / variance)
    value = of_clusters(clusters_per_arm, effect, alpha, normal=normal)
    reason = "no interval: a power is computed, not estimated"
    if clusters_per_arm < FEW:
        reason = f"{reason}; {FEW_WORDS}"
    method = "normal" if normal else f"non-central t, df {2 * (clusters_per_arm - 1):g}"
    return Estimate(value, None, None, math.floor(2 * clusters_per_arm), method, reason)
