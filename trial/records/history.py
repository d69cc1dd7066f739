"""The history of one value, to be shown beside it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.models import Act, Change


@dataclass(frozen=True)
class Step:
    """One step in the history of a value: who changed it from what to what, when and why."""

    act: int
    at: datetime
    by_name: str
    role: str
    name: str
    reason: str | None
    item: str
    old: Any
    new: Any
    kind: str
    redacted_by: int | None
    place: str = ""
    source: str = ""

    @property
    def old_words(self) -> str:
        """The old value in words."""
        return self._words(self.old, "")

    @property
    def new_words(self) -> str:
        """The new value in words."""
        return self._words(self.new, "emptied")

    def _words(self, value: Any, empty: str) -> str:
        if self.redacted_by is not None:
            return f"redacted by act {self.redacted_by}"
        if self.kind != "clear":
            return "changed, not shown"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return empty if value is None else str(value)


def changes_of(session: Session, act: int) -> list[Step]:
    """The changes of one act, as the door lets this person see them."""
    wanted = select(Change, Act).join(Act, Act.number == Change.act).where(Change.act == act)
    return [_step(change, made) for change, made in session.execute(wanted.order_by(Change.seq))]


def history(session: Session, table: str, row: int, item: str | None = None) -> list[Step]:
    """The steps of one value (or of a whole row), oldest first, as the door lets this person see them."""
    wanted = select(Change, Act).join(Act, Act.number == Change.act)
    wanted = wanted.where(Change.table == table, Change.row == row)
    if item is not None:
        wanted = wanted.where((Change.item == item) | Change.item.startswith(item + "."))
    return [
        _step(change, act)
        for change, act in session.execute(wanted.order_by(Change.act, Change.seq))
    ]


def _step(change: Change, act: Act) -> Step:
    return Step(
        act.number, act.at, act.by_name, act.role, act.name, act.reason, change.item,
        _shown(change, change.old), _shown(change, change.new), change.kind, change.redacted_by,
        f"{change.table} {change.row}, {change.item}", _source(act.note),
    )  # fmt: skip


def _source(note: Any) -> str:
    """The file that a value came from, with its fingerprint, where it was imported."""
    if not isinstance(note, dict) or not {"file", "sha256"} <= note.keys():
        return ""
    return f"{note['file']}, SHA-256 {note['sha256']}"


def _shown(change: Change, value: str | None) -> Any:
    if change.kind != "clear" or value is None:
        return None
    return json.loads(value)


def values_before(session: Session, table: str, row: int, act: int) -> dict[str, Any]:
    """What each value of a row was after an act, of those that have changed since.

    As the door lets this person see them; without what is sealed or was redacted.
    """
    before: dict[str, Any] = {}
    for step in history(session, table, row):
        if step.act > act and step.kind == "clear" and step.redacted_by is None:
            before.setdefault(step.item, step.old)
    return before
