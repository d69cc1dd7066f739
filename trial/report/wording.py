"""How a cell's value is written, and how characters that must not be printed are marked."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

from trial.report.value import Cell, Light

REPLACEMENT = "\ufffd"
# Overrides and isolates of the direction of writing can make a page say what was not entered.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def day(value: date) -> str:
    """A date in words, such as "3 May 2016"."""
    return f"{value.day} {value:%B} {value.year}"


def month(value: date) -> str:
    """A month in short, such as "May 2016"."""
    return f"{value:%b} {value.year}"


def shown(cell: Cell) -> str:
    """A cell's value in words; an empty text where there is none."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Light():
            return cell.text
        case bool():
            return "Yes" if cell else "No"
        case int() | Decimal():
            return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
        case date():
            return _moment(cell) if isinstance(cell, datetime) else day(cell)
    raise TypeError(f"Say in words how {cell!r} is to be shown: its places or its unit are open.")


def _moment(value: datetime) -> str:
    return f"{day(value)} {value:%H:%M:%S} {value.tzname() or ''}".strip()


def legible(text: str, mark: str = REPLACEMENT) -> str:
    """The text with control characters, overrides of direction and broken characters marked."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    if joined.isascii() and joined.isprintable():
        return joined
    return "".join(mark if _harmful(letter) else letter for letter in joined)


def _harmful(letter: str) -> bool:
    if letter in "\n\t":
        return False
    if letter in DIRECTIONS or ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF:
        return True
    return unicodedata.category(letter) in ("Cc", "Cs")
