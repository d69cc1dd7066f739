"""The CONSORT flow of a cluster trial: boxes with their clusters and participants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from trial.analysis import funnel, primary, retention
from trial.analysis.funnel import Reason, Standing
from trial.analysis.tables import Frames


@dataclass(frozen=True)
class Counted:
    """A step before the log of persons, of which clusters give numbers only, such as letters sent.

    ``known`` maps the clusters that gave theirs to it, ``expected`` are all that should. The numbers need
    not fall from step to step: what is counted may be letters, households or patients of a register.
    """

    key: str
    title: str
    known: Mapping[str, int]
    expected: frozenset[str]


@dataclass(frozen=True)
class Box:
    """One box of the diagram.

    ``clusters`` are those with at least one person in the box (of an allocation box: those
    allocated), ``people`` None where the box is about clusters only, or where the number is not
    known: ``unknown`` then says of which clusters. ``arm`` is "" above the allocation. ``reasons`` are
    coded, or words where the analysis itself gives them. ``excluded`` marks a box at the side.
    """

    key: str
    title: str
    clusters: int
    people: int | None
    arm: str = ""
    reasons: tuple[Reason, ...] = ()
    excluded: bool = False
    unknown: str = ""


@dataclass(frozen=True)
class Flow:
    """All boxes in reading order, the mean cluster size by arm, and the sums that must hold."""

    boxes: tuple[Box, ...]
    mean_cluster_size: dict[str, float | None]
    checks: dict[str, bool]

    def box(self, key: str, arm: str = "") -> Box:
        """The box of that key and arm, such as ``analysed`` of ``IPS``. Raises KeyError."""
        return {(found.key, found.arm): found for found in self.boxes}[key, arm]


# The side boxes between considered and enrolled: their standings, and the column that says why.
STOPS = (
    ("not-referred", "Not referred", (Standing.NOT_REFERRED,), "reason"),
    ("not-eligible", "Not eligible", (Standing.NOT_ELIGIBLE,), "failed_criteria"),
    ("undetermined", "Eligibility not yet determined", (Standing.UNDETERMINED,), ""),
    ("not-approached", "Not approached", (Standing.NOT_APPROACHED,), "not_approached_reason"),
    ("awaiting", "Approached, no answer yet", (Standing.AWAITING,), ""),
    ("declined", "Declined", (Standing.DECLINED, Standing.DECLINED_EARLY), "declined_reason"),
    ("not-enrolled", "Consented, not yet enrolled", (Standing.CONSENTED,), ""),
)


def draw(
    frames: Frames,
    *,
    arms: Sequence[str],
    visit_names: Mapping[str, str],
    on: date,
    counted: Sequence[Counted] = (),
) -> Flow:
    """The flow as known on a day.

    ``visit_names`` are the follow-up visits in order, key to name; ``counted`` are steps before the
    log of persons, in order. *Analysed* are those whose primary outcome is known. Raises ValueError for a
    column that is missing.
    Source: CONSORT extensions for cluster trials (Campbell 2012) and for pilot trials (Eldridge
    2016).

    >>> from trial.analysis import tables
    >>> draw(tables.prepare(), arms=["A"], visit_names={}, on=date(2016, 8, 1)).box("analysed", "A").people
    0
    """
    boxes = cluster_boxes(frames.clusters) + [_counted_box(step) for step in counted]
    boxes += _screening_boxes(frames)
    table = primary.joined(frames)
    fates = {
        visit: retention.fates(frames.participants, frames.visits, visit, on)
        for visit in visit_names
    }
    for arm in arms:
        boxes += _allocated(frames, arm)
        for visit, name in visit_names.items():
            boxes += _visit_boxes(fates[visit], arm, visit, name)
        boxes += _analysed(table[table["arm"] == arm], arm)
    boxes.append(_not_allocated(frames, arms))
    flow = Flow(tuple(boxes), _sizes(frames, arms), {})
    return Flow(flow.boxes, flow.mean_cluster_size, _checks(flow, arms, visit_names))


def cluster_boxes(clusters: pd.DataFrame, *, opened: str = "Opened to recruitment") -> list[Box]:
    """The steps of the clusters up to their allocation, with what it is called that one opened.

    >>> from trial.analysis import tables
    >>> [box.clusters for box in cluster_boxes(tables.prepare().clusters)]
    [0, 0, 0, 0]
    """
    steps = (
        ("clusters-assessed", "Clusters identified", clusters["cluster"].notna()),
        ("clusters-permitted", "Permission given", clusters["permission_on"].notna()),
        ("clusters-opened", opened, clusters["opened_on"].notna()),
        ("clusters-allocated", "Allocated", clusters["allocated_on"].notna()),
    )
    return [Box(key, title, int(rows.sum()), None) for key, title, rows in steps]


def _counted_box(step: Counted) -> Box:
    known = {key: number for key, number in step.known.items() if key in step.expected}
    there, total = len(known), sum(known.values())
    lacking = len(step.expected) - there
    if not lacking and there:
        return Box(f"counted-{step.key}", step.title, there, total)
    unknown = "not known of any cluster"
    if there:
        unknown = f"not known of {lacking} of {len(step.expected)} clusters; {total} in the others"
    return Box(f"counted-{step.key}", step.title, there, None, unknown=unknown)


def _screening_boxes(frames: Frames) -> list[Box]:
    people = funnel.latest(frames.screening)
    stands = funnel.standing(people)
    boxes = [Box("considered", "Considered", people["cluster"].nunique(), len(people))]
    for key, title, standings, column in STOPS:
        rows = people[stands.isin(list(standings))]
        why = _reasons(rows[column]) if column else ()
        boxes.append(
            Box(key, title, rows["cluster"].nunique(), len(rows), reasons=why, excluded=True)
        )
    enrolled = frames.participants
    boxes.append(Box("enrolled", "Enrolled", enrolled["cluster"].nunique(), len(enrolled)))
    return boxes


def _reasons(column: pd.Series) -> tuple[Reason, ...]:
    # Several failed criteria stand in one cell: the flow counts each, so these may sum to more.
    words = [word for text in column for word in (str(text).split() or [""])]
    return funnel.reasons(pd.Series(words, dtype=object))


def _allocated(frames: Frames, arm: str) -> list[Box]:
    people = frames.participants[frames.participants["arm"] == arm]
    clusters = int((frames.clusters["arm"] == arm).sum())
    left = people[people["withdrew_intervention_on"].notna()]
    title = "Withdrew from the intervention"
    return [
        Box("allocated", "Allocated", clusters, len(people), arm),
        _box("withdrew-intervention", title, arm, left, excluded=True),
    ]


def _analysed(table: pd.DataFrame, arm: str) -> list[Box]:
    known = table["value"].notna()
    return [
        _box("analysed", "Analysed: primary outcome known", arm, table[known]),
        _box("not-analysed", "Primary outcome not known", arm, table[~known], excluded=True),
    ]


def _visit_boxes(fates: pd.DataFrame, arm: str, visit: str, name: str) -> list[Box]:
    table = fates[fates["arm"] == arm]
    done = table["fate"] == retention.Fate.DONE
    why = funnel.reasons(table.loc[~done, "fate"])
    return [
        _box(f"{visit}-done", f"{name}: done", arm, table[done]),
        _box(f"{visit}-not-done", f"{name}: not done", arm, table[~done], why, excluded=True),
    ]


def _box(
    key: str,
    title: str,
    arm: str,
    rows: pd.DataFrame,
    reasons: tuple[Reason, ...] = (),
    *,
    excluded: bool = False,
) -> Box:
    return Box(key, title, rows["cluster"].nunique(), len(rows), arm, reasons, excluded)


def _not_allocated(frames: Frames, arms: Sequence[str]) -> Box:
    clusters = int((~frames.clusters["arm"].isin(list(arms))).sum())
    people = int((~frames.participants["arm"].isin(list(arms))).sum())
    return Box("not-allocated", "In clusters without an arm", clusters, people, excluded=True)


def _sizes(frames: Frames, arms: Sequence[str]) -> dict[str, float | None]:
    """People per cluster, empty clusters included: by arm, and ``all`` together."""
    sizes = {"all": _mean(len(frames.participants), len(frames.clusters))}
    for arm in arms:
        people = int((frames.participants["arm"] == arm).sum())
        sizes[arm] = _mean(people, int((frames.clusters["arm"] == arm).sum()))
    return sizes


def _mean(people: int, clusters: int) -> float | None:
    return people / clusters if clusters else None


def _checks(flow: Flow, arms: Sequence[str], visit_names: Mapping[str, str]) -> dict[str, bool]:
    def people(key: str, arm: str = "") -> int:
        return flow.box(key, arm).people or 0

    stopped = sum(people(key) for key, *_ in STOPS)
    allocated = sum(people("allocated", arm) for arm in arms)
    checks = {
        "considered = stopped + enrolled": people("considered") == stopped + people("enrolled"),
        "enrolled = allocated + not allocated": people("enrolled")
        == allocated + people("not-allocated"),
    }
    for arm in arms:
        for visit in visit_names:
            seen = people(f"{visit}-done", arm) + people(f"{visit}-not-done", arm)
            checks[f"{arm}: {visit} done + not done"] = seen == people("allocated", arm)
        known = people("analysed", arm) + people("not-analysed", arm)
        checks[f"{arm}: analysed + not analysed"] = known == people("allocated", arm)
    return checks
