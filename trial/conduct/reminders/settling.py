"""What people do with messages: send one again, record that it came back, say that it was seen to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.records.models import Message, Participant
from trial.records.outbox import State


def send_again(session: Session, message: Message, at: datetime) -> Message:
    """Let a message that failed or came back wait to be sent again, under its own mark."""
    if message.state not in (State.FAILED, State.BOUNCED):
        raise Refused(f"This message is {message.state}: only one that failed is sent again.")
    _note(session, message, "send again")
    wait_again(message, at)
    session.flush()
    return message


def wait_again(message: Message, at: datetime) -> None:
    """Let a message wait as if nothing had been tried."""
    message.state, message.next_try_at, message.attempts = State.WAITING, at, 0
    message.sent_at = message.address_index = message.why = message.settled_at = None


def came_back(session: Session, message: Message, why: str) -> Message:
    """Record that a message that was sent came back; its address is not written to any more."""
    if message.state == State.BOUNCED:
        return message
    if message.state != State.SENT:
        raise Refused(f"This message is {message.state}: only one that was sent can come back.")
    _note(session, message, "came back")
    message.state, message.why = State.BOUNCED, why
    message.bounced_index, message.settled_at = message.address_index, None
    session.flush()
    return message


def see_to(session: Session, message: Message, at: datetime) -> Message:
    """Record that somebody has seen to a message that failed, came back, or may have arrived twice."""
    odd = message.doubted or message.state in (State.FAILED, State.BOUNCED)
    if not odd or message.settled_at is not None:
        raise Refused("Nothing about this message is left to be seen to.")
    _note(session, message, "seen to")
    message.settled_at = at
    session.flush()
    return message


def marked(session: Session, mark: str) -> Message | None:
    """The message of a mark, as its Message-ID bears it."""
    return session.scalar(select(Message).where(Message.message_id == mark))


def to_participant(session: Session, participant: Participant) -> list[Message]:
    """What was planned to be sent to a participant, the newest first."""
    wanted = select(Message).where(
        Message.participant_id == participant.id, Message.account_id.is_(None)
    )
    return list(session.scalars(wanted.order_by(Message.due_on.desc(), Message.id.desc())))


def _note(session: Session, message: Message, done: str) -> None:
    """The outbox is beside the trail: the act itself says which message, and what was done with it."""
    act = draft(session)
    assert act.name == Act.SETTLE_REMINDER
    act.note = {"message": message.message_id, "rule": message.rule, "outcome": done}
    act.cluster_id, act.participant_id = message.cluster_id, message.participant_id
    act.unblinds = bool(message.unblinds)
