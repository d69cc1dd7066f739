"""One XLSX file as lines of JSON: a program of its own, so that a hostile file can only harm itself.

It is run by ``sheets`` with the file on its input, alone and with little memory and time. It knows
nothing of the trial, writes no file and opens no connection.
"""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Container, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601

MOST_COLUMNS = 600
LONGEST = 20_000  # characters in a cell
MOST_LINES = 1_048_576
# Cells, empty ones among them: 200,000 rows of fifty columns.
MOST_CELLS = 10_000_000
MEMORY, SECONDS = 160_000_000, 240
# Of the archive: its parts, all of them unpacked, the texts of its cells, and any other part.
MOST_PARTS, MOST_UNPACKED, MOST_STRINGS, MOST_OTHER = 200, 200_000_000, 30_000_000, 3_000_000
SMALL, MOST_RATIO = 1_000_000, 200
PIECE, LONGEST_RUN = 65_536, 1_000_000
SHEETS, STRINGS = "xl/worksheets/", "xl/sharedStrings.xml"
TOO_LARGE = "This workbook unpacks to far more than a table: it is not taken in."
UNREADABLE = "This workbook cannot be read: save it again, or as “CSV UTF-8”."
FORMULA = "This cell holds a formula: put its value there instead."


class Wrong(Exception):
    """What is wrong with the file, in words; the row and the column where that is known."""

    def __init__(self, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row, self.column = row, column


def main() -> None:
    """Write each row of the file on the input as one line: its number and its cells, or what is wrong."""
    content = sys.stdin.buffer.read()
    _keep_within(len(content))
    try:
        for number, cells in rows(content):
            print(json.dumps([number, cells]))
    except Wrong as wrong:
        print(json.dumps({"wrong": str(wrong), "row": wrong.row, "column": wrong.column}))
    except MemoryError:
        print(json.dumps({"wrong": TOO_LARGE, "row": None, "column": None}))
    # Whatever a library raises over a file that somebody made up, the answer is the same.
    except Exception:
        print(json.dumps({"wrong": UNREADABLE, "row": None, "column": None}))
    print("[]")


def _keep_within(size: int) -> None:
    """Take no more memory and time than a table needs."""
    held = Path("/proc/self/statm")
    if held.exists():
        pages = int(held.read_text().split()[0])
        most = pages * resource.getpagesize() + MEMORY + size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the only sheet, each with its number."""
    _refuse_bombs(content)
    book = ExcelReader(io.BytesIO(content), read_only=True, keep_links=False)
    book.read_manifest()
    book.read_strings()
    book.read_workbook()
    kept: Any = book.wb
    apply_stylesheet(book.archive, kept)
    sheets = list(book.parser.find_sheets())
    if len(sheets) != 1:
        raise Wrong("This workbook has several sheets: keep the one to be imported.")
    cells = Cells(book.shared_strings, kept._date_formats, kept.epoch)
    with book.archive.open(sheets[0][1].target) as opened:
        while piece := opened.read(PIECE):
            yield from cells.feed(piece)
        yield from cells.feed(b"", last=True)


class Cells:
    """The cells of a sheet, read as its text comes in: nothing but the row at hand is held."""

    def __init__(self, strings: Sequence[str], days: Container[int], epoch: datetime) -> None:
        self.strings, self.days, self.epoch = strings, days, epoch
        self.row = self.column = self.style = self.count = 0
        self.kind, self.taking = "n", False
        self.text: list[str] = []
        self.cells: dict[int, str] = {}
        self.made: list[tuple[int, list[str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_declaration
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._take

    def feed(self, piece: bytes, last: bool = False) -> Iterator[tuple[int, list[str]]]:
        """The rows that are whole with this piece of text."""
        self.parser.Parse(piece, last)
        made, self.made = self.made, []
        yield from made

    def _refuse_declaration(self, *_: object) -> None:
        """What is declared may name files or grow without end; no sheet declares anything."""
        raise Wrong(UNREADABLE)

    def _begin(self, name: str, given: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._begin_row(int(given.get("r", self.row + 1)))
            case "c":
                self._begin_cell(given)
            case "v" | "t":
                self.taking = True
            case "f":
                raise Wrong(FORMULA, self.row, self._letter())

    def _begin_row(self, number: int) -> None:
        if not self.row < number <= MOST_LINES:
            raise Wrong(UNREADABLE, number)
        self.row, self.column, self.cells = number, 0, {}

    def _begin_cell(self, given: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_CELLS:
            raise Wrong(TOO_LARGE, self.row)
        place = given.get("r", "").rstrip("0123456789")
        self.column = column_index_from_string(place) if place else self.column + 1
        self.kind, self.style, self.text = given.get("t", "n"), int(given.get("s", 0)), []

    def _take(self, text: str) -> None:
        if self.taking:
            self.text.append(text)

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v" | "t":
                self.taking = False
            case "c":
                self._end_cell()
            case "row":
                self._end_row()

    def _end_cell(self) -> None:
        text = "".join(self.text)
        if not text:
            return
        value = self._value(text)
        if len(value) > LONGEST:
            message = f"This cell is longer than {LONGEST:,} characters: shorten it."
            raise Wrong(message, self.row, self._letter())
        if value and self.column > MOST_COLUMNS:
            raise Wrong(f"The file has more than {MOST_COLUMNS} columns: send fewer.", self.row)
        if value:
            self.cells[self.column] = value

    def _end_row(self) -> None:
        if self.cells:
            most = max(self.cells)
            self.made.append((self.row, [self.cells.get(n, "") for n in range(1, most + 1)]))

    def _value(self, text: str) -> str:
        match self.kind:
            case "s":
                return self.strings[int(text)].strip()
            case "b":
                return "yes" if int(text) else "no"
            case "e":
                message = "This cell holds an error: put its value there."
                raise Wrong(message, self.row, self._letter())
            case "d":
                return spelled(from_ISO8601(text))
            case "n" if self.style in self.days:
                return spelled(from_excel(float(text), self.epoch))
            case "n":
                return text if text.isdecimal() else f"{float(text):.15g}"
            case _:
                return text.strip()

    def _letter(self) -> str:
        return str(get_column_letter(self.column)) if self.column else ""


def _refuse_bombs(content: bytes) -> None:
    """Look at what the archive says of its parts, then at the parts, before anything takes them in."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
            raise Wrong(TOO_LARGE)
        for part in parts:
            swollen = part.file_size > MOST_RATIO * max(part.compress_size, 1)
            if part.file_size > _most(part.filename) or (part.file_size > SMALL and swollen):
                raise Wrong(TOO_LARGE)
            with archive.open(part) as opened:
                _refuse_runs(opened)  # type: ignore[arg-type]


def _most(name: str) -> int:
    if name.startswith(SHEETS):
        return MOST_UNPACKED
    return MOST_STRINGS if name == STRINGS else MOST_OTHER


def _refuse_runs(opened: BinaryIO) -> None:
    """A part without a tag for long would be held in memory whole."""
    run = 0
    while piece := opened.read(PIECE):
        head, tag, _ = piece.partition(b"<")
        if run + len(head) > LONGEST_RUN:
            raise Wrong(TOO_LARGE)
        run = len(piece) - piece.rfind(b"<") - 1 if tag else run + len(piece)


def spelled(value: Any) -> str:
    """A day, an instant or a time as somebody would type it."""
    match value:
        case datetime():
            return value.date().isoformat() if value.time() == time.min else value.isoformat()
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value).strip()


if __name__ == "__main__":
    main()
