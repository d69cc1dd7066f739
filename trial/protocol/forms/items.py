"""The kinds of question that a form is made of, told apart by ``kind``."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trial.protocol.base import Codes, Day, Table, Text, number
from trial.protocol.forms.names import ScoreName

ItemKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Exact = Annotated[Decimal, BeforeValidator(number), Field(ge=-(10**9), le=10**9, decimal_places=6)]
WholeNumber = Annotated[int, Field(ge=-(10**9), le=10**9)]


class Condition(Table):
    """Asks a question only if another was answered so: with one of ``equals``, or within limits.

    In a section that repeats, ``item`` is first sought in the same repetition.
    """

    item: ItemKey
    equals: tuple[str | int, ...] = ()
    at_least: Exact | None = None
    at_most: Exact | None = None


class Question(Table):
    """What every question has; ``sensitive`` marks what may harm a person if it gets out.

    ``required`` questions need an answer or a reserved code before a form is complete; ``unblinds``
    hides the question from whoever must not know the arm.
    """

    key: ItemKey
    label: Text
    hint: Text | None = None
    required: bool = True
    when: tuple[Condition, ...] = ()
    sensitive: bool = False
    unblinds: bool = False


class Choice(Question):
    """One of a list."""

    kind: Literal["choice"]
    codes: Codes
    long: bool = False


class Several(Question):
    """Any number of a list; kept as the keys in the order of the list, separated by spaces."""

    kind: Literal["several"]
    codes: Codes


class YesNo(Question):
    """Yes or no."""

    kind: Literal["yes-no"]


class Whole(Question):
    """A whole number; outside ``between`` it is refused, outside ``usual`` it raises a query."""

    kind: Literal["whole"]
    between: tuple[WholeNumber, WholeNumber]
    usual: tuple[WholeNumber, WholeNumber] | None = None
    unit: Text | None = None


class DecimalNumber(Question):
    """A number with decimals, kept exactly as a text."""

    kind: Literal["decimal"]
    places: Annotated[int, Field(ge=1, le=6)] = 2
    between: tuple[Exact, Exact]
    usual: tuple[Exact, Exact] | None = None
    unit: Text | None = None


class DateQuestion(Question):
    """A calendar date; a ``partial`` one may lack its day, or its day and month: 2016-03, 2016."""

    kind: Literal["date"]
    partial: bool = False
    between: tuple[Day, Day] = (date(1900, 1, 1), date(2099, 12, 31))
    usual: tuple[Day, Day] | None = None
    future: bool = False


class TimeQuestion(Question):
    """A time of day: 14:05."""

    kind: Literal["time"]


class TextQuestion(Question):
    """Words: on one line, or on several if ``long``. Free text stays out of exports."""

    kind: Literal["text"]
    long: bool = False
    most: Annotated[int, Field(ge=1, le=20_000)] = 200


class Anchor(Table):
    """What one value of a scale means."""

    value: WholeNumber
    label: Text


class Scale(Question):
    """A value from the first anchor's to the last one's; values between may have no words."""

    kind: Literal["scale"]
    anchors: Annotated[tuple[Anchor, ...], Field(min_length=2, max_length=101)]

    @property
    def least(self) -> int:
        """The lowest value."""
        return min(anchor.value for anchor in self.anchors)

    @property
    def most(self) -> int:
        """The highest value."""
        return max(anchor.value for anchor in self.anchors)


class Band(Table):
    """A range of a score with a name: from ``least`` up to the next band."""

    key: Annotated[str, Field(max_length=60)]
    least: Exact


class Score(Question):
    """A value derived by a named function from other answers; never typed, never stored."""

    kind: Literal["score"]
    required: bool = False
    score: ScoreName
    of: Annotated[tuple[ItemKey, ...], Field(min_length=1)]
    reverse: tuple[ItemKey, ...] = ()
    least_answered: Annotated[int, Field(ge=1)] | None = None
    unit: Text | None = None
    bands: tuple[Band, ...] = ()


class File(Question):
    """A file kept with the record, under seal."""

    kind: Literal["file"]
    types: Annotated[tuple[Literal["pdf", "png", "jpg", "txt", "docx"], ...], Field(min_length=1)]
    most_kilobytes: Annotated[int, Field(ge=1, le=900)] = 900


Item = Annotated[
    Choice
    | Several
    | YesNo
    | Whole
    | DecimalNumber
    | DateQuestion
    | TimeQuestion
    | TextQuestion
    | Scale
    | Score
    | File,
    Field(discriminator="kind"),
]
KINDS = frozenset(
    {"choice", "several", "yes-no", "whole", "decimal", "date", "time", "text", "scale", "score", "file"}
)  # fmt: skip
