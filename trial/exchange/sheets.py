"""Tables that people send: CSV and XLSX read row by row, or refused with a sentence."""

import codecs
import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NamedTuple

from trial.exchange import workbook
from trial.exchange.workbook import FORMULA, LONGEST, MOST_COLUMNS

MOST_ROWS = 200_000
SEPARATORS = ",;\t"
ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class Unreadable(Exception):
    """A file that cannot be taken in, in words; the row and column where that is known."""

    def __init__(self, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row, self.column = row, column


class Row(NamedTuple):
    """One row: its number in the file, the head being 1, and its cells by the names of the columns."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table: the names of its columns, and its rows, which can be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def read(content: bytes) -> Sheet:
    """The table in a CSV or XLSX file, told apart by how it begins; raises ``Unreadable``.

    What is wrong further down is raised when that row is read. A cell that holds a formula is refused:
    nothing is ever computed.
    """
    lines = _workbook(content) if content[:4] == b"PK\x03\x04" else _text(content)
    number, head = next(lines, (1, []))
    columns = _columns(head)
    return Sheet(columns, _rows(columns, number, lines))


def _columns(head: list[str]) -> tuple[str, ...]:
    while head and not head[-1]:
        head = head[:-1]
    if not head:
        raise Unreadable(
            "The first row names the columns, and it is empty: write the names there.", 1
        )
    if len(head) > MOST_COLUMNS:
        raise Unreadable(f"The file has more than {MOST_COLUMNS} columns: send fewer.", 1)
    seen: set[str] = set()
    for place, name in enumerate(head, start=1):
        if not name:
            raise Unreadable(f"Column {place} has no name: name it or take it out.", 1)
        if name in seen:
            raise Unreadable("This column stands twice: take one of them out.", 1, name)
        seen.add(name)
    return tuple(head)


def _rows(
    columns: tuple[str, ...], first: int, lines: Iterator[tuple[int, list[str]]]
) -> Iterator[Row]:
    for count, (number, cells) in enumerate(((n, c) for n, c in lines if any(c)), start=1):
        if count > MOST_ROWS:
            raise Unreadable(
                f"The file has more than {MOST_ROWS:,} rows: send it in parts.", number
            )
        if any(cells[len(columns) :]):
            raise Unreadable("This row has more cells than there are columns.", number)
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        row = Row(number, dict(zip(columns, padded, strict=False)))
        _refuse_formulas(row)
        yield row


def _refuse_formulas(row: Row) -> None:
    for column, text in row.cells.items():
        if text.startswith("="):
            raise Unreadable(FORMULA, row.number, column)
        if len(text) > LONGEST:
            message = f"This cell is longer than {LONGEST:,} characters: shorten it."
            raise Unreadable(message, row.number, column)


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with the number of the line on which each begins."""
    if content.startswith(ENCODINGS):
        raise Unreadable("This file is not UTF-8: save it as “CSV UTF-8”.")
    stream = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    line = 1
    try:
        separator = max(SEPARATORS, key=stream.readline(100_000).count)
        stream.seek(0)
        rows = csv.reader(stream, delimiter=separator, strict=True)
        for cells in rows:
            if any("\x00" in cell for cell in cells):
                raise Unreadable("This is not a text file: send CSV or XLSX.", line)
            yield line, [cell.strip() for cell in cells]
            line = rows.line_num + 1
    except UnicodeDecodeError:
        raise Unreadable("This file is not UTF-8: save it as “CSV UTF-8”.", line) from None
    except csv.Error as fault:
        raise Unreadable(f"This row cannot be read as CSV ({fault}).", line) from None


def _workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the only sheet of an XLSX file, as a program of its own reads them."""
    reader = subprocess.Popen(
        [sys.executable, "-I", workbook.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert reader.stdin is not None and reader.stdout is not None
    try:
        with suppress(BrokenPipeError):
            reader.stdin.write(content)
        with suppress(BrokenPipeError):
            reader.stdin.close()
        yield from _told(reader.stdout)
    finally:
        reader.kill()
        reader.stdout.close()
        reader.wait()


def _told(lines: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """What that program said, up to its last line; one that was ended early says no last line."""
    for line in lines:
        match json.loads(line):
            case []:
                return
            case [int() as number, list() as cells]:
                yield number, cells
            case {"wrong": str() as message, "row": row, "column": column}:
                raise Unreadable(message, row, column)
    raise Unreadable(workbook.TOO_LARGE)
