"""The strokes that all figures share: words, lines, arrows, boxes and round numbers on axes."""

import math
from collections.abc import Sequence

from reportlab.graphics.shapes import (
    FILL_NON_ZERO,
    Drawing,
    Line,
    Path,
    Polygon,
    PolyLine,
    Rect,
    String,
)
from reportlab.lib.colors import Color, black, white

from trial.report.letters import BOLD, REGULAR, printable, shortened, width
from trial.report.picture import Fill

SIZE = 10.0
SMALL = 9.0
LEADING = 12.5
PALE = Color(0.8, 0.8, 0.8)
DARK = Color(0.25, 0.25, 0.25)
FIGURE_WIDTH = 520.0
# The width of a sign in a legend, and the space from stripe to stripe.
SIGN = 24.0
STRIPE = 3.0


def sheet(wide: float, high: float) -> Drawing:
    """An empty drawing in whole points: the SVG renderer turns it over by its whole height."""
    return Drawing(math.ceil(wide), math.ceil(high))


def words(
    drawing: Drawing,
    x: float,
    y: float,
    text: str,
    size: float = SIZE,
    bold: bool = False,
    anchor: str = "start",
    colour: Color = black,
    ground: bool = False,
) -> None:
    """Write one line; with a ground, on a white patch that keeps lines behind it away."""
    clean, font = printable(text).replace("\n", " "), BOLD if bold else REGULAR
    if not clean.strip():
        return
    wide = width(clean, size, font)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    if ground:
        drawing.add(Rect(left - 1, y - 2.5, wide + 2, size + 1, fillColor=white, strokeColor=None))
    drawing.add(String(left, y, clean, fontName=font, fontSize=size, fillColor=colour))


def line(
    drawing: Drawing,
    points: Sequence[float],
    wide: float = 1.0,
    dash: tuple[float, ...] | None = None,
    colour: Color = black,
) -> None:
    """A line through points given as x, y, x, y."""
    settings = {"strokeWidth": wide, "strokeColor": colour, "strokeDashArray": dash}
    if len(points) == 4:
        drawing.add(Line(*points, **settings))
    else:
        drawing.add(PolyLine(list(points), **settings))


def arrow(drawing: Drawing, points: Sequence[float]) -> None:
    """A line that ends in an arrow head."""
    line(drawing, points)
    x0, y0, x, y = points[-4:]
    if abs(x - x0) > abs(y - y0):
        back = -5 if x > x0 else 5
        head = [x, y, x + back, y + 3, x + back, y - 3]
    else:
        back = -5 if y > y0 else 5
        head = [x, y, x - 3, y + back, x + 3, y + back]
    drawing.add(Polygon(head, fillColor=black, strokeColor=black, strokeWidth=0.5))


def frame(
    drawing: Drawing,
    x: float,
    y: float,
    wide: float,
    high: float,
    fill: Color = white,
    stroke: Color | None = black,
) -> None:
    """A rectangle with its lower left corner at x, y."""
    drawing.add(Rect(x, y, wide, high, fillColor=fill, strokeColor=stroke, strokeWidth=1))


def bar(drawing: Drawing, left: float, y: float, right: float, high: float, fill: Fill) -> None:
    """A bar between two edges, told by its filling also in black and white."""
    bars(drawing, [(left, y, right, high)], fill)


def bars(
    drawing: Drawing,
    boxes: Sequence[tuple[float, float, float, float]],
    fill: Fill,
    edge: float = 1,
) -> None:
    """Bars of one filling as one shape: each its left edge, foot, right edge and height."""
    if not boxes:
        return
    ground = DARK if fill is Fill.SOLID else white
    drawing.add(_rectangles(boxes, fillColor=ground, strokeColor=black, strokeWidth=edge))
    if fill is Fill.STRIPED:
        segments(drawing, [stripe for box in boxes for stripe in _stripes(box)], 1.2, DARK)


def _stripes(box: tuple[float, float, float, float]) -> list[tuple[float, float, float, float]]:
    """At least one stripe, so that the shortest bar is not taken for a plain one."""
    left, y, right, high = box
    count = max(1, round((right - left) / STRIPE) - 1)
    places = [left + (right - left) * number / (count + 1) for number in range(1, count + 1)]
    return [(x, y, x, y + high) for x in places]


def patches(
    drawing: Drawing, boxes: Sequence[tuple[float, float, float, float]], colour: Color
) -> None:
    """Rectangles without an edge as one shape, given as the bars are."""
    if boxes:
        drawing.add(_rectangles(boxes, fillColor=colour, strokeColor=None))


def segments(
    drawing: Drawing,
    ends: Sequence[tuple[float, float, float, float]],
    wide: float,
    colour: Color = black,
) -> None:
    """Straight lines as one shape, each from x, y to x, y."""
    if not ends:
        return
    path = Path(fillColor=None, strokeColor=colour, strokeWidth=wide)
    for x0, y0, x, y in ends:
        path.moveTo(round(x0, 2), round(y0, 2))
        path.lineTo(round(x, 2), round(y, 2))
    drawing.add(path)


def _rectangles(boxes: Sequence[tuple[float, float, float, float]], **settings: object) -> Path:
    # Where two lie on one another the filling must stay: "even and odd" would leave a hole.
    path = Path(fillMode=FILL_NON_ZERO, **settings)
    for left, foot, right, high in boxes:
        x0, y0, x, y = (round(edge, 2) for edge in (left, foot, right, foot + high))
        path.moveTo(x0, y0)
        for corner in ((x, y0), (x, y), (x0, y)):
            path.lineTo(*corner)
        path.closePath()
    return path


def legend(labels: Sequence[str]) -> list[tuple[str, float, int]]:
    """Each label of a legend behind its sign, line under line: its text, left edge and line."""
    laid: list[tuple[str, float, int]] = []
    left = 1.0
    x, row = left, 0
    for label in labels:
        text = shortened(label, SMALL, FIGURE_WIDTH - left - SIGN - 6)
        wide = SIGN + 6 + width(text, SMALL)
        if x > left and x + wide > FIGURE_WIDTH:
            x, row = left, row + 1
        laid.append((text, x, row))
        x += wide + 18
    return laid


def lines_of(laid: Sequence[tuple[str, float, int]]) -> int:
    """How many lines a legend takes."""
    return max((row for *_, row in laid), default=-1) + 1


def places(lowest: float, highest: float, most: int = 6) -> list[float]:
    """Round numbers between two ends, both included or just beyond, also in fractions."""
    rough = (highest - lowest) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [round(step * k, 12) for k in range(first, last + 1)]


def ticks(highest: float, most: int = 6) -> list[float]:
    """Round numbers from 0 to at least the highest, in whole steps from 1 upwards."""
    rough = max(highest, 1) / most
    power = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
    return [step * k for k in range(math.ceil(max(highest, 1) / step) + 1)]


def rows_for(spans: Sequence[tuple[float, float]], gap: float = 4) -> list[int]:
    """For each span the first row on which it overlaps no earlier one."""
    ends: list[float] = []
    chosen = []
    for start, end in spans:
        row = next((i for i, last in enumerate(ends) if start >= last + gap), len(ends))
        ends[row : row + 1] = [end]
        chosen.append(row)
    return chosen
