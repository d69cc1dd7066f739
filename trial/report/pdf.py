"""A report as a PDF: the printed twin of the page, the same bytes each time."""

import io

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from trial.report.letters import BOLD, MISSING, printable, wrap
from trial.report.printing import blanks, blocks
from trial.report.printing.blocks import PrintedFigure, Ready
from trial.report.printing.paper import GREY, MARGIN, UPRIGHT, Paper
from trial.report.printing.table import PrintedTable
from trial.report.value import Blank, Heading, Light, Listing, Notice, Report, Text

# Streams as they are: told in letters they are a quarter longer and take longer to write.
rl_config.useA85 = 0

TITLE = 22.0
SUBTITLE = 12.0
LACKING = (
    f"{MISSING} stands for a character that the printed font does not have;"
    " the report on screen shows it."
)


def pdf(report: Report) -> bytes:
    """The report on A4, with bookmarks, its fonts inside, and nothing that changes with time."""
    paper = Paper(report)
    _title(paper, report)
    depth = -1
    ready = [blocks.ready(block) for block in report.blocks]
    for number, block in enumerate(ready):
        if isinstance(block, Heading):
            # An outline may go only one step deeper at a time.
            depth = min(max(block.level - 1, 0), depth + 1)
            if block.turns and not paper.page.untouched:
                paper.turn()
            _begin(paper, ready[number : number + 4])
            blocks.heading(paper, block, f"heading-{number}", depth)
        else:
            _print(paper, block)
    if paper.boxes:
        paper.gap(10)
        blocks.lines(paper, LACKING, 8.5)
    return _bytes(paper, report)


def _bytes(paper: Paper, report: Report) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(UPRIGHT.wide, UPRIGHT.high),
        pageCompression=1,
        invariant=1,
        lang=report.language,
    )
    canvas.setTitle(_line(report.title))
    canvas.setSubject(_line(report.subtitle))
    canvas.setAuthor("")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    paper.print(canvas)
    canvas.save()
    return out.getvalue()


def _line(text: str) -> str:
    return " ".join(printable(text).split())


def _title(paper: Paper, report: Report) -> None:
    for text, size in ((report.title, TITLE), (report.subtitle, SUBTITLE)):
        for line in wrap(text, size, paper.page.format.room, BOLD) if text else ():
            paper.need(size * 1.25)
            bold = size == TITLE
            y = paper.take(size * 1.25) - size
            if bold:
                paper.words(MARGIN, y, line, size, BOLD)
            else:
                paper.words(MARGIN, y, line, size, colour=GREY)
    paper.gap(8)


def _begin(paper: Paper, following: list[Ready]) -> None:
    """Turn the page where headings would stand alone, or where their table needs another sheet."""
    needed, sheet = 0.0, UPRIGHT
    for block in following:
        if isinstance(block, PrintedTable):
            sheet = block.sheet(paper)
            if sheet is not paper.page.format:
                paper.turn(sheet)
        needed += blocks.start(paper, block)
        if not isinstance(block, Heading):
            break
    paper.need(min(needed, paper.whole(sheet)), sheet)


def _print(paper: Paper, block: Ready) -> None:
    match block:
        case Text():
            blocks.text(paper, block)
        case Notice():
            blocks.notice(paper, block)
        case Listing():
            blocks.listing(paper, block)
        case Light():
            blocks.light(paper, block)
        case PrintedTable():
            blocks.table(paper, block)
        case PrintedFigure():
            block.print(paper)
        case Blank():
            blanks.blank(paper, block)
