"""Frames as CSV: raw for statistics, or with formulas neutralised for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

# What a spreadsheet takes for the beginning of a formula, full-width twins included.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
QUOTES = "\"'“”‘’"


def to_csv(frame: pd.DataFrame, *, spreadsheet: bool = False) -> bytes:
    """A frame as UTF-8 CSV, lines ended by a line feed, missing values empty, dates as ISO 8601.

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
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([spelled(value, spreadsheet=spreadsheet) for value in row])
    return out.getvalue().encode("utf-8-sig" if spreadsheet else "utf-8")


def spelled(value: Any, *, spreadsheet: bool = False) -> str:
    """One value as its cell holds it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return neutral(value) if spreadsheet else value
        case datetime() if pd.isna(value):
            return ""
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case float():
            return "" if pd.isna(value) else repr(value)
        case _:
            return "" if value is pd.NaT else str(value)


def neutral(text: str) -> str:
    """A text that a spreadsheet shows and does not run."""
    bare = text.lstrip(QUOTES + " ")
    return f"'{text}" if text[:1] in FORMULA or bare[:1] in FORMULA else text


def from_csv(content: bytes) -> pd.DataFrame:
    """A raw file read back: every value as text, empty cells as missing."""
    rows = _rows(content)
    columns = next(rows, [])
    kept = [[value or None for value in row] for row in rows]
    return pd.DataFrame(kept, columns=columns, dtype=object)


def _rows(content: bytes) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
