"""A question on paper: its words, boxes to tick or to write in, ruled lines, why there is no answer."""

from collections.abc import Sequence

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from trial.report.letters import BOLD, width, wrap
from trial.report.printing.paper import GREY, MARGIN, Paper
from trial.report.value import Blank

LABEL, HINT, CHOICE = 10.0, 8.5, 9.5
LEADING, LINE = 1.25, 24.0
TICK, BOX_WIDE, BOX_HIGH = 9.0, 17.0, 21.0
SMALL, LETTER = 7.5, 26.0
INK = Color(0.35, 0.35, 0.35)


def blank(paper: Paper, one: Blank) -> None:
    """The question and the room for its answer, never parted by the end of a page if they fit on one."""
    room = paper.page.format.room - len(one.letters) * LETTER - (12 if one.letters else 0)
    label, hint = wrap(one.label, LABEL, room, BOLD), wrap(one.hint, HINT, room) if one.hint else []
    ticks = _laid(one.choices, paper.page.format.room)
    high = (len(label) * LABEL + len(hint) * HINT) * LEADING + _high(one, ticks)
    paper.need(min(high + 10, paper.whole(paper.page.format)))
    top = paper.take(0)
    for line in label:
        paper.words(MARGIN, paper.take(LABEL * LEADING) - LABEL, line, LABEL, BOLD)
    for line in hint:
        paper.words(MARGIN, paper.take(HINT * LEADING) - HINT, line, HINT, colour=GREY)
    _letters(paper, one.letters, top - TICK)
    _choices(paper, ticks)
    _boxes(paper, one)
    for _ in range(one.lines):
        paper.need(LINE)
        level = paper.take(LINE) - LINE + 4
        _rule(paper, level)
    paper.gap(10)


def _high(one: Blank, ticks: Sequence[Sequence[tuple[float, str]]]) -> float:
    """The height of the room for the answer, of long lists and many lines only the beginning."""
    boxes = BOX_HIGH + SMALL * LEADING + 8 if one.boxes else 0.0
    return min(len(ticks), 12) * 16.0 + 4 + boxes + min(one.lines, 6) * LINE


def _laid(choices: Sequence[str], room: float) -> list[list[tuple[float, str]]]:
    """The choices in rows: each where it begins; one that is too long has lines of its own."""
    rows: list[list[tuple[float, str]]] = []
    x = room
    for choice in choices:
        first, *rest = wrap(choice, CHOICE, room - TICK - 6) or [""]
        wide = TICK + 6 + width(first, CHOICE)
        if x + wide > room or rest:
            rows.append([])
            x = 0.0
        rows[-1].append((x, first))
        rows += [[(-1.0, line)] for line in rest]
        x = room if rest else x + wide + 18
    return rows


def _choices(paper: Paper, rows: Sequence[Sequence[tuple[float, str]]]) -> None:
    if rows:
        paper.gap(3)
    for row in rows:
        paper.need(16)
        y = paper.take(16) - CHOICE - 2
        for x, words in row:
            if x >= 0:
                _square(paper, MARGIN + x, y - 1, TICK, TICK)
            paper.words(MARGIN + max(x, 0.0) + TICK + 6, y, words, CHOICE)


def _boxes(paper: Paper, one: Blank) -> None:
    if not one.boxes:
        return
    paper.gap(4)
    high = BOX_HIGH + SMALL * LEADING + 4
    paper.need(high)
    top, x = paper.take(high), MARGIN
    for number, word in one.boxes:
        for place in range(number):
            _square(paper, x + place * BOX_WIDE, top - BOX_HIGH, BOX_WIDE, BOX_HIGH)
        if word:
            paper.words(x, top - BOX_HIGH - SMALL - 2, word, SMALL, colour=GREY)
        x += number * BOX_WIDE + 12
    if one.unit:
        paper.words(x - 4, top - BOX_HIGH + 6, one.unit, CHOICE)


def _letters(paper: Paper, letters: Sequence[str], y: float) -> None:
    """Boxes for the reserved codes, at the right edge beside the question."""
    x = MARGIN + paper.page.format.room - len(letters) * LETTER
    for letter in letters:
        _square(paper, x, y - 1, TICK, TICK)
        paper.words(x + TICK + 3, y, letter, CHOICE, colour=GREY)
        x += LETTER


def _square(paper: Paper, x: float, y: float, wide: float, high: float) -> None:
    def square(canvas: Canvas) -> None:
        canvas.setLineWidth(0.7)
        canvas.setStrokeColor(INK)
        canvas.rect(x, y, wide, high, fill=0)

    paper.mark(square)


def _rule(paper: Paper, level: float) -> None:
    right = MARGIN + paper.page.format.room

    def rule(canvas: Canvas) -> None:
        canvas.setLineWidth(0.6)
        canvas.setStrokeColor(INK)
        canvas.line(MARGIN, level, right, level)

    paper.mark(rule)
