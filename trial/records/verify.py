"""Checking the trail: the chain of hashes, every digest, and the tables against a replay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from trial.records.base import Base
from trial.records.canonical import digest, plain
from trial.records.models import Act, Change
from trial.records.replay import Redacted, replay
from trial.records.trail import GENESIS, SKIPPED, act_hash, trailed_tables
from trial.records.triggers import missing


@dataclass(frozen=True)
class Verdict:
    """What a check of the trail found; ``faults`` in the order of the trail, the first bad row first."""

    acts: int
    head: str
    faults: tuple[str, ...]
    redacted: int

    @property
    def valid(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def verify(session: Session, anchor: str | None = None) -> Verdict:
    """Check the triggers, the chain, all digests, the replay, and a head that was printed earlier."""
    connection = session.connection()
    acts = [row._mapping for row in connection.execute(select(Act.__table__).order_by(Act.number))]
    changes = _changes_by_act(connection)
    redacted = sum(c["redacted_by"] is not None for cs in changes.values() for c in cs)
    faults = [
        *_chain_faults(acts, changes),
        *_orphans(acts, changes),
        *_anchor_faults(acts, anchor),
    ]
    if not faults:
        faults = list(_replay_faults(session))
    faults += [
        f"The trigger {name} of the trail is missing." for name in sorted(missing(connection))
    ]
    head = acts[-1]["hash"] if acts else GENESIS
    return Verdict(len(acts), head, tuple(faults), redacted)


def _changes_by_act(connection: Connection) -> dict[int, list[Any]]:
    changes: dict[int, list[Any]] = {}
    for row in connection.execute(select(Change.__table__).order_by(Change.act, Change.seq)):
        changes.setdefault(row.act, []).append(row._mapping)
    return changes


def _chain_faults(acts: list[Any], changes: dict[int, list[Any]]) -> Iterator[str]:
    previous = GENESIS
    redactions = _redactions_ordered(acts)
    for place, act in enumerate(acts, start=1):
        number = act["number"]
        if number != place:
            yield f"Act {place} is missing: act {number} follows act {place - 1}."
            return
        if act["previous"] != previous:
            yield f"Act {number} does not follow act {number - 1}: its previous hash is another."
            return
        for change in changes.get(number, ()):
            yield from _change_faults(change, redactions)
        if act_hash(act, changes.get(number, [])) != act["hash"]:
            yield f"Act {number} ({act['name']}): its content or its changes are not what was recorded."
            return
        previous = act["hash"]


def _redactions_ordered(acts: list[Any]) -> dict[tuple[int, int], int]:
    ordered: dict[tuple[int, int], int] = {}
    for act in acts:
        if act["name"] == "redact" and act["second"]:
            for one in (act["note"] or {}).get("redacts", ()):
                ordered[tuple(one)] = act["number"]
    return ordered


def _change_faults(change: Any, redactions: dict[tuple[int, int], int]) -> Iterator[str]:
    place = f"Act {change['act']}, change {change['seq']} ({_value_named(change)})"
    if change["redacted_by"] is not None:
        if redactions.get((change["act"], change["seq"])) != change["redacted_by"]:
            yield f"{place}: emptied, but no act of two people ordered it."
        return
    old, new = (None if change[k] is None else json.loads(change[k]) for k in ("old", "new"))
    if digest(change["salt"] or "", old, new) != change["digest"]:
        yield f"{place}: the value is not the one that was recorded."


def _value_named(change: Any) -> str:
    return f"{change['table']} {change['row']}, {change['item']}"


def _orphans(acts: list[Any], changes: dict[int, list[Any]]) -> Iterator[str]:
    last = acts[-1]["number"] if acts else 0
    for number in sorted(changes):
        if number > last:
            yield f"Changes of act {number} are there, but the trail ends at act {last}: its tail was cut."


def _anchor_faults(acts: list[Any], anchor: str | None) -> Iterator[str]:
    if anchor and all(act["hash"] != anchor.strip().lower() for act in acts):
        last = f"act {acts[-1]['number']}" if acts else "nothing"
        yield (
            f"The printed head {anchor} is not in this trail, which ends at {last}: later acts were cut"
            " off, or an older copy of the database was put back."
        )


def _replay_faults(session: Session) -> Iterator[str]:
    replayed = replay(session)
    faults: list[tuple[int, str]] = []
    for table in sorted(trailed_tables()):
        told = replayed.tables.get(table, {})
        kept = stored(session.connection(), table)
        for row in sorted({*told, *kept}):
            act = replayed.last.get((table, row), 1 << 60)
            faults.extend((act, f) for f in _row_faults(table, row, told.get(row), kept.get(row)))
    for _, fault in sorted(faults):
        yield fault


def _row_faults(
    table: str, row: int, told: dict[str, Any] | None, kept: dict[str, Any] | None
) -> Iterator[str]:
    if kept is None:
        yield f"{table} {row}: the trail tells of it, but the row is gone."
        return
    if told is None:
        yield f"{table} {row}: the row is there, but no act recorded it."
        return
    for item in sorted({*told, *kept}):
        expected = told.get(item)
        if expected == "changed" or isinstance(expected, Redacted) or item in secrets_of(table):
            continue
        if expected != kept.get(item):
            yield f"{table} {row}, {item}: the table does not hold what the trail tells."


@cache
def secrets_of(table: str) -> frozenset[str]:
    """The items of a table of which the trail says only that they changed."""
    mapper = next(m for m in Base.registry.mappers if m.class_.__tablename__ == table)
    return frozenset(a.key for a in mapper.column_attrs if a.columns[0].info.get("secret"))


def stored(connection: Connection, table: str) -> dict[int, dict[str, Any]]:
    """What a table holds now, spelled as the trail spells it: row -> item -> value."""
    made = Base.metadata.tables[table]
    rows: dict[int, dict[str, Any]] = {}
    for found in connection.execute(select(made)):
        values: dict[str, Any] = {}
        for column in made.columns:  # by its key: a query's "row" has another name in the database
            if column.key not in SKIPPED:
                _spread(values, column.key, plain(found._mapping[column]))
        rows[found.id] = values
    return rows


def _spread(values: dict[str, Any], key: str, value: Any) -> None:
    if isinstance(value, dict):
        values.update({f"{key}.{name}": one for name, one in value.items()})
    elif value is not None:
        values[key] = value
