"""Queries at a data cut: how many stand, by form and cluster, and how long it took to close them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.queries import ANSWERED, CLOSED, OPEN
from trial.conduct.query_list import OF_TABLES
from trial.conduct.reports.cut import Cut
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.frames import Frames, Masks
from trial.records.models import Query
from trial.records.rows import table_at, table_now


@dataclass(frozen=True)
class Group:
    """The queries of one form or cluster, or all of them; days from raised to closed, if any is closed."""

    key: str
    open: int
    answered: int
    closed: int
    median_days: float | None

    @property
    def number(self) -> int:
        """How many were raised."""
        return self.open + self.answered + self.closed

    def as_dict(self) -> dict[str, Any]:
        """The figures by name."""
        return {
            "raised": self.number, "open": self.open, "answered": self.answered,
            "closed": self.closed, "median_days_to_close": self.median_days,
        }  # fmt: skip


@dataclass(frozen=True)
class Queries:
    """The queries of the whole trial and by group; ``by_form`` also by what is no form, such as a visit."""

    all: Group
    by_form: tuple[Group, ...]
    by_cluster: tuple[Group, ...]

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values."""
        told = {name: getattr(self, name) for name in ("by_form", "by_cluster")}
        return {
            "all": self.all.as_dict(),
            **{name: {one.key: one.as_dict() for one in groups} for name, groups in told.items()},
        }


def read(session: Session, protocol: Protocol, cut: Cut, known: Frames, told: Masks) -> Queries:
    """The queries at a cut, without those that tell the arm to a reader who may not know it."""
    name = Query.__tablename__
    rows = table_now(session, name) if cut.act is None else table_at(session, name, cut.act)
    places = _places(known, told)
    # Of every cluster whose arm this reader is told by its own name, all queries may be counted.
    open_to = {row: told.arms and not told.blinded and arm for row, (_, arm) in places.items()}
    told_of: Any = rows.itertuples(index=False, name="Row")
    kept = [one for one in told_of if not one.unblinds or open_to.get(one.cluster_id)]
    forms = {form.key: form.name for form in protocol.forms}
    clusters = {row: key for row, (key, _) in places.items()}
    return Queries(
        _group("all", kept),
        _grouped(kept, lambda one: one.form or one.table, [*forms, *OF_TABLES]),
        _grouped(kept, lambda one: clusters.get(one.cluster_id), list(clusters.values())),
    )


def label(protocol: Protocol, key: str) -> str:
    """A form's name, or the kind of record."""
    form = next((one for one in protocol.forms if one.key == key), None)
    return OF_TABLES.get(key, key) if form is None else form.name


def _places(known: Frames, told: Masks) -> dict[int, tuple[str, str | None]]:
    """The name under which this reader is told each cluster, and its arm if they are told it."""
    clusters: Any = known.records["cluster"]
    found = {
        row.id: (told.cluster(row.key), told.arm(row.arm, row.revealed_on))
        for row in clusters.itertuples(index=False, name="Row")
    }
    # Under drawn names by name, since the order of the protocol would tell which is which.
    order = sorted(found, key=lambda row: found[row][0]) if told.blinded else list(found)
    return {row: found[row] for row in order}


def _grouped(rows: list[Any], by: Any, order: list[str]) -> tuple[Group, ...]:
    found: dict[str, list[Any]] = {}
    for one in rows:
        key = by(one)
        if key is not None:
            found.setdefault(key, []).append(one)
    placed = sorted(found, key=lambda key: (order.index(key) if key in order else len(order), key))
    return tuple(_group(key, found[key]) for key in placed)


def _group(key: str, rows: Iterable[Any]) -> Group:
    listed = list(rows)
    states = [one.state for one in listed]
    days = [_days(one.raised_at, one.closed_at) for one in listed if one.state == CLOSED]
    return Group(
        key, states.count(OPEN), states.count(ANSWERED), states.count(CLOSED),
        float(median(days)) if days else None,
    )  # fmt: skip


def _days(raised: datetime, closed: datetime) -> int:
    return (closed.astimezone(LONDON).date() - raised.astimezone(LONDON).date()).days
