"""What the figures show, as values: participant flow, recruitment, a person's work, intervals."""

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
class Recruitment:
    """Recruitment by month against its target."""

    months: tuple[Month, ...]

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
    """An estimate with its interval; without a value only the words are shown."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    strong: bool = False


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


Picture = Flow | Recruitment | Lanes | Intervals
