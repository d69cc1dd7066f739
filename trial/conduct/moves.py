"""Moves between clusters: where a participant was when; they stay in the cluster they enrolled in.

Who sees and follows a participant, and the arm in which they are analysed, do not change by a move.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.visits import refuse_after
from trial.protocol import Protocol
from trial.records.models import Cluster, Event, Participant

MOVE = "move"


def move(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    happened_on: date,
    to: str,
    note: str | None = None,
    on: date,
) -> Event:
    """Record that a participant moved to another cluster of the trial."""
    if participant.died_on is not None:
        raise Refused(f"{participant.number} died.")
    if participant.withdrew_data_on is not None:
        raise Refused(
            f"{participant.number} withdrew what was given on "
            f"{words(participant.withdrew_data_on)}: no move is recorded any more."
        )
    if to not in {one.key for one in protocol.clusters}:
        raise Refused("Choose the cluster that they moved to.", "to")
    not_future(happened_on, on, "happened_on", "The move")
    not_before(happened_on, participant.enrolled_on, "happened_on", "The move", "enrolment")
    refuse_after(participant, happened_on, "happened_on", "no move is recorded")
    made = of_participant(session, participant)
    last = made[-1].happened_on if made else None
    not_before(happened_on, last, "happened_on", "The move", "the last move")
    if to == at(session, participant, made, happened_on):
        raise Refused("They are in this cluster already.", "to")
    event = Event(
        participant_id=participant.id, cluster_id=participant.cluster_id, kind=MOVE,
        happened_on=happened_on, moved_to=to, note=(note or "").strip() or None,
    )  # fmt: skip
    session.add(event)
    session.flush()
    return event


def undo(session: Session, event: Event, *, on: date) -> Event:
    """Take back a move that was recorded by mistake: nothing else hangs on it."""
    need(session)
    event.voided_on = on
    session.flush()
    return event


def of_participant(session: Session, participant: Participant) -> Sequence[Event]:
    """The moves that stand, in the order of their days."""
    wanted = select(Event).where(
        Event.participant_id == participant.id, Event.kind == MOVE, Event.voided_on.is_(None)
    )
    return session.scalars(wanted.order_by(Event.happened_on, Event.id)).all()


def at(session: Session, participant: Participant, moves: Sequence[Event], on: date) -> str | None:
    """The key of the cluster in which a participant was on a day."""
    before = [one.moved_to for one in moves if one.happened_on <= on]
    return before[-1] if before else session.get_one(Cluster, participant.cluster_id).key
