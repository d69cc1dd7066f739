"""The mechanics of the outbox: planning without doubles, and handing each message to one worker at a time.

Beside the trail, since a worker's hold on a message is no record of the trial; that a message was sent,
bounced or given up is an act.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from trial.records.database import writing
from trial.records.models.message import Message


class State(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    DROPPED = "dropped"


def plan(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Plan messages, except those already planned under their key; how many are new. Commits."""
    if not rows:
        return 0
    with writing():
        connection = session.connection()
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        added = dialect.insert(Message).on_conflict_do_nothing(index_elements=["plan_key"])
        # What is returned is what is new: drivers do not count alike what a statement passed over.
        made = len(connection.execute(added.returning(Message.id), list(rows)).all())
        session.commit()
    return made


def claim(
    session: Session,
    worker: str,
    at: datetime,
    lease: timedelta,
    channels: Collection[str],
    rule: str | None = None,
) -> Message | None:
    """Hold the next message of these channels that is due, or was let lie past its lease; None if none is.

    With a ``rule`` only messages of that one are looked at.

    PostgreSQL skips rows that another worker is just taking, SQLite lets one writer in at a time.
    """
    left = and_(Message.state == State.HELD, Message.held_until < at)
    due = and_(Message.state == State.WAITING, Message.next_try_at <= at)
    wanted = select(Message).where(or_(due, left), Message.channel.in_(sorted(channels)))
    if rule is not None:
        wanted = wanted.where(Message.rule == rule)
    wanted = wanted.order_by(Message.next_try_at, Message.id)
    with writing():
        found = session.scalar(wanted.limit(1).with_for_update(skip_locked=True))
        if found is not None:
            if found.state == State.HELD:
                found.doubted += 1
                found.settled_at = None
            found.state, found.held_by = State.HELD, worker
            found.held_until, found.attempts = at + lease, found.attempts + 1
        session.commit()
    return found


def still_held(session: Session, message: Message, worker: str) -> bool:
    """Whether a worker still holds a message, read afresh and locked: its lease may have run out."""
    wanted = select(Message.id).where(Message.id == message.id, Message.held_by == worker)
    return session.scalar(wanted.with_for_update()) is not None


@contextmanager
def held(session: Session, message: Message, worker: str) -> Iterator[bool]:
    """A change of a message outside any act, if the worker still holds it. Commits."""
    session.rollback()
    with writing():
        yield still_held(session, message, worker)
        session.commit()
