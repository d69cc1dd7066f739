"""Curves on one pair of axes: survival in steps, or a size against what it depends on."""

from collections.abc import Sequence

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SMALL,
    line,
    places,
    rows_for,
    sheet,
    words,
)
from trial.report.letters import shortened, width
from trial.report.picture import Curve, Curves, Point

HIGH = 230.0
LEFT, RIGHT, BOTTOM = 52.0, 24.0, 38.0
DASHES: tuple[tuple[float, ...] | None, ...] = (None, (7, 3), (2, 2), (9, 3, 2, 3), (4, 4), (1, 3))
SAMPLE = 28.0
# A curve of thousands of steps looks the same with so many.
MOST_POINTS = 400


class _Axes:
    """Where a value stands on the figure."""

    def __init__(self, curves: Curves, bottom: float) -> None:
        points = [point for curve in curves.curves for point in curve.points]
        xs = [p.x for p in points] + [x for x, _ in curves.marks]
        tops = [p.y if p.high is None else p.high for p in points]
        top = curves.highest_y if curves.highest_y is not None else max(tops, default=1.0)
        low_x, high_x = min(xs, default=0.0), max(xs, default=1.0)
        self.xs = places(min(0.0, low_x), high_x if high_x > min(0.0, low_x) else low_x + 1)
        self.ys = places(curves.lowest_y, top if top > curves.lowest_y else curves.lowest_y + 1)
        self.bottom = bottom
        self.right = FIGURE_WIDTH - RIGHT

    def x(self, value: float) -> float:
        share = (value - self.xs[0]) / (self.xs[-1] - self.xs[0])
        return LEFT + min(max(share, 0.0), 1.0) * (self.right - LEFT)

    def y(self, value: float) -> float:
        share = (value - self.ys[0]) / (self.ys[-1] - self.ys[0])
        return self.bottom + min(max(share, 0.0), 1.0) * HIGH


def draw(curves: Curves) -> Drawing:
    """Each curve in a dash of its own, its limits thin, places marked, numbers at risk below."""
    legend = _legend(curves)
    marks = [(x, shortened(label, SMALL, FIGURE_WIDTH / 2)) for x, label in curves.marks]
    below = (len(curves.at_risk) + 1) * LEADING + 4 if curves.at_risk else 0.0
    axes = _Axes(curves, BOTTOM + below)
    spans = [_span(axes, x, text) for x, text in marks]
    order = sorted(range(len(marks)), key=lambda n: spans[n])
    rows = dict(zip(order, rows_for([spans[n] for n in order], gap=8), strict=True))
    heads = (max(rows.values(), default=-1) + 1) * LEADING
    top = axes.bottom + HIGH
    above = heads + 8 + LEADING + 4 + (max((row for *_, row in legend), default=-1) + 1) * LEADING
    drawing = sheet(FIGURE_WIDTH, top + above)
    _frame(drawing, curves, axes)
    for number, (x, text) in enumerate(marks):
        level = top + 4 + rows[number] * LEADING
        line(drawing, [axes.x(x), axes.bottom, axes.x(x), level], 0.8, (3, 2), DARK)
        words(drawing, spans[number][0], level + 1, text, SMALL, ground=True)
    for curve, dash in zip(curves.curves, _dashes(curves), strict=True):
        _curve(drawing, curves, axes, curve, dash)
    words(drawing, 0, top + heads + 8, shortened(curves.y_axis, SMALL, FIGURE_WIDTH), SMALL)
    for label, dash, x, row in legend:
        y = drawing.height - (row + 1) * LEADING + 3
        line(drawing, [x, y + 3, x + SAMPLE, y + 3], 1.8, dash)
        words(drawing, x + SAMPLE + 6, y, label, SMALL)
    _at_risk(drawing, curves, axes)
    return drawing


def _dashes(curves: Curves) -> list[tuple[float, ...] | None]:
    return [DASHES[number % len(DASHES)] for number in range(len(curves.curves))]


Sample = tuple[str, tuple[float, ...] | None, float, int]


def _legend(curves: Curves) -> list[Sample]:
    """The label of each curve with its dash, set from left to right and line under line."""
    set_: list[Sample] = []
    x, row = LEFT, 0
    for curve, dash in zip(curves.curves, _dashes(curves), strict=True):
        label = shortened(curve.label, SMALL, FIGURE_WIDTH - LEFT - SAMPLE - 12)
        wide = SAMPLE + 6 + width(label, SMALL)
        if x > LEFT and x + wide > FIGURE_WIDTH:
            x, row = LEFT, row + 1
        set_.append((label, dash, x, row))
        x += wide + 22
    return set_


def _span(axes: _Axes, x: float, text: str) -> tuple[float, float]:
    wide = width(text, SMALL)
    left = min(max(axes.x(x) - wide / 2, 0), FIGURE_WIDTH - wide)
    return left, left + wide


def _frame(drawing: Drawing, curves: Curves, axes: _Axes) -> None:
    for value in axes.ys:
        y = axes.y(value)
        line(drawing, [LEFT, y, axes.right, y], 0.5, colour=PALE)
        words(drawing, LEFT - 6, y - 3, _number(value, curves.percent_y), SMALL, anchor="end")
    line(drawing, [LEFT, axes.bottom, axes.right, axes.bottom])
    line(drawing, [LEFT, axes.bottom, LEFT, axes.bottom + HIGH])
    for value in axes.xs:
        x = axes.x(value)
        line(drawing, [x, axes.bottom, x, axes.bottom - 4], 0.8)
        words(
            drawing, x, axes.bottom - 15, _number(value, curves.percent_x), SMALL, anchor="middle"
        )
    named = shortened(curves.x_axis, SMALL, FIGURE_WIDTH - LEFT)
    words(drawing, (LEFT + axes.right) / 2, axes.bottom - 30, named, SMALL, anchor="middle")


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:g}%" if percent else f"{value:g}"


def _curve(
    drawing: Drawing, curves: Curves, axes: _Axes, curve: Curve, dash: tuple[float, ...] | None
) -> None:
    points = _thinned(curve.points)
    for limit in ("low", "high"):
        path = [(p.x, value) for p in points if (value := getattr(p, limit)) is not None]
        _path(drawing, axes, path, curves.stepped, 0.6, (1, 2))
    _path(drawing, axes, [(p.x, p.y) for p in points], curves.stepped, 1.8, dash)
    if not curves.stepped and len(points) <= 40:
        for p in points:
            x, y = axes.x(p.x), axes.y(p.y)
            line(drawing, [x - 2, y, x + 2, y], 4)
    for at in curve.censored[:MOST_POINTS]:
        height = next((p.y for p in reversed(curve.points) if p.x <= at), None)
        if height is not None:
            x, y = axes.x(at), axes.y(height)
            line(drawing, [x, y - 3, x, y + 3], 0.9)


def _thinned(points: Sequence[Point]) -> list[Point]:
    if len(points) <= MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(step * number)] for number in range(MOST_POINTS)]


def _path(
    drawing: Drawing,
    axes: _Axes,
    path: list[tuple[float, float]],
    stepped: bool,
    wide: float,
    dash: tuple[float, ...] | None,
) -> None:
    edges: list[float] = []
    for number, (x, y) in enumerate(path):
        if stepped and number:
            edges += [axes.x(x), axes.y(path[number - 1][1])]
        edges += [axes.x(x), axes.y(y)]
    if len(edges) > 2:
        line(drawing, edges, wide, dash)


def _at_risk(drawing: Drawing, curves: Curves, axes: _Axes) -> None:
    if not curves.at_risk:
        return
    top = axes.bottom - BOTTOM - 6
    words(drawing, 0, top, "Still followed, without the event:", SMALL, bold=True)
    for number, row in enumerate(curves.at_risk):
        y = top - (number + 1) * LEADING
        spans = [(axes.x(x), str(count)) for x, count in row.counts]
        words(drawing, 0, y, shortened(row.label, SMALL, LEFT - 10), SMALL)
        last = LEFT - 8
        for x, text in spans:
            half = width(text, SMALL) / 2
            if x - half > last + 3:
                words(drawing, x, y, text, SMALL, anchor="middle")
                last = x + half
