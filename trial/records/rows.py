"""The rows of the tables as plain dictionaries: as they stand, or as they stood at a data cut."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, select
from sqlalchemy.orm import Session

from trial.records.base import Answers, Base, Hundredths, Instant
from trial.records.replay import Redacted, replay

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def rows_now(session: Session, tables: Iterable[str]) -> Rows:
    """All rows of the named tables as they stand."""
    connection = session.connection()
    found: Rows = {}
    for name in tables:
        table = Base.metadata.tables[name]
        keys = [column.key for column in table.columns]
        result = connection.execute(select(table).order_by(table.c.id))
        found[name] = [dict(zip(keys, row, strict=True)) for row in result.all()]
    return found


def rows_at(session: Session, tables: Iterable[str], act: int) -> Rows:
    """All rows of the named tables as they stood after an act, rebuilt from the trail."""
    names = tuple(tables)
    told = replay(session, act, names).tables
    return {
        name: [_row(name, number, items) for number, items in sorted(told.get(name, {}).items())]
        for name in names
    }


def _row(table: str, number: int, items: dict[str, Any]) -> Row:
    columns = Base.metadata.tables[table].columns
    row: Row = {column.key: {} if _document(column) else None for column in columns}
    row["id"] = number
    for item, value in items.items():
        key, _, part = item.partition(".")
        if isinstance(value, Redacted):
            continue
        if part:
            row[key][part] = value
        else:
            row[key] = _typed(columns[key].type, value)
    return row


def _document(column: Any) -> bool:
    return isinstance(column.type, Answers)


def _typed(kind: Any, value: Any) -> Any:
    match kind, value:
        case _, None:
            return None
        case Date(), str():
            return date.fromisoformat(value)
        case Instant(), str():
            return datetime.fromisoformat(value)
        case Hundredths(), str():
            return Decimal(value)
        case _:
            return value
