"""A disclosure of risk: who is told, and the message that asks them to telephone, without what was said."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.reasons import set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.safety.log import DISCLOSED
from trial.exchange.letter import could_be_address
from trial.protocol import Protocol
from trial.protocol.safety import DISCLOSURE
from trial.records.models import Cluster, Message, SafetyEntry


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
    return cluster


def unsent(session: Session) -> list[tuple[SafetyEntry, Cluster]]:
    """The disclosures that stand and of which no message was planned, where a clinician is named."""
    planned = select(Message.key).where(Message.rule == DISCLOSURE)
    known = set(session.scalars(planned))
    wanted = (
        select(SafetyEntry, Cluster)
        .join(Cluster, Cluster.id == SafetyEntry.cluster_id)
        .where(SafetyEntry.kind == DISCLOSED, SafetyEntry.voided_on.is_(None))
        .where(Cluster.clinician_email.is_not(None))
        .order_by(SafetyEntry.id)
    )
    rows = session.execute(wanted).all()
    return [(entry, cluster) for entry, cluster in rows if key_of(entry) not in known]


def key_of(entry: SafetyEntry) -> str:
    """The key under which the message about a disclosure stands in the outbox, once."""
    return f"safety/{entry.id}/{DISCLOSURE}"


def message_about(session: Session, entry: SafetyEntry) -> Message | None:
    """The message to the clinician about a disclosure, once it was planned."""
    return session.scalar(select(Message).where(Message.key == key_of(entry)))


def against(session: Session, message: Message) -> str | None:
    """Why the clinician is not written to any more; None where they are."""
    number = int(message.key.split("/")[1])
    entry = session.get(SafetyEntry, number)
    if entry is None or entry.voided_on is not None:
        return "The disclosure was taken back."
    return None


def address(session: Session, message: Message) -> str | None:
    """Where the named clinician of the message's cluster is written to."""
    return session.get_one(Cluster, message.cluster_id).clinician_email
