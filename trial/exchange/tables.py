"""Frames as CSV: raw for statistics, or with formulas neutralised for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pandas as pd

# What a spreadsheet takes for the beginning of a formula, full-width twins included.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
# What may stand before it unseen or as a quotation: quotation marks, spaces, marks without width.
BEFORE = "\"'“”‘’`´\u00a0\u2007\u202f\u3000\u200b\u200c\u200d\u2060\ufeff "
# As RFC 4180 has it; a line break inside a quoted cell stays as it was entered.
LINE_END = "\r\n"


def to_csv(frame: pd.DataFrame, *, spreadsheet: bool = False) -> bytes:
    """A frame as UTF-8 CSV by RFC 4180: missing values empty, dates as ISO 8601, numbers unrounded.

    The raw flavour holds every value as it is. The spreadsheet flavour begins with a byte order mark
    and puts an apostrophe before each text that a spreadsheet would run as a formula; numbers and
    dates stay as they are.
    """
    rows = frame.itertuples(index=False, name=None)
    return rows_to_csv([str(name) for name in frame.columns], rows, spreadsheet=spreadsheet)


def rows_to_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, spreadsheet: bool = False
) -> bytes:
    """The same for rows of plain values."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=LINE_END)
    writer.writerow([spelled(name, spreadsheet=spreadsheet) for name in columns])
    for row in rows:
        writer.writerow([spelled(value, spreadsheet=spreadsheet) for value in row])
    return out.getvalue().encode("utf-8-sig" if spreadsheet else "utf-8")


def spelled(value: Any, *, spreadsheet: bool = False) -> str:
    """One value as its cell holds it."""
    match value:
        case str():
            return neutral(value) if spreadsheet else value
        case _ if value is None or pd.isna(value):
            return ""
        case date():
            return _day_or_instant(value)
        case Decimal():
            return format(value, "f")
        case float():
            # Fifteen digits hold every decimal that was entered and none that binary adds.
            return f"{value:.15g}"
        case _ if pd.api.types.is_bool(value):
            return "yes" if value else "no"
    return str(value)


def _day_or_instant(value: date) -> str:
    """Instants carry their zone; a frame's timestamp without one, at midnight, is a day."""
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time.min:
        return value.date().isoformat()
    return value.isoformat()


def neutral(text: str) -> str:
    """A text that a spreadsheet shows and does not run."""
    bare = text.lstrip(BEFORE)
    return f"'{text}" if text[:1] in FORMULA or bare[:1] in FORMULA else text


def from_csv(content: bytes) -> pd.DataFrame:
    """A raw file read back: every value as text, empty cells as missing."""
    rows = _rows(content)
    columns = next(rows, [])
    kept = [[value or None for value in row] for row in rows]
    return pd.DataFrame(kept, columns=columns, dtype=object)


def size(content: bytes) -> tuple[int, int]:
    """The numbers of rows below the head, and of columns."""
    rows = _rows(content)
    columns = len(next(rows, []))
    return sum(1 for _ in rows), columns


def _rows(content: bytes) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
