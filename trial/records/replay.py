"""Replaying the trail: the records as they stood after any act, rebuilt from the changes alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.config import LONDON
from trial.records.models import Act, Change


@dataclass(frozen=True)
class Redacted:
    """Stands where a value was redacted."""

    act: int


@dataclass
class Replayed:
    """The rows of every table as the trail tells them: table -> row -> item -> value."""

    tables: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    last: dict[tuple[str, int], int] = field(default_factory=dict)

    def apply(self, change: Any) -> None:
        """Take one change in."""
        row = self.tables.setdefault(change.table, {}).setdefault(change.row, {})
        self.last[(change.table, change.row)] = change.act
        if change.redacted_by is not None:
            row[change.item] = Redacted(change.redacted_by)
        else:
            row[change.item] = None if change.new is None else json.loads(change.new)


def replay(session: Session, upto: int | None = None, tables: Iterable[str] = ()) -> Replayed:
    """The records after act ``upto`` (None: all), of the named tables (none named: all)."""
    wanted = select(
        Change.act, Change.table, Change.row, Change.item, Change.new, Change.redacted_by
    ).order_by(Change.act, Change.seq)
    if upto is not None:
        wanted = wanted.where(Change.act <= upto)
    if tables:
        wanted = wanted.where(Change.table.in_(list(tables)))
    replayed = Replayed()
    for change in session.connection().execute(wanted):
        replayed.apply(change)
    return replayed


def end_of(day: date) -> datetime:
    """The first instant after a calendar day in Europe/London."""
    return datetime.combine(day + timedelta(days=1), time(0), LONDON)


def newest_act(session: Session, cut: date) -> tuple[int, str] | None:
    """Number and hash of the newest act at or before a data cut that changed a trial table."""
    found = session.connection().execute(
        select(Act.number, Act.hash)
        .where(Act.at < end_of(cut), Act.changes > 0)
        .order_by(Act.number.desc())
        .limit(1)
    )
    row = found.first()
    return (row.number, row.hash) if row else None
