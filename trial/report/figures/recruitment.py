"""Cumulative recruitment against its target."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date

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
    said = _said(forecast) if forecast else []
    drawing = sheet(FIGURE_WIDTH, HEIGHT + LINE * len(said))
    reached = [total for total in recruitment.cumulative if total is not None]
    targets = [entry.target for entry in recruitment.months]
    scale = ticks(max([*reached, *targets, 1, forecast.high if forecast else 1]))
    wide, high = FIGURE_WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
    step = wide / max(len(targets), 1)

    def across(number: float) -> float:
        return LEFT + step * number

    def up(value: float) -> float:
        return BOTTOM + high * value / scale[-1]

    for value in scale:
        line(drawing, [LEFT, up(value), LEFT + wide, up(value)], 0.5, colour=PALE)
        words(drawing, LEFT - 6, up(value) - 3, f"{value:g}", SMALL, anchor="end")
    line(drawing, [LEFT, BOTTOM, LEFT + wide, BOTTOM])
    line(drawing, [LEFT, BOTTOM, LEFT, BOTTOM + high])
    _months(drawing, recruitment, step)
    if forecast:
        _fan(drawing, recruitment, forecast, across, up)
    _path(drawing, [(across(i), up(v)) for i, v in enumerate([0.0, *targets])], (4, 3))
    points = [(across(i), up(v)) for i, v in enumerate([0, *reached])]
    _path(drawing, points, None)
    for x, y in points[1:]:
        _mark(drawing, x, y)
    _legend(drawing, reached[-1] if reached else 0, targets[-1] if targets else 0)
    for number, text in enumerate(said):
        _predicted(drawing, HEIGHT - 14 + LINE * (len(said) - 1 - number), text, number == 0)
    return drawing


def _fan(
    drawing: Drawing,
    recruitment: Recruitment,
    forecast: Forecast,
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> None:
    """From the last month reached to the day of the forecast, between the limits."""
    reached = [total for total in recruitment.cumulative if total is not None]
    ends = _place(recruitment, forecast.by)
    if ends is None or ends <= len(reached):
        return
    x, y, end = across(len(reached)), up(reached[-1] if reached else 0), across(ends)
    fan = [x, y, end, up(forecast.high), end, up(forecast.low)]
    drawing.add(Polygon(fan, fillColor=FAN, strokeColor=None))
    for value, wide in ((forecast.low, 0.7), (forecast.middle, 1.4), (forecast.high, 0.7)):
        line(drawing, [x, y, end, up(value)], wide, (1.5, 2.5))
    line(drawing, [end, up(forecast.low), end, up(forecast.high)], 0.7)


def _place(recruitment: Recruitment, on: date) -> float | None:
    """The months from the first one to the end of a day, if it lies in one of the months drawn."""
    for number, entry in enumerate(recruitment.months):
        first = entry.starts_on
        if (first.year, first.month) == (on.year, on.month):
            return number + on.day / monthrange(on.year, on.month)[1]
    return None


def _said(forecast: Forecast) -> list[str]:
    said = [
        f"Predicted by {day(forecast.by)}: {forecast.middle:.0f}"
        f" (95% interval {forecast.low:.0f} to {forecast.high:.0f})"
    ]
    if forecast.met:
        limits = (forecast.met_early, forecast.met_late)
        early, late = (day(on) if on else "not foreseen" for on in limits)
        said.append(f"Target met: {day(forecast.met)} (95% interval {early} to {late})")
    return said


def _predicted(drawing: Drawing, y: float, text: str, signed: bool) -> None:
    if signed:
        line(drawing, [LEFT, y, LEFT + 26, y], 1.4, (1.5, 2.5))
    words(drawing, LEFT + 32, y - 3, text)


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
