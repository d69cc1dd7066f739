"""Pages being filled from the top: what stands where, with the header and footer of each page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from reportlab.lib.colors import Color, black
from reportlab.pdfgen.canvas import Canvas

from trial.report.letters import MISSING, REGULAR, shortened, width, wrap
from trial.report.value import Report

Drawn = Callable[[Canvas], None]

MARGIN = 54.0
TOP = 34.0
FOOT = 30.0
FINE = 7.5
FINE_LEADING = 9.5
GREY = Color(0.3, 0.3, 0.3)
RULE = Color(0.69, 0.71, 0.72)
# The words "Page 1000 of 1000" stand beside the footer.
NUMBERING = 86.0
# A header or footer of more lines than this would leave no room for the report itself.
MOST_LINES = 14


@dataclass(frozen=True)
class Format:
    """An A4 sheet, upright or on its side."""

    wide: float
    high: float

    @property
    def room(self) -> float:
        """The width between the margins."""
        return self.wide - 2 * MARGIN


UPRIGHT = Format(595.2756, 841.8898)
SIDEWAYS = Format(841.8898, 595.2756)


@dataclass(frozen=True, slots=True)
class Words:
    """One printable line in its place."""

    x: float
    y: float
    text: str
    size: float
    font: str = REGULAR
    colour: Color = black


Mark = Words | Drawn


@dataclass
class Page:
    """One page: its format, what is drawn on it, and how much height is left."""

    format: Format
    left: float
    marks: list[Mark] = field(default_factory=list)

    @property
    def untouched(self) -> bool:
        """Whether nothing stands on the page yet."""
        return not self.marks


class Paper:
    """The pages of a report; blocks take height from the page under way and mark it."""

    def __init__(self, report: Report) -> None:
        self._header = {f: _fine(report.header, f.room) for f in (UPRIGHT, SIDEWAYS)}
        self._footer = {f: _fine(report.footer, f.room - NUMBERING) for f in (UPRIGHT, SIDEWAYS)}
        self.boxes = False
        self.pages: list[Page] = []
        self.turn()

    @property
    def page(self) -> Page:
        """The page under way."""
        return self.pages[-1]

    def whole(self, sheet: Format) -> float:
        """The height between header and footer of an empty page."""
        return sheet.high - self._above(sheet) - self._below(sheet)

    def turn(self, sheet: Format = UPRIGHT) -> None:
        """Go on at the top of a page of this format, the one under way if it is still empty."""
        if self.pages and self.page.untouched:
            self.pages.pop()
        self.pages.append(Page(sheet, self.whole(sheet)))

    def need(self, height: float, sheet: Format | None = None) -> None:
        """Turn the page if less than this height is left of it."""
        if height > self.page.left and not self.page.untouched:
            self.turn(sheet or UPRIGHT)

    def take(self, height: float) -> float:
        """Use this height; the vertical place at which it began."""
        top = self.page.format.high - self._above(self.page.format)
        began = top - (self.whole(self.page.format) - self.page.left)
        self.page.left -= height
        return began

    def gap(self, height: float) -> None:
        """Leave a space, but not at the top of a page."""
        if not self.page.untouched:
            self.page.left = max(self.page.left - height, 0.0)

    def mark(self, mark: Mark) -> None:
        """Draw something on the page under way."""
        self.page.marks.append(mark)

    def words(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        font: str = REGULAR,
        colour: Color = black,
    ) -> None:
        """Write one printable line."""
        self.boxes = self.boxes or MISSING in text
        self.mark(Words(x, y, text, size, font, colour))

    def print(self, canvas: Canvas) -> None:
        """Draw all pages, each with header, footer and its number."""
        for number, page in enumerate(self.pages, start=1):
            canvas.setPageSize((page.format.wide, page.format.high))
            self._edges(canvas, page.format, f"Page {number} of {len(self.pages)}")
            _draw(canvas, page.marks)
            canvas.showPage()

    def _above(self, sheet: Format) -> float:
        lines = self._header[sheet]
        return TOP + len(lines) * FINE_LEADING + (14 if lines else 0)

    def _below(self, sheet: Format) -> float:
        return FOOT + max(len(self._footer[sheet]), 1) * FINE_LEADING + 16

    def _edges(self, canvas: Canvas, sheet: Format, numbering: str) -> None:
        header, footer = self._header[sheet], self._footer[sheet]
        below = FOOT + max(len(footer), 1) * FINE_LEADING
        top, right = sheet.high - TOP - FINE, sheet.wide - MARGIN
        stroke(canvas, (MARGIN, below + 3, right, below + 3), 0.5, RULE)
        if header:
            level = top - (len(header) - 1) * FINE_LEADING - 5
            stroke(canvas, (MARGIN, level, right, level), 0.5, RULE)
        placed = [(MARGIN, top - n * FINE_LEADING, text) for n, text in enumerate(header)]
        placed += [(MARGIN, below - FINE - n * FINE_LEADING, text) for n, text in enumerate(footer)]
        placed.append((right - width(numbering, FINE), below - FINE, numbering))
        _draw(canvas, [Words(x, y, text, FINE, REGULAR, GREY) for x, y, text in placed])


def _draw(canvas: Canvas, marks: Sequence[Mark]) -> None:
    """Draw the marks in order; lines of words that follow one another make one text."""
    for written, group in groupby(marks, key=lambda mark: isinstance(mark, Words)):
        if written:
            _write(canvas, [mark for mark in group if isinstance(mark, Words) and mark.text])
        else:
            for mark in group:
                if not isinstance(mark, Words):
                    mark(canvas)


def _write(canvas: Canvas, lines: list[Words]) -> None:
    text = canvas.beginText()
    told: tuple[str, float] | None = None
    colour: Color | None = None
    for line in lines:
        if told != (line.font, line.size):
            told = (line.font, line.size)
            text.setFont(*told)
        if colour is not line.colour:
            colour = line.colour
            text.setFillColor(colour)
        text.setTextOrigin(round(line.x, 2), round(line.y, 2))
        text.textOut(line.text)
    canvas.drawText(text)


def stroke(
    canvas: Canvas, ends: tuple[float, float, float, float], wide: float, colour: Color
) -> None:
    """A straight line."""
    canvas.setLineWidth(wide)
    canvas.setStrokeColor(colour)
    canvas.line(*ends)


def capped(lines: list[str], most: int, size: float, room: float, font: str = REGULAR) -> list[str]:
    """At most so many lines, the last one ended by an ellipsis where others are left out."""
    if len(lines) <= most:
        return lines
    last = shortened(" ".join(lines[most - 1 : most + 1]) + " …", size, room, font)
    return [*lines[: most - 1], last]


def _fine(texts: tuple[str, ...], room: float) -> list[str]:
    lines = [line for text in texts for line in wrap(text, FINE, room)]
    return capped(lines, MOST_LINES, FINE, room)
