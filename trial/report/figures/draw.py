"""From a picture's value to its drawing, in parts where it is too tall for a page."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from reportlab.graphics.shapes import Drawing, Group

from trial.report.figures import (
    curves,
    flow,
    intervals,
    lanes,
    lives,
    matrix,
    recruitment,
    timeline,
)
from trial.report.figures.strokes import DARK, sheet, words
from trial.report.letters import wrap
from trial.report.picture import (
    Curves,
    Flow,
    Intervals,
    Lanes,
    Lives,
    Matrix,
    Picture,
    Recruitment,
    Timeline,
)

MARKS = 7.5
LINE = 9.5
# So high a part fits a page beside its title, and a picture up to the second height stays whole.
PART, WHOLE = 600.0, 740.0
Row = TypeVar("Row")


def parts(picture: Picture) -> tuple[Picture, ...]:
    """The picture itself, or parts of it that each fit a printed page at a legible size."""
    match picture:
        case Timeline() as whole:
            clusters = _parted(whole.clusters, timeline.heights(whole))
            return tuple(replace(whole, clusters=some) for some in clusters)
        case Intervals() as whole:
            rows = _parted(whole.rows, intervals.heights(whole))
            return tuple(replace(whole, rows=some) for some in rows)
        case Matrix() as whole:
            lines = _parted(whole.rows, matrix.heights(whole))
            return tuple(replace(whole, rows=some) for some in lines)
    return (picture,)


def _parted(rows: Sequence[Row], heights: Sequence[float]) -> list[tuple[Row, ...]]:
    """The rows in order, in parts of about the same height."""
    total = sum(heights)
    count = 1 if total <= WHOLE else math.ceil(total / PART)
    parted: dict[int, list[Row]] = {}
    above = 0.0
    for row, high in zip(rows, heights, strict=True):
        parted.setdefault(int((above + high / 2) * count / total), []).append(row)
        above += high
    return [tuple(part) for part in parted.values()] or [()]


def draw(picture: Picture, marks: str = "") -> Drawing:
    """The drawing of a picture, at its foot what it was drawn from."""
    drawing = DRAWN[type(picture)](picture)
    return _marked(drawing, marks) if marks else drawing


DRAWN: Mapping[type[Any], Callable[[Any], Drawing]] = {
    Flow: flow.draw,
    Recruitment: recruitment.draw,
    Lanes: lanes.draw,
    Intervals: intervals.draw,
    Curves: curves.draw,
    Lives: lives.draw,
    Timeline: timeline.draw,
    Matrix: matrix.draw,
}


def _marked(drawing: Drawing, marks: str) -> Drawing:
    written = wrap(marks, MARKS, drawing.width)
    room = len(written) * LINE + 6
    made = sheet(drawing.width, drawing.height + room)
    made.add(Group(*drawing.contents, transform=(1, 0, 0, 1, 0, room)))
    for number, text in enumerate(written):
        words(made, 0, room - 6 - MARKS - number * LINE + 2, text, MARKS, colour=DARK)
    return made
