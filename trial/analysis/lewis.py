"""Progression criteria as hypothesis tests: sizes, cut-offs and zones after Lewis et al. 2021."""

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import NormalDist

import numpy as np
from scipy import special

# The exact power goes up and down in steps; beyond this many times the corrected normal size it
# cannot fall below the power asked for any more.
SEARCHED = 3


class Method(StrEnum):
    """How the test that separates RED from GREEN is made."""

    EXACT = "exact"
    NORMAL = "normal"
    NORMAL_CC = "normal_cc"


class Zone(StrEnum):
    """Where a count stands; AMBER is split by the test of RED in four tiers."""

    RED = "RED"
    AMBER = "AMBER"
    AMBER_R = "AMBER_R"
    AMBER_G = "AMBER_G"
    GREEN = "GREEN"


@dataclass(frozen=True)
class PilotSize:
    """The size of a pilot, the count from which RED is rejected, and what these really attain.

    ``raw`` is the size before rounding (None for the exact one). ``safe_n`` is the size from which
    every larger one has the power too, by the exact test.
    """

    n: int
    critical: int
    alpha: float
    power: float
    safe_n: int
    raw: float | None
    method: str


@dataclass(frozen=True)
class Tiers:
    """The counts that separate the zones: RED up to, AMBER split (four tiers), GREEN from."""

    n: int
    red_upto: int
    amber_split: float | None
    green_from: int
    method: str
    warning: str = ""


def sample_size(
    rul: float,
    gll: float,
    alpha: float = 0.05,
    power: float = 0.9,
    method: str = Method.EXACT,
) -> PilotSize:
    """The size at which a true share of ``gll`` lets RED (a share up to ``rul``) be rejected.

    ``rul`` is the upper limit of RED, ``gll`` the lower limit of GREEN, ``alpha`` one-sided. Exact:
    the first size at which the binomial test has the power. Normal: rounded up without correction;
    normal_cc: with Fleiss' continuity correction. Published sizes (78, 34, 44, 22) come from no
    single formula, so the method always stands with the size. Raises ValueError unless
    0 < rul < gll < 1 and alpha and power lie between 0 and 1, and for more than 20,000 people.
    Source: Lewis et al. 2021, Pilot Feasibility Stud 7:40.

    >>> found = sample_size(0.2, 0.35)
    >>> found.n, found.critical, round(found.power, 4), found.safe_n
    (77, 22, 0.9053, 83)
    >>> sample_size(0.2, 0.35, method="normal").n, sample_size(0.2, 0.35, method="normal_cc").n
    (72, 79)
    """
    chosen = Method(method)
    plain, corrected = normal_sizes(rul, gll, alpha, power)
    if corrected > 2e4:
        raise ValueError("the two limits are so close that it needs more than 20,000 people")
    first, safe = _exact_sizes(rul, gll, alpha, power, math.ceil(SEARCHED * corrected) + 20)
    raw = {Method.EXACT: None, Method.NORMAL: plain, Method.NORMAL_CC: corrected}[chosen]
    n = first if raw is None else math.ceil(raw)
    critical = critical_count(n, rul, alpha)
    words = {
        Method.EXACT: "exact binomial, first size with the power",
        Method.NORMAL: "normal approximation, rounded up",
        Method.NORMAL_CC: "normal approximation with Fleiss' correction, rounded up",
    }
    return PilotSize(
        n=n,
        critical=critical,
        alpha=_upper_tail(critical, n, rul),
        power=_upper_tail(critical, n, gll),
        safe_n=safe,
        raw=raw,
        method=words[chosen],
    )


def normal_sizes(
    rul: float, gll: float, alpha: float = 0.05, power: float = 0.9
) -> tuple[float, float]:
    """The size by the normal approximation, without and with Fleiss' correction, unrounded.

    Raises ValueError unless 0 < rul < gll < 1 and alpha and power lie between 0 and 1. Source:
    Lewis et al. 2021; Fleiss, Levin & Paik 2003, section 2.5.

    >>> [round(size, 3) for size in normal_sizes(0.2, 0.35)]
    [71.594, 78.119]
    """
    _check(rul, gll)
    if not (0 < alpha < 1 and 0 < power < 1 and alpha < power):
        raise ValueError("a level and a power lie between 0 and 1, the level below the power")
    tail, wish = NormalDist().inv_cdf(1 - alpha), NormalDist().inv_cdf(power)
    d = gll - rul
    spread = tail * math.sqrt(rul * (1 - rul)) + wish * math.sqrt(gll * (1 - gll))
    n = (spread / d) ** 2
    return n, n / 4 * (1 + math.sqrt(1 + 2 / (n * d))) ** 2


def critical_share(n: int, rul: float, alpha: float = 0.05) -> float:
    """The share from which the normal test rejects RED: rul + z sqrt(rul (1 - rul) / n), or 1.

    Raises ValueError for nobody or a limit not between 0 and 1. Source: Lewis et al. 2021, table 5.

    >>> round(critical_share(34, 0.5), 3)
    0.641
    """
    _check_test(n, rul, alpha)
    z = NormalDist().inv_cdf(1 - alpha)
    return min(1.0, rul + z * math.sqrt(rul * (1 - rul) / n))


def critical_count(n: int, rul: float, alpha: float = 0.05) -> int:
    """The smallest count that rejects RED by the exact binomial test; n + 1 where none does.

    Raises ValueError for nobody or a limit not between 0 and 1. Source: the binomial distribution.

    >>> critical_count(77, 0.2), critical_count(2, 0.5)
    (22, 3)
    """
    _check_test(n, rul, alpha)
    return int(_critical(n, rul, alpha))


def boundaries(
    n: int,
    rul: float,
    gll: float,
    alpha: float = 0.05,
    method: str = Method.EXACT,
    tiers: int = 4,
) -> Tiers:
    """The counts of n that separate RED, AMBER (split by the test in four tiers) and GREEN.

    RED up to n rul; GREEN from n gll; between them AMBER_R as long as the test does not reject RED,
    then AMBER_G. Exact: split at the critical count; normal: at n times the critical share, to three
    decimals as printed by Lewis; normal_cc: half a person more. A warning says when the pilot is so
    small that a GREEN count would not reject RED. Raises ValueError for limits that are not
    0 < rul < gll < 1, nobody, or other than 3 or 4 tiers. Source: Lewis et al. 2021, table 5.

    >>> found = boundaries(200, 0.2, 0.35, method="normal")
    >>> found.red_upto, found.amber_split, found.green_from
    (40, 49.4, 70)
    """
    _check(rul, gll)
    if tiers not in (3, 4):
        raise ValueError("there are three or four tiers")
    chosen = Method(method)
    # Limits as decimals, so that 0.35 x 200 is 70 and not a little more.
    red, green = Fraction(f"{rul:.12g}"), Fraction(f"{gll:.12g}")
    share = Fraction(f"{critical_share(n, rul, alpha):.3f}")
    split = {
        Method.EXACT: Fraction(critical_count(n, rul, alpha)),
        Method.NORMAL: n * share,
        Method.NORMAL_CC: n * share + Fraction(1, 2),
    }[chosen]
    green_from = math.ceil(n * green)
    warning = ""
    if split > green_from:
        warning = (
            "too few people: a count in GREEN need not reject RED; "
            f"take at least {sample_size(rul, gll, alpha).n} people (power 90%)"
        )
    shown = float(split) if tiers == 4 else None
    words = f"Lewis {tiers} tiers, {chosen.value.replace('_cc', ' corrected')}"
    return Tiers(n, math.floor(n * red), shown, green_from, words, warning)


def zone(count: int, tiers: Tiers) -> Zone:
    """The zone of a count out of n.

    Raises ValueError unless 0 <= count <= n. Source: Lewis et al. 2021.

    >>> found = boundaries(34, 0.5, 0.75)
    >>> zone(22, found), zone(22, boundaries(34, 0.5, 0.75, method="normal"))
    (<Zone.AMBER_R: 'AMBER_R'>, <Zone.AMBER_G: 'AMBER_G'>)
    """
    if not 0 <= count <= tiers.n:
        raise ValueError(f"a count lies between 0 and {tiers.n}")
    if count >= tiers.green_from:
        return Zone.GREEN
    if count <= tiers.red_upto:
        return Zone.RED
    if tiers.amber_split is None:
        return Zone.AMBER
    return Zone.AMBER_G if count >= tiers.amber_split else Zone.AMBER_R


def _upper_tail(count: int, n: int, share: float) -> float:
    return 0.0 if count > n else float(special.bdtrc(count - 1, n, share)) if count else 1.0


def _critical(n: int, rul: float, alpha: float) -> int:
    """By bisection: the upper tail falls as the count rises."""
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        if _upper_tail(middle, n, rul) <= alpha:
            high = middle
        else:
            low = middle + 1
    return low


def _exact_sizes(rul: float, gll: float, alpha: float, power: float, top: int) -> tuple[int, int]:
    """The first size with the power, and the one from which all have it, sizes up to ``top``."""
    sizes = np.arange(1, top + 1)
    counts = np.array([_critical(int(n), rul, alpha) for n in sizes])
    attained = np.where(counts > sizes, 0.0, special.bdtrc(counts - 1, sizes, gll))
    enough = attained >= power
    return int(sizes[enough.argmax()]), int(sizes[~enough].max(initial=0)) + 1


def _check(rul: float, gll: float) -> None:
    if not 0 < rul < gll < 1:
        raise ValueError("the limits of RED and GREEN are shares with 0 < RED < GREEN < 1")


def _check_test(n: int, rul: float, alpha: float) -> None:
    if n < 1 or not 0 < rul < 1 or not 0 < alpha < 1:
        raise ValueError("a test needs at least one person, and a limit and level between 0 and 1")
