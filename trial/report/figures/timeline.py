"""The timeline of clusters and participants: what was done when, and who could know the arm."""

from dataclasses import dataclass
from datetime import date

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    DARK,
    FIGURE_WIDTH,
    LEADING,
    PALE,
    SIGN,
    SIZE,
    SMALL,
    arrow,
    bar,
    bars,
    legend,
    line,
    lines_of,
    rows_for,
    sheet,
    words,
)
from trial.report.letters import BOLD, shortened, width, wrap
from trial.report.picture import ClusterLine, Fill, Knowledge, Seen, StepLine, Timeline
from trial.report.wording import month

NAMES = 108.0
RIGHT = 12.0
AXIS = 30.0
BAR = 7.0
ROW = BAR + 11.0
HEADING = 17.0
# The narrowest bar in which stripes can be seen, and the edge of the word "Cluster".
NARROWEST = 5.0
NAMED = 38.0
TINY = 8.0
LONGEST = 150.0
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
    high = sum(block.high for block in blocks) or HEADING
    laid = legend([f"{knowledge}".capitalize() for knowledge in FILLS])
    drawing = sheet(FIGURE_WIDTH, AXIS + high + LEADING * lines_of(laid) + 12)
    _axis(drawing, timeline, scale, AXIS + high)
    top = AXIS + high
    for block in blocks:
        block.draw(drawing, top)
        top -= block.high
    if not blocks:
        words(drawing, NAMES + 6, AXIS + 6, "No clusters yet.", SMALL, ground=True)
    line(drawing, [0, AXIS, scale.right, AXIS])
    for fill, (text, x, row) in zip(FILLS.values(), laid, strict=True):
        y = drawing.height - (row + 1) * LEADING + 2
        bar(drawing, x, y - 1, x + SIGN, 8, fill)
        words(drawing, x + SIGN + 6, y, text, SMALL)
    return drawing


def heights(timeline: Timeline) -> list[float]:
    """The height that each cluster takes."""
    scale = _Scale(timeline)
    return [_Block(cluster, scale).high for cluster in timeline.clusters]


@dataclass(frozen=True)
class _Flag:
    """A moment: its day's place, the left edge of its words, the words and their row."""

    x: float
    left: float
    text: str
    row: int


def _flags(cluster: ClusterLine, scale: _Scale) -> list[_Flag]:
    """Words beside their poles, on so few rows that no pole stands in the words of another.

    Those of the first moments stand to the left of their poles, those of the others to the right.
    """
    moments = sorted(cluster.moments, key=lambda one: one.on)
    poles = [(scale.x(one.on), shortened(one.label, TINY, LONGEST)) for one in moments]
    splits = [_hoisted(poles, first) for first in range(len(poles) + 1)]
    fit = [flags for flags in splits if all(_fits(flag) for flag in flags)]
    return min(fit or splits[:1], key=lambda flags: max((flag.row for flag in flags), default=0))


def _hoisted(poles: list[tuple[float, str]], first: int) -> list[_Flag]:
    """Flags to the left before the ``first`` pole that has them to the right, the outer ones low."""
    lefts: list[_Flag] = []
    for x, text in poles[:first]:
        left = x - 3 - width(text, TINY)
        met = [flag.row for flag in lefts if flag.x > left - 5]
        lefts.append(_Flag(x, left, text, max(met, default=-1) + 1))
    rights: list[_Flag] = []
    for x, text in reversed(poles[first:]):
        left = min(x + 3, FIGURE_WIDTH - width(text, TINY))
        right = left + width(text, TINY)
        met = [flag.row for flag in rights if min(flag.x, flag.left) < right + 5]
        rights.append(_Flag(x, left, text, max(met, default=-1) + 1))
    return [*lefts, *rights]


def _fits(flag: _Flag) -> bool:
    """Whether the words stand beside their pole, between the row's name and the edge."""
    covered = flag.left <= flag.x <= flag.left + width(flag.text, TINY)
    return flag.left >= NAMED and not covered


class _Block:
    """One cluster laid out: its moments in rows, its steps with their bars in rows."""

    def __init__(self, cluster: ClusterLine, scale: _Scale) -> None:
        self.cluster, self.scale = cluster, scale
        self.flags = _flags(cluster, scale)
        self.heads = (max((flag.row for flag in self.flags), default=0) + 1) * (TINY + 3) + 8
        self.steps = [(step, _rows(step, scale)) for step in cluster.steps]
        self.names = wrap(
            ", ".join(one for one in (cluster.label, cluster.arm) if one), SIZE, FIGURE_WIDTH, BOLD
        )
        below = sum(_tall(rows) for _, rows in self.steps)
        self.high = HEADING + (len(self.names) - 1) * LEADING + self.heads + below + 6

    def draw(self, drawing: Drawing, top: float) -> None:
        line(drawing, [0, top, self.scale.right, top], 0.8)
        for number, text in enumerate(self.names):
            words(drawing, 0, top - 13 - number * LEADING, text, bold=True, ground=True)
        base = top - HEADING - (len(self.names) - 1) * LEADING - self.heads
        words(drawing, 0, base + 3, "Cluster", SMALL)
        line(drawing, [NAMES, base, self.scale.right, base], 0.6, colour=PALE)
        for flag in self.flags:
            level = base + 7 + flag.row * (TINY + 3)
            arrow(drawing, [flag.x, level + TINY - 1, flag.x, base])
        for flag in self.flags:
            level = base + 8 + flag.row * (TINY + 3)
            words(drawing, flag.left, level, flag.text, TINY, ground=True)
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
    return left, max(scale.x(seen.last), left + NARROWEST, left + count)


def _step(drawing: Drawing, step: StepLine, rows: list[int], scale: _Scale, top: float) -> None:
    words(drawing, 0, top - ROW + 2, shortened(step.label, SMALL, NAMES - 8), SMALL)
    level = top - _tall(rows)
    line(drawing, [NAMES, level, scale.right, level], 0.4, colour=PALE)
    ordered = sorted(step.stretches, key=lambda one: (one.first, one.last))
    for knowledge, fill in FILLS.items():
        boxes = [
            (left, top - (row + 1) * ROW, max(scale.x(seen.last), left + NARROWEST), BAR)
            for seen, row in zip(ordered, rows, strict=True)
            for left in (scale.x(seen.first),)
            if seen.knowledge is knowledge
        ]
        bars(drawing, boxes, fill, 0.8)
    for seen, row in zip(ordered, rows, strict=True):
        text = str(seen.count)
        x = min(scale.x(seen.first), FIGURE_WIDTH - width(text, TINY))
        words(drawing, x, top - (row + 1) * ROW + BAR + 1.5, text, TINY)


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
