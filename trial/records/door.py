"""The one door: what a person may not see is not there for them, whichever page asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, event, exists, false, or_, true
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.attributes import set_committed_value

from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.base import Base
from trial.records.forms import OWNER
from trial.records.models import (
    Act,
    Allocation,
    Change,
    Cluster,
    ContactAttempt,
    Query,
    Record,
    SafetyEntry,
    SafetyTold,
    Spell,
    Visit,
)
from trial.records.trail import Unattributed

# Who acts in these roles sees participants of one arm only, so that their name tells the arm.
TELLING_ROLES = frozenset({Role.EMPLOYMENT_SPECIALIST.value})
RECORDS = Record.__table__.alias("entry")
HIDDEN = "not shown: it may tell the arm"


@contextmanager
def past_the_door(session: Session) -> Iterator[None]:
    """Read what an act changes though whoever acts may not see it; none of it may be shown."""
    actor = session.info.pop("actor", None)
    try:
        yield
    finally:
        if actor is not None:
            session.info["actor"] = actor


@event.listens_for(Session, "do_orm_execute")
def _keep_the_door(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete or state.is_insert:
        raise Unattributed("Bulk writes slip past the trail: change one row at a time in an act.")
    actor: Actor | None = state.session.info.get("actor")
    if actor is None or not state.is_select or state.is_column_load:
        return
    state.statement = state.statement.options(*_criteria(actor))


def _criteria(actor: Actor) -> list[Any]:
    rules: list[tuple[type[Base], ColumnElement[bool]]] = [(Change, _changes_seen(actor))]
    for mapper in Base.registry.mappers:
        rule = _rule(mapper.class_, actor)
        if rule is not None:
            rules.append((mapper.class_, rule))
    return [with_loader_criteria(cls, rule, include_aliases=True) for cls, rule in rules]


def _rule(cls: type[Any], actor: Actor) -> ColumnElement[bool] | None:
    if cls.scope in ("form", "outbox"):
        return and_(*_form_rules(cls, actor))
    if cls.scope == "participant":
        if not actor.participants:
            return false()
        rules = _person_rules(cls, actor)
        return and_(*rules) if rules else None
    if cls is Cluster and actor.clusters is not None:
        return Cluster.id.in_(sorted(actor.clusters))
    return None


def _person_rules(cls: type[Any], actor: Actor) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if cls in (Visit, ContactAttempt):
        rules += _telling_rules(cls, actor)
    if actor.clusters is not None:
        rules.append(cls.cluster_id.in_(sorted(actor.clusters)))
    return rules


def _telling_rules(cls: type[Any], actor: Actor) -> list[ColumnElement[bool]]:
    """A row that tells the arm is there only for who may know the arm of its cluster."""
    if actor.blinded:
        return [cls.unblinds.is_not(True)]
    if actor.draw_open:
        return [true()]
    return [or_(cls.unblinds.is_not(True), cls.cluster_id.in_(sorted(actor.revealed)))]


def _form_rules(cls: type[Any], actor: Actor) -> list[ColumnElement[bool]]:
    """Row by row: about a person or not, of which cluster, and whether the row itself tells the arm."""
    # Who may know the causes of events may know who was told of them, before an arm is revealed too.
    knows = cls is SafetyTold and actor.sees_causes
    rules: list[ColumnElement[bool]] = [true()] if knows else _telling_rules(cls, actor)
    if cls is Record:
        rules.append(_entries_seen(actor))
    if actor.unseen:
        rules += _unseen_rules(cls, actor)
    if not actor.participants:
        rules.append(cls.participant_id.is_(None))
    if actor.clusters is not None:
        rules.append(or_(cls.cluster_id.in_(sorted(actor.clusters)), cls.cluster_id.is_(None)))
    return rules


def _unseen_rules(cls: type[Any], actor: Actor) -> list[ColumnElement[bool]]:
    """A record that somebody must not see yet is not there for them, nor what hangs on it."""
    numbers = sorted(actor.unseen)
    if cls is Record:
        return [Record.id.not_in(numbers)]
    if cls is Query:
        return [or_(Query.table != Record.__tablename__, Query.row.not_in(numbers))]
    return []


def _entries_seen(actor: Actor) -> ColumnElement[bool]:
    """Of a form entered twice nobody sees another's entry before both are complete."""
    both = exists().where(
        RECORDS.c.form == Record.form,
        RECORDS.c.entry == 3 - Record.entry,
        RECORDS.c.state == "complete",
        *(RECORDS.c[name].is_not_distinct_from(getattr(Record, name)) for name in OWNER),
    )
    mine = or_(Record.entry == 0, Record.entered_by == actor.id)
    return or_(mine, Record.state == "voided", and_(Record.state == "complete", both))


def _not_of_hidden_entries(actor: Actor) -> ColumnElement[bool]:
    """The changes of such an entry are as hidden as the entry itself."""
    own = RECORDS.alias("changed")
    other = RECORDS.alias("beside")
    both = exists().where(
        own.c.state == "complete",
        other.c.form == own.c.form,
        other.c.entry == 3 - own.c.entry,
        other.c.state == "complete",
        *(other.c[name].is_not_distinct_from(own.c[name]) for name in OWNER),
    )
    hidden = exists().where(
        own.c.id == Change.row,
        own.c.entry != 0,
        own.c.entered_by != actor.id,
        own.c.state != "voided",
        ~both.correlate(own),
    )
    return or_(Change.table != Record.__tablename__, ~hidden.correlate(Change.__table__))


def _changes_seen(actor: Actor) -> ColumnElement[bool]:
    rules: list[ColumnElement[bool]] = [_unblinding_seen(actor), _not_of_hidden_entries(actor)]
    if actor.unseen:
        mine = Change.row.not_in(sorted(actor.unseen))
        rules.append(or_(Change.table != Record.__tablename__, mine))
    if actor.clusters is not None:
        rules.append(
            or_(Change.cluster_id.in_(sorted(actor.clusters)), Change.cluster_id.is_(None))
        )
    if not actor.participants:
        rules.append(Change.table.not_in(sorted(person_tables())))
        rules.append(Change.participant_id.is_(None))
    return and_(*rules)


def _unblinding_seen(actor: Actor) -> ColumnElement[bool]:
    clear = Change.unblinds.is_(False)
    if actor.blinded:
        return clear
    if actor.draw_open:
        return or_(clear, Change.unblinds.is_(True))
    return or_(clear, Change.cluster_id.in_(sorted(actor.revealed)))


def person_tables() -> frozenset[str]:
    """The tables about people who were considered or take part."""
    return frozenset(
        m.class_.__tablename__ for m in Base.registry.mappers if m.class_.scope == "participant"
    )


def _blank_arm(cluster: Cluster, context: Any, attributes: Any = None) -> None:
    actor = context.session.info.get("actor")
    if actor is not None and not actor.sees_arm_of(cluster.id):
        set_committed_value(cluster, "arm", None)


def _blank_draw(allocation: Allocation, context: Any, attributes: Any = None) -> None:
    actor = context.session.info.get("actor")
    if actor is not None and not actor.sees_arm_of(None):
        for key in UNBLINDING[Allocation]:
            set_committed_value(allocation, key, None)


def _blank_help(spell: Spell, context: Any, attributes: Any = None) -> None:
    actor = context.session.info.get("actor")
    if actor is not None and not actor.sees_arm_of(spell.cluster_id):
        set_committed_value(spell, "found_with_specialist", None)


def _blank_cause(entry: SafetyEntry, context: Any, attributes: Any = None) -> None:
    """That taking part caused something may tell the arm, also before the arm is revealed."""
    actor = context.session.info.get("actor")
    if actor is not None and not actor.sees_causes:
        set_committed_value(entry, "related", None)


def _blank_telling(record: Record, context: Any, attributes: Any = None) -> None:
    actor = context.session.info.get("actor")
    if actor is not None and not actor.sees_arm_of(record.cluster_id):
        set_committed_value(record, "telling", MappingProxyType({}))


def _blank_act(act: Act, context: Any, attributes: Any = None) -> None:
    actor = context.session.info.get("actor")
    if actor is None or actor.sees_arm_of(act.cluster_id):
        return
    if act.unblinds:
        set_committed_value(act, "reason", act.reason and HIDDEN)
        set_committed_value(act, "note", None)
    if act.role in TELLING_ROLES and actor.id != act.by:
        set_committed_value(act, "by_name", "a member of the team")
        set_committed_value(act, "role", "not shown")


def _unblinding_columns(cls: type[Base]) -> tuple[str, ...]:
    mapper: Mapper[Any] = cls.__mapper__
    return tuple(a.key for a in mapper.column_attrs if a.columns[0].info.get("unblinds"))


UNBLINDING = {cls: _unblinding_columns(cls) for cls in (Cluster, Allocation, Spell, Record)}

for _cls, _blank in (
    (Cluster, _blank_arm),
    (Allocation, _blank_draw),
    (Spell, _blank_help),
    (Record, _blank_telling),
    (SafetyEntry, _blank_cause),
    (Act, _blank_act),
):
    event.listen(_cls, "load", _blank)
    event.listen(_cls, "refresh", _blank)
