"""Balance at baseline: characteristics by arm with standardised differences, without tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from trial.analysis.estimate import Estimate, not_estimable

CONTINUOUS_METHOD = "standardised difference of means (Austin 2009)"
CATEGORICAL_METHOD = "standardised difference of proportions (Yang & Dalton 2012)"
EMPTY = "an arm has nobody of whom this is known; give the counts"
ONE = "an arm has only one person of whom this is known, and so no SD; give the values"
ALIKE = "nobody differs within the arms, so that there is no SD to measure by; give the values"
ONE_LEVEL = "everybody is the same; give the counts"
APART = (
    "the arms have no category in common, so that there is no spread to measure by; give the counts"
)
NO_INTERVAL = "it describes these people, and is given without an interval"


class Kind(StrEnum):
    """What the values of a covariate are."""

    CONTINUOUS = "continuous"
    BINARY = "binary"
    CATEGORICAL = "categorical"


@dataclass(frozen=True)
class Covariate:
    """A characteristic: its name, its kind, one value a person (None or NaN where missing).

    ``levels`` are the categories in their order, by default those that occur, sorted; of a binary
    covariate ``True`` and ``False``. ``note`` says how it was derived. ``missing_as`` is the name
    under which how many are missing is told, "" where it is told with another one of the same
    question. ``sensitive`` says that small
    counts of it are not to be told.
    """

    name: str
    kind: Kind
    values: Sequence[object]
    levels: tuple[object, ...] = ()
    note: str = ""
    missing_as: str | None = None
    sensitive: bool = False


@dataclass(frozen=True)
class Numbers:
    """A continuous covariate in one group; figures are None where nobody has a value, SD below two."""

    n: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None


@dataclass(frozen=True)
class Counts:
    """A binary or categorical covariate in one group: how many of ``n`` are in each level."""

    n: int
    missing: int
    counts: dict[str, int]

    def share(self, level: str) -> float | None:
        """The share of a level of those known; None where nobody is. Raises KeyError."""
        return self.counts[level] / self.n if self.n else None


@dataclass(frozen=True)
class Compared:
    """One covariate: overall, in each group, and the standardised difference of each pair.

    ``differences`` are by (first, second), first minus second; that of several categories has no
    sign. ``levels`` are the categories as text.
    """

    name: str
    kind: Kind
    overall: Numbers | Counts
    by_group: dict[str, Numbers | Counts]
    differences: dict[tuple[str, str], Estimate]
    levels: tuple[str, ...] = ()
    note: str = ""
    missing_as: str | None = None
    sensitive: bool = False


@dataclass(frozen=True)
class Balance:
    """Every covariate compared between the groups; ``people`` in each, ``ungrouped`` in none."""

    groups: tuple[str, ...]
    people: dict[str, int]
    ungrouped: int
    covariates: tuple[Compared, ...]


def compare(
    covariates: Sequence[Covariate], group: Sequence[object], *, groups: Sequence[str]
) -> Balance:
    """Each covariate in each of the groups, with standardised differences and no tests.

    ``group`` names the group of each person, one value a person; who is in none of ``groups``
    counts overall only. Standard deviations divide by n - 1, quartiles are interpolated (R's type
    7). Raises ValueError for a covariate with another number of values than there are people.
    Source: Austin 2009, Stat Med 28:3083-3107; Yang & Dalton 2012, SAS Global Forum 335-2012.

    >>> age = Covariate("Age", Kind.CONTINUOUS, [30, 40, 50, 40, 50, 60])
    >>> found = compare([age], ["A", "A", "A", "B", "B", "B"], groups=["A", "B"])
    >>> found.covariates[0].differences["A", "B"].value
    -1.0
    """
    place = np.array([str(one) for one in group], dtype=object)
    members = {name: place == name for name in groups}
    people = {name: int(there.sum()) for name, there in members.items()}
    return Balance(
        groups=tuple(groups),
        people=people,
        ungrouped=len(place) - sum(people.values()),
        covariates=tuple(_compared(one, len(place), members) for one in covariates),
    )


def means(
    mean1: float | None, sd1: float | None, n1: int, mean2: float | None, sd2: float | None, n2: int
) -> Estimate:
    """The standardised difference of two means, in units of the SD within the groups.

    (mean1 - mean2) / sqrt((sd1^2 + sd2^2) / 2). Not estimable where a group has fewer than two
    people or both SDs are 0. Raises nothing.
    Source: Austin 2009, Stat Med 28:3083-3107.

    >>> means(52.0, 10.0, 20, 50.0, 10.0, 20).value
    0.2
    """
    n = n1 + n2
    if mean1 is None or mean2 is None:
        return not_estimable(n, CONTINUOUS_METHOD, EMPTY)
    if sd1 is None or sd2 is None:
        return not_estimable(n, CONTINUOUS_METHOD, ONE)
    spread = math.sqrt((sd1 * sd1 + sd2 * sd2) / 2)
    if spread == 0:
        return not_estimable(n, CONTINUOUS_METHOD, ALIKE)
    return Estimate((mean1 - mean2) / spread, None, None, n, CONTINUOUS_METHOD, NO_INTERVAL)


def shares(first: Sequence[int], second: Sequence[int]) -> Estimate:
    """The standardised difference of two groups over the counts in each of their categories.

    With two categories it is that of the first category's share, p1 - p2 over
    sqrt((p1(1 - p1) + p2(1 - p2)) / 2), with its sign; with more it is the Mahalanobis distance,
    which has none. Categories in which nobody is are left out. Raises ValueError for groups with
    different numbers of categories.
    Source: Austin 2009, Stat Med 28:3083-3107; Yang & Dalton 2012, SAS Global Forum 335-2012.

    >>> round(shares([5, 5], [8, 2]).value, 4)
    -0.6626
    """
    if len(first) != len(second):
        raise ValueError("both groups need a count for each category")
    a, b = np.array(first, dtype=float), np.array(second, dtype=float)
    n = int(a.sum() + b.sum())
    if not (a.sum() and b.sum()):
        return not_estimable(n, CATEGORICAL_METHOD, EMPTY)
    seen = a + b > 0
    if seen.sum() < 2:
        return not_estimable(n, CATEGORICAL_METHOD, ONE_LEVEL)
    value = _distance(a[seen] / a.sum(), b[seen] / b.sum())
    if value is None:
        return not_estimable(n, CATEGORICAL_METHOD, APART)
    # Of two categories the sign says in which group the first one is more frequent.
    signed = math.copysign(value, a[0] / a.sum() - b[0] / b.sum()) if len(a) == 2 else value
    return Estimate(signed, None, None, n, CATEGORICAL_METHOD, NO_INTERVAL)


def by_chance(n1: int, n2: int) -> float | None:
    """How large a standardised difference is by chance alone: its SD where the arms are alike.

    sqrt(1 / n1 + 1 / n2) of people taken as independent; clusters make it larger. None where a
    group is empty.
    Source: Hedges & Olkin 1985, at a difference of 0.

    >>> by_chance(50, 50)
    0.2
    """
    return math.sqrt(1 / n1 + 1 / n2) if n1 > 0 and n2 > 0 else None


def _distance(p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> float | None:
    """The Mahalanobis distance of two multinomial shares; None where the spread is singular."""
    gap = (p - q)[1:]
    spread = (_multinomial(p[1:]) + _multinomial(q[1:])) / 2
    if np.linalg.matrix_rank(spread) < len(gap):
        return None
    return math.sqrt(max(0.0, float(gap @ np.linalg.solve(spread, gap))))


def _multinomial(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.diag(p) - np.outer(p, p)


def _compared(one: Covariate, people: int, members: dict[str, npt.NDArray[np.bool_]]) -> Compared:
    if len(one.values) != people:
        raise ValueError(f"{one.name} has {len(one.values)} values for {people} people")
    everyone = np.ones(people, dtype=bool)
    if one.kind is Kind.CONTINUOUS:
        values = pd.to_numeric(pd.Series(list(one.values), dtype=object), errors="coerce")
        numbers = values.to_numpy(dtype=float)
        told: dict[str, Numbers | Counts] = {k: _numbers(numbers[m]) for k, m in members.items()}
        return Compared(
            one.name, one.kind, _numbers(numbers[everyone]), told, _pairs(told), (), one.note
        )
    coded, levels = _levels(one)
    told = {name: _counts(coded[there], levels) for name, there in members.items()}
    return Compared(
        one.name, one.kind, _counts(coded, levels), told, _pairs(told), levels, one.note,
        one.missing_as, one.sensitive,
    )  # fmt: skip


def _levels(one: Covariate) -> tuple[npt.NDArray[np.object_], tuple[str, ...]]:
    """The values as text, "" where missing, and the levels in their order."""
    values = pd.Series(list(one.values), dtype=object)
    coded = np.where(values.isna(), "", values.map(str)).astype(object)
    named = tuple(str(level) for level in one.levels)
    if not named and one.kind is Kind.BINARY:
        named = ("True", "False")
    others = sorted(set(coded) - {""} - set(named))
    if one.kind is Kind.BINARY and others:
        raise ValueError(f"{one.name} is binary and has other values: {', '.join(others)}")
    return coded, (*named, *others)


def _numbers(values: npt.NDArray[np.float64]) -> Numbers:
    known = values[np.isfinite(values)]
    n, missing = len(known), len(values) - len(known)
    if not n:
        return Numbers(0, missing, None, None, None, None, None)
    low, middle, high = (float(one) for one in np.quantile(known, (0.25, 0.5, 0.75)))
    # Equal values have an SD of exactly 0, which rounding would hide.
    sd = None if n < 2 else float(known.std(ddof=1)) if np.ptp(known) else 0.0
    return Numbers(n, missing, float(known.mean()), sd, middle, low, high)


def _counts(values: npt.NDArray[np.object_], levels: tuple[str, ...]) -> Counts:
    counts = {level: int((values == level).sum()) for level in levels}
    known = sum(counts.values())
    return Counts(known, len(values) - known, counts)


def _pairs(told: dict[str, Numbers | Counts]) -> dict[tuple[str, str], Estimate]:
    """The first of the groups with each after it, and so on."""
    names = list(told)
    return {
        (a, b): _difference(told[a], told[b])
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }  # fmt: skip


def _difference(first: Numbers | Counts, second: Numbers | Counts) -> Estimate:
    if isinstance(first, Numbers) and isinstance(second, Numbers):
        return means(first.mean, first.sd, first.n, second.mean, second.sd, second.n)
    if isinstance(first, Counts) and isinstance(second, Counts):
        return shares(list(first.counts.values()), list(second.counts.values()))
    raise TypeError("a covariate has one kind in all groups")
