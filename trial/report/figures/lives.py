"""Work from enrolment on, a lane a participant."""

from collections.abc import Iterator

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIGN,
    SIZE,
    SMALL,
    bar,
    bars,
    legend,
    line,
    lines_of,
    patches,
    segments,
    sheet,
    words,
)
from trial.report.letters import BOLD, shortened
from trial.report.picture import Fill, Life, Lives

NAMES = 92.0
RIGHT = 14.0
AXIS = 32.0
HEADING = 20.0
TALLEST, LOWEST, ALL = 14.0, 3.0, 520.0
# Below this height a lane has no room for its study number.
NAMED = 9.0
UNKNOWN = Color(0.87, 0.87, 0.87)
MONTH = 30.4375
# The shortest bar of which the filling can be seen: some four days of a year.
SHORTEST = 4.0
# The reasons why histories end that a legend can name.
FEW = 3

Place = tuple[Life, float]


def draw(lives: Lives) -> Drawing:
    """Lanes under the heading of their arm, bars told by their filling, grey where not known."""
    lane = min(TALLEST, max(LOWEST, ALL / max(len(lives.lives), 1)))
    groups = list(_groups(lives))
    signs = _signs(lives)
    laid = legend([label for label, _ in signs])
    high = sum(_heading(name) + len(own) * lane for name, own in groups) or HEADING
    drawing = sheet(FIGURE_WIDTH, AXIS + high + lines_of(laid) * LEADING + 10)
    top = AXIS + high
    _axis(drawing, lives, top)
    places: list[Place] = []
    for name, own in groups:
        if name:
            label = f"{name}: {len(own)} participant{'' if len(own) == 1 else 's'}"
            label = shortened(label, SIZE, FIGURE_WIDTH, BOLD)
            words(drawing, 0, top - 14, label, bold=True, ground=True)
        top -= _heading(name)
        places += [(life, top - lane * number) for number, life in enumerate(own, start=1)]
        top -= lane * len(own)
    if not places:
        words(drawing, NAMES + 6, AXIS + 6, "No participants yet.", SMALL, ground=True)
    _lanes(drawing, lives, places, lane)
    for (_, fill), (text, x, row) in zip(signs, laid, strict=True):
        y = drawing.height - (row + 1) * LEADING + 3
        _sign(drawing, x, y, fill)
        words(drawing, x + SIGN + 6, y, text, SMALL)
    return drawing


def _heading(name: str) -> float:
    return HEADING if name else 4.0


def _groups(lives: Lives) -> Iterator[tuple[str, list[Life]]]:
    names = list(dict.fromkeys(life.group for life in lives.lives))
    for name in names:
        yield name, [life for life in lives.lives if life.group == name]


def _x(lives: Lives, day: float) -> float:
    return NAMES + min(max(day / lives.days, 0.0), 1.0) * (FIGURE_WIDTH - RIGHT - NAMES)


def _lanes(drawing: Drawing, lives: Lives, places: list[Place], lane: float) -> None:
    """All lanes at once: one shape for each filling keeps the file of a large trial small."""
    named = lane >= NAMED
    gap, right = 2.0 if named else 0.6, _x(lives, lives.days)
    foot, high, middle = gap / 2, lane - gap, lane / 2
    known = [(_x(lives, life.known_to), life, y) for life, y in places]
    segments(drawing, [(NAMES, y + middle, x, y + middle) for x, _, y in known], 0.4, PALE)
    patches(drawing, [(x, y + foot, right, high) for x, _, y in known if x < right], UNKNOWN)
    # Open employment, the first kind, is drawn last and so on top.
    for kind, fill in reversed([*enumerate(list(Fill)[: len(lives.kinds)])]):
        boxes = [
            (left, y + foot, max(_x(lives, stretch.last + 1), left + SHORTEST), high)
            for life, y in places
            for stretch in life.stretches
            if stretch.kind == kind
            for left in (_x(lives, stretch.first),)
        ]
        bars(drawing, boxes, fill, 1.0 if named else 0.4)
    ends = [(x, y + foot, x, y + foot + high) for x, life, y in known if life.note and x < right]
    segments(drawing, ends, 2)
    for life, y in places if named else []:
        text = shortened(life.label, SMALL, NAMES - 8)
        words(drawing, 0, y + (lane - SMALL) / 2 + 1, text, SMALL)


def _axis(drawing: Drawing, lives: Lives, top: float) -> None:
    line(drawing, [NAMES, AXIS, _x(lives, lives.days), AXIS])
    months = int(lives.days / MONTH + 0.02)
    every = max(1, -(-months // 12))
    for month in range(0, months + 1, every):
        x = _x(lives, month * MONTH)
        line(drawing, [x, AXIS, x, top], 0.4, colour=PALE)
        line(drawing, [x, AXIS, x, AXIS - 4], 0.8, colour=DARK)
        words(drawing, x, AXIS - 15, str(month), SMALL, anchor="middle")
    words(drawing, FIGURE_WIDTH - RIGHT, 4, "Months since enrolment", SMALL, anchor="end")


def _signs(lives: Lives) -> list[tuple[str, Fill | str]]:
    """What the legend names: the kinds, what is not known and, if any did, how histories ended."""
    signs: list[tuple[str, Fill | str]] = [*zip(lives.kinds, Fill, strict=False)]
    signs.append(("Not known", "grey"))
    notes = sorted({one.note for one in lives.lives if one.note and one.known_to < lives.days})
    if notes:
        why = ", ".join(notes) if len(notes) <= FEW else "see the table"
        signs.append((f"History ends: {why}", "end"))
    return signs


def _sign(drawing: Drawing, x: float, y: float, sign: Fill | str) -> None:
    if isinstance(sign, Fill):
        bar(drawing, x, y - 1, x + SIGN, 8, sign)
    elif sign == "end":
        segments(drawing, [(x + SIGN / 2, y - 1, x + SIGN / 2, y + 7)], 2)
    else:
        patches(drawing, [(x, y - 1, x + SIGN, 8)], UNKNOWN)
