"""The rows of a table as a frame: as they stand, or as they stood at a data cut."""

from collections import OrderedDict
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Date, func, select
from sqlalchemy.orm import Session

from trial.records.base import Answers, Base, Hundredths, Instant
from trial.records.replay import Redacted, replay

Row = dict[str, Any]


# The tables last read, each with the state in which it was: a report after a save reads anew only
# the tables that changed. Rows are never deleted and count their versions, so that number of rows,
# newest row and sum of versions tell every state of a table apart.
_LAST: OrderedDict[tuple[str, str], tuple[Any, pd.DataFrame]] = OrderedDict()
_LOCK = Lock()
MOST_LAST = 12


def table_now(session: Session, name: str, only: ColumnElement[bool] | None = None) -> pd.DataFrame:
    """The rows of a table as they stand, in the order of their making, values as they were recorded."""
    table = Base.metadata.tables[name]
    if only is not None or "version" not in table.c or "acting" in session.info:
        return _read(session, name, only)
    connection = session.connection()
    place = (str(connection.engine.url), name)
    counted = select(func.count(), func.max(table.c.id), func.sum(table.c.version))
    state = tuple(connection.execute(counted).one())
    kept = _LAST.get(place)
    if kept is None or kept[0] != state:
        kept = (state, _read(session, name, None))
        with _LOCK:
            _LAST.pop(place, None)
            _LAST[place] = kept
            while len(_LAST) > MOST_LAST:
                _LAST.popitem(last=False)
    return kept[1]


def _read(session: Session, name: str, only: ColumnElement[bool] | None) -> pd.DataFrame:
    table = Base.metadata.tables[name]
    wanted = select(table).order_by(table.c.id)
    found = session.connection().execute(wanted if only is None else wanted.where(only)).all()
    # By columns: far quicker than taking the rows apart one by one.
    columns = np.empty((len(table.columns), len(found)), dtype=object)
    for number, column in enumerate(zip(*found, strict=True)):
        columns[number] = np.fromiter(column, dtype=object, count=len(found))
    return pd.DataFrame(columns.T, columns=_keys(name), dtype=object)


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
        if isinstance(value, Redacted) or (part and value is None):
            continue  # an answer that was taken back is not there
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
