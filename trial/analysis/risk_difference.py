"""Intervals for a difference of two proportions: Newcombe, also for clusters, and score."""

import math
from collections.abc import Callable, Sequence

from scipy import optimize

from trial.analysis.estimate import Estimate, level_words, normal_quantile, not_estimable
from trial.analysis.proportion import design_effect, score_limits

EMPTY_ARM = "one of the two groups has nobody in it"


def newcombe(x1: int, n1: int, x2: int, n2: int, conf_level: float = 0.95) -> Estimate:
    """Newcombe's hybrid score interval for x1/n1 - x2/n2.

    Not estimable when a group is empty. Raises ValueError unless 0 <= x <= n in both groups.
    Source: Newcombe 1998, Stat Med 17:873-890, method 10.

    >>> found = newcombe(56, 70, 48, 80)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    _check(x1, n1, x2, n2)
    method = f"Newcombe hybrid score {level_words(conf_level)}"
    z = normal_quantile(conf_level)
    if not n1 or not n2:
        return not_estimable(n1 + n2, method, EMPTY_ARM)
    low, high = _square_and_add(x1 / n1, n1, x2 / n2, n2, z)
    return Estimate(x1 / n1 - x2 / n2, low, high, n1 + n2, method)


def cluster_adjusted_newcombe(
    first: tuple[int, Sequence[int]],
    second: tuple[int, Sequence[int]],
    icc: float,
    conf_level: float = 0.95,
) -> Estimate:
    """Newcombe's interval with each group's Wilson limits widened by its design effect.

    ``first`` and ``second`` are each (events, sizes of the group's clusters); ``icc`` a planning
    value from outside the pilot, of which a negative one counts as 0. Not estimable when a group is
    empty. Raises ValueError for more events than people.
    Source: MOVER, Zou & Donner 2008, Stat Med 27:1693-1702; Donner & Klar 2000.

    >>> found = cluster_adjusted_newcombe((4, [7, 4]), (1, [5, 2]), icc=0.05)
    >>> round(found.low, 6), round(found.high, 6)
    (-0.236535, 0.552523)
    """
    (x1, sizes1), (x2, sizes2) = first, second
    sizes1, sizes2 = [m for m in sizes1 if m], [m for m in sizes2 if m]
    n1, n2 = sum(sizes1), sum(sizes2)
    _check(x1, n1, x2, n2)
    method = f"Newcombe hybrid score {level_words(conf_level)}, widened for clusters (ICC {icc:g})"
    z = normal_quantile(conf_level)
    if not n1 or not n2:
        return not_estimable(n1 + n2, method, EMPTY_ARM)
    effective1, effective2 = n1 / design_effect(sizes1, icc), n2 / design_effect(sizes2, icc)
    low, high = _square_and_add(x1 / n1, effective1, x2 / n2, effective2, z)
    return Estimate(x1 / n1 - x2 / n2, low, high, n1 + n2, method)


def miettinen_nurminen(
    x1: int, n1: int, x2: int, n2: int, conf_level: float = 0.95, *, correction: bool = True
) -> Estimate:
    """The score interval for x1/n1 - x2/n2, by constrained maximum likelihood and root finding.

    With ``correction`` the variance is multiplied by N/(N-1) (Miettinen & Nurminen), without it not
    (Mee). Written here because statsmodels' version is wrong (its issue 10269). Not estimable when
    a group is empty.
    Raises ValueError unless 0 <= x <= n in both groups.
    Source: Miettinen & Nurminen 1985, Stat Med 4:213-226, for the closed form; Mee 1984.

    >>> found = miettinen_nurminen(56, 70, 48, 80)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0528, 0.3382)
    """
    _check(x1, n1, x2, n2)
    name = "Miettinen-Nurminen" if correction else "Mee"
    method = f"{name} score {level_words(conf_level)}"
    z = normal_quantile(conf_level)
    total = n1 + n2
    if not n1 or not n2:
        return not_estimable(total, method, EMPTY_ARM)
    scale = total / (total - 1) if correction else 1.0
    difference = x1 / n1 - x2 / n2

    def distance(delta: float) -> float:
        return _score(x1, n1, x2, n2, delta, scale) - z

    def distance_below(delta: float) -> float:
        return -_score(x1, n1, x2, n2, delta, scale) - z

    low = _root(distance, difference, -1.0)
    high = _root(distance_below, difference, 1.0)
    return Estimate(difference, low, high, total, method)


def _square_and_add(p1: float, n1: float, p2: float, n2: float, z: float) -> tuple[float, float]:
    low1, high1 = score_limits(p1, n1, z)
    low2, high2 = score_limits(p2, n2, z)
    difference = p1 - p2
    low = difference - math.hypot(p1 - low1, high2 - p2)
    high = difference + math.hypot(high1 - p1, p2 - low2)
    return max(-1.0, low), min(1.0, high)


def _score(x1: int, n1: int, x2: int, n2: int, delta: float, scale: float) -> float:
    """The score statistic for a difference of delta; infinite where the variance there is 0."""
    q1, q2 = _constrained(x1, n1, x2, n2, delta)
    gap = x1 / n1 - x2 / n2 - delta
    variance = (q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2) * scale
    if variance <= 0:
        return 0.0 if gap == 0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _constrained(x1: int, n1: int, x2: int, n2: int, delta: float) -> tuple[float, float]:
    """The two proportions of greatest likelihood that differ by delta (the cubic's root)."""
    total, events = n1 + n2, x1 + x2
    a = n2 * delta
    l2 = (n1 + 2 * n2) * delta - total - events
    l1 = (a - total - 2 * x2) * delta + events
    l0 = x2 * delta * (1 - delta)
    q = l2**3 / (27 * total**3) - l1 * l2 / (6 * total**2) + l0 / (2 * total)
    inner = max(0.0, l2**2 / (9 * total**2) - l1 / (3 * total))
    p = math.copysign(math.sqrt(inner), q)
    ratio = 0.0 if p == 0 else max(-1.0, min(1.0, q / p**3))
    angle = (math.pi + math.acos(ratio)) / 3
    second = 2 * p * math.cos(angle) - l2 / (3 * total)
    second = min(max(second, 0.0, -delta), 1.0, 1.0 - delta)
    return second + delta, second


def _root(distance: Callable[[float], float], inside: float, edge: float) -> float:
    """Where the distance crosses 0 between the estimate and the edge of what is possible."""
    # Just inside the edge: at it the constrained variance may be 0 for every table.
    near = edge * (1 - 1e-12)
    if abs(inside) >= 1 - 1e-12 and inside * edge > 0:
        return edge
    return float(optimize.brentq(distance, near, inside, xtol=1e-12))


def _check(x1: int, n1: int, x2: int, n2: int) -> None:
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2):
        raise ValueError(f"each group needs 0 <= x <= n, not {x1} of {n1} and {x2} of {n2}")
