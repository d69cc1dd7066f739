"""The working life of one participant as lanes on a timeline."""

from collections.abc import Iterator
from datetime import date

from reportlab.graphics.shapes import Drawing, Polygon
from reportlab.lib.colors import Color, black

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIZE,
    SMALL,
    frame,
    line,
    rows_for,
    sheet,
    words,
)
from trial.report.figures.strokes import bar as strip
from trial.report.letters import BOLD, shortened, width, wrap
from trial.report.picture import Bar, Lane, Lanes, Marker
from trial.report.wording import day, month

NAMES = 118.0
RIGHT = 14.0
BAR = 12.0
ROW = BAR + LEADING + 5
AXIS = 34.0
UNKNOWN = Color(0.93, 0.93, 0.93)
# A shorter time has its first and last day on the axis in place of months.
FEW_DAYS = 62
# Months between two labels of the axis, the first that leaves room for its words being taken.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


class _Scale:
    """Where a day stands on the figure."""

    def __init__(self, lanes: Lanes) -> None:
        self.first, self.last = lanes.starts_on, lanes.ends_on
        self.left, self.right = NAMES, FIGURE_WIDTH - RIGHT

    def x(self, on: date) -> float:
        share = (min(max(on, self.first), self.last) - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)


def draw(lanes: Lanes) -> Drawing:
    """A lane a kind of work, marked days across them, grey where the history is not known."""
    scale = _Scale(lanes)
    placed = [(lane, *_placed(lane, lanes, scale)) for lane in lanes.lanes]
    heights = [_high(lane, rows) for lane, _, rows in placed]
    marks = _marks(lanes, scale)
    heads = (max((row for *_, row in marks), default=-1) + 1) * LEADING + 8
    bottom, high = AXIS, sum(heights)
    drawing = sheet(FIGURE_WIDTH, bottom + high + heads)
    top = bottom + high
    if lanes.known_until is not None and lanes.known_until < lanes.ends_on:
        known = scale.x(lanes.known_until)
        frame(drawing, known, bottom, scale.right - known, high, UNKNOWN, None)
    _axis(drawing, lanes, scale, bottom)
    for x, _, _, row in marks:
        line(drawing, [x, bottom, x, top + row * LEADING + 2], 0.8, colour=DARK)
    for _, left, text, row in marks:
        words(drawing, left, top + row * LEADING + 5, text, SMALL, ground=True)
    for (lane, spans, _), tall in zip(placed, heights, strict=True):
        _lane(drawing, lane, spans, scale, top)
        top -= tall
    line(drawing, [0, bottom, scale.right, bottom])
    return drawing


def _high(lane: Lane, rows: int) -> float:
    return max(rows * ROW + 4, len(_name(lane)) * LEADING + 8)


def _name(lane: Lane) -> list[str]:
    return wrap(lane.label, SIZE, NAMES - 10, BOLD)


Span = tuple[Bar, float, float, str, int]


def _placed(lane: Lane, lanes: Lanes, scale: _Scale) -> tuple[list[Span], int]:
    """The lane's bars as (bar, left, right, label, row), and how many rows they take."""
    known = lanes.known_until or lanes.ends_on
    spans = []
    for bar in sorted(lane.bars, key=lambda bar: bar.starts_on):
        left = scale.x(bar.starts_on)
        right = max(scale.x(bar.ends_on or max(known, bar.starts_on)), left + 2)
        label = shortened(bar.label, SMALL, scale.right - scale.left)
        spans.append((bar, left, right, label))
    reach = [
        (_label_left(left, label, scale), left, right, label) for _, left, right, label in spans
    ]
    rows = rows_for(
        [
            (min(start, left), max(right + 7, start + width(label, SMALL)))
            for start, left, right, label in reach
        ]
    )
    laid = [(*span, row) for span, row in zip(spans, rows, strict=True)]
    return laid, max(rows, default=0) + 1


def _label_left(left: float, label: str, scale: _Scale) -> float:
    return min(left, scale.right - width(label, SMALL))


def _lane(drawing: Drawing, lane: Lane, spans: list[Span], scale: _Scale, top: float) -> None:
    line(drawing, [0, top, scale.right, top], 0.5, colour=PALE)
    for number, text in enumerate(_name(lane)):
        words(drawing, 0, top - 13 - number * LEADING, text, bold=True)
    for bar, left, right, label, row in spans:
        y = top - row * ROW - BAR - 4
        strip(drawing, left, y, right, BAR, lane.fill)
        if bar.ends_on is None:
            _ongoing(drawing, right, y)
        words(drawing, _label_left(left, label, scale), y - 10, label, SMALL, ground=True)


def _ongoing(drawing: Drawing, right: float, y: float) -> None:
    head = [right, y - 2, right + 7, y + BAR / 2, right, y + BAR + 2]
    drawing.add(Polygon(head, fillColor=black, strokeColor=black, strokeWidth=0.5))


def _marks(lanes: Lanes, scale: _Scale) -> list[tuple[float, float, str, int]]:
    """The marked days as (x, left of the words, words, row), none on another's words."""
    markers = list(lanes.markers)
    if lanes.known_until is not None:
        markers.append(Marker(lanes.known_until, f"Known until {day(lanes.known_until)}"))
    markers.sort(key=lambda marker: marker.on)
    texts = [shortened(marker.label, SMALL, FIGURE_WIDTH / 2) for marker in markers]
    xs = [scale.x(marker.on) for marker in markers]
    lefts = [
        min(max(x - width(text, SMALL) / 2, 0), FIGURE_WIDTH - width(text, SMALL))
        for x, text in zip(xs, texts, strict=True)
    ]
    order = sorted(range(len(xs)), key=lambda number: lefts[number])
    chosen = rows_for([(lefts[i], lefts[i] + width(texts[i], SMALL)) for i in order], gap=8)
    rows = dict(zip(order, chosen, strict=True))
    return [(xs[i], lefts[i], texts[i], rows[i]) for i in range(len(xs))]


def _axis(drawing: Drawing, lanes: Lanes, scale: _Scale, bottom: float) -> None:
    days = (lanes.ends_on - lanes.starts_on).days
    if days < FEW_DAYS:
        words(drawing, scale.left, bottom - 15, day(lanes.starts_on), SMALL)
        words(drawing, scale.right, bottom - 15, day(lanes.ends_on), SMALL, anchor="end")
        return
    each = (scale.right - scale.left) / (days / 30.4)
    room = width("Mar 2000", SMALL) + 8
    step = next((step for step in STEPS if step * each >= room), STEPS[-1])
    for first in _firsts(lanes, step):
        x = scale.x(first)
        line(drawing, [x, bottom, x, bottom - 4], 0.8)
        if scale.right - x >= room - 24:
            words(drawing, x, bottom - 15, month(first), SMALL, anchor="middle")
    words(drawing, scale.right, 4, "First day of the month", SMALL, anchor="end")


def _firsts(lanes: Lanes, step: int) -> Iterator[date]:
    """The first days of every so many months between the two ends."""
    count = lanes.starts_on.year * 12 + lanes.starts_on.month - 1
    count += -count % step
    while (first := date(count // 12, count % 12 + 1, 1)) <= lanes.ends_on:
        if first >= lanes.starts_on:
            yield first
        count += step
