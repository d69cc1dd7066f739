"""How wide the columns of a table are, how small its words, and whether the sheet is turned."""

from dataclasses import dataclass

from trial.report.letters import BOLD, REGULAR, printable, width
from trial.report.printing.paper import SIDEWAYS, UPRIGHT, Format
from trial.report.value import Cell, Light, Table
from trial.report.wording import shown

PAD = 4.0
PARTED = 14.0
# The sign of a traffic light before its words, in shares of the size of type.
SIGN = 1.2
# The longest word of a column counts up to this width, in shares of the size of type.
LONGEST = 13.0
# A table that takes this share of the room is drawn out to its whole width.
NEARLY = 0.6
TRIES = ((UPRIGHT, 9.0), (UPRIGHT, 8.0), (SIDEWAYS, 9.0), (SIDEWAYS, 8.0), (SIDEWAYS, 7.0))


@dataclass(frozen=True)
class Columns:
    """The sheet, the size of type, and the width of each column."""

    format: Format
    size: float
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Wish:
    """What a column of type of size 1 needs: not to break words, and not to break lines."""

    least: float
    most: float
    edges: float


def wishes_of(table: Table) -> tuple[Wish, ...]:
    """What each column of a table needs."""
    return tuple(_wish(table, number) for number in range(len(table.columns)))


def columns(wishes: tuple[Wish, ...], turned: Format | None = None) -> Columns:
    """The largest type on the sheet that needs turning least, so that no usual word is broken."""
    for sheet, size in TRIES:
        least = sum(wish.least * size + wish.edges for wish in wishes)
        if least <= sheet.room and (turned is None or sheet is turned):
            break
    return Columns(sheet, size, _shared(wishes, sheet.room, size))


def sign(cell: Cell) -> float:
    """The width before the words of a cell, in shares of the size of type."""
    return SIGN if isinstance(cell, Light) else 0.0


def far_edge(table: Table, number: int) -> float:
    """The space at the right of a column: more between a number and the words that follow it."""
    parts = number in table.numeric and number + 1 not in table.numeric
    return PARTED if parts and number + 1 < len(table.columns) else PAD


def _wish(table: Table, number: int) -> Wish:
    least, most = _text(table.columns[number], BOLD)
    for row in table.rows:
        cell = row[number]
        word, whole = _text(shown(cell), REGULAR)
        least, most = max(least, word + sign(cell)), max(most, whole + sign(cell))
    return Wish(min(least, LONGEST), max(most, 1.0), PAD + far_edge(table, number))


def _text(text: str, font: str) -> tuple[float, float]:
    """The widths of the longest word and of the longest line of a text."""
    lines = printable(text).split("\n")
    words = (width(word, 1, font) for line in lines for word in line.split(" "))
    return max(words), max(width(line, 1, font) for line in lines)


def _shared(wishes: tuple[Wish, ...], room: float, size: float) -> tuple[float, ...]:
    """The room shared so that narrow columns keep their lines whole and wide ones are as wide."""
    most = [wish.most * size + wish.edges for wish in wishes]
    least = [min(wish.least * size + wish.edges, m) for wish, m in zip(wishes, most, strict=True)]
    if sum(most) <= room:
        stretch = room / sum(most) if sum(most) >= NEARLY * room else 1.0
        return tuple(m * stretch for m in most)
    if sum(least) >= room:
        return tuple(one * room / sum(least) for one in least)
    pairs = list(zip(least, most, strict=True))
    low, high = 0.0, room
    for _ in range(40):
        level = (low + high) / 2
        taken = sum(min(max(level, less), more) for less, more in pairs)
        low, high = (level, high) if taken <= room else (low, level)
    return tuple(min(max(low, less), more) for less, more in pairs)
