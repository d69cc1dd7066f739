"""Cumulative recruitment against its target."""

from collections.abc import Callable

from reportlab.graphics.shapes import Drawing, Polygon
from reportlab.lib.colors import Color, black

from trial.report.figures.strokes import (
    FIGURE_WIDTH,
    PALE,
    SMALL,
    frame,
    line,
    sheet,
    ticks,
    words,
)
from trial.report.letters import width
from trial.report.picture import Forecast, Recruitment
from trial.report.wording import day, month

HEIGHT = 260.0
LEFT, RIGHT, BOTTOM, TOP = 40.0, 24.0, 40.0, 36.0
MARK = 5.0
LINE = 15.0
FAN = Color(0.92, 0.92, 0.92)


def draw(recruitment: Recruitment) -> Drawing:
    """Enrolled so far as a solid line with marks, the target dashed, the prediction as a fan."""
    forecast = recruitment.forecast
    drawing = sheet(FIGURE_WIDTH, HEIGHT + (LINE if forecast else 0))
    reached = [total for total in recruitment.cumulative if total is not None]
    targets = [entry.target for entry in recruitment.months]
    scale = ticks(max([*reached, *targets, 1, forecast.high if forecast else 1]))
    wide, high = FIGURE_WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
    step = wide / max(len(targets), 1)

    def across(number: int) -> float:
        return LEFT + step * number

    def up(value: float) -> float:
        return BOTTOM + high * value / scale[-1]

    for value in scale:
        line(drawing, [LEFT, up(value), LEFT + wide, up(value)], 0.5, colour=PALE)
        words(drawing, LEFT - 6, up(value) - 3, f"{value:g}", SMALL, anchor="end")
    line(drawing, [LEFT, BOTTOM, LEFT + wide, BOTTOM])
    line(drawing, [LEFT, BOTTOM, LEFT, BOTTOM + high])
    _months(drawing, recruitment, step)
    if forecast and len(reached) < len(targets):
        _fan(
            drawing,
            forecast,
            (len(reached), reached[-1] if reached else 0, len(targets)),
            across,
            up,
        )
    _path(drawing, [(across(i), up(v)) for i, v in enumerate([0.0, *targets])], (4, 3))
    points = [(across(i), up(v)) for i, v in enumerate([0, *reached])]
    _path(drawing, points, None)
    for x, y in points[1:]:
        _mark(drawing, x, y)
    _legend(drawing, reached[-1] if reached else 0, targets[-1] if targets else 0)
    if forecast:
        _predicted(drawing, forecast)
    return drawing


def _fan(
    drawing: Drawing,
    forecast: Forecast,
    now: tuple[int, int, int],
    across: Callable[[int], float],
    up: Callable[[float], float],
) -> None:
    """From the last month reached to the end, between the limits."""
    reached, enrolled, last = now
    x, y, end = across(reached), up(enrolled), across(last)
    fan = [x, y, end, up(forecast.high), end, up(forecast.low)]
    drawing.add(Polygon(fan, fillColor=FAN, strokeColor=None))
    for value, wide in ((forecast.low, 0.7), (forecast.middle, 1.4), (forecast.high, 0.7)):
        line(drawing, [x, y, end, up(value)], wide, (1.5, 2.5))


def _predicted(drawing: Drawing, forecast: Forecast) -> None:
    y = HEIGHT - 14
    line(drawing, [LEFT, y, LEFT + 26, y], 1.4, (1.5, 2.5))
    words(
        drawing,
        LEFT + 32,
        y - 3,
        f"Predicted by {day(forecast.by)}: {forecast.middle:.0f}"
        f" (95% interval {forecast.low:.0f} to {forecast.high:.0f})",
    )


def _path(
    drawing: Drawing, points: list[tuple[float, float]], dash: tuple[float, ...] | None
) -> None:
    # One stroke: dashes that began anew each month would look like a solid line.
    if len(points) > 1:
        line(drawing, [edge for point in points for edge in point], 1.2 if dash else 1.8, dash)


def _mark(drawing: Drawing, x: float, y: float) -> None:
    frame(drawing, x - MARK / 2, y - MARK / 2, MARK, MARK, fill=black)


def _months(drawing: Drawing, recruitment: Recruitment, step: float) -> None:
    names = [month(entry.starts_on) for entry in recruitment.months]
    widest = max((width(name, SMALL) for name in names), default=0) + 8
    every = max(1, int(-(-widest // step))) if step else 1
    for number, name in enumerate(names):
        edge = LEFT + step * (number + 1)
        line(drawing, [edge, BOTTOM, edge, BOTTOM - 3], 0.5)
        if number % every == 0:
            words(drawing, edge - step / 2, BOTTOM - 15, name, SMALL, anchor="middle")
    words(drawing, FIGURE_WIDTH - RIGHT, 8, "By the end of the month", SMALL, anchor="end")


def _legend(drawing: Drawing, enrolled: int, target: float) -> None:
    y = drawing.height - 14
    line(drawing, [LEFT, y, LEFT + 26, y], 1.8)
    _mark(drawing, LEFT + 13, y)
    text = f"Enrolled: {enrolled}"
    words(drawing, LEFT + 32, y - 3, text)
    after = LEFT + 32 + width(text, 10) + 28
    line(drawing, [after, y, after + 26, y], 1.2, (4, 3))
    words(drawing, after + 32, y - 3, f"Target: {target:g}")
