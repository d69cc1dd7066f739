"""What a message says: the protocol's text with its gaps filled in, and the digest."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import due
from trial.conduct.dates import words
from trial.conduct.due import Due
from trial.conduct.query_list import seen, waiting
from trial.conduct.reminders.team import Member
from trial.conduct.visits import plan_of
from trial.config import LONDON
from trial.exchange.letter import Letter
from trial.protocol import Protocol
from trial.protocol.reminders import DIGEST, GAP, ReminderRule
from trial.protocol.safety import DISCLOSURE
from trial.records.models import Message, Participant, Query, Visit
from trial.records.outbox import State
from trial.records.trail import head

DIGEST_SUBJECT = "The week's follow-up"
COUNTED = {
    Due.OVERDUE: "overdue",
    Due.CLOSING: "whose window closes within 14 days",
    Due.DUE: "that can take place now",
    Due.UPCOMING: "whose window opens within four weeks",
}
FOLLOW_UP = "/follow-up"


def letter(
    session: Session,
    protocol: Protocol,
    message: Message,
    to: str,
    at: datetime,
    *,
    address: str | None,
    domain: str,
    member: Member | None,
) -> Letter:
    """The message as it goes to an address; ``address`` is where the trial's pages are."""
    subject, lines = _said(session, protocol, message, at, address, member)
    return Letter(
        to=to,
        subject=subject,
        paragraphs=lines,
        message_id=f"<{message.message_id}@{domain}>",
        sender_name=protocol.reminding.sender_name,
        at=at.astimezone(LONDON),
        again=message.doubted > 0,
    )


def _said(
    session: Session,
    protocol: Protocol,
    message: Message,
    at: datetime,
    address: str | None,
    member: Member | None,
) -> tuple[str | None, list[str]]:
    link = [f"{address.rstrip('/')}{FOLLOW_UP}"] if address and member is not None else []
    if message.rule == DIGEST:
        assert member is not None
        return DIGEST_SUBJECT, [*digest(session, protocol, member, at), *link]
    if message.rule == DISCLOSURE:
        told = protocol.keeping_safe.disclosure
        assert told is not None
        return told.subject, list(told.text)
    rule = protocol.reminding.rule(message.rule)
    assert rule is not None
    stop = protocol.reminding.how_to_stop if rule.to == "participant" else None
    lines = [*_filled(session, protocol, rule, message), *([stop] if stop else []), *link]
    return rule.subject, lines


def _filled(
    session: Session, protocol: Protocol, rule: ReminderRule, message: Message
) -> list[str]:
    visit = session.get_one(Visit, message.visit_id)
    known = {
        "opens": words(visit.opens_on),
        "due": words(visit.due_on),
        "closes": words(visit.closes_on),
    }
    if rule.to == "staff":
        known["number"] = session.get_one(Participant, message.participant_id).number
        known["visit"] = plan_of(protocol, visit).name
    return [GAP.sub(lambda gap: known[gap[1]], line) for line in rule.text]


def digest(session: Session, protocol: Protocol, member: Member, at: datetime) -> list[str]:
    """What waits in the trial, as far as its reader sees it, and the head of the trail to be kept."""
    on, before = at.astimezone(LONDON).date(), session.info.get("actor")
    session.info["actor"] = member.actor
    try:
        counted = due.counts(session, on)
        asked = select(func.count(Query.id)).where(
            *seen(protocol, member.actor), *waiting(member.actor)
        )
        queries = session.scalar(asked) or 0
        odd = select(func.count(Message.id)).where(UNSETTLED)
        messages = session.scalar(odd) or 0
    finally:
        session.info.pop("actor")
        if before is not None:
            session.info["actor"] = before
    number, newest = head(session)
    return [
        f"On {words(on)} follow-up stands as follows.",
        *(f"Visits {told}: {sum(counted[which].values())}" for which, told in COUNTED.items()),
        f"Queries that wait for you: {queries}",
        f"Reminders that failed, came back or are in doubt: {messages}",
        f"Keep this message: the trail ends with act {number}, whose hash is {newest}.",
    ]


# What a person has to look at.
UNSETTLED = Message.settled_at.is_(None) & (
    Message.state.in_([State.FAILED, State.BOUNCED]) | (Message.doubted > 0)
)
