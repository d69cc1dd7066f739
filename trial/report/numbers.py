"""The numbers behind a figure, as a table."""

from trial.report.picture import (
    Curves,
    Flow,
    Forecast,
    Intervals,
    Lanes,
    Lives,
    Matrix,
    Picture,
    Point,
    Recruitment,
    Stage,
    Timeline,
)
from trial.report.value import Cell, Figure, Table
from trial.report.wording import day, month

Rows = tuple[tuple[Cell, ...], ...]
FLOW = ("Stage", "Box", "Clusters", "People", "Reason", "Number with this reason")
PEOPLE = FLOW.index("People")
LIVES = ("Group", "Participant", "Work", "From day", "To day", "Known to day", "Why not beyond")
TIMELINE = ("Cluster", "What", "From", "To", "People", "What could be known of the arm")
# Of a long curve so many points stand in the table, the first and the last among them.
MOST_POINTS = 60
RECRUITMENT = ("Month", "Enrolled in the month", "Enrolled by its end", "Target by its end")


def numbers(figure: Figure) -> Table:
    """The figure's own table, or the one that its picture gives."""
    if figure.table is not None:
        return figure.table
    return _told(f"{figure.title}: the numbers", figure.drawing)


def _told(caption: str, picture: Picture) -> Table:
    match picture:
        case Flow() as flow:
            return _flow(caption, flow)
        case Recruitment() as recruitment:
            return Table(caption, RECRUITMENT, _recruitment(recruitment), numeric=(1, 2, 3))
        case Lanes() as lanes:
            return Table(caption, ("Shown as", "What", "From", "To"), _lanes(lanes))
        case Intervals() as intervals:
            return Table(caption, ("Group", intervals.axis), _intervals(intervals))
        case Curves() | Matrix() as drawn:
            return _by_columns(caption, drawn)
        case Lives() as lives:
            return Table(caption, LIVES, _lives(lives), numeric=(3, 4, 5))
        case Timeline() as timeline:
            return Table(caption, TIMELINE, _timeline(timeline), numeric=(4,))


def _by_columns(caption: str, drawn: Curves | Matrix) -> Table:
    return _matrix(caption, drawn) if isinstance(drawn, Matrix) else _curves(caption, drawn)


def _matrix(caption: str, matrix: Matrix) -> Table:
    several = len(matrix.kinds) > 1
    heads = tuple(
        f"{column}: {kind}" if several else column
        for column in matrix.columns
        for kind in matrix.kinds
    )
    rows = tuple(
        (
            f"{row.group}: {row.label}" if row.group else row.label,
            *(
                matrix.absent if value is None else f"{value:g}"
                for cell in row.cells
                for value in cell
            ),
        )
        for row in matrix.rows
    )
    return Table(caption, ("", *heads), rows, numeric=tuple(range(1, len(heads) + 1)))


def _flow(caption: str, flow: Flow) -> Table:
    rows = _boxes(flow)
    if any(row[PEOPLE] is not None for row in rows):
        return Table(caption, FLOW, rows, numeric=(2, 3, 5))
    # A flow of clusters alone has no column of people.
    heads, *kept = ((*row[:PEOPLE], *row[PEOPLE + 1 :]) for row in (FLOW, *rows))
    return Table(caption, tuple(str(head) for head in heads), tuple(kept), numeric=(2, 4))


def _boxes(flow: Flow) -> Rows:
    rows: list[tuple[Cell, ...]] = []
    name = ""
    arms: tuple[str, ...] = ()
    for stage in flow.stages:
        # A stage without a name of its own belongs to the one above it.
        name = stage.name or name
        titles, arms = _titles(stage, arms)
        boxes = zip((*titles, ""), (*stage.boxes, stage.aside), strict=True)
        for title, box in ((title or box.title, box) for title, box in boxes if box):
            rows.append((name, title, box.clusters, box.people, "", None))
            rows += [
                (name, title, None, None, reason.label, reason.count) for reason in box.reasons
            ]
    return tuple(rows)


def _titles(stage: Stage, arms: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The titles of a stage's boxes, of one name told apart by the arms above them; and the arms."""
    titles = tuple(box.title for box in stage.boxes)
    if len(set(titles)) == len(titles):
        return titles, titles if len(titles) > 1 else ()
    if len(arms) != len(titles):
        return titles, arms
    return tuple(f"{title}; {arm}" for title, arm in zip(titles, arms, strict=True)), arms


def _recruitment(recruitment: Recruitment) -> Rows:
    return tuple(
        (month(entry.starts_on), entry.enrolled, total, _rounded(entry.target))
        for entry, total in zip(recruitment.months, recruitment.cumulative, strict=True)
    ) + _forecast(recruitment.forecast)


def _forecast(forecast: Forecast | None) -> Rows:
    if forecast is None:
        return ()
    rows: list[tuple[Cell, ...]] = [
        (f"{label}, by {day(forecast.by)}", None, f"{value:.0f}", "")
        for label, value in (
            ("Predicted", forecast.middle),
            ("Lower limit of 95%", forecast.low),
            ("Upper limit of 95%", forecast.high),
        )
    ]
    rows += [
        (f"{label}, {day(on)}", None, None, "")
        for label, on in (
            ("Target met", forecast.met),
            ("Target met, lower limit of 95%", forecast.met_early),
            ("Target met, upper limit of 95%", forecast.met_late),
        )
        if on
    ]
    return tuple(rows)


def _rounded(target: float) -> str:
    return f"{target:.1f}".removesuffix(".0")


def _lanes(lanes: Lanes) -> Rows:
    rows: list[tuple[Cell, ...]] = [
        (lane.label, bar.label, bar.starts_on, "ongoing" if bar.ends_on is None else bar.ends_on)
        for lane in lanes.lanes
        for bar in lane.bars
    ]
    rows += [("Marked day", marker.label, marker.on, None) for marker in lanes.markers]
    if lanes.known_until is not None:
        rows.append(("History", f"known until {day(lanes.known_until)}", None, lanes.known_until))
    return tuple(rows)


def _curves(caption: str, curves: Curves) -> Table:
    """The points of each curve, with columns for their limits if any has some."""
    rows: list[tuple[Cell, ...]] = [
        (
            curve.label,
            _value(p.x, curves.percent_x),
            *(_value(value, curves.percent_y) for value in (p.y, p.low, p.high)),
        )
        for curve in curves.curves
        for p in _some(curve.points)
    ]
    rows += [
        (f"{row.label}, at risk", _value(x, curves.percent_x), str(count), "", "")
        for row in curves.at_risk
        for x, count in row.counts
    ]
    rows += [(label, _value(x, curves.percent_x), "", "", "") for x, label in curves.marks]
    limits = any(p.low is not None for curve in curves.curves for p in curve.points)
    heads = ("Curve", curves.x_axis, curves.y_axis, *(("From", "To") if limits else ()))
    told = tuple(row[: len(heads)] for row in rows)
    return Table(caption, heads, told, numeric=tuple(range(1, len(heads))))


def _some(points: tuple[Point, ...]) -> tuple[Point, ...]:
    every = max(1, -(-len(points) // MOST_POINTS))
    return tuple(dict.fromkeys([*points[::every], *points[-1:]]))


def _value(value: float | None, percent: bool) -> str:
    if value is None:
        return ""
    if percent:
        return f"{100 * value:.1f}%"
    return f"{value:.4g}" if abs(value) < 1 else f"{round(value, 2):.12g}"


def _lives(lives: Lives) -> Rows:
    rows: list[tuple[Cell, ...]] = []
    for life in lives.lives:
        worked: list[tuple[Cell, ...]] = [
            (lives.kinds[one.kind], one.first, one.last) for one in life.stretches
        ]
        for told in worked or [("None recorded", None, None)]:
            rows.append((life.group, life.label, *told, life.known_to, life.note))
    return tuple(rows)


def _timeline(timeline: Timeline) -> Rows:
    rows: list[tuple[Cell, ...]] = []
    for cluster in timeline.clusters:
        name = ", ".join(one for one in (cluster.label, cluster.arm) if one)
        rows += [(name, moment.label, moment.on, None, None, "") for moment in cluster.moments]
        rows += [
            (name, step.label, seen.first, seen.last, seen.count, seen.knowledge.value)
            for step in cluster.steps
            for seen in step.stretches
        ]
    return tuple(rows)


def _intervals(intervals: Intervals) -> Rows:
    rows: list[tuple[Cell, ...]] = [
        (f"{row.group}: {row.label}" if row.group else row.label, row.words)
        for row in intervals.rows
    ]
    rows += [("Threshold", label) for _, label in intervals.thresholds]
    return tuple(rows)
