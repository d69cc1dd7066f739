"""The CONSORT flow of clusters and participants."""

from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing

from trial.report.figures.strokes import (
    FIGURE_WIDTH,
    LEADING,
    SIZE,
    arrow,
    frame,
    line,
    sheet,
    words,
)
from trial.report.letters import BOLD, REGULAR, wrap
from trial.report.picture import Box, Flow, Stage

MARGIN = 4.0
NAMES = 78.0
PAD = 7.0
GAP = 26.0
ASIDE_GAP = 24.0
NARROWEST = 150.0
INDENT = 9.0


@dataclass(frozen=True)
class _Laid:
    """A box in its place: left edge, width and written lines (text, bold, indent)."""

    x: float
    wide: float
    lines: tuple[tuple[str, bool, float], ...]

    @property
    def high(self) -> float:
        return len(self.lines) * LEADING + 2 * PAD - 2

    @property
    def middle(self) -> float:
        return self.x + self.wide / 2


def draw(flow: Flow) -> Drawing:
    """The flow from top to bottom, an arm a column, those who left beside the trunk."""
    most = max((len(stage.boxes) for stage in flow.stages), default=1)
    body = max(FIGURE_WIDTH - NAMES, most * (NARROWEST + GAP) - GAP)
    trunk = _trunk(flow, body)
    placed = [
        (stage, _boxes(stage, trunk, body), _aside(stage, trunk, body)) for stage in flow.stages
    ]
    heights = [
        max(box.high for box in (*boxes, *((aside,) if aside else ())))
        for _, boxes, aside in placed
    ]
    total = sum(heights) + GAP * max(len(heights) - 1, 0) + 2 * MARGIN
    drawing = sheet(NAMES + body + 2 * MARGIN, total)
    top = total - MARGIN
    above: tuple[tuple[_Laid, ...], float] | None = None
    for (stage, boxes, aside), high in zip(placed, heights, strict=True):
        if above:
            _join(drawing, *above, boxes, top)
        bottom = _row(drawing, stage, boxes, aside, top, high)
        above, top = (boxes, bottom), top - high - GAP
    return drawing


def _lines(box: Box, wide: float) -> tuple[tuple[str, bool, float], ...]:
    room = wide - 2 * PAD
    lines = [(text, True, 0.0) for text in wrap(box.title, SIZE, room, BOLD)]
    if box.counts:
        lines += [(text, False, 0.0) for text in wrap(box.counts, SIZE, room, REGULAR)]
    for reason in box.reasons:
        # The count keeps to the last word of its reason.
        written = wrap(f"{reason.label}:\u00a0{reason.count}", SIZE, room - INDENT, REGULAR)
        lines += [(text.replace("\u00a0", " "), False, INDENT) for text in written]
    return tuple(lines)


def _trunk(flow: Flow, body: float) -> tuple[float, float]:
    """Left edge and width of every box that stands alone, so that the arrows run straight."""
    wide = 0.46 * min(body, FIGURE_WIDTH)
    beside = (body - wide) / 2
    if beside - ASIDE_GAP >= NARROWEST or not any(stage.aside for stage in flow.stages):
        return MARGIN + NAMES + beside, wide
    return MARGIN + NAMES + (body / 2 - wide) / 2, wide


def _boxes(stage: Stage, trunk: tuple[float, float], body: float) -> tuple[_Laid, ...]:
    if len(stage.boxes) == 1:
        return (_Laid(*trunk, _lines(stage.boxes[0], trunk[1])),)
    wide = (body - GAP * (len(stage.boxes) - 1)) / len(stage.boxes)
    return tuple(
        _Laid(MARGIN + NAMES + column * (wide + GAP), wide, _lines(box, wide))
        for column, box in enumerate(stage.boxes)
    )


def _aside(stage: Stage, trunk: tuple[float, float], body: float) -> _Laid | None:
    if stage.aside is None:
        return None
    x = sum(trunk) + ASIDE_GAP
    wide = MARGIN + NAMES + body - x
    return _Laid(x, wide, _lines(stage.aside, wide))


def _row(
    drawing: Drawing,
    stage: Stage,
    boxes: tuple[_Laid, ...],
    aside: _Laid | None,
    top: float,
    high: float,
) -> float:
    tallest = max(box.high for box in boxes)
    for number, text in enumerate(wrap(stage.name, SIZE, NAMES - 12, BOLD)):
        words(drawing, MARGIN, top - PAD - 9 - number * LEADING, text, bold=True)
    for box in boxes:
        _box(drawing, box, top, tallest)
    if aside:
        _box(drawing, aside, top, aside.high)
        level = top - min(tallest, aside.high) / 2
        arrow(drawing, [boxes[0].x + boxes[0].wide, level, aside.x, level])
    return top - tallest


def _box(drawing: Drawing, box: _Laid, top: float, high: float) -> None:
    frame(drawing, box.x, top - high, box.wide, high)
    for number, (text, bold, indent) in enumerate(box.lines):
        y = top - PAD - 9 - number * LEADING
        words(drawing, box.x + PAD + indent, y, text, bold=bold)


def _join(
    drawing: Drawing,
    uppers: tuple[_Laid, ...],
    bottom: float,
    lowers: tuple[_Laid, ...],
    top: float,
) -> None:
    if len(uppers) == len(lowers):
        for upper, lower in zip(uppers, lowers, strict=True):
            arrow(drawing, [upper.middle, bottom, lower.middle, top])
        return
    level = top + GAP / 2
    middles = [box.middle for box in (*uppers, *lowers)]
    line(drawing, [min(middles), level, max(middles), level])
    for upper in uppers:
        line(drawing, [upper.middle, bottom, upper.middle, level])
    for lower in lowers:
        arrow(drawing, [lower.middle, level, lower.middle, top])
