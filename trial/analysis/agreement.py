"""Agreement between two people who code or rate the same things: kappa, plain and weighted."""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from trial.analysis.estimate import Estimate, level_words, normal_quantile, not_estimable
from trial.analysis.proportion import wilson

Code = Hashable
T = TypeVar("T")
Weights = Literal["none", "linear", "quadratic"]
NOTHING = "nothing was coded by both"
ONE_CODE = "both used one and the same code throughout, so that chance alone would agree as well"
NO_SPREAD = "these codes leave no spread to work an interval out from"


@dataclass(frozen=True)
class Agreement:
    """How far two coders agree: the share of the same code, and kappa beyond chance."""

    n: int
    agreed: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class Presence:
    """Agreement on each code of several: whether both gave it. ``pooled`` is over all codes."""

    n: int
    by_code: Mapping[str, Agreement]
    pooled: Estimate


def agreement(
    first: Sequence[Code | None], second: Sequence[Code | None], conf_level: float = 0.95
) -> Agreement:
    """The share on which two coders agree, with Wilson's interval, and Cohen's kappa.

    The sequences go side by side; what one of them left uncoded (None) does not count. Raises
    ValueError for sequences of different length.

    >>> agreement("abab", "abbb").agreed.count
    3
    """
    pairs = _pairs(first, second)
    same = sum(one == other for one, other in pairs)
    return Agreement(
        len(pairs),
        wilson(same, len(pairs), conf_level),
        kappa(first, second, conf_level=conf_level),
    )


def kappa(
    first: Sequence[Code | None],
    second: Sequence[Code | None],
    *,
    order: Sequence[Code] | None = None,
    weights: Weights = "none",
    conf_level: float = 0.95,
) -> Estimate:
    """Cohen's kappa with the large-sample standard error that holds away from chance.

    ``order`` names all codes from the lowest to the highest: needed for ``weights``, with which a near
    miss counts in part (linear: 1 - d / D, quadratic: 1 - (d / D)^2, d steps of D). The interval is
    cut at -1 and 1. Not estimable where nothing was coded by both, or one code was used throughout;
    without an interval where the codes leave no
    spread, as when they agreed throughout. Raises ValueError for sequences of different
    length, a code that ``order`` lacks, or weights without an order.
    Source: Cohen 1960, 1968; Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323-327, eq. 13.

    >>> found = kappa("aabbb", "aabba")
    >>> round(found.value, 4), round(found.low, 4)
    (0.6154, -0.007)
    """
    method = _method(weights, conf_level)
    table = _table(_pairs(first, second), order, weights)
    n = round(sum(map(sum, table)))
    if not n:
        return not_estimable(0, method, NOTHING)
    shares = [[count / n for count in row] for row in table]
    given = [
        [_weight(i, j, len(table), weights) for j in range(len(table))] for i in range(len(table))
    ]
    seen, chance = _seen(shares, given), _chance(shares, given)
    if math.isclose(chance, 1.0, abs_tol=1e-12):
        return not_estimable(n, method, ONE_CODE)
    value = (seen - chance) / (1 - chance)
    half = normal_quantile(conf_level) * math.sqrt(_variance(shares, given, seen, chance) / n)
    if half < 1e-6:
        return Estimate(value, None, None, n, method, NO_SPREAD)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), n, method)


def presence(
    first: Sequence[Collection[str] | None],
    second: Sequence[Collection[str] | None],
    codes: Sequence[str],
    conf_level: float = 0.95,
) -> Presence:
    """Agreement where a thing may have several codes: for each code whether both gave it or neither.

    ``pooled`` takes the observed and the chance agreement as means over the codes that either used;
    it has no interval. Raises ValueError for sequences of different length.
    Source of the pooled kappa: De Vries et al. 2008, Field Methods 20:272-282.

    >>> found = presence([{"a"}, {"b"}, {"a", "b"}], [{"a"}, {"b"}, {"b"}], ["a", "b", "c"])
    >>> round(found.pooled.value, 3), found.by_code["c"].kappa.estimable
    (0.667, False)
    """
    pairs = [(set(one), set(other)) for one, other in _pairs(first, second)]
    by_code, seen, chance = {}, [], []
    for code in codes:
        ones, others = [code in one for one, _ in pairs], [code in other for _, other in pairs]
        by_code[code] = agreement(ones, others, conf_level)
        if any(ones) or any(others):
            share, expected = _two(ones), _two(others)
            seen.append(by_code[code].agreed.value or 0.0)
            chance.append(share * expected + (1 - share) * (1 - expected))
    return Presence(len(pairs), by_code, _pooled(len(pairs), seen, chance))


def _two(given: Sequence[bool]) -> float:
    return sum(given) / len(given)


def _pooled(n: int, seen: Sequence[float], chance: Sequence[float]) -> Estimate:
    method = "Pooled kappa over codes (De Vries 2008)"
    if not seen:
        return not_estimable(n, method, NOTHING)
    observed, expected = math.fsum(seen) / len(seen), math.fsum(chance) / len(chance)
    if math.isclose(expected, 1.0, abs_tol=1e-12):
        return not_estimable(n, method, ONE_CODE)
    value = (observed - expected) / (1 - expected)
    return Estimate(value, None, None, n, method, "the pooled kappa has no simple interval")


def _pairs(first: Sequence[T | None], second: Sequence[T | None]) -> list[tuple[T, T]]:
    if len(first) != len(second):
        raise ValueError("two coders code the same things: give sequences of the same length")
    both = zip(first, second, strict=True)
    return [(one, other) for one, other in both if one is not None and other is not None]


def _table(
    pairs: Sequence[tuple[object, object]], order: Sequence[object] | None, weights: Weights
) -> list[list[int]]:
    """How often each code of the one met each code of the other."""
    if order is None and weights != "none":
        raise ValueError("weights need the codes in their order")
    codes = list(dict.fromkeys(one for pair in pairs for one in pair) if order is None else order)
    place = {code: number for number, code in enumerate(codes)}
    if any(one not in place for pair in pairs for one in pair):
        raise ValueError("a code was used that the order does not name")
    table = [[0] * len(codes) for _ in codes]
    for one, other in pairs:
        table[place[one]][place[other]] += 1
    return table


def _weight(i: int, j: int, size: int, weights: Weights) -> float:
    if weights == "none" or size < 2:
        return float(i == j)
    apart = abs(i - j) / (size - 1)
    return 1 - (apart if weights == "linear" else apart * apart)


def _margins(shares: list[list[float]]) -> tuple[list[float], list[float]]:
    return [math.fsum(row) for row in shares], [
        math.fsum(column) for column in zip(*shares, strict=True)
    ]


def _seen(shares: list[list[float]], given: list[list[float]]) -> float:
    return math.fsum(
        w * p for row, own in zip(given, shares, strict=True) for w, p in zip(row, own, strict=True)
    )


def _chance(shares: list[list[float]], given: list[list[float]]) -> float:
    rows, columns = _margins(shares)
    return math.fsum(
        given[i][j] * one * other for i, one in enumerate(rows) for j, other in enumerate(columns)
    )


def _variance(
    shares: list[list[float]], given: list[list[float]], seen: float, chance: float
) -> float:
    """n times the large-sample variance: Fleiss, Cohen & Everitt, equation 13."""
    rows, columns = _margins(shares)
    size = range(len(shares))
    row_mean = [math.fsum(given[i][j] * columns[j] for j in size) for i in size]
    column_mean = [math.fsum(given[i][j] * rows[i] for i in size) for j in size]
    spread = math.fsum(
        shares[i][j]
        * (given[i][j] * (1 - chance) - (row_mean[i] + column_mean[j]) * (1 - seen)) ** 2
        for i in size
        for j in size
    )
    middle = seen * chance - 2 * chance + seen
    return max(0.0, spread - middle * middle) / (1 - chance) ** 4


def _method(weights: Weights, conf_level: float) -> str:
    named = "Cohen's kappa" if weights == "none" else f"Cohen's kappa, {weights} weights"
    return f"{named}, Fleiss-Cohen-Everitt {level_words(conf_level)}"
