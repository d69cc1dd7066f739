"""Curves on one pair of axes: survival in steps, or a size against what it depends on."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIGN,
    SMALL,
    legend,
    line,
    lines_of,
    places,
    rows_for,
    segments,
    sheet,
    words,
)
from trial.report.letters import shortened, width, wrap
from trial.report.picture import Curve, Curves

HIGH = 230.0
RIGHT, BOTTOM = 24.0, 38.0
# The room for the numbers of the axis, which names of rows at risk may widen so far.
LEFT, WIDEST = 52.0, 132.0
Dash = tuple[float, ...] | None
DASHES: tuple[Dash, ...] = (None, (7, 3), (2, 2), (9, 3, 2, 3), (4, 4), (1, 3))
# A point that lies nearer than this to the one before would change nothing that can be seen.
NEAR = 1.0
# More points than this are not marked one by one.
MARKED = 40
INTERVAL = "Thin lines: interval"
CENSORED = "Followed no further"
AT_RISK = "At risk (still followed, without the event):"

Place = tuple[float, float]


class _Axes:
    """Where a value stands on the figure."""

    def __init__(self, curves: Curves, left: float, bottom: float) -> None:
        points = [point for curve in curves.curves for point in curve.points]
        xs = [p.x for p in points] + [x for x, _ in curves.marks]
        xs += [x for row in curves.at_risk for x, _ in row.counts]
        tops = [p.y if p.high is None else p.high for p in points]
        top = curves.highest_y if curves.highest_y is not None else max(tops, default=1.0)
        low_x, high_x = min(xs, default=0.0), max(xs, default=1.0)
        self.xs = places(min(0.0, low_x), high_x if high_x > min(0.0, low_x) else low_x + 1)
        self.ys = places(curves.lowest_y, top if top > curves.lowest_y else curves.lowest_y + 1)
        self.left, self.right = left, FIGURE_WIDTH - RIGHT
        self.bottom, self.top = bottom, bottom + HIGH

    def x(self, value: float) -> float:
        share = (value - self.xs[0]) / (self.xs[-1] - self.xs[0])
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        share = (value - self.ys[0]) / (self.ys[-1] - self.ys[0])
        return self.bottom + min(max(share, 0.0), 1.0) * HIGH


@dataclass(frozen=True)
class _Stroke:
    """How a curve is drawn, so that it can be told from the others."""

    dash: Dash
    wide: float = 1.8


def draw(curves: Curves) -> Drawing:
    """Each curve in a dash of its own, its limits thin, places marked, numbers at risk below."""
    names = [wrap(row.label, SMALL, WIDEST - 12) for row in curves.at_risk]
    longest = max((width(text, SMALL) for name in names for text in name), default=0.0)
    below = sum(map(len, names)) * LEADING + LEADING + 4 if names else 0.0
    axes = _Axes(curves, max(LEFT, longest + 20), BOTTOM + below)
    strokes = _strokes(curves)
    signs = _signs(curves, strokes)
    laid = legend([label for label, _ in signs])
    flags = _flags(curves, axes)
    above = axes.top + (max((row for *_, row in flags), default=-1) + 1) * LEADING + 8
    drawing = sheet(FIGURE_WIDTH, above + LEADING + 4 + lines_of(laid) * LEADING)
    _frame(drawing, curves, axes)
    for x, *_, row in flags:
        line(drawing, [x, axes.bottom, x, axes.top + 4 + row * LEADING], 0.8, (3, 2), DARK)
    for _, left, text, row in flags:
        words(drawing, left, axes.top + 5 + row * LEADING, text, SMALL, ground=True)
    for curve, stroke in zip(curves.curves, strokes, strict=True):
        _curve(drawing, curves.stepped, axes, curve, stroke)
    if not any(curve.points for curve in curves.curves):
        middle = (axes.left + axes.right) / 2, axes.bottom + HIGH / 2
        words(drawing, *middle, "No data yet.", SMALL, anchor="middle", ground=True)
    words(drawing, 0, above, shortened(curves.y_axis, SMALL, FIGURE_WIDTH), SMALL)
    for (label, sign), (text, x, row) in zip(signs, laid, strict=True):
        _sign(drawing, (x, drawing.height - (row + 1) * LEADING + 3), label, sign)
        words(drawing, x + SIGN + 6, drawing.height - (row + 1) * LEADING + 3, text, SMALL)
    _at_risk(drawing, curves, axes, names)
    return drawing


def _strokes(curves: Curves) -> list[_Stroke]:
    """Dashes in turn; once all are taken, the same again in thicker lines."""
    return [
        _Stroke(DASHES[n % len(DASHES)], 1.8 + 1.2 * (n // len(DASHES)))
        for n in range(len(curves.curves))
    ]


def _signs(curves: Curves, strokes: list[_Stroke]) -> list[tuple[str, _Stroke | None]]:
    """The lines of the legend; one without a stroke is the mark of who was followed no further."""
    signs: list[tuple[str, _Stroke | None]] = [
        (curve.label, stroke) for curve, stroke in zip(curves.curves, strokes, strict=True)
    ]
    if any(p.low is not None for curve in curves.curves for p in curve.points):
        signs.append((INTERVAL, _Stroke(None, 0.6)))
    if any(curve.censored for curve in curves.curves):
        signs.append((CENSORED, None))
    return signs


def _sign(drawing: Drawing, place: Place, label: str, stroke: _Stroke | None) -> None:
    x, y = place
    if stroke:
        line(drawing, [x, y + 3, x + SIGN, y + 3], stroke.wide, stroke.dash)
    else:
        segments(drawing, [(x + SIGN / 2, y, x + SIGN / 2, y + 6)], 0.9)


def _flags(curves: Curves, axes: _Axes) -> list[tuple[float, float, str, int]]:
    """The places marked: where, the left edge of their words, the words, and their line."""
    flags = []
    for at, label in curves.marks:
        text = shortened(label, SMALL, FIGURE_WIDTH / 2)
        wide = width(text, SMALL)
        left = min(max(axes.x(at) - wide / 2, 0), FIGURE_WIDTH - wide)
        flags.append((axes.x(at), left, text))
    flags.sort(key=lambda flag: flag[1])
    rows = rows_for([(left, left + width(text, SMALL)) for _, left, text in flags], gap=8)
    return [(*flag, row) for flag, row in zip(flags, rows, strict=True)]


def _frame(drawing: Drawing, curves: Curves, axes: _Axes) -> None:
    for value in axes.ys:
        y = axes.y(value)
        line(drawing, [axes.left, y, axes.right, y], 0.5, colour=PALE)
        words(drawing, axes.left - 6, y - 3, _number(value, curves.percent_y), SMALL, anchor="end")
    line(drawing, [axes.left, axes.bottom, axes.right, axes.bottom])
    line(drawing, [axes.left, axes.bottom, axes.left, axes.top])
    for value in axes.xs:
        x, text = axes.x(value), _number(value, curves.percent_x)
        line(drawing, [x, axes.bottom, x, axes.bottom - 4], 0.8)
        words(drawing, x, axes.bottom - 15, text, SMALL, anchor="middle")
    named = shortened(curves.x_axis, SMALL, axes.right - axes.left)
    words(drawing, (axes.left + axes.right) / 2, axes.bottom - 30, named, SMALL, anchor="middle")


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:.10g}%" if percent else f"{value:.10g}"


def _curve(drawing: Drawing, stepped: bool, axes: _Axes, curve: Curve, stroke: _Stroke) -> None:
    xs = [axes.x(p.x) for p in curve.points]
    for limit in ("low", "high"):
        told = [(x, getattr(p, limit)) for x, p in zip(xs, curve.points, strict=True)]
        path = [(x, axes.y(value)) for x, value in told if value is not None]
        _path(drawing, path, stepped, _Stroke(stroke.dash, 0.5))
    path = [(x, axes.y(p.y)) for x, p in zip(xs, curve.points, strict=True)]
    _path(drawing, path, stepped, stroke)
    if len(path) == 1 or (not stepped and len(path) <= MARKED):
        segments(drawing, [(x - 2, y, x + 2, y) for x, y in path], 4)
    order = sorted(p.x for p in curve.points)
    at = {axes.x(x): bisect_right(order, x) - 1 for x in curve.censored}
    ticks = [(round(x), path[number][1]) for x, number in at.items() if number >= 0]
    segments(drawing, [(x, y - 3, x, y + 3) for x, y in dict.fromkeys(ticks)], 0.9)


def _path(drawing: Drawing, path: Sequence[Place], stepped: bool, stroke: _Stroke) -> None:
    edges: list[float] = []
    for number, (x, y) in enumerate(kept := _thinned(path)):
        if stepped and number:
            edges += [round(x, 2), round(kept[number - 1][1], 2)]
        edges += [round(x, 2), round(y, 2)]
    if len(edges) > 2:
        line(drawing, edges, stroke.wide, stroke.dash)


def _thinned(path: Sequence[Place]) -> list[Place]:
    """The path without the places that could not be told from the one before."""
    kept = [*path[:1]]
    for place in path[1:-1]:
        if abs(place[0] - kept[-1][0]) >= NEAR or abs(place[1] - kept[-1][1]) >= NEAR:
            kept.append(place)
    return [*kept, *path[1:][-1:]]


def _at_risk(drawing: Drawing, curves: Curves, axes: _Axes, names: list[list[str]]) -> None:
    y = axes.bottom - BOTTOM - 6
    if names:
        words(drawing, 0, y, AT_RISK, SMALL, bold=True)
    for row, name in zip(curves.at_risk, names, strict=True):
        last = axes.left - 12
        for x, text in [(axes.x(x), str(count)) for x, count in row.counts]:
            half = width(text, SMALL) / 2
            if x - half > last + 3:
                words(drawing, x, y - LEADING, text, SMALL, anchor="middle")
                last = x + half
        for text in name:
            y -= LEADING
            words(drawing, 0, y, text, SMALL)
