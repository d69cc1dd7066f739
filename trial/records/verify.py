"""Checking the trail: the chain of hashes, every digest, and the tables against a replay."""

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
from trial.records.trail import CHANGE_ITEMS, GENESIS, SKIPPED, act_hash, trailed_tables
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
    redacted = sum(c[REDACTED_BY] is not None for cs in changes.values() for c in cs)
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


# What is read of a change: the values that go into the chain stand behind the act, in their order.
READ = (*(getattr(Change, name) for name in ("act", *CHANGE_ITEMS)),
        Change.old, Change.new, Change.salt, Change.redacted_by)  # fmt: skip
IN_CHAIN = slice(1, 1 + len(CHANGE_ITEMS))
REDACTED_BY = len(READ) - 1


def _changes_by_act(connection: Connection) -> dict[int, list[Any]]:
    changes: dict[int, list[Any]] = {}
    wanted = select(*READ).order_by(Change.act, Change.seq)
    for row in connection.execute(wanted.execution_options(yield_per=5000)):
        changes.setdefault(row[0], []).append(row)
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
        made = changes.get(number, [])
        for change in made:
            yield from _change_faults(change, redactions)
        if act_hash(act, [list(change[IN_CHAIN]) for change in made]) != act["hash"]:
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
    act, seq, table, row, item, recorded, *_, old, new, salt, redacted_by = change
    if redacted_by is not None:
        if redactions.get((act, seq)) != redacted_by:
            yield f"{_place(act, seq, table, row, item)}: emptied, but no act of two people ordered it."
    elif digest(salt or "", old, new) != recorded:
        yield f"{_place(act, seq, table, row, item)}: the value is not the one that was recorded."


def _place(act: int, seq: int, table: str, row: int, item: str) -> str:
    return f"Act {act}, change {seq} ({table} {row}, {item})"


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
        if isinstance(expected, Redacted) or item in secrets_of(table):
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
    keys = [column.key for column in made.columns]
    rows: dict[int, dict[str, Any]] = {}
    for found in connection.execute(select(made)):
        values: dict[str, Any] = {}
        for key, value in zip(keys, found, strict=True):
            if value is not None and key not in SKIPPED:
                _spread(values, key, plain(value))
        rows[found.id] = values
    return rows


def _spread(values: dict[str, Any], key: str, value: Any) -> None:
    if isinstance(value, dict):
        values.update({f"{key}.{name}": one for name, one in value.items()})
    else:
        values[key] = value
