"""Whether a message is still wanted at the moment of sending: what changed since it was planned counts."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.contact import wishes
from trial.conduct.reminders.planning import falls_on
from trial.conduct.reminders.team import Team
from trial.conduct.safety import disclosing
from trial.conduct.schedule import EXPECTED
from trial.protocol import Protocol
from trial.protocol.reminders import DIGEST, ReminderRule
from trial.protocol.safety import DISCLOSURE
from trial.records.models import Message, Participant, Visit


def against(
    session: Session, protocol: Protocol, team: Team, message: Message, on: date
) -> str | None:
    """Why a message is not sent any more, in words that name nobody; None where it is."""
    if message.rule == DISCLOSURE:
        return disclosing.against(session, protocol, message)
    return _reminder(session, protocol, team, message, on)


def _reminder(
    session: Session, protocol: Protocol, team: Team, message: Message, on: date
) -> str | None:
    if message.due_on < on - timedelta(days=protocol.reminding.late_days):
        return "Out of date: its day is too long ago."
    member = None if message.account_id is None else team.members.get(message.account_id)
    if message.account_id is not None and member is None:
        return "Whoever it was for no longer has an account."
    if message.rule == DIGEST:
        return None
    rule = protocol.reminding.rule(message.rule)
    if rule is None or message.visit_id is None or message.participant_id is None:
        return "The protocol no longer has this reminder."
    visit = session.get_one(Visit, message.visit_id)
    person = session.get_one(Participant, message.participant_id)
    if member is not None and not member.sees(visit.cluster_id):
        return "Whoever it was for no longer sees this cluster."
    if visit.plan not in {one.key for one in protocol.visits}:
        return "The protocol no longer has this visit."
    said = _of_visit(rule, visit, message) or of_person(person)
    if said is None and message.account_id is None:
        said = of_contact(person) or _agreed(session, protocol, person, rule)
    return said


def _of_visit(rule: ReminderRule, visit: Visit, message: Message) -> str | None:
    if visit.state != EXPECTED:
        return f"The visit is recorded as {visit.state}."
    if not rule.is_of(visit.plan):
        return "The protocol no longer has this reminder of this visit."
    if falls_on(rule, visit) != message.due_on:
        return "The visit was moved."
    return None


def of_person(person: Participant) -> str | None:
    """Why nothing is sent about, or to, a participant at all."""
    if person.died_on is not None:
        return "The participant died."
    if person.withdrew_followup_on is not None or person.withdrew_data_on is not None:
        return "The participant withdrew."
    if person.stopped_on is not None:
        return "The participant is stopped until consent stands again."
    if person.lost_on is not None:
        return "The participant is lost to follow-up."
    return None


def of_contact(person: Participant) -> str | None:
    """Why nothing is sent to a participant, though the team may be told about them."""
    if person.withdrew_contact_on is not None:
        return "The participant withdrew from being contacted."
    return None


def _agreed(
    session: Session, protocol: Protocol, person: Participant, rule: ReminderRule
) -> str | None:
    known = wishes.wishes_of(session, person)
    if wishes.reminded_by(known, protocol.contacting, rule.channel):
        return None
    return "The participant has not agreed to this reminder, or no longer does."


def free_at(
    session: Session, protocol: Protocol, message: Message, at: datetime
) -> datetime | None:
    """From when on a message may go: one to a participant at no time that they ruled out; None is never."""
    if message.account_id is not None or message.participant_id is None:
        return at
    person = session.get_one(Participant, message.participant_id)
    return wishes.free_at(wishes.wishes_of(session, person), protocol.contacting, at)


def bounced(session: Session, address_index: str) -> bool:
    """Whether something sent to this address came back."""
    wanted = select(Message.id).where(Message.bounced_index == address_index)
    return session.scalar(wanted.limit(1)) is not None
