"""The timeline of clusters and participants: what was done when, by whom, and who could know the arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from trial.analysis import funnel, recruitment_bias
from trial.analysis.funnel import Reason

# The steps of a cluster's life and of its participants, in the order in which they come.
MOMENTS = (
    "identified_on", "approached_on", "permission_on", "opened_on", "allocated_on", "revealed_on",
    "closed_on",
)  # fmt: skip
STEPS = (*recruitment_bias.STAGES, "enrolled", "baseline", "primary")


class Knew(StrEnum):
    """What whoever took a step could know of the arm at that moment."""

    NOT_DRAWN = "arm not drawn"
    COULD_NOT = "drawn, could not know"
    COULD = "could know"


@dataclass(frozen=True)
class Moment:
    """A dated step in the life of a cluster; ``key`` is its column."""

    key: str
    on: date


@dataclass(frozen=True)
class Stretch:
    """So many people between two days of one calendar month, by what could be known."""

    first: date
    last: date
    count: int
    knew: Knew


@dataclass(frozen=True)
class Step:
    """One step of the participants of a cluster; ``undated`` of ``people`` lack the day."""

    key: str
    people: int
    undated: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class ClusterTimeline:
    """One cluster; ``arm`` is "" while it is not told."""

    cluster: str
    arm: str
    moments: tuple[Moment, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ClusterRow:
    """One step of the clusters in the classical table, before or after their own allocation.

    The day of the allocation itself counts as after; ``first_on`` is None where no cluster is there.
    """

    key: str
    clusters: int
    before: int
    after: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class PeopleRow:
    """One step of the participants in the classical table: how many, by whom, knowing what.

    ``roles`` count who recorded it ("" where no act is known), ``knew`` and ``by_arm`` what they
    could know; ``by_day`` were judged by the days alone, because no act is known.
    """

    key: str
    people: int
    roles: tuple[Reason, ...]
    knew: dict[Knew, int]
    by_arm: dict[str, dict[Knew, int]]
    by_day: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class Timeline:
    """The timeline cluster diagram as values, its table, and the sums that must hold.

    ``starts_on`` and ``ends_on`` are the first and the last day recorded, None where there is none.
    """

    starts_on: date | None
    ends_on: date | None
    clusters: tuple[ClusterTimeline, ...]
    cluster_rows: tuple[ClusterRow, ...]
    people_rows: tuple[PeopleRow, ...]
    checks: dict[str, bool]

    def row(self, key: str) -> PeopleRow:
        """The row of that step, such as ``consented``. Raises KeyError."""
        return {found.key: found for found in self.people_rows}[key]


def draw(
    clusters: pd.DataFrame,
    screening: pd.DataFrame,
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    knew: pd.DataFrame,
    *,
    arms: Sequence[str],
    baseline: str,
    primary: str,
) -> Timeline:
    """The timeline of the trial from its frames, prepared, and from who recorded each step.

    ``knew`` has one row for each step of a person: ``step`` (of :data:`STEPS`), ``number`` (the
    screening number; the study number from enrolment on), ``role`` of who recorded it and ``knew``,
    a :class:`Knew`. Steps that it lacks are judged by the days of the cluster. ``baseline`` and
    ``primary`` are the keys of the visits. People considered again count once. Stretches are by
    calendar month, so that any number of people stays a figure. Raises ValueError for an unknown
    state of knowledge.
    Source: Caille, Kerry, Tavernier, Leyrat, Eldridge & Giraudeau 2016, BMJ 354:i4291.

    >>> from trial.analysis import tables
    >>> none = tables.prepare()
    >>> told = pd.DataFrame(columns=["step", "number", "role", "knew"])
    >>> frames = (none.clusters, none.screening, none.participants, none.visits)
    >>> draw(*frames, told, arms=["A"], baseline="baseline", primary="month-12").row("identified").people
    0
    """
    people = pd.concat(
        [
            *_recruited(screening),
            _taken("enrolled", participants, participants["enrolled_on"]),
            *(_measured(key, visits, participants, plan) for key, plan in
              (("baseline", baseline), ("primary", primary))),
        ]
    ).reset_index(drop=True)  # fmt: skip
    people = _judged(people, knew, clusters)
    lines = _lines(people, clusters)
    rows = tuple(_people_row(key, people[people["step"] == key], arms) for key in STEPS)
    days = pd.concat([people["on"], *(clusters[key] for key in MOMENTS)])
    return Timeline(
        starts_on=_day(days.min()),
        ends_on=_day(days.max()),
        clusters=lines,
        cluster_rows=tuple(_cluster_row(key, clusters) for key in MOMENTS),
        people_rows=rows,
        checks=_checks(lines, rows),
    )


def _recruited(screening: pd.DataFrame) -> list[pd.DataFrame]:
    latest = funnel.latest(screening)
    stages = recruitment_bias.reached(latest)
    return [
        _taken(stage, latest[stages[stage]], latest.loc[stages[stage], day])
        for stage, day in recruitment_bias.STAGES.items()
    ]


def _measured(
    key: str, visits: pd.DataFrame, participants: pd.DataFrame, plan: str
) -> pd.DataFrame:
    done = visits[(visits["visit"] == plan) & (visits["state"] == "done")]
    places = participants.set_index("number")[["cluster", "arm"]].astype(object)
    placed = places.reindex(done["number"])
    told = done.assign(cluster=placed["cluster"].to_numpy(), arm=placed["arm"].to_numpy())
    return _taken(key, told, done["done_on"])


def _taken(step: str, people: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": pd.Categorical.from_codes(
                np.full(len(people), STEPS.index(step)), categories=pd.Index(STEPS)
            ),
            "number": people["number"].astype(object),
            "cluster": people["cluster"].astype(object),
            "arm": people["arm"].astype(object),
            "on": days.astype("datetime64[s]"),
        }
    )


def _judged(people: pd.DataFrame, knew: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """The people with what could be known at their step and the role of who recorded it."""
    unknown = set(knew["knew"].unique()) - {str(state) for state in Knew}
    if unknown:
        raise ValueError(f"no state of knowledge: {', '.join(sorted(map(str, unknown)))}")
    at = _places(people, knew)
    lacking = at < 0
    state = np.append(knew["knew"].to_numpy(dtype=object), "")[at]
    state[lacking] = _by_day(people[lacking], clusters)
    role = np.append(knew["role"].fillna("").to_numpy(dtype=object), "")[at]
    judged = people.assign(by_day=lacking, knew=state, role=role)
    # Few values each: comparing their codes is what makes thousands of people quick.
    return judged.astype(dict.fromkeys(("cluster", "arm", "knew", "role"), "category"))


def _places(people: pd.DataFrame, knew: pd.DataFrame) -> npt.NDArray[np.int64]:
    """For each step of a person its place in ``knew``, the last if it is there twice; -1 if not."""
    at = np.full(len(people), -1)
    steps, told = people["step"].cat.codes, pd.Categorical(knew["step"], categories=STEPS).codes
    for step in range(len(STEPS)):
        taken, rows = np.flatnonzero(steps == step), np.flatnonzero(told == step)
        places = dict(zip(knew["number"].iloc[rows].tolist(), rows.tolist(), strict=True))
        at[taken] = [places.get(one, -1) for one in people["number"].iloc[taken].tolist()]
    return at


def _by_day(people: pd.DataFrame, clusters: pd.DataFrame) -> npt.NDArray[np.object_]:
    """What could be known by the days of the cluster alone."""
    allocated, revealed = (
        people["cluster"]
        .map(dict(zip(clusters["cluster"], clusters[key], strict=True)))
        .astype("datetime64[s]")
        for key in ("allocated_on", "revealed_on")
    )
    states = [people["on"] >= revealed, people["on"] >= allocated]
    return np.select(states, [Knew.COULD, Knew.COULD_NOT], Knew.NOT_DRAWN).astype(object)


def _lines(people: pd.DataFrame, clusters: pd.DataFrame) -> tuple[ClusterTimeline, ...]:
    dated = people[people["on"].notna()]
    month = dated["on"].to_numpy().astype("datetime64[M]").astype("int64")
    keys = ["cluster", "step", "month", "knew"]
    grouped = (
        dated.assign(month=month).groupby(keys, observed=True)["on"].agg(["min", "max", "count"])
    )
    stretches: dict[tuple[str, str], list[Stretch]] = {}
    for row in grouped.reset_index().to_dict("records"):
        one = Stretch(row["min"].date(), row["max"].date(), int(row["count"]), Knew(row["knew"]))
        stretches.setdefault((row["cluster"], row["step"]), []).append(one)
    counted = (
        people.groupby(["cluster", "step"], observed=True)["on"]
        .agg(["size", "count"])
        .reset_index()
    )
    sizes = {
        (row["cluster"], row["step"]): (int(row["size"]), int(row["count"]))
        for row in counted.to_dict("records")
    }
    return tuple(
        ClusterTimeline(
            str(place.cluster),
            str(place.arm),
            _moments(place),
            tuple(_step(str(place.cluster), key, sizes, stretches) for key in STEPS),
        )
        for place in clusters.itertuples(index=False)
    )


def _moments(place: object) -> tuple[Moment, ...]:
    days = [(key, _day(getattr(place, key))) for key in MOMENTS]
    return tuple(Moment(key, day) for key, day in days if day is not None)


def _step(
    cluster: str,
    key: str,
    sizes: dict[tuple[str, str], tuple[int, int]],
    stretches: dict[tuple[str, str], list[Stretch]],
) -> Step:
    people, dated = sizes.get((cluster, key), (0, 0))
    order = sorted(stretches.get((cluster, key), []), key=lambda one: (one.first, one.last))
    return Step(key, people, people - dated, tuple(order))


def _cluster_row(key: str, clusters: pd.DataFrame) -> ClusterRow:
    days = clusters[key]
    dated, after = days.notna(), (days >= clusters["allocated_on"]).to_numpy()
    n, late = int(dated.sum()), int(after.sum())
    return ClusterRow(key, n, n - late, late, _day(days.min()), _day(days.max()))


def _people_row(key: str, people: pd.DataFrame, arms: Sequence[str]) -> PeopleRow:
    return PeopleRow(
        key=key,
        people=len(people),
        roles=funnel.reasons(people["role"]),
        knew=_tally(people),
        by_arm={arm: _tally(people[people["arm"] == arm]) for arm in arms},
        by_day=int(people["by_day"].sum()),
        first_on=_day(people["on"].min()),
        last_on=_day(people["on"].max()),
    )


def _tally(people: pd.DataFrame) -> dict[Knew, int]:
    return {state: int((people["knew"] == state).sum()) for state in Knew}


def _checks(lines: Sequence[ClusterTimeline], rows: Sequence[PeopleRow]) -> dict[str, bool]:
    steps = [step for line in lines for step in line.steps]
    return {
        "the stretches of every step and the undated add up to its people": all(
            sum(one.count for one in step.stretches) + step.undated == step.people for step in steps
        ),
        "every step's people are those of its clusters": all(
            row.people == sum(step.people for step in steps if step.key == row.key) for row in rows
        ),
        "what could be known adds up to the people of every step": all(
            row.people == sum(row.knew.values()) for row in rows
        ),
    }


def _day(stamp: object) -> date | None:
    return None if pd.isna(stamp) else stamp.date()  # type: ignore[call-overload, attr-defined]
