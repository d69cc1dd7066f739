"""Queries: a question about one saved value, raised by a check or a person, answered, closed, re-opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.conduct.values import QUERIED
from trial.protocol import Protocol
from trial.records.models import Participant, Query, Record

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
SETTLED = "The value was changed, and the check no longer objects to it."


@dataclass(frozen=True)
class Doubt:
    """What a check doubts: an item of a row, under the check's name, in words."""

    item: str
    check: str
    text: str


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
    return _raise(session, participant, table=table, row=row, item=item, check=None, text=text)


def raise_by_check(
    session: Session,
    of: Participant | Record,
    *,
    table: str,
    row: int,
    item: str,
    check: str,
    text: str,
) -> Query | None:
    """Raise what a check found, unless the same stands already or was settled in the same words."""
    same = select(Query).where(
        Query.table == table, Query.row == row, Query.item == item, Query.check == check
    )
    for earlier in session.scalars(same):
        answered = earlier.answered_by is not None and earlier.text == text
        if earlier.state != CLOSED or answered:
            return None
    return _raise(session, of, table=table, row=row, item=item, check=check, text=text)


def settle(
    session: Session,
    of: Participant | Record,
    *,
    table: str,
    row: int,
    doubts: Iterable[Doubt],
) -> None:
    """Bring the queries that checks raised about one row in line with what they doubt now."""
    found = list(doubts)
    standing = select(Query).where(
        Query.table == table, Query.row == row, Query.check.is_not(None), Query.state != CLOSED
    )
    for query in session.scalars(standing).all():
        if not any((one.item, one.check, one.text) == _what(query) for one in found):
            query.answer = query.answer or SETTLED
            _close(session, query)
    session.flush()
    for one in found:
        raise_by_check(
            session, of, table=table, row=row,
            item=one.item, check=one.check, text=one.text,
        )  # fmt: skip


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
    return _close(session, query)


def reopen(session: Session, protocol: Protocol, query: Query, *, on: date) -> Query:
    """Open a query again that the answer does not settle; the act's reason says why."""
    if query.state == OPEN:
        raise Refused("This query is open already.")
    need(session)
    query.state = OPEN
    query.closed_by = query.closed_at = None
    return query


def _what(query: Query) -> tuple[str, str | None, str]:
    return query.item, query.check, query.text


def _close(session: Session, query: Query) -> Query:
    now = draft(session)
    query.state, query.closed_by, query.closed_at = CLOSED, now.by.id, now.at
    return query


def _owner(of: Participant | Record) -> dict[str, Any]:
    """Whom a query is about, as its row says it."""
    if isinstance(of, Participant):
        return {"participant_id": of.id, "cluster_id": of.cluster_id}
    return {
        "participant_id": of.participant_id,
        "cluster_id": of.cluster_id,
        "unblinds": of.unblinds,
        "form": of.form,
    }


def _raise(session: Session, of: Participant | Record, **what: Any) -> Query:
    now = draft(session)
    made = Query(
        **_owner(of),
        state=OPEN,
        raised_at=now.at,
        raised_by=now.by.id,
        **what,
    )
    session.add(made)
    session.flush()
    return made
