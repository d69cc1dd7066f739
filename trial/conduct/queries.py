"""Queries: a question about one saved value, raised by a check or a person, answered, closed, re-opened."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.conduct.values import ANSWERS, QUERIED, question
from trial.protocol import Protocol
from trial.records.models import Change, Cluster, Participant, Query, Record

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
SETTLED = "The value was changed, and the check no longer objects to it."
# The names of checks, as queries keep them: of a form's answers, of what time makes doubtful, and of
# what was collected before it was known that no consent stood.
FORM, DRAFTED, OVERDUE = "form", "draft", "overdue visit"
UNCONSENTED = "without consent"


@dataclass(frozen=True)
class Doubt:
    """What a check doubts: an item of a row, under the check's name, in words.

    ``form`` is the form that the words are about where the row is none, ``unblinds`` that it tells the arm.
    """

    item: str
    check: str
    text: str
    form: str | None = None
    unblinds: bool = False


@dataclass(frozen=True)
class Apart:
    """How the queries about a row and what the checks doubt now are apart."""

    settled: tuple[Query, ...]
    new: tuple[Doubt, ...]

    def __bool__(self) -> bool:
        return bool(self.settled or self.new)


def lacking(form: str) -> str:
    """The name of the check that a form of a visit was filled in."""
    return f"missing {form}"


def raise_by_person(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    table: str,
    row: int,
    item: str,
    text: str,
    on: date,
) -> Query:
    """Ask a question about one value of a participant."""
    cls = next((one for one in QUERIED if one.__tablename__ == table), None)
    record: Any = None if cls is None else session.get(cls, row)
    if record is None or cls is None or item not in cls.__mapper__.column_attrs:
        raise Refused("There is no such value to ask about.")
    owner = record.id if isinstance(record, Participant) else record.participant_id
    if owner != participant.id:
        raise Refused("There is no such value to ask about.")
    if not text.strip():
        raise Refused("Write what is to be looked into.", "text")
    what = {"unblinds": True} if getattr(record, "unblinds", None) else {}
    return _raise(
        session, participant, table=table, row=row, item=item, check=None, text=text, **what
    )


def raise_about_record(
    session: Session, protocol: Protocol, record: Record, *, item: str, text: str
) -> Query:
    """Ask a question about one value of a record: an answer (``answers.jobs.2.title``) or its day."""
    if question(protocol, record.form, item) is None and item != "observed_on":
        raise Refused("There is no such value to ask about.")
    if record.state == "voided":
        raise Refused("This record is voided: nothing about it is asked any more.")
    if not text.strip():
        raise Refused("Write what is to be looked into.", "text")
    return _raise(session, record, table="record", row=record.id, item=item, check=None, text=text)


def apart(
    there: Iterable[Query], doubts: Iterable[Doubt], ran: Collection[str] | None = None
) -> Apart:
    """What is to be settled and raised, where only the checks named in ``ran`` (None: all) were asked.

    A query stands as long as a check doubts in the same words. What a person answered and closed is not
    asked again in the same words.
    """
    raised, found = [one for one in there if one.check is not None], list(doubts)
    settled = tuple(
        one
        for one in raised
        if one.state != CLOSED
        and (ran is None or one.check in ran)
        and not any(_says(one, doubt) for doubt in found)
    )
    new = tuple(
        doubt
        for doubt in found
        if not any(one not in settled and _covers(one, doubt) for one in raised)
    )
    return Apart(settled, new)


def settle(
    session: Session,
    of: Participant | Cluster | Record,
    *,
    table: str,
    row: int,
    doubts: Iterable[Doubt],
    ran: Collection[str] | None = None,
) -> Apart:
    """Bring the queries that checks raised about one row in line with what they doubt now."""
    about = select(Query).where(Query.table == table, Query.row == row, Query.check.is_not(None))
    found = apart(session.scalars(about).all(), doubts, ran)
    for query in found.settled:
        query.answer = query.answer or SETTLED
        _close(session, query)
        _resolve(session, query)
    for one in found.new:
        what: dict[str, Any] = {"item": one.item, "check": one.check, "text": one.text}
        if one.form is not None or one.unblinds:
            what |= {"form": one.form, "unblinds": one.unblinds}
        _raise(session, of, table=table, row=row, **what)
    return found


def answer(session: Session, protocol: Protocol, query: Query, *, answer: str, on: date) -> Query:
    """Answer a query from the site."""
    if query.state == CLOSED:
        raise Refused("This query is closed: re-open it before you answer.")
    if not answer.strip():
        raise Refused("Write the answer.", "answer")
    if query.answer is not None and query.state == ANSWERED and query.answer != answer:
        need(session)
    now = draft(session)
    query.state, query.answer = ANSWERED, answer.strip()
    query.answered_by, query.answered_at = now.by.id, now.at
    return query


def close(session: Session, protocol: Protocol, query: Query, *, on: date) -> Query:
    """Close a query that was answered; never by the person who answered it."""
    if query.state == CLOSED:
        raise Refused("This query is closed already.")
    if query.state == OPEN:
        raise Refused("This query has no answer yet: it can be closed once it is answered.")
    if query.answered_by == draft(session).by.id:
        raise Refused("You answered this query, so someone else closes it.")
    _close(session, query)
    query.resolved_by = _changed_by(session, query)
    return query


def reopen(session: Session, protocol: Protocol, query: Query, *, on: date) -> Query:
    """Open a query again that the answer does not settle; the act's reason says why."""
    if query.state == OPEN:
        raise Refused("This query is open already.")
    need(session)
    query.state = OPEN
    query.closed_by = query.closed_at = query.resolved_by = None
    return query


def settled_by(
    session: Session, table: str, row: int, item: str, *seen: ColumnElement[bool]
) -> dict[int, list[Query]]:
    """The queries about a value that a change settled, by the number of the act."""
    wanted = select(Query).where(
        Query.table == table,
        Query.row == row,
        Query.item == item,
        Query.resolved_by.is_not(None),
        *seen,
    )
    found: dict[int, list[Query]] = {}
    for query in session.scalars(wanted.order_by(Query.id)):
        found.setdefault(query.resolved_by or 0, []).append(query)
    return found


def _says(query: Query, doubt: Doubt) -> bool:
    """Whether a query asks what a check doubts."""
    return (query.item, query.check, query.text) == (doubt.item, doubt.check, doubt.text)


def _covers(query: Query, doubt: Doubt) -> bool:
    """Whether a query leaves nothing to ask: it stands, or a person answered the same."""
    if (query.item, query.check) != (doubt.item, doubt.check):
        return False
    return query.state != CLOSED or (query.answered_by is not None and query.text == doubt.text)


def _resolve(session: Session, query: Query) -> None:
    """Note which change settled a query: that of the act under way, if it changed any value."""
    now = draft(session)
    if any(table != Query.__tablename__ for table, _, _ in now.values):
        now.number_into(query, "resolved_by")
    else:
        query.resolved_by = _changed_by(session, query)


def _changed_by(session: Session, query: Query) -> int | None:
    """The newest act that changed the value since it was asked about; past the door, only a number."""
    session.flush()
    connection = session.connection()
    asked = select(func.min(Change.act)).where(
        Change.table == Query.__tablename__, Change.row == query.id, Change.item == "text"
    )
    changed = select(func.max(Change.act)).where(
        Change.table == query.table,
        Change.row == query.row,
        Change.item == query.item,
        Change.act > (connection.execute(asked).scalar() or 0),
    )
    found: int | None = connection.execute(changed).scalar()
    return found


def _close(session: Session, query: Query) -> Query:
    now = draft(session)
    query.state, query.closed_by, query.closed_at = CLOSED, now.by.id, now.at
    return query


def _owner(of: Participant | Cluster | Record) -> dict[str, Any]:
    """Whom a query is about, as its row says it."""
    if isinstance(of, Cluster):
        return {"participant_id": None, "cluster_id": of.id}
    if isinstance(of, Participant):
        return {"participant_id": of.id, "cluster_id": of.cluster_id}
    return {
        "participant_id": of.participant_id,
        "cluster_id": of.cluster_id,
        "unblinds": of.unblinds,
        "form": of.form,
    }


def _raise(session: Session, of: Participant | Cluster | Record, **what: Any) -> Query:
    now = draft(session)
    about = _owner(of) | what
    if what["item"].startswith(f"{ANSWERS[True]}."):
        about["unblinds"] = True  # the question itself is one that tells the arm
    made = Query(**about, state=OPEN, raised_at=now.at, raised_by=now.by.id)
    session.add(made)
    session.flush()
    return made
