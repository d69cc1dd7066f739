"""The numbers behind a figure, as a table."""

from trial.report.picture import Flow, Intervals, Lanes, Recruitment, Stage
from trial.report.value import Cell, Figure, Table
from trial.report.wording import day, month

Rows = tuple[tuple[Cell, ...], ...]
FLOW = ("Stage", "Box", "Clusters", "People", "Reason", "Number with this reason")
RECRUITMENT = ("Month", "Enrolled in the month", "Enrolled by its end", "Target by its end")


def numbers(figure: Figure) -> Table:
    """The figure's own table, or the one that its picture gives."""
    if figure.table is not None:
        return figure.table
    caption = f"{figure.title}: the numbers"
    match figure.drawing:
        case Flow() as flow:
            return Table(caption, FLOW, _flow(flow), numeric=(2, 3, 5))
        case Recruitment() as recruitment:
            return Table(caption, RECRUITMENT, _recruitment(recruitment), numeric=(1, 2, 3))
        case Lanes() as lanes:
            return Table(caption, ("Shown as", "What", "From", "To"), _lanes(lanes))
        case Intervals() as intervals:
            return Table(caption, ("Group", intervals.axis), _intervals(intervals))


def _flow(flow: Flow) -> Rows:
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
    )


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


def _intervals(intervals: Intervals) -> Rows:
    rows: list[tuple[Cell, ...]] = [(row.label, row.words) for row in intervals.rows]
    rows += [("Threshold", label) for _, label in intervals.thresholds]
    return tuple(rows)
