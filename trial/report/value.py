"""A report as a value: its blocks, tables, figures and traffic lights."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trial.report.picture import Picture


class Colour(StrEnum):
    """The colours of a traffic light; grey where it cannot be judged yet."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True)
class Light:
    """A traffic light: its colour and the words that say the same without colour."""

    word: Colour
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", Colour(self.word))

    @property
    def text(self) -> str:
        """The light in words."""
        name = "Not judged yet" if self.word is Colour.GREY else self.word.capitalize()
        return f"{name}: {self.label}" if self.label else name


Cell = str | int | Decimal | date | Light | None


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a section of the report, level 2 a part of a section.

    One that ``turns`` begins a page on paper.
    """

    text: str
    level: int = 1
    turns: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Notice:
    """A paragraph that must not be overlooked."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A list of points."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table; `numeric` holds the positions of the columns that are aligned to the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    numeric: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"Give row {number} of “{self.caption}” {len(self.columns)} cells, "
                    f"one for each column; it has {len(row)}."
                )


@dataclass(frozen=True)
class Figure:
    """A figure with its description in words; without a table of its own it shows the picture's.

    ``marks`` is the line at its foot that says what it was drawn from.
    """

    key: str
    title: str
    description: str
    drawing: Picture
    table: Table | None = None
    marks: str = ""


@dataclass(frozen=True)
class Blank:
    """A question that is answered by hand on paper.

    ``choices`` have a box to tick each, ``boxes`` are groups of boxes for one letter each, with the word
    below each group, ``lines`` are ruled lines. ``letters`` are boxes for why there is no answer.
    """

    label: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    boxes: tuple[tuple[int, str], ...] = ()
    lines: int = 0
    unit: str = ""
    letters: tuple[str, ...] = ()


Block = Heading | Text | Notice | Listing | Table | Figure | Light | Blank


@dataclass(frozen=True)
class Report:
    """A report: its blocks in order, and the lines that stand on every page."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    footer: tuple[str, ...] = ()
    language: str = "en-GB"
    header: tuple[str, ...] = ()

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures of the report by key."""
        return {block.key: block for block in self.blocks if isinstance(block, Figure)}
