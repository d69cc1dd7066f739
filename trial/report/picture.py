"""What the figures show, as values: flow, recruitment, work, intervals, curves, timelines, matrices."""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class Reason:
    """A reason and how many left for it."""

    label: str
    count: int


@dataclass(frozen=True)
class Box:
    """A box of the flow: its title, its clusters and people, and the reasons that it lists."""

    title: str
    clusters: int | None = None
    people: int | None = None
    noun: tuple[str, str] = ("participant", "participants")
    reasons: tuple[Reason, ...] = ()

    @property
    def counts(self) -> str:
        """Clusters and people in words, such as "2 clusters, 11 participants"."""
        parts = []
        if self.clusters is not None:
            parts.append(f"{self.clusters} {'cluster' if self.clusters == 1 else 'clusters'}")
        if self.people is not None:
            parts.append(f"{self.people} {self.noun[0] if self.people == 1 else self.noun[1]}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Stage:
    """A level of the flow: one box, with those who left beside it, or one box for each arm."""

    name: str
    boxes: tuple[Box, ...]
    aside: Box | None = None

    def __post_init__(self) -> None:
        if not self.boxes:
            raise ValueError(f"Give the stage “{self.name}” at least one box.")
        if self.aside and len(self.boxes) > 1:
            raise ValueError(f"Put the losses of “{self.name}” into the boxes of its arms.")


@dataclass(frozen=True)
class Flow:
    """The CONSORT flow from the first stage to the last."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Month:
    """A month: its first day, enrolled in it (None if not yet reached), target by its end."""

    starts_on: date
    enrolled: int | None
    target: float


@dataclass(frozen=True)
class Forecast:
    """Where recruitment is heading: the number predicted by a day, and when the target is met."""

    by: date
    middle: float
    low: float
    high: float
    met_early: date | None = None
    met: date | None = None
    met_late: date | None = None


@dataclass(frozen=True)
class Recruitment:
    """Recruitment by month against its target, with what is predicted for the months to come."""

    months: tuple[Month, ...]
    forecast: Forecast | None = None

    @property
    def cumulative(self) -> tuple[int | None, ...]:
        """Enrolled by the end of each month; None from the first month not yet reached."""
        total: int | None = 0
        sums = []
        for month in self.months:
            unknown = total is None or month.enrolled is None
            total = None if unknown else (total or 0) + (month.enrolled or 0)
            sums.append(total)
        return tuple(sums)


class Fill(StrEnum):
    """How a bar is filled, so that kinds can be told apart in black and white."""

    SOLID = "solid"
    STRIPED = "striped"
    PLAIN = "plain"


@dataclass(frozen=True)
class Bar:
    """A spell on a lane; without an end it is ongoing."""

    starts_on: date
    ends_on: date | None
    label: str = ""


@dataclass(frozen=True)
class Lane:
    """A lane of the timeline: one kind of work."""

    label: str
    bars: tuple[Bar, ...] = ()
    fill: Fill = Fill.PLAIN


@dataclass(frozen=True)
class Marker:
    """A dated mark across all lanes, such as an enrolment or a visit."""

    on: date
    label: str


@dataclass(frozen=True)
class Lanes:
    """The working life of one participant between two days."""

    starts_on: date
    ends_on: date
    lanes: tuple[Lane, ...]
    markers: tuple[Marker, ...] = ()
    known_until: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on <= self.starts_on:
            raise ValueError("Give the timeline a last day after its first day.")


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; without a value only the words are shown.

    The first row of a ``group`` stands under its heading. Where the rows have an ``n``, the squares
    are as large as the numbers that they rest on.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    strong: bool = False
    group: str = ""
    n: int | None = None


@dataclass(frozen=True)
class Intervals:
    """Estimates with intervals under one another, on one axis, with thresholds marked."""

    axis: str
    rows: tuple[Interval, ...]
    lowest: float = 0.0
    highest: float = 1.0
    percent: bool = True
    thresholds: tuple[tuple[float, str], ...] = ()

    def __post_init__(self) -> None:
        if self.highest <= self.lowest:
            raise ValueError("Give the axis a highest value above its lowest.")


@dataclass(frozen=True)
class Point:
    """A point of a curve with its limits, where it has any."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """A curve from left to right; ``censored`` are the places of marks on it."""

    label: str
    points: tuple[Point, ...]
    censored: tuple[float, ...] = ()


@dataclass(frozen=True)
class AtRisk:
    """How many a curve still rests on, at places of the axis."""

    label: str
    counts: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Curves:
    """Curves on one pair of axes, with places marked; ``stepped`` keeps each height until the next."""

    x_axis: str
    y_axis: str
    curves: tuple[Curve, ...]
    stepped: bool = False
    percent_x: bool = False
    percent_y: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    at_risk: tuple[AtRisk, ...] = ()
    lowest_y: float = 0.0
    highest_y: float | None = None

    def __post_init__(self) -> None:
        points = [point for curve in self.curves for point in curve.points]
        values = [value for p in points for value in (p.x, p.y, p.low, p.high)]
        values += [x for x, _ in self.marks]
        if not all(value is None or math.isfinite(value) for value in values):
            raise ValueError("Give the curves finite numbers.")


@dataclass(frozen=True)
class Stretch:
    """Days of one kind of work, counted from enrolment; ``kind`` is its place among the kinds."""

    first: int
    last: int
    kind: int


@dataclass(frozen=True)
class Life:
    """One participant's lane; the work is known up to a day, and a note says why not beyond."""

    label: str
    group: str
    stretches: tuple[Stretch, ...]
    known_to: int
    note: str = ""


MOST_LIVES = 200


@dataclass(frozen=True)
class Lives:
    """Work from enrolment on, a lane a participant, the arms under one another."""

    days: int
    kinds: tuple[str, ...]
    lives: tuple[Life, ...]

    def __post_init__(self) -> None:
        if len(self.lives) > MOST_LIVES:
            raise ValueError(f"Draw at most {MOST_LIVES} participants in one figure.")
        if self.days < 1 or len(self.kinds) > len(Fill):
            raise ValueError(f"Give at least one day, and at most {len(Fill)} kinds.")
        kinds = {stretch.kind for life in self.lives for stretch in life.stretches}
        if not kinds <= set(range(len(self.kinds))):
            raise ValueError("Give every stretch one of the kinds.")


class Knowledge(StrEnum):
    """What whoever took a step could know of the arm at that moment."""

    NOT_DRAWN = "arm not drawn"
    COULD_NOT_KNOW = "drawn, could not know"
    COULD_KNOW = "could know"


@dataclass(frozen=True)
class Moment:
    """A day in the life of a cluster."""

    on: date
    label: str


@dataclass(frozen=True)
class Seen:
    """So many people between two days, by what whoever saw them could know."""

    first: date
    last: date
    count: int
    knowledge: Knowledge


@dataclass(frozen=True)
class StepLine:
    """One step of participants in a cluster, such as consent, along the time."""

    label: str
    stretches: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class ClusterLine:
    """One cluster: its arm, its own moments, and the steps of its participants."""

    label: str
    arm: str
    moments: tuple[Moment, ...]
    steps: tuple[StepLine, ...]


@dataclass(frozen=True)
class Timeline:
    """The timeline of clusters and participants, cluster under cluster."""

    starts_on: date
    ends_on: date
    clusters: tuple[ClusterLine, ...]

    def __post_init__(self) -> None:
        if self.ends_on <= self.starts_on:
            raise ValueError("Give the timeline a last day after its first day.")


@dataclass(frozen=True)
class MatrixRow:
    """A row of a matrix: for each column one value a kind; None is not assessed, and drawn so.

    The first row of a ``group`` stands under its heading.
    """

    label: str
    cells: tuple[tuple[float | None, ...], ...]
    group: str = ""


@dataclass(frozen=True)
class Matrix:
    """Rows by columns, in each cell a bar a kind, told apart by its filling, with its number."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    highest: float
    absent: str = "not assessed"

    def __post_init__(self) -> None:
        if self.highest <= 0 or not 1 <= len(self.kinds) <= len(Fill) or not self.columns:
            raise ValueError(f"Give a highest value, columns, and at most {len(Fill)} kinds.")
        wide = {len(row.cells) for row in self.rows}
        deep = {len(cell) for row in self.rows for cell in row.cells}
        if not (wide <= {len(self.columns)} and deep <= {len(self.kinds)}):
            raise ValueError("Give every row a cell a column, and every cell a value a kind.")


Picture = Flow | Recruitment | Lanes | Intervals | Curves | Lives | Timeline | Matrix
