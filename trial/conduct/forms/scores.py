"""What is worked out from answers, by the names that a protocol calls: never typed, never stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trial import analysis
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.missing import is_missing
from trial.protocol.forms.names import SCORES
from trial.protocol.forms.reading import Answer


@dataclass(frozen=True)
class Scored:
    """A score: its value, or None with the reason; the band that it lies in; how many were answered."""

    value: Decimal | None
    reason: str = ""
    band: str | None = None
    answered: int = 0
    items: int = 0

    @property
    def words(self) -> str:
        """The score as a page shows it."""
        if self.value is None:
            return f"Not worked out: {self.reason}"
        shown = f"{self.value.normalize():f}"
        return f"{shown} ({self.band})" if self.band else shown


@dataclass(frozen=True)
class Given:
    """What a score function reads: the score's item, its form, and the answers it is made of."""

    item: kinds.Score
    form: FormPlan
    answers: tuple[Answer | None, ...]
    protocol: Protocol

    @property
    def numbers(self) -> list[Decimal | None]:
        """The answers as numbers; None for those missing."""
        return [_number(one) for one in self.answers]


def scores(protocol: Protocol, form: FormPlan, answers: Mapping[str, Answer]) -> dict[str, Scored]:
    """Every score of a form by its key."""
    found: dict[str, Scored] = {}
    for item in form.items:
        if isinstance(item, kinds.Score):
            given = Given(item, form, tuple(answers.get(key) for key in item.of), protocol)
            found[item.key] = FUNCTIONS[item.score](given)
    return found


def _sum(given: Given) -> Scored:
    """The sum of all answers, all of them needed unless ``least_answered`` says fewer."""
    numbers = [one for one in given.numbers if one is not None]
    needed = given.item.least_answered or len(given.answers)
    if len(numbers) < needed:
        return _too_few(given, len(numbers), needed)
    return _banded(given, sum(numbers, Decimal(0)), len(numbers))


def _scale(given: Given) -> Scored:
    """The mean of the answered items times their number, reversed items turned: ``analysis.scale``."""
    scales = [_of(given, key) for key in given.item.of]
    least, most = scales[0].least, scales[0].most
    turned = [place for place, key in enumerate(given.item.of, 1) if key in given.item.reverse]
    row: Sequence[float | None] = [None if n is None else float(n) for n in given.numbers]
    needed = given.item.least_answered or len(row)
    (made,) = analysis.scale.score([row], least, most, reverse=turned, least_answered=needed)
    if made.total is None:
        return Scored(None, made.reason, None, made.answered, made.items)
    return _banded(given, Decimal(f"{made.total:.6f}"), made.answered)


def _total_of_assessed(given: Given) -> Scored:
    """The sum over the items that were assessed, however many they are."""
    numbers = [one for one in given.numbers if one is not None]
    if not numbers:
        return Scored(None, "no item is assessed", None, 0, len(given.answers))
    return _banded(given, sum(numbers, Decimal(0)), len(numbers))


def _pro_rated(given: Given) -> Scored:
    """The mean of the assessed items times the number of all items."""
    numbers = [one for one in given.numbers if one is not None]
    if not numbers:
        return Scored(None, "no item is assessed", None, 0, len(given.answers))
    mean = sum(numbers, Decimal(0)) / len(numbers)
    return _banded(given, round(mean * len(given.answers), 2), len(numbers))


def _unit_costs(given: Given) -> Scored:
    """Each number of contacts times what one costs, by the protocol's unit costs of the same key."""
    prices = {cost.key.replace("-", "_"): cost.cost for cost in given.protocol.costs}
    lacking = [key for key in given.item.of if key not in prices]
    if lacking:
        return Scored(None, f"the protocol has no unit cost for {', '.join(lacking)}")
    numbers = [one for one in given.numbers if one is not None]
    needed = given.item.least_answered or len(given.answers)
    if len(numbers) < needed:
        return _too_few(given, len(numbers), needed)
    pairs = zip(given.item.of, given.numbers, strict=True)
    return _banded(given, sum((prices[k] * (n or 0) for k, n in pairs), Decimal(0)), len(numbers))


def _days_between(given: Given) -> Scored:
    """The days from the first date to the second, both known to the day."""
    days = [one for one in given.answers if isinstance(one, str) and len(one) == len("2016-01-15")]
    if len(days) < 2:
        return Scored(None, "both dates are needed, to the day", None, len(days), 2)
    first, last = (date.fromisoformat(day) for day in days[:2])
    return _banded(given, Decimal((last - first).days), 2)


FUNCTIONS: Mapping[str, Callable[[Given], Scored]] = {
    "sum": _sum,
    "scale": _scale,
    "rosenberg": _scale,
    "total-of-assessed": _total_of_assessed,
    "pro-rated": _pro_rated,
    "unit-costs": _unit_costs,
    "days-between": _days_between,
}
assert set(FUNCTIONS) == set(SCORES)


def _of(given: Given, key: str) -> kinds.Scale:
    item = given.form.item(key)
    assert isinstance(item, kinds.Scale)  # a rule of the protocol sees to it
    return item


def _number(answer: Answer | None) -> Decimal | None:
    if answer is None or is_missing(answer):
        return None
    return Decimal(answer)


def _too_few(given: Given, answered: int, needed: int) -> Scored:
    reason = f"{answered or 'none'} of {len(given.answers)} answered, {needed} needed"
    return Scored(None, reason, None, answered, len(given.answers))


def _banded(given: Given, value: Decimal, answered: int) -> Scored:
    below = [band.key for band in given.item.bands if band.least <= value]
    return Scored(value, "", below[-1] if below else None, answered, len(given.answers))
