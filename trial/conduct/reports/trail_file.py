"""The whole trail as one CSV file, as this reader may see it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial import exchange
from trial.records.models import Act, Change

COLUMNS = (
    "act", "at", "by", "role", "what", "reason", "second_person", "table", "row", "item", "old",
    "new", "redacted_by", "hash",
)  # fmt: skip


def as_csv(session: Session) -> bytes:
    """Every act, with a row for each value that it changed; values that are sealed are not told."""
    rows: bytes = exchange.tables.rows_to_csv(COLUMNS, _rows(session), spreadsheet=True)
    return rows


def _rows(session: Session) -> Iterator[tuple[Any, ...]]:
    wanted = (
        select(Act, Change)
        .outerjoin(Change, Change.act == Act.number)
        .order_by(Act.number, Change.seq)
        .execution_options(yield_per=1000)
    )
    for act, change in session.execute(wanted):
        told: tuple[Any, ...] = ("",) * 6
        if change is not None:
            told = (change.table, change.row, change.item, *_values(change), change.redacted_by)
        yield (
            act.number, act.at, act.by_name, act.role, act.name, act.reason, act.second, *told,
            act.hash,
        )  # fmt: skip


def _values(change: Change) -> tuple[str | None, str | None]:
    if change.kind != "clear":
        return (None, "changed, not shown")
    return (change.old, change.new)
