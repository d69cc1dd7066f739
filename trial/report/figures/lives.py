"""Work from enrolment on, a lane a participant."""

from collections.abc import Iterator

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIZE,
    SMALL,
    bar,
    frame,
    line,
    sheet,
    words,
)
from trial.report.letters import BOLD, shortened, width
from trial.report.picture import Fill, Life, Lives

NAMES = 92.0
RIGHT = 14.0
AXIS = 32.0
HEADING = 20.0
TALLEST, LOWEST, ALL = 14.0, 3.0, 520.0
# Below this height a lane has no room for its study number.
NAMED = 9.0
UNKNOWN = Color(0.9, 0.9, 0.9)
MONTH = 30.4375
SAMPLE = 22.0


def draw(lives: Lives) -> Drawing:
    """Lanes under the heading of their arm, bars told by their filling, grey where not known."""
    lane = min(TALLEST, max(LOWEST, ALL / max(len(lives.lives), 1)))
    groups = list(_groups(lives))
    legend = _legend(lives)
    above = (max((row for *_, row in legend), default=-1) + 1) * LEADING + 10
    high = sum((HEADING if name else 4) + len(own) * lane for name, own in groups)
    drawing = sheet(FIGURE_WIDTH, AXIS + high + above)
    top = AXIS + high
    _axis(drawing, lives, top)
    for name, own in groups:
        if name:
            label = shortened(name, SIZE, FIGURE_WIDTH, BOLD)
            words(drawing, 0, top - 14, label, bold=True, ground=True)
        top -= HEADING if name else 4
        for life in own:
            top -= lane
            _lane(drawing, lives, life, top, lane)
    for text, fill, x, row in legend:
        y = drawing.height - (row + 1) * LEADING + 3
        if fill is None:
            frame(drawing, x, y - 1, SAMPLE, 8, UNKNOWN, PALE)
        else:
            bar(drawing, x, y - 1, x + SAMPLE, 8, fill)
        words(drawing, x + SAMPLE + 5, y, text, SMALL)
    return drawing


def _groups(lives: Lives) -> Iterator[tuple[str, list[Life]]]:
    names = list(dict.fromkeys(life.group for life in lives.lives))
    for name in names:
        yield name, [life for life in lives.lives if life.group == name]


def _x(lives: Lives, day: float) -> float:
    return NAMES + min(max(day / lives.days, 0.0), 1.0) * (FIGURE_WIDTH - RIGHT - NAMES)


def _lane(drawing: Drawing, lives: Lives, life: Life, y: float, lane: float) -> None:
    gap = 2.0 if lane >= NAMED else 0.5
    if lane >= NAMED:
        words(
            drawing, 0, y + (lane - SMALL) / 2 + 1, shortened(life.label, SMALL, NAMES - 8), SMALL
        )
    known = _x(lives, life.known_to)
    right = _x(lives, lives.days)
    line(drawing, [NAMES, y + lane / 2, known, y + lane / 2], 0.6, colour=PALE)
    if known < right:
        frame(drawing, known, y + gap / 2, right - known, lane - gap, UNKNOWN, None)
    fills = list(Fill)
    for stretch in sorted(life.stretches, key=lambda one: -one.kind):
        left = _x(lives, stretch.first)
        end = max(_x(lives, stretch.last + 1), left + 1.5)
        bar(drawing, left, y + gap / 2, end, lane - gap, fills[stretch.kind], 3)
    if life.note and known < right:
        half = (lane - gap) / 2
        line(drawing, [known, y + lane / 2 - half, known, y + lane / 2 + half], 2)


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


Sample = tuple[str, Fill | None, float, int]


def _legend(lives: Lives) -> list[Sample]:
    fills: list[Fill | None] = [*list(Fill)[: len(lives.kinds)], None]
    set_: list[Sample] = []
    x, row = 0.0, 0
    for kind, fill in zip((*lives.kinds, "Not known"), fills, strict=True):
        label = shortened(kind, SMALL, FIGURE_WIDTH - SAMPLE - 8)
        wide = SAMPLE + 5 + width(label, SMALL)
        if x and x + wide > FIGURE_WIDTH:
            x, row = 0.0, row + 1
        set_.append((label, fill, x, row))
        x += wide + 18
    return set_
