"""Score intervals for a ratio of two proportions, also where a group has no events."""

import math
from collections.abc import Callable

from scipy import optimize

from trial.analysis.estimate import Estimate, level_words, normal_quantile, not_estimable

EMPTY_ARM = "one of the two groups has nobody in it"
NO_EVENTS = "neither group has an event: use the risk difference"
UNBOUNDED = (
    "the second group has no event: there is no ratio and no upper limit; use the risk difference"
)


def koopman(x1: int, n1: int, x2: int, n2: int, conf_level: float = 0.95) -> Estimate:
    """Koopman's score interval for (x1/n1) / (x2/n2): the default.

    Without events in the second group the ratio and its upper limit are None, the lower limit is
    kept and the reason says that there is no upper limit. Without events in the first the ratio and
    its lower limit are 0. Not estimable without any event or with an empty group.
    Raises ValueError unless 0 <= x <= n in both groups.
    Source: Koopman 1984, Biometrics 40:513-517; Fagerland, Lydersen & Laake 2015, Stat Methods Med
    Res 24:224-254.

    >>> found = koopman(4, 11, 1, 7)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 3)
    (2.5455, 0.506, 15.645)
    """
    return _interval((x1, n1, x2, n2), conf_level, "Koopman score", 1.0)


def miettinen_nurminen(x1: int, n1: int, x2: int, n2: int, conf_level: float = 0.95) -> Estimate:
    """Miettinen and Nurminen's score interval: Koopman's with the variance times N/(N-1).

    Zero cells, what is not estimable and ValueError as for :func:`koopman`.
    Source: Miettinen & Nurminen 1985, Stat Med 4:213-226.

    >>> found = miettinen_nurminen(3, 11, 0, 7)
    >>> found.value, round(found.low, 4), found.high
    (None, 0.5941, None)
    """
    total = n1 + n2
    scale = total / (total - 1) if total > 1 else 1.0
    return _interval((x1, n1, x2, n2), conf_level, "Miettinen-Nurminen score", scale)


def _interval(
    counts: tuple[int, int, int, int], conf_level: float, name: str, scale: float
) -> Estimate:
    x1, n1, x2, n2 = counts
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2):
        raise ValueError(f"each group needs 0 <= x <= n, not {x1} of {n1} and {x2} of {n2}")
    method = f"{name} {level_words(conf_level)}"
    z = normal_quantile(conf_level)
    total = n1 + n2
    if not n1 or not n2:
        return not_estimable(total, method, EMPTY_ARM)
    if not x1 and not x2:
        return not_estimable(total, method, NO_EVENTS)

    def above(log_ratio: float) -> float:
        return _score(counts, math.exp(log_ratio), scale) - z

    def below(log_ratio: float) -> float:
        return -_score(counts, math.exp(log_ratio), scale) - z

    start = math.log(x1 * n2 / (x2 * n1)) if x1 and x2 else 0.0
    low = 0.0 if not x1 else math.exp(_crossing(above, start, -1))
    if not x2:
        return Estimate(None, low, None, total, method, UNBOUNDED)
    high = math.exp(_crossing(below, start, 1))
    return Estimate(x1 * n2 / (x2 * n1), low, high, total, method)


def _score(counts: tuple[int, int, int, int], ratio: float, scale: float) -> float:
    """The score statistic for this ratio, from the constrained likelihood (a quadratic's root)."""
    x1, n1, x2, n2 = counts
    total, events = n1 + n2, x1 + x2
    b = ratio * (n1 + x2) + x1 + n2
    root = math.sqrt(max(0.0, b * b - 4 * total * ratio * events))
    # The smaller root, in the form that loses no digits: 2c / (b + root).
    p2 = min(1.0, 2 * events / (b + root))
    p1 = min(1.0, ratio * p2)
    p2 = min(p2, 1 / ratio)
    gap = x1 / n1 - ratio * x2 / n2
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * scale
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _crossing(distance: Callable[[float], float], start: float, way: int) -> float:
    """Where the distance, negative near the estimate, first turns positive on its way outwards."""
    inside, step = start, 0.5
    # Without an estimate (a zero cell) the start may lie on the far side: first step back.
    while distance(inside) > 0:
        inside, step = inside - way * step, step * 2
    outside, step = inside + way * 0.5, 0.5
    while distance(outside) < 0:
        step *= 2
        outside += way * step
    # Where the variance is 0 the score is infinite, which the search cannot take.
    return float(optimize.brentq(lambda at: min(distance(at), 1e6), inside, outside, xtol=1e-12))
