"""Estimates with their intervals under one another."""

import math
from itertools import pairwise

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import black, white

from trial.report.figures.strokes import (
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIZE,
    SMALL,
    arrow,
    frame,
    line,
    rows_for,
    sheet,
    words,
)
from trial.report.letters import BOLD, REGULAR, shortened, width, wrap
from trial.report.picture import Interval, Intervals

LABELS = 126.0
WORDS = 182.0
PAD = 8.0
AXIS = 40.0
GROUP = 18.0
INDENT = 8.0
# Half a square: the largest and the smallest, where it tells the number of people.
LARGE, TINY = 5.5, 2.0
TICKS = 4


def draw(intervals: Intervals) -> Drawing:
    """A row a group: its name, its estimate with interval, and the same in words."""
    left, right = LABELS, FIGURE_WIDTH - WORDS - 12
    written = [_written(row) for row in intervals.rows]
    begins, talls = _begins(intervals), heights(intervals)
    marks = _thresholds(intervals, left, right)
    heads = (max((row for *_, row in marks), default=-1) + 1) * LEADING + 6
    high = sum(talls)
    drawing = sheet(FIGURE_WIDTH, AXIS + high + heads)
    _axis(drawing, intervals, left, right, AXIS + high)
    for x, _, _, row in marks:
        line(drawing, [x, AXIS, x, AXIS + high + row * LEADING + 2], 1, (3, 2))
    for _, start, text, row in marks:
        words(drawing, start, AXIS + high + row * LEADING + 5, text, SMALL, ground=True)
    top = AXIS + high
    for group, texts, tall, begin in zip(intervals.rows, written, talls, begins, strict=True):
        if begin:
            name = shortened(group.group, SIZE, FIGURE_WIDTH, BOLD)
            words(drawing, 0, top - GROUP + 5, name, bold=True, ground=True)
        own = GROUP if begin else 0
        _row(drawing, intervals, group, texts, (left, right, top - own, tall - own))
        top -= tall
    return drawing


def heights(intervals: Intervals) -> list[float]:
    """The height of each row, with the heading above it where a group begins."""
    return [
        max(map(len, _written(row))) * LEADING + PAD + (GROUP if begin else 0)
        for row, begin in zip(intervals.rows, _begins(intervals), strict=True)
    ]


def _begins(intervals: Intervals) -> list[bool]:
    """For each row whether the heading of its group stands above it."""
    names = ["", *(row.group for row in intervals.rows)]
    return [bool(own) and own != before for before, own in pairwise(names)]


def _written(row: Interval) -> tuple[list[str], list[str]]:
    font = BOLD if row.strong else REGULAR
    room = LABELS - 12 - (INDENT if row.group else 0)
    return wrap(row.label, SIZE, room, font), wrap(row.words, SIZE, WORDS, font)


def _x(intervals: Intervals, value: float, left: float, right: float) -> float:
    share = (value - intervals.lowest) / (intervals.highest - intervals.lowest)
    return left + min(max(share, 0.0), 1.0) * (right - left)


def _thresholds(
    intervals: Intervals, left: float, right: float
) -> list[tuple[float, float, str, int]]:
    marks = []
    for value, label in sorted(intervals.thresholds):
        text = shortened(label, SMALL, FIGURE_WIDTH / 2)
        x = _x(intervals, value, left, right)
        start = min(max(x - width(text, SMALL) / 2, 0), FIGURE_WIDTH - width(text, SMALL))
        marks.append((x, start, text))
    marks.sort(key=lambda mark: mark[1])
    rows = rows_for([(start, start + width(text, SMALL)) for _, start, text in marks], gap=8)
    return [(*mark, row) for mark, row in zip(marks, rows, strict=True)]


def _axis(drawing: Drawing, intervals: Intervals, left: float, right: float, top: float) -> None:
    line(drawing, [left, AXIS, right, AXIS])
    for step in range(TICKS + 1):
        value = intervals.lowest + (intervals.highest - intervals.lowest) * step / TICKS
        x = _x(intervals, value, left, right)
        line(drawing, [x, AXIS, x, top], 0.5, colour=PALE)
        line(drawing, [x, AXIS, x, AXIS - 4], 0.8)
        text = f"{100 * value:g}%" if intervals.percent else f"{value:g}"
        words(drawing, x, AXIS - 15, text, SMALL, anchor="middle")
    words(
        drawing,
        (left + right) / 2,
        6,
        shortened(intervals.axis, SMALL, FIGURE_WIDTH),
        SMALL,
        anchor="middle",
    )


def _row(
    drawing: Drawing,
    intervals: Intervals,
    row: Interval,
    texts: tuple[list[str], list[str]],
    place: tuple[float, float, float, float],
) -> None:
    left, right, top, tall = place
    level = top - tall / 2
    for x, lines in ((INDENT if row.group else 0.0, texts[0]), (right + 12, texts[1])):
        first = level + len(lines) * LEADING / 2 - SIZE
        for number, text in enumerate(lines):
            words(drawing, x, first - number * LEADING, text, bold=row.strong)
    if row.low is not None and row.high is not None:
        _whisker(drawing, intervals, (row.low, row.high), (left, right, level))
    if row.value is not None and intervals.lowest <= row.value <= intervals.highest:
        x, half = _x(intervals, row.value, left, right), _half(intervals, row)
        frame(drawing, x - half, level - half, 2 * half, 2 * half, black if row.strong else white)


def _half(intervals: Intervals, row: Interval) -> float:
    """Half the side of a row's square: its area tells the number of people, if that is known."""
    most = max(one.n or 0 for one in intervals.rows)
    if row.n is None or not most:
        return 4.0 if row.strong else 3.0
    return max(LARGE * math.sqrt(row.n / most), TINY)


def _whisker(
    drawing: Drawing,
    intervals: Intervals,
    ends: tuple[float, float],
    place: tuple[float, float, float],
) -> None:
    """The interval; an end beyond the axis is an arrow, one on it a stroke."""
    left, right, level = place
    low, high = (_x(intervals, end, left, right) for end in ends)
    line(drawing, [low, level, high, level], 1.5)
    for end, x, inward in ((ends[0], low, 6), (ends[1], high, -6)):
        if intervals.lowest <= end <= intervals.highest:
            line(drawing, [x, level - 4, x, level + 4], 1.5)
        else:
            arrow(drawing, [x + inward, level, x, level])
