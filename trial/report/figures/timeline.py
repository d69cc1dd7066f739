"""The timeline of clusters and participants: what was done when, and who could know the arm."""

from datetime import date

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIZE,
    SMALL,
    arrow,
    bar,
    line,
    rows_for,
    sheet,
    words,
)
from trial.report.letters import BOLD, shortened, width
from trial.report.picture import ClusterLine, Fill, Knowledge, Seen, StepLine, Timeline
from trial.report.wording import month

NAMES = 108.0
RIGHT = 12.0
AXIS = 30.0
BAR = 7.0
ROW = BAR + 12.0
HEADING = 18.0
SAMPLE = 22.0
TINY = 8.0
FILLS = {
    Knowledge.NOT_DRAWN: Fill.PLAIN,
    Knowledge.COULD_NOT_KNOW: Fill.STRIPED,
    Knowledge.COULD_KNOW: Fill.SOLID,
}
STEPS = (1, 2, 3, 6, 12, 24, 60)


class _Scale:
    """Where a day stands on the figure."""

    def __init__(self, timeline: Timeline) -> None:
        self.first, self.last = timeline.starts_on, timeline.ends_on
        self.right = FIGURE_WIDTH - RIGHT

    def x(self, on: date) -> float:
        share = (min(max(on, self.first), self.last) - self.first) / (self.last - self.first)
        return NAMES + share * (self.right - NAMES)


def draw(timeline: Timeline) -> Drawing:
    """A block a cluster: its moments above, a line a step below, bars told by what could be known."""
    scale = _Scale(timeline)
    blocks = [_Block(cluster, scale) for cluster in timeline.clusters]
    high = sum(block.high for block in blocks)
    drawing = sheet(FIGURE_WIDTH, AXIS + high + LEADING + 12)
    _axis(drawing, timeline, scale, AXIS + high)
    top = AXIS + high
    for block in blocks:
        block.draw(drawing, top)
        top -= block.high
    line(drawing, [0, AXIS, scale.right, AXIS])
    _legend(drawing)
    return drawing


class _Block:
    """One cluster laid out: its moments in rows, its steps with their bars in rows."""

    def __init__(self, cluster: ClusterLine, scale: _Scale) -> None:
        self.cluster, self.scale = cluster, scale
        moments = sorted(cluster.moments, key=lambda one: one.on)
        self.texts = [shortened(one.label, TINY, 150) for one in moments]
        self.xs = [scale.x(one.on) for one in moments]
        self.lefts = [self._left(x, t) for x, t in zip(self.xs, self.texts, strict=True)]
        spans = [
            (left, left + width(text, TINY))
            for left, text in zip(self.lefts, self.texts, strict=True)
        ]
        order = sorted(range(len(spans)), key=lambda n: spans[n])
        rows = rows_for([spans[n] for n in order], gap=7)
        self.rows = dict(zip(order, rows, strict=True))
        self.heads = (max(rows, default=0) + 1) * (TINY + 3) + 9
        self.steps = [(step, _rows(step, scale)) for step in cluster.steps]
        self.high = HEADING + self.heads + sum(_tall(rows) for _, rows in self.steps) + 8

    def _left(self, x: float, text: str) -> float:
        wide = width(text, TINY)
        return min(max(x - wide / 2, NAMES - 20), FIGURE_WIDTH - wide)

    def draw(self, drawing: Drawing, top: float) -> None:
        line(drawing, [0, top, self.scale.right, top], 0.8)
        name = ", ".join(one for one in (self.cluster.label, self.cluster.arm) if one)
        words(drawing, 0, top - 13, shortened(name, SIZE, FIGURE_WIDTH, BOLD), bold=True)
        base = top - HEADING - self.heads
        words(drawing, 0, base + 3, "Cluster", SMALL)
        line(drawing, [NAMES, base, self.scale.right, base], 0.6, colour=PALE)
        levels = [base + 9 + self.rows[n] * (TINY + 3) for n in range(len(self.xs))]
        for x, level in zip(self.xs, levels, strict=True):
            arrow(drawing, [x, level, x, base])
        for left, level, text in zip(self.lefts, levels, self.texts, strict=True):
            words(drawing, left, level + 1, text, TINY, ground=True)
        below = base
        for step, rows in self.steps:
            _step(drawing, step, rows, self.scale, below)
            below -= _tall(rows)


def _rows(step: StepLine, scale: _Scale) -> list[int]:
    ordered = sorted(step.stretches, key=lambda one: (one.first, one.last))
    return rows_for([_edges(one, scale) for one in ordered], gap=1)


def _tall(rows: list[int]) -> float:
    return (max(rows, default=0) + 1) * ROW + 2


def _edges(seen: Seen, scale: _Scale) -> tuple[float, float]:
    left = scale.x(seen.first)
    count = width(str(seen.count), TINY)
    return left, max(scale.x(seen.last), left + 3, left + count)


def _step(drawing: Drawing, step: StepLine, rows: list[int], scale: _Scale, top: float) -> None:
    words(drawing, 0, top - ROW + 2, shortened(step.label, SMALL, NAMES - 8), SMALL)
    level = top - _tall(rows)
    line(drawing, [NAMES, level, scale.right, level], 0.4, colour=PALE)
    ordered = sorted(step.stretches, key=lambda one: (one.first, one.last))
    for seen, row in zip(ordered, rows, strict=True):
        left = scale.x(seen.first)
        right = max(scale.x(seen.last), left + 3)
        y = top - (row + 1) * ROW
        bar(drawing, left, y, right, BAR, FILLS[seen.knowledge], 3)
        text = str(seen.count)
        x = min(left, FIGURE_WIDTH - width(text, TINY))
        words(drawing, x, y + BAR + 1.5, text, TINY)


def _axis(drawing: Drawing, timeline: Timeline, scale: _Scale, top: float) -> None:
    days = (scale.last - scale.first).days
    each = (scale.right - NAMES) / max(days / 30.4, 1)
    room = width("Mar 2000", SMALL) + 10
    step = next((one for one in STEPS if one * each >= room), STEPS[-1])
    count = scale.first.year * 12 + scale.first.month - 1
    count += -count % step
    while (first := date(count // 12, count % 12 + 1, 1)) <= scale.last:
        if first >= scale.first:
            x = scale.x(first)
            line(drawing, [x, AXIS, x, top], 0.4, colour=PALE)
            line(drawing, [x, AXIS, x, AXIS - 4], 0.8, colour=DARK)
            if scale.right - x >= room / 2 - RIGHT and x - NAMES >= 0:
                words(drawing, x, AXIS - 15, month(first), SMALL, anchor="middle")
        count += step
    words(drawing, scale.right, 3, "First day of the month", SMALL, anchor="end")


def _legend(drawing: Drawing) -> None:
    x, y = 0.0, drawing.height - LEADING + 2
    for knowledge, fill in FILLS.items():
        bar(drawing, x, y - 1, x + SAMPLE, 8, fill, 3)
        label = knowledge.value.capitalize()
        words(drawing, x + SAMPLE + 5, y, label, SMALL)
        x += SAMPLE + 5 + width(label, SMALL) + 20
