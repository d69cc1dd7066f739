"""The size of the definitive cluster trial: all but one figure given, the last one solved."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy import optimize

from trial.analysis import power as powers

LARGEST = 1e7


@dataclass(frozen=True)
class Design:
    """What is given for a trial with two arms of equally many clusters; None for what is asked.

    Either two proportions (``p1``, ``p2``) or two means and their standard deviation (``mean1``,
    ``mean2``, ``sd``). ``cluster_size`` is the mean number analysed, ``cv`` the coefficient of
    variation of the sizes. A missing proportion or mean is sought above the other one, or below
    it with ``above=False``. ``normal`` takes the normal distribution instead of t.
    """

    clusters_per_arm: float | None = None
    cluster_size: float | None = None
    icc: float | None = None
    cv: float | None = 0.0
    power: float | None = None
    p1: float | None = None
    p2: float | None = None
    mean1: float | None = None
    mean2: float | None = None
    sd: float | None = None
    alpha: float = 0.05
    normal: bool = False
    above: bool = True


@dataclass(frozen=True)
class Solution:
    """The figure that was asked, unrounded and rounded once at the end, and what follows from it.

    ``value`` is None, with the ``reason`` and what would do instead, where no value will do.
    ``design`` is complete, with the rounded number; ``deff``, ``power``, ``clusters_total`` and
    ``participants_per_arm`` (analysed) are of that design.
    """

    solved: str
    value: float | None
    rounded: float | None
    design: Design
    deff: float | None
    df: float | None
    power: float | None
    clusters_total: int | None
    participants_per_arm: int | None
    method: str
    reason: str = ""
    warning: str = ""


def solve(design: Design) -> Solution:
    """The one figure that a design leaves out.

    Clusters and cluster size are rounded up, once, at the end (at least 2 clusters per arm). What
    cannot be reached says so, with the least number of clusters that could. Raises ValueError when
    not exactly one figure is left out, or one is impossible.
    Source: Donner & Klar 2000; Eldridge, Ashby & Kerry 2006; Hemming et al. 2011, BMC Med Res
    Methodol 11:102 for a fixed number of clusters; Rutterford et al. 2015.

    >>> asked = Design(cluster_size=8, icc=0.05, cv=0.5, power=0.9, p1=0.4, p2=0.15)
    >>> found = solve(asked)
    >>> found.rounded, round(found.value, 3), round(found.power, 4), found.clusters_total
    (13, 12.244, 0.9177, 26)
    >>> solve(replace(asked, clusters_per_arm=4, cluster_size=None)).reason[:45]
    'a power of 90% cannot be reached with 4 clust'
    """
    asked = _asked(design)
    _check(design)
    value, reason = SOLVERS[asked](design)
    if value is None:
        return Solution(
            asked, None, None, design, None, None, None, None, None, _method(design), reason
        )
    rounded: float = value
    if asked in ("clusters_per_arm", "cluster_size"):
        # What is left of the iteration must not push a whole number up to the next.
        rounded = max(2 if asked == "clusters_per_arm" else 1, math.ceil(value - 1e-9))
    return _complete(design, asked, value, rounded, reason)


def curve(design: Design, iccs: Sequence[float]) -> tuple[Solution, ...]:
    """The solution at each of several intracluster correlations, instead of at one.

    A planning ICC is uncertain, so the size is shown over a range, such as 0.01 to 0.15. Raises
    ValueError when the ICC itself is what is asked, and as ``solve``.
    Source: as ``solve``.

    >>> asked = Design(cluster_size=8, cv=0.5, power=0.9, p1=0.4, p2=0.15)
    >>> [found.rounded for found in curve(asked, [0.01, 0.05, 0.1, 0.15])]
    [10, 13, 16, 20]
    """
    return tuple(solve(replace(design, icc=icc)) for icc in iccs)


def _asked(design: Design) -> str:
    proportions = design.p1 is not None or design.p2 is not None
    if proportions and not (design.mean1 is design.mean2 is design.sd is None):
        raise ValueError("give either two proportions, or two means and their standard deviation")
    effect = ("p1", "p2") if proportions else ("mean1", "mean2", "sd")
    names = ("clusters_per_arm", "cluster_size", "icc", "cv", "power", *effect)
    missing = [name for name in names if getattr(design, name) is None]
    if len(missing) != 1:
        raise ValueError(f"leave out exactly one figure, not {', '.join(missing) or 'none'}")
    return missing[0]


def _check(design: Design) -> None:
    _check_clusters(design)
    for name in ("p1", "p2"):
        share = getattr(design, name)
        if share is not None and not 0 <= share <= 1:
            raise ValueError("a proportion lies between 0 and 1")
    if design.sd is not None and not 0 < design.sd < math.inf:
        raise ValueError("a standard deviation is positive")
    if not 0 < design.alpha < 1 or (
        design.power is not None and not design.alpha < design.power < 1
    ):
        raise ValueError("the level lies between 0 and 1, and the power between the level and 1")
    for one, other in ((design.p1, design.p2), (design.mean1, design.mean2)):
        if one is not None and one == other:
            raise ValueError("the two arms must differ, or there is nothing to find")
    if {design.p1, design.p2} == {0.0, 1.0}:
        raise ValueError("proportions of 0 and 1 leave no variation: nothing needs planning")


def _check_clusters(design: Design) -> None:
    k, m, icc, cv = design.clusters_per_arm, design.cluster_size, design.icc, design.cv
    if k is not None and not 2 <= k < math.inf:
        raise ValueError("with fewer than 2 clusters per arm, arm and cluster cannot be told apart")
    if m is not None and not 1 <= m < math.inf:
        raise ValueError("a mean cluster size is at least 1")
    if icc is not None and not 0 <= icc <= 1:
        raise ValueError("a planning intracluster correlation lies between 0 and 1: not negative")
    if cv is not None and not 0 <= cv < math.inf:
        raise ValueError("a coefficient of variation is not negative")


def _spread(design: Design, p1: float | None = None, p2: float | None = None) -> float:
    """The variance of one participant of each arm together."""
    if design.sd is not None:
        return 2 * design.sd**2
    one, two = _given(p1, design.p1), _given(p2, design.p2)
    return one * (1 - one) + two * (1 - two)


def _given(*choices: float | None) -> float:
    return next(choice for choice in choices if choice is not None)


def _difference(design: Design) -> float:
    if design.p1 is not None and design.p2 is not None:
        return abs(design.p1 - design.p2)
    return abs(_given(design.mean1) - _given(design.mean2))


def _per_participant(design: Design, size: float | None = None) -> float:
    """The design effect over the cluster size, which is also there for endless clusters."""
    icc, cv, m = _given(design.icc), _given(design.cv), _given(size, design.cluster_size)
    return (1 - icc) / m + (cv * cv + 1) * icc


def _needed(design: Design) -> float:
    """The noncentrality that the power needs."""
    k, wish = _given(design.clusters_per_arm), _given(design.power)
    return powers.noncentrality(k, wish, design.alpha, normal=design.normal)


def _allowed(design: Design) -> float:
    """What the design effect over the cluster size may be, at most."""
    return (
        (_difference(design) / _needed(design)) ** 2
        * _given(design.clusters_per_arm)
        / _spread(design)
    )


def _least_clusters(design: Design, per: float) -> float | None:
    """The clusters per arm, unrounded; None when more than ten million."""
    wish = _given(design.power)
    scale = _spread(design) * per / _difference(design) ** 2
    least = powers.noncentrality(2, wish, design.alpha, normal=True) ** 2 * scale
    if least > LARGEST:
        return None
    if design.normal:
        return least

    def gap(k: float) -> float:
        return powers.of_clusters(k, math.sqrt(k / scale), design.alpha) - wish

    # Fewer than two cannot be had; close to one the distribution is not to be trusted.
    low = 1.1
    if gap(low) >= 0:
        return low
    # t asks for one or two more than the normal approximation, and for more only when there are few.
    top = least + 4
    while gap(top) < 0:
        top *= 2
    return float(optimize.brentq(gap, low, top, xtol=1e-12, rtol=1e-14))


Found = tuple[float | None, str]


def _clusters(design: Design) -> Found:
    found = _least_clusters(design, _per_participant(design))
    if found is None:
        return None, "more than ten million clusters: plan for a larger difference"
    fewest = "two clusters per arm, the fewest there can be, have at least the power asked"
    return found, fewest if found <= 2 else ""


def _power(design: Design) -> Found:
    k = _given(design.clusters_per_arm)
    variance = _spread(design) * _per_participant(design)
    effect = _difference(design) * math.sqrt(k / variance)
    return powers.of_clusters(k, effect, design.alpha, normal=design.normal), ""


def _cluster_size(design: Design) -> Found:
    icc = _given(design.icc)
    left = _allowed(design) - (_given(design.cv) ** 2 + 1) * icc
    if left > 0 and (1 - icc) / left <= LARGEST:
        return max(1.0, (1 - icc) / left), ""
    at_most = _power(replace(design, cluster_size=LARGEST))[0]
    more = _least_clusters(design, _per_participant(design, LARGEST))
    least = "" if more is None else f" (at least {max(2, math.floor(more) + 1)})"
    return None, (
        f"{_cannot(design)} however large the clusters: at most {_percent(_given(at_most))}; "
        f"take more clusters{least}, a larger difference, or less power"
    )


def _icc(design: Design) -> Found:
    m, more = _given(design.cluster_size), _given(design.cv) ** 2 + 1
    allowed = _allowed(design)
    if allowed < 1 / m:
        return None, f"{_cannot(design)} even if the clusters did not differ: {INSTEAD}"
    if more - 1 / m <= 0:
        return 1.0, "clusters of one participant: any correlation will do"
    found = (allowed - 1 / m) / (more - 1 / m)
    return min(1.0, found), "any correlation will do" if found >= 1 else ""


def _cv(design: Design) -> Found:
    icc, m = _given(design.icc), _given(design.cluster_size)
    allowed = _allowed(design)
    if allowed < _per_participant(replace(design, cv=0.0)):
        return None, f"{_cannot(design)} even with clusters of one size: {INSTEAD}"
    if icc == 0:
        return None, "without correlation the sizes do not matter: any variation will do"
    return math.sqrt(max(0.0, (allowed - (1 - icc) / m) / icc - 1)), ""


def _mean(design: Design) -> Found:
    known = _given(design.mean1, design.mean2)
    per = _spread(design) * _per_participant(design) / _given(design.clusters_per_arm)
    shift = _needed(design) * math.sqrt(per)
    return known + shift if design.above else known - shift, ""


def _sd(design: Design) -> Found:
    per = 2 * _per_participant(design) / _given(design.clusters_per_arm)
    return _difference(design) / (_needed(design) * math.sqrt(per)), ""


def _proportion(design: Design) -> Found:
    """By root finding: the gap is convex in the shift, so that there is one root or none."""
    known = _given(design.p1, design.p2)
    per = _per_participant(design) / _given(design.clusters_per_arm)
    needed, edge = _needed(design), 1.0 if design.above else 0.0

    def gap(other: float) -> float:
        return abs(other - known) - needed * math.sqrt(per * _spread(design, known, other))

    if edge == known or gap(edge) <= 0:
        side = "above" if design.above else "below"
        return None, f"{_cannot(design)} by any proportion {side} {known:g}: {INSTEAD}"
    near = known + (edge - known) * 1e-9
    return (near if gap(near) >= 0 else float(optimize.brentq(gap, near, edge, xtol=1e-13))), ""


INSTEAD = "take more or larger clusters, a larger difference, or less power"
SOLVERS = {
    "clusters_per_arm": _clusters,
    "cluster_size": _cluster_size,
    "icc": _icc,
    "cv": _cv,
    "power": _power,
    "p1": _proportion,
    "p2": _proportion,
    "mean1": _mean,
    "mean2": _mean,
    "sd": _sd,
}


def _complete(design: Design, asked: str, value: float, rounded: float, reason: str) -> Solution:
    full = replace(design, **{asked: rounded})  # type: ignore[arg-type]
    k, m = _given(full.clusters_per_arm), _given(full.cluster_size)
    attained = _power(full)[0]
    return Solution(
        solved=asked,
        value=value,
        rounded=rounded,
        design=full,
        deff=m * _per_participant(full),
        df=None if design.normal else 2 * (k - 1),
        power=attained,
        clusters_total=2 * math.ceil(k),
        participants_per_arm=math.ceil(k * m - 1e-9),
        method=_method(design),
        reason=reason,
        warning=powers.FEW_WORDS if k < powers.FEW else "",
    )


def _method(design: Design) -> str:
    name = "normal approximation" if design.normal else "non-central t, df 2(k - 1)"
    return f"{name}, two-sided {design.alpha:g}, rounded once at the end"


def _cannot(design: Design) -> str:
    k = _given(design.clusters_per_arm)
    return (
        f"a power of {_percent(_given(design.power))} cannot be reached with {k:g} clusters per arm"
    )


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
