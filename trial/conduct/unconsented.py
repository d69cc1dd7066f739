"""What was collected on a day on which, as it turned out later, no consent stood: it is asked about."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, literal, null, select
from sqlalchemy.orm import Session

from trial.conduct import queries
from trial.conduct.dates import words
from trial.conduct.forms.entries import COUNTS, VOIDED
from trial.conduct.stops import Stop
from trial.records.door import past_the_door
from trial.records.holds import LOCKED
from trial.records.models import Hold, Participant, Query, Record, Visit


def ask(session: Session, participant: Participant, stopped: Sequence[Stop]) -> None:
    """Ask about every visit and form dated while a participant was stopped; settle what no longer is.

    It is read past the door: what whoever acts may not see was collected too.
    """
    with past_the_door(session):
        asked = _asked(session, participant)
        locked = _locked(session) if stopped or asked else set()
        for row in _dated(session, participant) if stopped or asked else ():
            place, doubts = (row.table, row.id), tuple(_doubts(row, stopped))
            if place not in locked and (doubts or place in asked):
                queries.settle(
                    session, participant, table=row.table, row=row.id, doubts=doubts,
                    ran=(queries.UNCONSENTED,),
                )  # fmt: skip


def _doubts(row: Row[Any], stopped: Sequence[Stop]) -> Iterator[queries.Doubt]:
    for one in stopped:
        if row.day is not None and one.holds(row.day):
            text = (
                f"This day came after {words(one.since)} ({one.kind}), and before consent stood again. "
                "Is it right? If it is, say what becomes of what was collected."
            )
            item = "done_on" if row.form is None else "observed_on"
            yield queries.Doubt(item, queries.UNCONSENTED, text, row.form, bool(row.unblinds))


def _dated(session: Session, participant: Participant) -> list[Row[Any]]:
    """The visits and the records that count of a participant, each with its day."""
    visit, record = Visit.__tablename__, Record.__tablename__
    seen = select(
        literal(visit).label("table"), Visit.id, Visit.done_on.label("day"), Visit.unblinds,
        null().label("form"),
    ).where(Visit.participant_id == participant.id)  # fmt: skip
    kept = select(
        literal(record).label("table"), Record.id, Record.observed_on.label("day"),
        Record.unblinds, Record.form,
    ).where(
        Record.participant_id == participant.id, Record.state != VOIDED, Record.entry == COUNTS
    )  # fmt: skip
    return [
        *session.execute(seen.order_by(Visit.id)),
        *session.execute(kept.order_by(Record.id)),
    ]


def _asked(session: Session, participant: Participant) -> set[tuple[str, int]]:
    """The rows about which it was asked before."""
    wanted = select(Query.table, Query.row).where(
        Query.participant_id == participant.id, Query.check == queries.UNCONSENTED
    )
    return {(table, row) for table, row in session.execute(wanted)}


def _locked(session: Session) -> set[tuple[str, int]]:
    """The forms that are locked: of those nothing is asked, so that a stop can be recorded all the same."""
    wanted = select(Hold.level, Hold.row).where(
        Hold.level == Record.__tablename__, Hold.kind == LOCKED, Hold.lifted_at.is_(None)
    )
    return {(level, row) for level, row in session.execute(wanted)}
