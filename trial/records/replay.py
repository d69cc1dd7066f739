"""Replaying the trail: the records as they stood after any act, rebuilt from the changes alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.config import LONDON
from trial.records.canonical import read
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
        """Take one change in: act, table, row, item, new value and redaction, in this order."""
        act, table, number, item, new, redacted_by = change
        rows = self.tables.get(table)
        if rows is None:
            rows = self.tables[table] = {}
        row = rows.get(number)
        if row is None:
            row = rows[number] = {}
        self.last[(table, number)] = act
        row[item] = read(new) if redacted_by is None else Redacted(redacted_by)


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
    for change in session.connection().execute(wanted.execution_options(yield_per=5000)):
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
