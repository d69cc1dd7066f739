"""Headings, paragraphs, boxes, points, traffic lights and figures on paper."""

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from trial.report.figures.draw import draw, parts
from trial.report.letters import BOLD, REGULAR, printable, wrap
from trial.report.numbers import numbers
from trial.report.printing.lights import lamp
from trial.report.printing.paper import MARGIN, Paper
from trial.report.printing.table import PrintedTable
from trial.report.value import Blank, Block, Figure, Heading, Light, Listing, Notice, Table, Text

SIZE = 10.0
LEADING = 13.5
HEADINGS = {1: 15.0, 2: 12.0}
# Lines longer than this are hard to read, even where the sheet is wider.
MEASURE = 500.0
BULLET = 12.0
BAR = HexColor("#b1b4b6")
BAR_WIDE = 5.0
# How far a small picture may be enlarged.
LARGEST = 1.1
# What is left above a figure that fills a page, for the headings that belong to it.
HEADROOM = 75.0
# A paragraph of no more lines than this is not split.
SHORT = 5


def heading_size(level: int) -> float:
    """The size of type of a heading."""
    return HEADINGS.get(level, 10.5)


def heading(paper: Paper, block: Heading, key: str, depth: int) -> None:
    """A heading, and the place in the outline that leads to it."""
    size = heading_size(block.level)
    paper.gap(size * 0.9)
    paper.need(size * 1.25)
    top = paper.take(0)

    def outline(canvas: Canvas) -> None:
        canvas.bookmarkHorizontal(key, 0, top)
        canvas.addOutlineEntry(" ".join(printable(block.text).split()) or "…", key, depth)

    paper.mark(outline)
    lines(paper, block.text, size, font=BOLD)
    paper.gap(size * 0.3)


def lines(
    paper: Paper, text: str, size: float = SIZE, indent: float = 0.0, font: str = REGULAR
) -> None:
    """A paragraph, over as many pages as it needs."""
    leading = size * LEADING / SIZE
    written = wrap(text, size, _measure(paper) - indent, font)
    paper.need((len(written) if len(written) <= SHORT else 2) * leading)
    for line in written:
        paper.need(leading)
        paper.words(MARGIN + indent, paper.take(leading) - size, line, size, font)


def text(paper: Paper, block: Text) -> None:
    """A paragraph with space below it."""
    lines(paper, block.text)
    paper.gap(6)


def listing(paper: Paper, block: Listing) -> None:
    """Points, each behind a bullet."""
    for item in block.items:
        count = len(wrap(item, SIZE, _measure(paper) - BULLET))
        paper.need((count if count <= SHORT else 2) * LEADING)
        y = paper.take(0) - SIZE
        paper.words(MARGIN + 2, y, "•", SIZE)
        lines(paper, item, indent=BULLET)
        paper.gap(2)
    paper.gap(4)


def notice(paper: Paper, block: Notice) -> None:
    """A paragraph in a frame with a thick left edge, framed again on each page that it reaches."""
    rest = wrap(block.text, SIZE, _measure(paper) - 26, BOLD)
    paper.gap(4)
    while rest:
        paper.need(min(len(rest), 3) * LEADING + 14)
        count = max(int((paper.page.left - 14) / LEADING), 1)
        part, rest = rest[:count], rest[count:]
        high = len(part) * LEADING + 12
        top = paper.take(high)
        _framed(paper, top, high)
        for number, line in enumerate(part):
            y = top - 5 - SIZE - number * LEADING
            paper.words(MARGIN + 16, y, line, SIZE, BOLD)
    paper.gap(10)


def _framed(paper: Paper, top: float, high: float) -> None:
    wide = _measure(paper)

    def frame(canvas: Canvas) -> None:
        canvas.setFillColor(BAR)
        canvas.setStrokeColor(BAR)
        canvas.setLineWidth(0.8)
        canvas.rect(MARGIN, top - high, wide, high, fill=0)
        canvas.rect(MARGIN, top - high, BAR_WIDE, high, fill=1, stroke=0)

    paper.mark(frame)


def light(paper: Paper, block: Light) -> None:
    """A traffic light: its sign and its words."""
    paper.need(LEADING)
    lamp(paper, block.word, MARGIN, paper.take(0) - SIZE, SIZE)
    lines(paper, block.text, indent=SIZE * 1.3, font=BOLD)
    paper.gap(6)


def table(paper: Paper, printed: PrintedTable) -> None:
    """A table with space around it."""
    paper.gap(4)
    printed.print(paper)
    paper.gap(12)


class PrintedFigure:
    """A figure drawn once: title, description, picture, and its numbers as a table."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.drawings = [draw(part, figure.marks) for part in parts(figure.drawing)]
        self.numbers = PrintedTable(numbers(figure))

    def start(self, paper: Paper) -> float:
        """The height from its title to the end of its picture, or of the first part of it."""
        first = self.drawings[0]
        return self._said(paper) + first.height * self._scale(paper, first)

    def print(self, paper: Paper) -> None:
        """Lay the figure on the paper, its picture on one page or each part of it on one."""
        paper.gap(6)
        paper.need(self.start(paper))
        lines(paper, self.figure.title, 10.5, font=BOLD)
        paper.gap(3)
        lines(paper, self.figure.description, 9)
        paper.gap(8)
        for number, drawing in enumerate(self.drawings, start=1):
            high = drawing.height * self._scale(paper, drawing)
            if number > 1:
                paper.need(high + 20)
                said = f"{self.figure.title} (part {number} of {len(self.drawings)})"
                lines(paper, said, 10.5, font=BOLD)
                paper.gap(6)
            self._picture(paper, drawing)
            paper.gap(10)
        table(paper, self.numbers)

    def _picture(self, paper: Paper, drawing: Drawing) -> None:
        scale = self._scale(paper, drawing)
        high = drawing.height * scale
        paper.need(high)
        bottom = paper.take(high) - high

        def picture(canvas: Canvas) -> None:
            canvas.saveState()
            canvas.translate(MARGIN, bottom)
            canvas.scale(scale, scale)
            renderPDF.draw(drawing, canvas, 0, 0)
            canvas.restoreState()

        paper.mark(picture)

    def _said(self, paper: Paper) -> float:
        title = wrap(self.figure.title, 10.5, _measure(paper), BOLD)
        description = wrap(self.figure.description, 9, _measure(paper))
        return len(title) * 14.5 + len(description) * 12.5 + 12

    def _scale(self, paper: Paper, drawing: Drawing) -> float:
        """To the width of the page, and no higher than the page leaves below the words."""
        sheet = paper.page.format
        whole = paper.whole(sheet)
        left = max(whole - self._said(paper) - HEADROOM, whole / 2)
        return float(min(sheet.room / drawing.width, left / drawing.height, LARGEST))


Ready = Heading | Text | Notice | Listing | Light | PrintedTable | PrintedFigure | Blank


def ready(block: Block) -> Ready:
    """The block measured: tables and figures are laid out once."""
    if isinstance(block, Table):
        return PrintedTable(block)
    return PrintedFigure(block) if isinstance(block, Figure) else block


def start(paper: Paper, block: Ready) -> float:
    """The height that a block needs so that a heading above it does not stand alone."""
    match block:
        case Heading():
            return heading_size(block.level) * 2.45
        case PrintedTable():
            return block.start()
        case PrintedFigure():
            return block.start(paper)
        case _:
            return 3 * LEADING


def _measure(paper: Paper) -> float:
    return min(paper.page.format.room, MEASURE)
