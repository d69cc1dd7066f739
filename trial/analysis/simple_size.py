"""Sizes by formula: individual randomisation, its inflation, Hayes-Bennett, attrition, months."""

import math
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from trial.analysis import design_effect


@dataclass(frozen=True)
class Size:
    """A number per arm, unrounded and rounded up, and how it was made."""

    unrounded: float
    rounded: int
    method: str


@dataclass(frozen=True)
class Inflated:
    """A size per arm under individual randomisation, inflated for clusters."""

    n_per_arm: int
    deff: float
    n_per_arm_adjusted: int
    clusters_total: int
    clusters_per_arm: int


@dataclass(frozen=True)
class Recruiting:
    """What recruiting a number of participants takes."""

    participants: int
    clusters: int
    months: float


def individual_proportions(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> Size:
    """The participants per arm for two proportions under individual randomisation.

    Raises ValueError for equal proportions or ones outside 0 to 1, or an impossible level or power.
    Source: Fleiss, Levin & Paik 2003, with the pooled variance under no difference; as R's
    power.prop.test.

    >>> found = individual_proportions(0.5, 0.75, power=0.9)
    >>> round(found.unrounded, 2), found.rounded
    (76.71, 77)
    """
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1) or p1 == p2:
        raise ValueError("two proportions lie between 0 and 1, and differ")
    tail, wish = _quantiles(alpha, power)
    mean = (p1 + p2) / 2
    spread = tail * math.sqrt(2 * mean * (1 - mean))
    spread += wish * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return _up((spread / (p1 - p2)) ** 2, "two proportions, normal, pooled variance")


def individual_means(
    mean1: float, mean2: float, sd: float, alpha: float = 0.05, power: float = 0.8
) -> Size:
    """The participants per arm for two means under individual randomisation.

    Raises ValueError for equal means, an SD that is not positive, or an impossible level or power.
    Source: normal approximation; as Stata's sampsi.

    >>> individual_means(12, 16, 5).rounded
    25
    """
    if not 0 < sd < math.inf or mean1 == mean2:
        raise ValueError("two means differ, and their standard deviation is positive")
    tail, wish = _quantiles(alpha, power)
    return _up(2 * ((tail + wish) * sd / (mean1 - mean2)) ** 2, "two means, normal")


def inflated(n_per_arm: int, cluster_size: float, icc: float, cv: float = 0.0) -> Inflated:
    """A size per arm inflated by the design effect, and the clusters that hold it.

    The total number of clusters is rounded once; for two equal arms take ``clusters_per_arm``.
    A negative ICC counts as 0. Raises ValueError for nobody or impossible figures. Source: Donner &
    Klar 2000; as Stata's sampclus. With few clusters use ``sample_size.solve``, which asks for more.

    >>> found = inflated(25, 10, 0.3)
    >>> found.n_per_arm_adjusted, found.clusters_total, found.clusters_per_arm
    (93, 19, 10)
    """
    if n_per_arm < 1:
        raise ValueError("there is at least one participant per arm")
    # 1 + 9 x 0.3 is 3.7, also in binary fractions.
    deff = round(design_effect.planned(cluster_size, icc, cv), 12)
    adjusted = _ceil(n_per_arm * deff)
    total = _ceil(2 * adjusted / cluster_size)
    return Inflated(n_per_arm, deff, adjusted, total, _ceil(total / 2))


def hayes_bennett_proportions(
    p0: float, p1: float, m: float, k: float, alpha: float = 0.05, power: float = 0.8
) -> Size:
    """The clusters per arm for two proportions, by the coefficient of variation between clusters.

    ``m`` participants a cluster, ``k`` the coefficient of variation of the true proportions between
    clusters of one arm (often up to 0.25, rarely above 0.5). One cluster is added for the t
    distribution. Raises ValueError for impossible figures.
    Source: Hayes & Bennett 1999, Int J Epidemiol 28:319-326.

    >>> round(hayes_bennett_proportions(0.4, 0.15, 8, 0.25, power=0.9).unrounded, 4)
    10.6406
    """
    if not (0 <= p0 <= 1 and 0 <= p1 <= 1):
        raise ValueError("two proportions lie between 0 and 1")
    within = (p0 * (1 - p0) + p1 * (1 - p1)) / _positive(m)
    return _hayes_bennett(p0, p1, within, k, alpha, power)


def hayes_bennett_rates(
    r0: float, r1: float, y: float, k: float, alpha: float = 0.05, power: float = 0.8
) -> Size:
    """The clusters per arm for two rates, by the coefficient of variation between clusters.

    ``y`` person-time a cluster in the unit of the rates; ``k`` as for proportions. Raises ValueError
    for impossible figures. Source: Hayes & Bennett 1999, Int J Epidemiol 28:319-326.

    >>> hayes_bennett_rates(0.0148, 0.0104, 424, 0.29).rounded
    37
    """
    if not (0 <= r0 < math.inf and 0 <= r1 < math.inf):
        raise ValueError("two rates are not negative")
    return _hayes_bennett(r0, r1, (r0 + r1) / _positive(y), k, alpha, power)


def recruited_for(analysed: float, attrition: float) -> int:
    """The participants to recruit so that as many are left to analyse: n / (1 - attrition), up.

    Raises ValueError for an attrition not from 0 to below 1, or nobody. Source: definition.

    >>> recruited_for(8, 0.15), recruited_for(8, 0.2)
    (10, 10)
    """
    if not 0 <= attrition < 1 or not 0 < analysed < math.inf:
        raise ValueError("attrition is a share from 0 to below 1, of at least one participant")
    return math.ceil(_exact(analysed) / (1 - _exact(attrition)))


def months_to_recruit(participants: int, clusters: int, rate: float) -> Recruiting:
    """The months in which so many clusters recruit so many participants.

    ``rate`` participants per open cluster-month, the same for all. Raises ValueError for impossible
    figures. Source: definition.

    >>> months_to_recruit(260, 26, 0.75).months
    13.333333333333334
    """
    if participants < 1 or clusters < 1:
        raise ValueError("give at least one participant and one cluster")
    return Recruiting(participants, clusters, participants / (clusters * _positive(rate)))


def clusters_to_recruit(participants: int, months: float, rate: float) -> Recruiting:
    """The clusters that recruit so many participants in so many months.

    ``rate`` participants per open cluster-month, the same for all. Raises ValueError for impossible
    figures. Source: definition.

    >>> clusters_to_recruit(260, 12, 0.75).clusters
    29
    """
    if participants < 1:
        raise ValueError("give at least one participant")
    needed = participants / (_positive(months) * _positive(rate))
    return Recruiting(participants, _ceil(needed), months)


def _hayes_bennett(
    first: float, second: float, within: float, k: float, alpha: float, power: float
) -> Size:
    if first == second or not 0 <= k < math.inf:
        raise ValueError("the arms differ, and the variation between clusters is not negative")
    tail, wish = _quantiles(alpha, power)
    between = k * k * (first**2 + second**2)
    clusters = 1 + (tail + wish) ** 2 * (within + between) / (first - second) ** 2
    return _up(clusters, f"Hayes & Bennett, k {k:g}")


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    if not 0 < alpha < power < 1:
        raise ValueError("the level lies between 0 and 1, and the power between the level and 1")
    return NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)


def _positive(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError("sizes, times and rates are positive")
    return value


def _up(unrounded: float, method: str) -> Size:
    return Size(unrounded, _ceil(unrounded), method)


def _ceil(value: float) -> int:
    """Rounded up, but for what binary fractions add to a whole number."""
    return math.ceil(value - 1e-9)


def _exact(value: float) -> Fraction:
    return Fraction(f"{value:.12g}")
