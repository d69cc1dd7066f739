"""Rows by columns: in each cell a bar a kind with its number, legible in black and white."""

from itertools import pairwise

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIGN,
    SIZE,
    SMALL,
    bars,
    legend,
    line,
    lines_of,
    sheet,
    words,
)
from trial.report.letters import BOLD, REGULAR, shortened, wrap
from trial.report.picture import Fill, Matrix, MatrixRow

LABELS = 190.0
PAD = 6.0
GROUP = 20.0
BAR = 8.0
NUMBER = 20.0
FILLS = (Fill.SOLID, Fill.PLAIN, Fill.STRIPED)
Place = tuple[float, float]


def draw(matrix: Matrix) -> Drawing:
    """The legend, the columns' heads, and row under row; a dash where there is no value."""
    talls, begins = heights(matrix), _begins(matrix)
    wide = (FIGURE_WIDTH - LABELS) / len(matrix.columns)
    heads = [wrap(name, SMALL, wide - 8, BOLD) for name in matrix.columns]
    head = max(map(len, heads)) * LEADING + 6
    laid = legend(matrix.kinds) if len(matrix.kinds) > 1 else []
    drawing = sheet(FIGURE_WIDTH, sum(talls) + head + lines_of(laid) * LEADING + 6)
    _legend(drawing, laid)
    top = sum(talls)
    for number, lines in enumerate(heads):
        for place, text in enumerate(reversed(lines)):
            words(
                drawing, LABELS + number * wide, top + 5 + place * LEADING, text, SMALL, bold=True
            )
    line(drawing, [0, top, FIGURE_WIDTH, top])
    for row, tall, begin in zip(matrix.rows, talls, begins, strict=True):
        if begin:
            name = shortened(row.group, SIZE, FIGURE_WIDTH, BOLD)
            words(drawing, 0, top - GROUP + 6, name, bold=True)
        _row(drawing, matrix, row, (top - (GROUP if begin else 0), top - tall), wide)
        top -= tall
        line(drawing, [0, top, FIGURE_WIDTH, top], 0.5, colour=PALE)
    return drawing


def heights(matrix: Matrix) -> list[float]:
    """The height of each row, with the heading above it where a group begins."""
    deep = len(matrix.kinds) * (BAR + 2)
    return [
        max(len(_label(row)) * LEADING, deep) + PAD + (GROUP if begin else 0)
        for row, begin in zip(matrix.rows, _begins(matrix), strict=True)
    ]


def _begins(matrix: Matrix) -> list[bool]:
    names = ["", *(row.group for row in matrix.rows)]
    return [bool(own) and own != before for before, own in pairwise(names)]


def _label(row: MatrixRow) -> list[str]:
    return wrap(row.label, SMALL, LABELS - 12, REGULAR)


def _row(
    drawing: Drawing, matrix: Matrix, row: MatrixRow, edges: tuple[float, float], wide: float
) -> None:
    upper, lower = edges
    level = (upper + lower) / 2
    label = _label(row)
    first = level + len(label) * LEADING / 2 - SMALL
    for number, text in enumerate(label):
        words(drawing, 0, first - number * LEADING, text, SMALL)
    for place, cell in enumerate(row.cells):
        left = LABELS + place * wide
        start = level + len(cell) * (BAR + 2) / 2 - BAR - 1
        for kind, value in enumerate(cell):
            _bar(drawing, matrix, (left, start - kind * (BAR + 2)), wide, value, FILLS[kind])


def _bar(
    drawing: Drawing, matrix: Matrix, at: Place, wide: float, value: float | None, fill: Fill
) -> None:
    """A bar with its number behind it; nothing but the number for 0, a dash for no value."""
    x, y = at
    if value is None:
        words(drawing, x, y, "–", SMALL, colour=DARK)
        return
    long = (wide - NUMBER - 8) * min(value / matrix.highest, 1.0)
    if long > 0:
        bars(drawing, [(x, y, x + max(long, 2.0), BAR)], fill, 0.8)
    words(drawing, x + (max(long, 2.0) + 4 if long > 0 else 0), y, f"{value:g}", SMALL)


def _legend(drawing: Drawing, laid: list[tuple[str, float, int]]) -> None:
    for (text, x, row), fill in zip(laid, FILLS, strict=False):
        y = drawing.height - (row + 1) * LEADING + 3
        bars(drawing, [(x, y, x + SIGN, BAR)], fill, 0.8)
        words(drawing, x + SIGN + 6, y, text, SMALL)
