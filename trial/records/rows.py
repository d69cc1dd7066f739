"""The rows of a table as a frame: as they stand, or as they stood at a data cut."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, select
from sqlalchemy.orm import Session

from trial.records.base import Answers, Base, Hundredths, Instant
from trial.records.replay import Redacted, replay

Row = dict[str, Any]


def table_now(session: Session, name: str, only: ColumnElement[bool] | None = None) -> pd.DataFrame:
    """The rows of a table as they stand, in the order of their making, values as they were recorded."""
    table = Base.metadata.tables[name]
    wanted = select(table).order_by(table.c.id)
    found = session.connection().execute(wanted if only is None else wanted.where(only)).all()
    return pd.DataFrame([tuple(row) for row in found], columns=_keys(name), dtype=object)


def table_at(session: Session, name: str, act: int) -> pd.DataFrame:
    """All rows of a table as they stood after an act, rebuilt from the trail."""
    told = replay(session, act, (name,)).tables.get(name, {})
    rows = [_row(name, number, items) for number, items in sorted(told.items())]
    return pd.DataFrame(rows, columns=_keys(name), dtype=object)


def _keys(name: str) -> list[str]:
    return [column.key for column in Base.metadata.tables[name].columns]


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
