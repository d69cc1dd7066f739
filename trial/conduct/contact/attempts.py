"""Attempts to reach a participant: recorded one by one, taken back where one was a mistake."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.coded import label, one_of
from trial.conduct.contact.wishes import NEVER, wishes_of
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.conduct.visits import left_on
from trial.protocol import Protocol
from trial.records.models import ContactAttempt, Participant, Visit


def record(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    visit: Visit | None,
    *,
    tried_on: date,
    tried_at: str | None = None,
    way: str,
    outcome: str,
    arranged_for: date | None = None,
    next_try_on: date | None = None,
    note: str | None = None,
    on: date,
) -> ContactAttempt:
    """Record one attempt to reach a participant, and what came of it.

    A way that the person asked never to be used for is recorded all the same, with a note that says why.
    """
    plan, note = protocol.contacting, (note or "").strip() or None
    _check_day(participant, tried_on, on)
    one_of(plan.ways, way, "way", "Choose how it was tried.")
    one_of(plan.outcomes, outcome, "outcome", "Choose what came of it.")
    _check_next(protocol, visit, outcome, tried_on, arranged_for, next_try_on)
    _check_wish(session, protocol, participant, way, note)
    made = ContactAttempt(
        participant_id=participant.id, cluster_id=participant.cluster_id,
        visit_id=visit.id if visit else None, unblinds=visit.unblinds if visit else None,
        tried_on=tried_on, tried_at=tried_at, tried_by_name=draft(session).by.name,
        way=way, outcome=outcome, arranged_for=arranged_for, next_try_on=next_try_on, note=note,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def take_back(session: Session, attempt: ContactAttempt, *, on: date) -> ContactAttempt:
    """Take back an attempt that was recorded by mistake: it is kept, but no longer counted."""
    need(session)
    if attempt.voided_on is not None:
        raise Refused(f"This was taken back on {words(attempt.voided_on)}.")
    attempt.voided_on = on
    session.flush()
    return attempt


def of_participant(session: Session, participant: Participant) -> list[ContactAttempt]:
    """Every attempt to reach a participant, the newest first, as the door lets this person see it."""
    wanted = select(ContactAttempt).where(ContactAttempt.participant_id == participant.id)
    newest = wanted.order_by(
        ContactAttempt.tried_on.desc(), ContactAttempt.tried_at.desc(), ContactAttempt.id.desc()
    )
    return list(session.scalars(newest))


def of_visits(session: Session, visits: Collection[int]) -> dict[int, list[ContactAttempt]]:
    """The attempts that count, of these visits, in the order in which they were made."""
    found: dict[int, list[ContactAttempt]] = {number: [] for number in visits}
    wanted = select(ContactAttempt).where(
        ContactAttempt.visit_id.in_(sorted(found)), ContactAttempt.voided_on.is_(None)
    )
    in_order = wanted.order_by(ContactAttempt.tried_on, ContactAttempt.tried_at, ContactAttempt.id)
    for one in session.scalars(in_order):
        if one.visit_id is not None:
            found[one.visit_id].append(one)
    return found


def _check_day(participant: Participant, tried_on: date | None, on: date) -> None:
    if tried_on is None:
        raise Refused("Enter the day on which it was tried.", "tried_on")
    not_future(tried_on, on, "tried_on", "The attempt")
    not_before(tried_on, participant.enrolled_on, "tried_on", "The attempt", "enrolment")
    ended = left_on(participant)
    if ended is not None and tried_on > ended:
        raise Refused(
            f"{participant.number} left follow-up on {words(ended)}: nobody contacts them after that.",
            "tried_on",
        )
    left = participant.withdrew_contact_on
    if left is not None and tried_on > left:
        raise Refused(
            f"{participant.number} withdrew from being contacted on {words(left)}.", "tried_on"
        )


def _check_next(
    protocol: Protocol,
    visit: Visit | None,
    outcome: str,
    tried_on: date,
    arranged_for: date | None,
    next_try_on: date | None,
) -> None:
    told = protocol.contacting.outcome(outcome)
    if told is not None and told.arranged:
        if visit is None:
            raise Refused("Choose the visit for which a day was arranged.", "visit")
        if arranged_for is None:
            raise Refused("Enter the day that was arranged.", "arranged_for")
    elif arranged_for is not None:
        raise Refused("Leave this empty: no day was arranged.", "arranged_for")
    not_before(arranged_for, tried_on, "arranged_for", "The day arranged", "the attempt")
    not_before(next_try_on, tried_on, "next_try_on", "The next try", "the attempt")


def _check_wish(
    session: Session, protocol: Protocol, participant: Participant, way: str, note: str | None
) -> None:
    wishes = wishes_of(session, participant)
    if note is None and wishes is not None and wishes.ways.get(way) == NEVER:
        named = label(protocol.contacting.ways, way)
        raise Refused(
            f"{participant.number} asked never to be contacted this way ({named}): say why it was done.",
            "note",
        )
