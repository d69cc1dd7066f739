"""No write without an act: the hooks that turn every flush into changes, and chain them by hash."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, event, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapper, Session, UOWTransaction
from sqlalchemy.orm.exc import StaleDataError

from trial.config import Clock
from trial.records.actor import Actor
from trial.records.base import Base
from trial.records.canonical import AS_THEY_ARE, CANONICAL, digest, plain, salts, sha256, spelled
from trial.records.database import lock_writers, writing
from trial.records.holds import refuse_held
from trial.records.models.trail import Act, Change
from trial.records.redaction import empty

GENESIS = "0" * 64
TRAILED = frozenset({"participant", "cluster", "form", "trial", "account"})
SKIPPED = frozenset({"id", "version"})
SECRET = '"changed"'
HEAD = select(Act.number, Act.hash).order_by(Act.number.desc()).limit(1)
INSERT_ACT, INSERT_CHANGE = insert(Act), insert(Change)
TOGETHER = 500  # rows of one statement


class Unattributed(Exception):
    """Something was to be written outside an act."""


class ReadOnly(Exception):
    """A page that only shows was about to write."""


class Stale(Exception):
    """Somebody else saved this record first."""


class Repeated(Exception):
    """This form was already sent: the act it made stands."""

    def __init__(self, number: int | None) -> None:
        super().__init__("This form was already sent; what it recorded stands.")
        self.number = number


@dataclass
class Draft:
    """The act under way and the changes that it has made so far."""

    by: Actor
    name: str
    reason: str | None
    at: datetime
    once: str | None = None
    second: str | None = None
    note: Any = None
    cluster_id: int | None = None
    participant_id: int | None = None
    unblinds: bool = False
    number: int | None = None
    values: dict[tuple[str, int, str], dict[str, Any]] = field(default_factory=dict)
    redactions: list[tuple[int, int]] = field(default_factory=list)
    numbered: list[tuple[Base, str]] = field(default_factory=list)

    def number_into(self, obj: Base, item: str) -> None:
        """Let a row name this act: its number is known, and set there, when the act is written."""
        self.numbered.append((obj, item))

    def see(self, obj: Base, item: str, old: Any, new: Any, marks: Mapping[str, Any]) -> None:
        """Note that one value of one row went from ``old`` to ``new``; a later flush may go on."""
        key = (obj.__tablename__, obj.id, item)  # type: ignore[attr-defined]
        seen = self.values.setdefault(key, {"old": plain(old), "obj": obj, "marks": marks})
        seen["new"] = plain(new)


@contextmanager
def acting(
    session: Session,
    *,
    by: Actor,
    name: str,
    reason: str | None = None,
    at: datetime | None = None,
    **rest: Any,
) -> Iterator[Draft]:
    """Everything inside is one thing that one person did: committed on leaving, or rolled back.

    ``once`` is a form's one-time token, ``second`` the second person of a two-person act, ``note`` what
    an act without change was about, ``cluster_id`` and ``participant_id`` whom it concerned, ``unblinds``
    that its reason or note may tell an arm. Raises ``ReadOnly``, ``Repeated``, ``Stale``.
    """
    if session.info.get("read_only"):
        raise ReadOnly("A page that only shows may not write.")
    if "acting" in session.info:
        raise Unattributed("An act is under way already.")
    clock: Clock = session.info.get("clock", Clock())
    draft = Draft(by, str(name), (reason or "").strip() or None, at or clock.now(), **rest)
    session.info["acting"] = draft
    try:
        with writing():
            _refuse_repetition(session, draft)
            yield draft
            session.flush()
            _write(session, draft)
            if "together" not in session.info:
                session.commit()
    except StaleDataError as fault:
        session.rollback()
        raise Stale("Somebody else saved this record first.") from fault
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("acting", None)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """The acts inside stand or fall together: committed when all are done, or none of them is.

    A long piece of work is several acts, so that no more of it than one is held in memory.
    """
    session.info["together"] = True
    try:
        with writing():
            yield
            session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("together", None)


def _refuse_repetition(session: Session, draft: Draft) -> None:
    if draft.once:
        number = session.scalar(select(Act.number).where(Act.once == draft.once))
        if number is not None:
            raise Repeated(number)


def head(session: Session) -> tuple[int, str]:
    """The number and the hash of the newest act; (0, zeros) for an empty trail."""
    found = session.connection().execute(HEAD).first()
    return (found.number, found.hash) if found else (0, GENESIS)


def act_hash(act: Mapping[str, Any], changes: Sequence[Sequence[Any]]) -> str:
    """The hash of one act over its own content, its changes' digests and its predecessor's hash.

    ``changes`` hold the values of ``CHANGE_ITEMS`` in that order.
    """
    content = {name: act[name] for name in ACT_ITEMS}
    content |= {"at": plain(act["at"]), "changed": changes}
    return sha256(CANONICAL.encode(content))


ACT_ITEMS = tuple(c.key for c in Act.__mapper__.column_attrs if c.key != "hash")
CHANGE_ITEMS = (
    "seq", "table", "row", "item", "digest", "kind", "unblinds", "cluster_id", "participant_id",
)  # fmt: skip
OF_CHANGE = itemgetter(*CHANGE_ITEMS)


def _write(session: Session, draft: Draft) -> None:
    lock_writers(session)
    number, previous = head(session)
    draft.number = number + 1
    for obj, item in draft.numbered:
        setattr(obj, item, draft.number)
    session.flush()
    refuse_held(session, draft.values, draft.reason)
    changes = list(_changes(draft, draft.number))
    act = _act(draft, previous, changes)
    act["hash"] = act_hash(act, [list(OF_CHANGE(one)) for one in changes])
    connection = session.connection()
    try:
        connection.execute(INSERT_ACT, act)
    except IntegrityError as fault:
        if draft.once and "once" in str(fault.orig):
            raise Repeated(None) from fault
        raise
    if changes:
        _insert(connection, changes)
    empty(session, draft.redactions, draft.number)


def _insert(connection: Connection, changes: list[dict[str, Any]]) -> None:
    """Hand the rows to the driver as they are: no value of a change is of a kind to be prepared.

    SQLite keeps a journal for each statement that meets a trigger: many rows in one take half the time.
    """
    made: Any = INSERT_CHANGE.compile(dialect=connection.dialect, column_keys=list(changes[0]))
    if not made.positional:
        connection.exec_driver_sql(str(made), changes)
        return
    head, values, one = str(made).rpartition(" VALUES ")
    rows = list(map(itemgetter(*made.positiontup), changes))
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        statement = head + values + ", ".join([one] * len(some))
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def _changes(draft: Draft, number: int) -> Iterator[dict[str, Any]]:
    changed = [(key, seen) for key, seen in draft.values.items() if seen["old"] != seen["new"]]
    salted = salts(len(changed))
    last, owner = None, Owner(False, None, None)
    for seq, ((table, row, item), seen) in enumerate(changed, start=1):
        marks, obj = seen["marks"], seen["obj"]
        if obj is not last:  # the values of one row stand together
            last, owner = obj, _owner(obj, table)
        kind = "secret" if marks.get("secret") else "cipher" if marks.get("cipher") else "clear"
        old, new = (None, "changed") if kind == "secret" else (seen["old"], seen["new"])
        before = None if old is None else spelled(old)
        after = None if new is None else spelled(new)
        grain = next(salted)
        yield {
            "table": table, "row": row, "item": item, "salt": grain, "kind": kind,
            "old": before, "new": after, "digest": digest(grain, before, after),
            "unblinds": owner.unblinds or bool(marks.get("unblinds")),
            "cluster_id": owner.cluster_id, "participant_id": owner.participant_id,
            "act": number, "seq": seq,
        }  # fmt: skip


class Owner(NamedTuple):
    """Whom a row is about, and whether it tells the arm."""

    unblinds: bool
    cluster_id: int | None
    participant_id: int | None


def _owner(obj: Any, table: str) -> Owner:
    cluster = obj.id if table == "cluster" else getattr(obj, "cluster_id", None)
    participant = obj.id if table == "participant" else getattr(obj, "participant_id", None)
    return Owner(bool(getattr(obj, "unblinds", False)), cluster, participant)


def _act(draft: Draft, previous: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    accounts, weighed = account_tables(), _weighed(changes)
    return {
        "number": draft.number, "at": draft.at, "by": draft.by.id, "by_name": draft.by.name,
        "role": draft.by.role.value, "name": draft.name, "reason": draft.reason,
        "second": draft.second, "note": _note(draft), "once": draft.once,
        "cluster_id": draft.cluster_id or _shared(changes, "cluster_id"),
        "participant_id": draft.participant_id or _shared(changes, "participant_id"),
        "unblinds": draft.unblinds or any(one["unblinds"] for one in weighed),
        "changes": sum(one["table"] not in accounts for one in weighed),
        "previous": previous,
    }  # fmt: skip


def _weighed(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes by which an act is judged: not those of visits of one arm that come with others.

    An enrolment or a withdrawal would else look otherwise in the arm that has such a visit.
    """
    others = [one for one in changes if not (one["unblinds"] and one["table"] == "visit")]
    return others or changes


def _note(draft: Draft) -> Any:
    if draft.redactions:
        return {"redacts": [list(one) for one in draft.redactions], "about": plain(draft.note)}
    return plain(draft.note)


def _shared(changes: list[dict[str, Any]], item: str) -> Any:
    """The one cluster or participant that all changes are about, if there is just one."""
    found = {one[item] for one in changes}
    return found.pop() if len(found) == 1 else None


def account_tables() -> frozenset[str]:
    """Tables about people who use the system: under the trail, but no data of the trial."""
    return frozenset(_tables("account"))


def trailed_tables() -> frozenset[str]:
    """Every table whose values the trail keeps."""
    return frozenset(_tables(*TRAILED))


def _tables(*scopes: str) -> Iterator[str]:
    for mapper in Base.registry.mappers:
        if mapper.class_.scope in scopes:
            yield mapper.class_.__tablename__


@event.listens_for(Session, "before_flush")
def _refuse_unattributed(session: Session, context: UOWTransaction, instances: Any) -> None:
    objects = [o for o in (*session.new, *session.dirty, *session.deleted) if _trailed(o)]
    if any(o in session.deleted for o in objects):
        raise Unattributed("Nothing is ever deleted: close, void or withdraw it.")
    if "acting" not in session.info and any(
        o in session.new or session.is_modified(o) for o in objects
    ):
        raise Unattributed("No write without an act: use `with acting(...)`.")


@event.listens_for(Session, "after_flush")
def _collect(session: Session, context: UOWTransaction) -> None:
    draft: Draft | None = session.info.get("acting")
    if draft is None:
        return
    for obj in session.new:
        if _trailed(obj):
            _see_new(draft, obj)
    for obj in session.dirty:
        if _trailed(obj):
            _see_changed(draft, obj)


def _trailed(obj: object) -> bool:
    return isinstance(obj, Base) and obj.scope in TRAILED


@cache
def _columns(kind: type[Base]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    mapper: Mapper[Any] = kind.__mapper__
    attributes = [one for one in mapper.column_attrs if one.key not in SKIPPED]
    return tuple((one.key, one.columns[0].info) for one in attributes)


def _see_new(draft: Draft, obj: Base) -> None:
    for key, marks in _columns(type(obj)):
        _see_value(draft, obj, key, None, getattr(obj, key), marks)


def _see_changed(draft: Draft, obj: Base) -> None:
    state = inspect(obj)
    for key, marks in _columns(type(obj)):
        added, _, removed = state.attrs[key].load_history()
        if added:
            _see_value(draft, obj, key, removed[0] if removed else None, added[0], marks)


def _see_value(
    draft: Draft, obj: Base, key: str, old: Any, new: Any, marks: Mapping[str, Any]
) -> None:
    """A document is compared item by item, everything else as one value."""
    scalar = type(new) in AS_THEY_ARE and type(old) in AS_THEY_ARE
    if scalar or not (isinstance(new, Mapping) or isinstance(old, Mapping)):
        if old != new or (old is None) != (new is None):
            draft.see(obj, key, old, new, marks)
        return
    before, after = old or {}, new or {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            draft.see(obj, f"{key}.{name}", before.get(name), after.get(name), marks)
