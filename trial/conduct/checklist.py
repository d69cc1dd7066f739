"""What should be done before the database is locked: each thing counted in the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session

from trial.conduct import agreed, signing, verification
from trial.conduct.due import Due, counts
from trial.conduct.forms.saving import COMPLETE, DRAFT, VOIDED
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.records.actor import Actor
from trial.records.models import Cluster, Hold, Participant, Query, Record, Visit


@dataclass(frozen=True)
class Check:
    """One line of the checklist: what is counted, and how many are left."""

    key: str
    words: str
    number: int

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.number == 0


class _At(NamedTuple):
    """What is counted, who asks, and on which day."""

    session: Session
    protocol: Protocol
    by: Actor
    on: date


def checklist(session: Session, protocol: Protocol, by: Actor, on: date) -> tuple[Check, ...]:
    """Everything that should be done before the database is locked, with how much of it is left."""
    at = _At(session, protocol, by, on)
    asked = {
        key: one for key, one in CHECKS.items() if protocol.participants or key not in OF_PEOPLE
    }
    said = {} if protocol.participants else {"unsigned": "forms without a valid signature"}
    return tuple(
        Check(key, said.get(key, words), count(at)) for key, (words, count) in asked.items()
    )


def _count(session: Session, cls: type[Any], *rules: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(cls.id)).where(*rules)) or 0


def _queries(at: _At) -> int:
    return _count(at.session, Query, Query.state != "closed")


def _drafts(at: _At) -> int:
    return _count(at.session, Record, Record.state == DRAFT, Record.entry == 0)


def _missing(at: _At) -> int:
    """Forms of which there is no record: of visits that were done, and those filled in once."""
    return sum(
        _count(at.session, cls, *rules, ~_there(form, owner), *_asked(at.session, form, cls))
        for form in at.protocol.forms
        for cls, owner, rules in _owners(form)
    )


def _owners(form: FormPlan) -> Iterator[tuple[type[Any], ColumnElement[bool], list[Any]]]:
    """Whose form it is: each row of a table that should have a record, and how the record names it."""
    if form.occurs == "visit":
        done = [Visit.plan.in_(form.visits), Visit.state == "done", _used(Visit.participant_id)]
        yield Visit, Record.visit_id == Visit.id, done
    elif form.occurs == "once" and form.about == "participant":
        used = [Participant.withdrew_data_on.is_(None)]
        yield Participant, Record.participant_id == Participant.id, used
    elif form.occurs == "once" and form.about == "cluster":
        yield Cluster, Record.cluster_id == Cluster.id, [Cluster.opened_on.is_not(None)]


def _there(form: FormPlan, owner: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(owner, Record.form == form.key, Record.state != VOIDED, Record.entry == 0)


def _used(participant: Any) -> ColumnElement[bool]:
    """Whether what somebody gave may be used still."""
    return exists().where(Participant.id == participant, Participant.withdrew_data_on.is_(None))


def _asked(session: Session, form: FormPlan, cls: type[Any]) -> list[ColumnElement[bool]]:
    """A form for some arms only is missing only there, one for who agreed to a clause only of them."""
    rules = []
    if form.arms:
        place = Cluster.id if cls is Cluster else cls.cluster_id
        rules.append(place.in_(select(Cluster.id).where(Cluster.arm.in_(form.arms))))
    if form.clause is not None:
        person = Participant.id if cls is Participant else cls.participant_id
        rules.append(person.in_(_agreed(session, form)))
    return rules


def _agreed(session: Session, form: FormPlan) -> list[int]:
    """Whose consent holds a form."""
    everybody = agreed.clauses(session, true())
    return [person for person, held in everybody.items() if agreed.holds(form, held)]


def _entries(at: _At) -> int:
    """Forms entered once or twice of which no record counts yet."""
    settled = select(Record.visit_id).where(Record.entry == 0, Record.state == COMPLETE)
    return _count(
        at.session, Record, Record.entry == 1, Record.state != VOIDED,
        Record.visit_id.is_not(None), Record.visit_id.not_in(settled),
    )  # fmt: skip


def _unsigned(at: _At) -> int:
    states = [
        *signing.forms(at.session, at.protocol).values(),
        *signing.casebooks(at.session).values(),
    ]
    return sum(one != signing.SIGNED for one in states)


def _unverified(at: _At) -> int:
    """Values that whoever asks may see and that nobody compared with their source as they stand now."""
    told = verification.everybody(at.session, at.protocol, at.by)
    return sum(one.left for _, values in told for one in values)


def _visits(at: _At) -> int:
    found = counts(at.session, at.on)
    return sum(sum(found[which].values()) for which in (Due.OVERDUE, Due.DUE))


def _open(at: _At) -> int:
    return _count(at.session, Cluster, Cluster.opened_on.is_not(None), Cluster.closed_on.is_(None))


def _unfrozen(at: _At) -> int:
    held = exists().where(
        Hold.level == Cluster.__tablename__, Hold.row == Cluster.id, Hold.lifted_at.is_(None)
    )
    return _count(at.session, Cluster, Cluster.opened_on.is_not(None), ~held)


# Where nobody is recruited or visited, a cluster that is not closed has only not dropped out.
OF_PEOPLE = frozenset({"visits", "clusters", "unverified"})
CHECKS: dict[str, tuple[str, Callable[[_At], int]]] = {
    "queries": ("queries not closed", _queries),
    "drafts": ("forms left as drafts", _drafts),
    "missing": ("forms not filled in", _missing),
    "entries": ("double entries not settled", _entries),
    "unsigned": ("forms and casebooks without a valid signature", _unsigned),
    "unverified": ("values not compared with their source", _unverified),
    "visits": ("visits due without a word", _visits),
    "clusters": ("clusters open to recruitment", _open),
    "unfrozen": ("clusters neither frozen nor locked", _unfrozen),
}
