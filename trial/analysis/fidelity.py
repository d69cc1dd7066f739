"""Fidelity of an intervention: ratings, their totals and changes, and work against its benchmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from trial.analysis.estimate import Estimate
from trial.analysis.proportion import wilson

NONE_ASSESSED = "no item is assessed"


@dataclass(frozen=True)
class Assessed:
    """A total over the items assessed; ``pro_rated`` is their mean times the number of all items."""

    items: int
    assessed: int
    total: Decimal | None
    pro_rated: Decimal | None
    reason: str = ""


class Difference(NamedTuple):
    """One item on which two ratings differ; None where one of them did not assess it."""

    item: str
    first: int | None
    second: int | None


@dataclass(frozen=True)
class Change:
    """What became of the items that were assessed both times."""

    items: int
    before: int
    after: int
    risen: int
    fallen: int
    same: int

    @property
    def by(self) -> int:
        """The change of the total over these items."""
        return self.after - self.before


@dataclass(frozen=True)
class Weekly:
    """Contacts a week, over the weeks at work: ``counts`` by the Monday of each."""

    counts: Mapping[date, int]
    total: int
    mean: float | None
    median: float | None
    without: int
    reached: Estimate | None
    elsewhere: int


@dataclass(frozen=True)
class FirstContact:
    """Days from entering to the first contact; ``none_yet`` had none, ``within`` those in time."""

    n: int
    known: int
    none_yet: int
    median: float | None
    least: int | None
    most: int | None
    within: Estimate | None


@dataclass(frozen=True)
class Caseload:
    """The caseload over weeks at work, by itself and for each full-time post."""

    weeks: int
    median: float | None
    most: int | None
    most_full_time: float | None
    within: Estimate | None


def assess(ratings: Sequence[int | Decimal | None]) -> Assessed:
    """Total and pro-rated total of a scale's items; None stands for an item not assessed.

    >>> assess([4, None, 5, 3]).total, assess([4, None, 5, 3]).pro_rated
    (Decimal('12'), Decimal('16.00'))
    """
    given = [Decimal(one) for one in ratings if one is not None]
    if not given:
        return Assessed(len(ratings), 0, None, None, NONE_ASSESSED)
    total = sum(given, Decimal(0))
    whole = round(total / len(given) * len(ratings), 2)
    return Assessed(len(ratings), len(given), total, whole)


def differences(
    first: Mapping[str, int | None], second: Mapping[str, int | None]
) -> tuple[Difference, ...]:
    """The items on which two raters differ, in the order of the first; one may not have assessed it.

    >>> differences({"a": 4, "b": 5}, {"a": 4, "b": None})
    (Difference(item='b', first=5, second=None),)
    """
    items = dict.fromkeys((*first, *second))
    found = (Difference(item, first.get(item), second.get(item)) for item in items)
    return tuple(one for one in found if one.first != one.second)


def change(before: Mapping[str, int | None], after: Mapping[str, int | None]) -> Change:
    """How the ratings moved between two reviews, over the items that both assessed.

    >>> change({"a": 1, "b": 2, "c": None}, {"a": 3, "b": 2, "c": 5}).by
    2
    """
    pairs = [
        (old, new)
        for item, old in before.items()
        if old is not None and (new := after.get(item)) is not None
    ]
    return Change(
        items=len(pairs),
        before=sum(old for old, _ in pairs),
        after=sum(new for _, new in pairs),
        risen=sum(new > old for old, new in pairs),
        fallen=sum(new < old for old, new in pairs),
        same=sum(new == old for old, new in pairs),
    )


def monday(day: date) -> date:
    """The Monday of a day's week.

    >>> monday(date(2016, 3, 6))
    datetime.date(2016, 2, 29)
    """
    return day - timedelta(days=day.weekday())


def weekly(
    contacts: Sequence[date], weeks: Sequence[date], benchmark: float | Decimal | None = None
) -> Weekly:
    """Contacts in each week at work, against how many there should be.

    ``weeks`` hold any day of each week at work; a week without a contact counts as 0. Contacts of
    other weeks (leave, or weeks not logged) are in ``elsewhere`` and in no rate. ``reached`` has no
    meaning beyond these weeks, which follow one another: its interval takes them as independent.

    >>> found = weekly([date(2016, 3, 1), date(2016, 3, 2)], [date(2016, 3, 1), date(2016, 3, 8)], 2)
    >>> found.mean, found.without, found.reached.count
    (1.0, 1, 1)
    """
    counts = {monday(day): 0 for day in sorted(weeks)}
    elsewhere = 0
    for day in contacts:
        if monday(day) in counts:
            counts[monday(day)] += 1
        else:
            elsewhere += 1
    numbers = list(counts.values())
    return Weekly(
        counts=counts,
        total=len(contacts),
        mean=sum(numbers) / len(numbers) if numbers else None,
        median=float(median(numbers)) if numbers else None,
        without=numbers.count(0),
        reached=_share([one >= benchmark for one in numbers] if benchmark is not None else None),
        elsewhere=elsewhere,
    )


def first_contact(
    days: Sequence[int | None], within: int | None = None, unknown: int = 0
) -> FirstContact:
    """Days to the first contact: None for those who had none yet, who count as not in time.

    ``unknown`` more entered of whom the days are not known; they count in ``n`` only.
    Raises ValueError for a negative number of days.

    >>> found = first_contact([10, 40, None], 30)
    >>> found.median, found.none_yet, found.within.count, found.within.n
    (25.0, 1, 1, 3)
    """
    known = sorted(one for one in days if one is not None)
    if known and known[0] < 0:
        raise ValueError("a first contact does not come before entering")
    in_time = None if within is None else [one is not None and one <= within for one in days]
    return FirstContact(
        n=len(days) + unknown,
        known=len(known),
        none_yet=len(days) - len(known),
        median=float(median(known)) if known else None,
        least=known[0] if known else None,
        most=known[-1] if known else None,
        within=_share(in_time),
    )


def caseload(
    weeks: Sequence[tuple[int, float | Decimal | None]], benchmark: float | Decimal | None = None
) -> Caseload:
    """The caseload of each week with the share of a full-time post, against the most there should be.

    Weeks whose share is not known count in no figure for a full-time post.

    >>> found = caseload([(8, 0.5), (10, 1)], 12)
    >>> found.most, found.most_full_time, found.within.count
    (10, 16.0, 1)
    """
    sizes = [size for size, _ in weeks]
    full = [float(size) / float(share) for size, share in weeks if share]
    return Caseload(
        weeks=len(weeks),
        median=float(median(sizes)) if sizes else None,
        most=max(sizes, default=None),
        most_full_time=max(full, default=None),
        within=_share([one <= benchmark for one in full] if benchmark is not None else None),
    )


def _share(reached: Sequence[bool] | None) -> Estimate | None:
    return None if reached is None else wilson(sum(reached), len(reached))
