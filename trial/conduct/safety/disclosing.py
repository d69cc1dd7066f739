"""A disclosure of risk: who is told, and the message that asks them to telephone, without what was said."""

from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trial.conduct import moves
from trial.conduct.reasons import set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.reminders.settling import wait_again
from trial.conduct.safety.log import DISCLOSED
from trial.conduct.underway import draft
from trial.exchange.letter import could_be_address
from trial.protocol import Protocol
from trial.protocol.safety import DISCLOSURE
from trial.records.door import past_the_door
from trial.records.models import Cluster, Message, Participant, SafetyEntry, SafetyTold
from trial.records.outbox import State


def name_clinician(
    session: Session, protocol: Protocol, cluster: Cluster, *, named: str, email: str, on: date
) -> Cluster:
    """Record who is told of a disclosure of risk in a cluster, and where they are written to."""
    if not named.strip():
        raise Refused("Enter the name of the clinician.", "clinician_name")
    if not could_be_address(email.strip()):
        raise Refused("Enter an e-mail address, such as name@example.nhs.uk.", "clinician_email")
    given = {"clinician_name": named.strip(), "clinician_email": email.strip()}
    set_with_reason(session, cluster, given)
    session.flush()
    for message in _undelivered(session, cluster):
        wait_again(message, draft(session).at)
    session.flush()
    return cluster


def cluster_of(session: Session, participant: Participant, on: date) -> Cluster:
    """The cluster under whose care a participant is on a day: another one after a move."""
    made = moves.of_participant(session, participant)
    wanted = select(Cluster).where(Cluster.key == moves.at(session, participant, made, on))
    with past_the_door(session):
        return session.scalars(wanted).one()


def unsent(session: Session) -> list[SafetyEntry]:
    """The disclosures that stand, of which nobody was told and no message was planned yet.

    Those in whose cluster no clinician is named wait until one is.
    """
    planned = select(Message.key).where(Message.rule == DISCLOSURE)
    known = set(session.scalars(planned))
    wanted = select(SafetyEntry).where(
        SafetyEntry.kind == DISCLOSED, SafetyEntry.voided_on.is_(None), ~_told()
    )
    found = session.scalars(wanted.order_by(SafetyEntry.id)).all()
    return [
        one
        for one in found
        if key_of(one) not in known and _cared_for(session, one).clinician_email
    ]


def key_of(entry: SafetyEntry) -> str:
    """The key under which the message about a disclosure stands in the outbox, once."""
    return f"safety/{entry.id}/{DISCLOSURE}"


def message_about(session: Session, entry: SafetyEntry) -> Message | None:
    """The message to the clinician about a disclosure, once it was planned."""
    return session.scalar(select(Message).where(Message.key == key_of(entry)))


def against(session: Session, protocol: Protocol, message: Message) -> str | None:
    """Why the clinician is not written to any more; None where they are."""
    if protocol.safety is None or protocol.safety.disclosure is None:
        return "The protocol no longer asks for this message."
    entry = _entry(session, message)
    if entry is None or entry.voided_on is not None:
        return "The disclosure was taken back."
    told = select(SafetyEntry.id).where(SafetyEntry.id == entry.id, _told())
    return "It is on record that they were told." if session.scalar(told) else None


def address(session: Session, message: Message) -> str | None:
    """Where the clinician is written to under whose care the participant is."""
    entry = _entry(session, message)
    return _cared_for(session, entry).clinician_email if entry is not None else None


def _told() -> ColumnElement[bool]:
    """Whether it stands on record that somebody was told of an entry."""
    stands = SafetyTold.voided_on.is_(None)
    return select(SafetyTold.id).where(SafetyTold.entry_id == SafetyEntry.id, stands).exists()


def _entry(session: Session, message: Message) -> SafetyEntry | None:
    return session.get(SafetyEntry, int(message.key.split("/")[1]))


def _cared_for(session: Session, entry: SafetyEntry) -> Cluster:
    person = session.get_one(Participant, entry.participant_id)
    return cluster_of(session, person, entry.happened_on)


def _undelivered(session: Session, cluster: Cluster) -> list[Message]:
    """The messages to the clinician of a cluster that failed or came back, of what nobody was told since."""
    wanted = select(Message).where(
        Message.rule == DISCLOSURE, Message.state.in_([State.FAILED, State.BOUNCED])
    )
    found = [(one, _entry(session, one)) for one in session.scalars(wanted)]
    return [one for one, of in found if of is not None and _cared_for(session, of) is cluster]
