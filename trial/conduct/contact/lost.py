"""Lost to follow-up: a decision that a named person takes on a day, and undoes when the person is found."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import schedule, visits
from trial.conduct.coded import one_of
from trial.conduct.contact import attempts
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.contact import Way
from trial.protocol.visits import LOST as LOST_REASON
from trial.records.door import past_the_door
from trial.records.models import Event, Participant, Visit

LOST, FOUND = "lost", "found"
KINDS = frozenset({LOST, FOUND})


def declare(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    happened_on: date,
    reason: str,
    note: str | None = None,
    on: date,
) -> Event:
    """Decide that a participant is lost to follow-up: visits still expected are missed from now on.

    Where a step of tracing was never tried, the note says why it is decided all the same.
    """
    visits.refuse_after_withdrawal(participant)
    if participant.lost_on is not None:
        raise Refused(
            f"{participant.number} is lost to follow-up since {words(participant.lost_on)}."
        )
    _check_day(session, participant, happened_on, on)
    one_of(protocol.contacting.lost_reasons, reason, "why", "Choose why this person is lost.")
    left = untried(session, protocol, participant)
    if left and not (note or "").strip():
        named = ", ".join(way.label for way in left)
        raise Refused(f"Say why it is decided although this was not tried: {named}.", "note")
    made = _event(session, participant, LOST, happened_on, reason=reason, note=note)
    participant.lost_on = happened_on
    for visit in _visits(session, participant, expected=True):
        visit.state, visit.reason = visits.MISSED, LOST_REASON.key
        visits.settle(session, participant, visit, on)
    session.flush()
    return made


def find(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    happened_on: date,
    note: str | None = None,
    on: date,
) -> Event:
    """Record that a lost participant was found: visits whose window was still open are expected again."""
    visits.refuse_after_withdrawal(participant)
    if participant.lost_on is None:
        raise Refused(f"{participant.number} is not lost to follow-up.")
    not_future(happened_on, on, "happened_on", "This day")
    not_before(happened_on, participant.lost_on, "happened_on", "This day", "the loss")
    made = _event(session, participant, FOUND, happened_on, note=note)
    participant.lost_on = None
    _expect_again(session, participant, since=happened_on)
    schedule.plan(session, protocol, participant)
    return made


def undo(session: Session, protocol: Protocol, event: Event, *, on: date) -> Event:
    """Take back such a decision that was recorded by mistake, if nothing came after it."""
    need(session)
    participant = session.get_one(Participant, event.participant_id)
    later = select(func.count(Event.id)).where(
        Event.participant_id == participant.id, Event.kind.in_(KINDS),
        Event.voided_on.is_(None), Event.id > event.id,
    )  # fmt: skip
    if session.scalar(later):
        raise Refused("Take back first what was recorded after this.")
    event.voided_on = on
    if event.kind == LOST:
        participant.lost_on = None
        _expect_again(session, participant, since=date.min)
        schedule.plan(session, protocol, participant)
    else:
        _lose_again(session, participant, on)
    session.flush()
    return event


def untried(session: Session, protocol: Protocol, participant: Participant) -> Sequence[Way]:
    """The steps of tracing that were not tried since the participant was last reached."""
    plan, tried = protocol.contacting, set()
    for one in attempts.of_participant(session, participant):
        if one.voided_on is not None:
            continue
        told = plan.outcome(one.outcome)
        if told is not None and told.reached:
            break
        tried.add(one.way)
    return [way for way in plan.tracing_ways if way.key not in tried]


def _check_day(
    session: Session, participant: Participant, happened_on: date | None, on: date
) -> None:
    if happened_on is None:
        raise Refused("Enter the day of the decision.", "happened_on")
    not_future(happened_on, on, "happened_on", "The decision")
    not_before(happened_on, participant.enrolled_on, "happened_on", "The decision", "enrolment")
    seen = select(func.max(Visit.done_on)).where(Visit.participant_id == participant.id)
    with past_the_door(session):
        last = session.scalar(seen)
    not_before(happened_on, last, "happened_on", "The decision", "the last visit that was done")


def _event(
    session: Session, participant: Participant, kind: str, happened_on: date, **rest: str | None
) -> Event:
    note = (rest.pop("note", None) or "").strip() or None
    made = Event(
        participant_id=participant.id, cluster_id=participant.cluster_id, kind=kind,
        happened_on=happened_on, decided_by_name=draft(session).by.name, note=note, **rest,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _visits(session: Session, participant: Participant, expected: bool) -> Sequence[Visit]:
    """The visits that are expected, or those missed for the loss; a hidden one too."""
    state = (
        Visit.state == visits.EXPECTED
        if expected
        else (Visit.state == visits.MISSED) & (Visit.reason == LOST_REASON.key)
    )
    wanted = select(Visit).where(Visit.participant_id == participant.id, state)
    with past_the_door(session):
        return session.scalars(wanted.order_by(Visit.id)).all()


def _expect_again(session: Session, participant: Participant, since: date) -> None:
    session.flush()
    apart = schedule.set_apart(session)
    for visit in _visits(session, participant, expected=False):
        if visit.closes_on >= since:
            schedule.expect(visit, apart)
    session.flush()


def _lose_again(session: Session, participant: Participant, on: date) -> None:
    """The decision that stood before somebody was found by mistake stands again."""
    before = select(func.max(Event.happened_on)).where(
        Event.participant_id == participant.id, Event.kind == LOST, Event.voided_on.is_(None)
    )
    participant.lost_on = session.scalar(before)
    for visit in _visits(session, participant, expected=True):
        visit.state, visit.reason = visits.MISSED, LOST_REASON.key
        visits.settle(session, participant, visit, on)
