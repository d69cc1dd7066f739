"""A table on paper: its head again on each page, rows split only where one fills a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color, black
from reportlab.pdfgen.canvas import Canvas

from trial.report.letters import BOLD, REGULAR, width, wrap
from trial.report.printing.columns import (
    PAD,
    SIGN,
    Columns,
    columns,
    far_edge,
    sign,
    wishes_of,
)
from trial.report.printing.lights import lamp
from trial.report.printing.paper import (
    GREY,
    MARGIN,
    RULE,
    SIDEWAYS,
    UPRIGHT,
    Format,
    Paper,
    capped,
    stroke,
)
from trial.report.value import Cell, Light, Table
from trial.report.wording import shown

CAPTION = 10.0
NOTE = 8.5
NONE = "None."
MOST_HEAD = 10
# A table of few rows that takes no more than this share of a page is not split.
FEW_ROWS = 14
SMALL = 0.4


@dataclass(frozen=True)
class _Written:
    """One cell: its printable lines and, for a traffic light, the light itself."""

    lines: list[str]
    light: Light | None = None


class PrintedTable:
    """A table measured once, then laid on the sheet that suits it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._far = [far_edge(table, number) for number in range(len(table.columns))]
        self._wishes = wishes_of(table)
        self._lay(columns(self._wishes))

    def _lay(self, laid: Columns) -> None:
        self.laid, self.leading = laid, laid.size * 1.25
        self._heads = [
            _Written(capped(self._wrap(number, text, BOLD), MOST_HEAD, *self._room(number), BOLD))
            for number, text in enumerate(self.table.columns)
        ]

    @property
    def turned(self) -> bool:
        """Whether the table needs a sheet on its side."""
        return self.laid.format is SIDEWAYS

    def start(self) -> float:
        """The height of the whole table if it is small, else of its caption, head and first row."""
        head = len(self._caption("")) * CAPTION * 1.3 + self._high(self._heads) + 12
        if len(self.table.rows) <= FEW_ROWS:
            whole = head + sum(self._high(self._row(row)) for row in self.table.rows)
            if whole <= SMALL * self.laid.format.high:
                return whole
        return head + min(self._high(self._row(self.table.rows[0])), 90)

    def print(self, paper: Paper) -> None:
        """Lay the table on the paper, over as many pages as it needs."""
        self._choose(paper)
        paper.need(self.start(), self.laid.format)
        self._top(paper, "")
        if not self.table.rows:
            self._plain(paper, NONE, self.laid.size)
        for row in self.table.rows:
            self._print_row(paper, self._row(row))
        if self.table.note:
            paper.gap(2)
            for line in wrap(self.table.note, NOTE, self.laid.format.room):
                self._plain(paper, line, NOTE, GREY)

    def sheet(self, paper: Paper) -> Format:
        """The sheet for the table; a short one may end a sheet that is on its side already."""
        page = paper.page
        if self.turned or page.format is UPRIGHT or page.untouched:
            return self.laid.format
        size = columns(self._wishes, SIDEWAYS).size
        fits = (len(self.table.rows) * 1.5 + 5) * size * 2 <= page.left
        return SIDEWAYS if fits else self.laid.format

    def _choose(self, paper: Paper) -> None:
        sheet = self.sheet(paper)
        if sheet is not self.laid.format:
            self._lay(columns(self._wishes, sheet))
        if paper.page.format is not sheet:
            paper.turn(sheet)

    def _top(self, paper: Paper, continued: str) -> None:
        for line in self._caption(continued):
            paper.need(CAPTION * 1.3, self.laid.format)
            y = paper.take(CAPTION * 1.3)
            paper.words(MARGIN, y - CAPTION, line, CAPTION, BOLD)
        self._lines(paper, self._heads, BOLD, black)

    def _caption(self, continued: str) -> list[str]:
        room = self.laid.format.room
        text = self.table.caption + continued
        return capped(wrap(text, CAPTION, room, BOLD), MOST_HEAD, CAPTION, room, BOLD)

    def _plain(self, paper: Paper, text: str, size: float, colour: Color = black) -> None:
        paper.need(size * 1.3, self.laid.format)
        paper.words(MARGIN, paper.take(size * 1.3) - size, text, size, REGULAR, colour)

    def _room(self, number: int, indent: float = 0.0) -> tuple[float, float]:
        size = self.laid.size
        return size, max(
            self.laid.widths[number] - PAD - self._far[number] - indent * size, 1.0
        ) + 0.01

    def _wrap(self, number: int, text: str, font: str, indent: float = 0.0) -> list[str]:
        return wrap(text, *self._room(number, indent), font)

    def _row(self, row: Sequence[Cell]) -> list[_Written]:
        return [
            _Written(
                self._wrap(number, shown(cell), REGULAR, sign(cell)),
                cell if isinstance(cell, Light) else None,
            )
            for number, cell in enumerate(row)
        ]

    def _high(self, cells: list[_Written]) -> float:
        return max((len(cell.lines) for cell in cells), default=0) * self.leading + 2 * PAD - 1

    def _print_row(self, paper: Paper, cells: list[_Written]) -> None:
        whole = paper.whole(self.laid.format)
        for part in self._parts(cells, whole * 0.6):
            if self._high(part) > paper.page.left:
                paper.turn(self.laid.format)
                self._top(paper, " (continued)")
            self._lines(paper, part, REGULAR, RULE)

    def _parts(self, cells: list[_Written], most: float) -> Iterator[list[_Written]]:
        """The row in one, or in parts of this height where it would fill a page by itself."""
        if self._high(cells) <= most:
            yield cells
            return
        count = max(int(most / self.leading), 1)
        longest = max(len(cell.lines) for cell in cells)
        for start in range(0, longest, count):
            yield [
                _Written(cell.lines[start : start + count], None if start else cell.light)
                for cell in cells
            ]

    def _lines(self, paper: Paper, cells: list[_Written], font: str, rule: Color) -> None:
        high = self._high(cells)
        top, size = paper.take(high), self.laid.size
        x = MARGIN
        for number, (cell, wide) in enumerate(zip(cells, self.laid.widths, strict=True)):
            y = top - PAD - size + 1
            left = x + PAD + (SIGN * size if cell.light else 0)
            if cell.light:
                lamp(paper, cell.light.word, x + PAD, y, size)
            for line in cell.lines:
                right = x + wide - self._far[number] - width(line, size, font)
                at = right if number in self.table.numeric and not cell.light else left
                paper.words(at, y, line, size, font)
                y -= self.leading
            x += wide
        self._rule(paper, top - high, x, rule)

    def _rule(self, paper: Paper, y: float, right: float, colour: Color) -> None:
        def draw(canvas: Canvas) -> None:
            stroke(canvas, (MARGIN, y, right, y), 0.5 if colour is RULE else 0.9, colour)

        paper.mark(draw)
