"""Scores of questionnaires: reversed items, prorating by the instrument's rule, 0 to 100."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Score:
    """One person's score; None, with the reason, when too few items are answered.

    ``total`` is the mean times the number of items, ``percent`` 0 to 100 of the possible range.
    """

    answered: int
    items: int
    mean: float | None
    total: float | None
    percent: float | None
    reason: str = ""


def score(
    items: Sequence[Sequence[float | None]],
    minimum: float,
    maximum: float,
    *,
    reverse: Collection[int] = (),
    least_share: float = 0.5,
    least_answered: int | None = None,
) -> tuple[Score, ...]:
    """Each person's score from the items answered, if enough are by the instrument's rule.

    ``items`` has a row a person, all of one length, with None (or NaN) for an item not answered;
    ``minimum`` and ``maximum`` are the ends of an item's scale; ``reverse`` the items scored the
    other way round, counted from 1. The mean of the items answered stands for the others if at least
    ``least_share`` of them, or ``least_answered`` where the instrument names a number, are answered;
    ``least_share=1`` allows none to be missing. Raises ValueError for rows of different
    length, an answer outside the scale, an item that is not there, or an impossible rule.
    Source: Fayers & Machin 2016, Quality of Life, ch. 9 and 15; EORTC scoring manual 2001.

    >>> full, part, blank = score([[1, 2, 3, 4, 5], [None, None, 1, 2, 3], [None] * 5], 1, 5,
    ...                           reverse=[4, 5])
    >>> full.mean, round(part.total, 3), round(part.percent, 3)
    (1.8, 13.333, 41.667)
    >>> blank.reason
    'none of 5 items answered'
    """
    if not minimum < maximum:
        raise ValueError("an item's scale ends above where it begins")
    width = len(items[0]) if items else 0
    if any(len(row) != width for row in items) or (items and not width):
        raise ValueError("every person has the same items, at least one")
    if items and not set(reverse) <= set(range(1, width + 1)):
        raise ValueError(f"items to reverse are counted from 1 to {width}")
    if not items:
        return ()
    needed = _needed(width, least_share, least_answered)
    return tuple(
        _one(_turned(row, minimum, maximum, reverse), needed, minimum, maximum) for row in items
    )


def _needed(width: int, least_share: float, least_answered: int | None) -> int:
    if least_answered is not None:
        if least_answered < 1 or least_answered > width:
            raise ValueError("the least number of items answered is from 1 to all of them")
        return least_answered
    if not 0 < least_share <= 1:
        raise ValueError("the least share of items answered lies above 0, and is at most 1")
    # As a decimal: 0.8 of 5 items is 4, not a little more.
    return max(1, math.ceil(Fraction(f"{least_share:.12g}") * width))


def _turned(
    row: Sequence[float | None], minimum: float, maximum: float, reverse: Collection[int]
) -> list[float | None]:
    answers: list[float | None] = []
    for place, answer in enumerate(row, start=1):
        if answer is None or math.isnan(answer):
            answers.append(None)
            continue
        if not minimum <= answer <= maximum:
            raise ValueError(f"item {place} lies between {minimum:g} and {maximum:g}")
        answers.append(minimum + maximum - answer if place in reverse else answer)
    return answers


def _one(answers: list[float | None], needed: int, minimum: float, maximum: float) -> Score:
    given = [float(answer) for answer in answers if answer is not None]
    seen, width = len(given), len(answers)
    if seen < needed:
        counted = f"{seen or 'none'} of {width} items answered"
        reason = f"{counted}, at least {needed} needed" if seen else counted
        return Score(seen, width, None, None, None, reason)
    mean = math.fsum(given) / seen
    percent = (mean - minimum) / (maximum - minimum) * 100
    return Score(seen, width, mean, mean * width, percent)
