"""Follow-up visits: planned when their day is known, then recorded as done, missed or not needed."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import queries, schedule, stops
from trial.conduct.coded import one_of
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.schedule import EXPECTED, MISSED, NOT_NEEDED
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.visits import SKIPPED, VisitPlan
from trial.records.models import Participant, Visit

DONE = "done"
# Why somebody was stopped, and what is awaited before anything more is collected.
STOPPED_FOR = {
    "capacity": "as capacity was lost",
    "advice": "as capacity was lost, until a consultee's advice is on record",
    "consent": "until they consent again",
}
ANSWERS = ("yes", "no", "unknown")
VISITED = "the visit cannot have been done"


class Standing(StrEnum):
    """Where a visit stands on a day."""

    UPCOMING = "upcoming"
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"
    NOT_NEEDED = "not needed"


def plan_of(protocol: Protocol, visit: Visit) -> VisitPlan:
    """What the protocol says of a visit."""
    found = next((one for one in protocol.visits if one.key == visit.plan), None)
    if found is None:
        raise Refused(f"The protocol no longer has a visit “{visit.plan}”.")
    return found


def standing(visit: Visit, on: date) -> Standing:
    """Where a visit stands on a day: what was recorded, else what its window says."""
    if visit.state != EXPECTED:
        return Standing(visit.state)
    if on < visit.opens_on:
        return Standing.UPCOMING
    return Standing.OVERDUE if on > visit.closes_on else Standing.OPEN


def in_window(visit: Visit) -> bool | None:
    """Whether a visit was done in its window; None where it was not done."""
    if visit.done_on is None:
        return None
    return visit.opens_on <= visit.done_on <= visit.closes_on


def record_done(
    session: Session,
    protocol: Protocol,
    visit: Visit,
    *,
    done_on: date,
    working: str | None,
    history_known_until: date | None,
    on: date,
) -> Visit:
    """Record that a visit took place, and how far it made the work history known, if work is asked."""
    participant = _expecting(session, protocol, visit)
    refuse_day(session, participant, done_on, "done_on", VISITED)
    _set_done(protocol, participant, visit, done_on, working, history_known_until, on)
    visit.done_by_name = draft(session).by.name
    schedule.follow(session, protocol, visit)
    if history_known_until and history_known_until > (participant.known_until or date.min):
        participant.known_until = history_known_until
    settle(session, participant, visit, on)
    return visit


def record_missed(
    session: Session, protocol: Protocol, visit: Visit, *, reason: str, on: date
) -> Visit:
    """Record that a visit did not take place and no longer will, and why."""
    participant = _expecting(session, protocol, visit)
    if on < visit.opens_on:
        raise Refused(
            f"This visit opens on {words(visit.opens_on)}: it cannot be missed before.", "state"
        )
    _set_not_done(protocol, visit, MISSED, reason)
    settle(session, participant, visit, on)
    return visit


def record_not_needed(
    session: Session, protocol: Protocol, visit: Visit, *, reason: str, on: date
) -> Visit:
    """Record that a visit is not needed, and why."""
    participant = _expecting(session, protocol, visit)
    _set_not_done(protocol, visit, NOT_NEEDED, reason)
    settle(session, participant, visit, on)
    return visit


def correct(
    session: Session,
    protocol: Protocol,
    visit: Visit,
    *,
    state: str,
    done_on: date | None = None,
    working: str | None = None,
    history_known_until: date | None = None,
    reason: str | None = None,
    on: date,
) -> Visit:
    """Put right what was recorded of a visit; ``state`` “expected” takes the record back.

    ``reason`` is the coded one for a visit missed or not needed; why the record changes is the
    reason of the act.
    """
    if visit.state == EXPECTED:
        raise Refused("Nothing is recorded of this visit yet: record it instead.")
    need(session)
    participant = _participant(session, visit)
    match state:
        case "done":
            # A visit that took place before follow-up ended may still be put right.
            refuse_day(session, participant, done_on, "done_on", VISITED)
            visit.reason = None
            _set_done(protocol, participant, visit, done_on, working, history_known_until, on)
            visit.done_by_name = visit.done_by_name or draft(session).by.name
        case "missed" | "not needed":
            _set_not_done(protocol, visit, state, reason)
        case "expected":
            _expect_again(session, participant, visit)
        case _:
            raise Refused("Choose whether the visit was done, missed or not needed.", "state")
    session.flush()
    schedule.follow(session, protocol, visit)
    participant.known_until = known_until(session, participant)
    # A day on which nothing may have been collected was refused above.
    _settled(session, participant, visit, queries.UNCONSENTED)
    return visit


def known_until(session: Session, participant: Participant) -> date:
    """The last day to which the work history is known: enrolment, and what each visit added."""
    furthest = select(func.max(Visit.history_known_until))
    seen = session.scalar(furthest.where(Visit.participant_id == participant.id))
    return max(seen or participant.enrolled_on, participant.enrolled_on)


def refuse_after_withdrawal(participant: Participant) -> None:
    """Raise ``Refused`` where follow-up has ended for good."""
    if participant.died_on is not None:
        raise Refused(f"{participant.number} died on {words(participant.died_on)}.")
    if participant.withdrew_followup_on is not None:
        raise Refused(
            f"{participant.number} withdrew from follow-up on "
            f"{words(participant.withdrew_followup_on)}: nothing more is collected."
        )


def refuse_closed(participant: Participant) -> None:
    """Raise ``Refused`` where nothing is collected: follow-up ended, or stopped until consent stands."""
    refuse_after_withdrawal(participant)
    if participant.stopped_on is not None:
        raise Refused(f"{closed_words(participant)}: nothing more is collected.")


def refuse_day(
    session: Session, participant: Participant, day: date | None, item: str, what: str
) -> None:
    """Raise ``Refused`` where a day came after follow-up ended, or while the participant was stopped."""
    refuse_after(participant, day, item, what)
    refuse_between(participant, stops.of_person(session, participant), day, item, what)


def refuse_after(participant: Participant, day: date | None, item: str, what: str) -> None:
    """Raise ``Refused`` where a day came after follow-up ended or, while it lasts, after a stop began."""
    ended = closed_on(participant)
    if ended is not None and day is not None and day > ended:
        raise Refused(f"{closed_words(participant)}: {what} after that.", item)


def refuse_between(
    participant: Participant,
    stopped: Iterable[stops.Stop],
    day: date | None,
    item: str,
    what: str,
) -> None:
    """Raise ``Refused`` where a day lies between a stop and the consent that stood after it."""
    for one in stopped:
        if day is not None and one.holds(day):
            until = (
                f" and {words(one.until)}, when consent stood again" if one.until else " and today"
            )
            raise Refused(
                f"{participant.number} was stopped between {words(one.since)}{until}: {what} in that "
                "time. Enter the right day.",
                item,
            )


def left_on(participant: Participant) -> date | None:
    """The day on which follow-up ended for good, by death or withdrawal; None while it goes on."""
    ended = (participant.died_on, participant.withdrew_followup_on)
    return min((day for day in ended if day), default=None)


def closed_on(participant: Participant) -> date | None:
    """The day since which nothing is collected, for good or until consent stands again."""
    ended = (left_on(participant), participant.stopped_on)
    return min((day for day in ended if day), default=None)


def closed_words(participant: Participant) -> str:
    """Since when nothing is collected, as a sentence without its end."""
    left, stopped = left_on(participant), participant.stopped_on
    if stopped is not None and (left is None or stopped < left):
        why = STOPPED_FOR[participant.stopped_for or ""]
        return f"{participant.number} was stopped on {words(stopped)}, {why}"
    return f"{participant.number} left follow-up on {words(left)}" if left else participant.number


def settle(session: Session, participant: Participant, visit: Visit, on: date) -> None:
    """What was asked because nothing was recorded of a visit is settled; only a late one was."""
    if on > visit.closes_on:
        _settled(session, participant, visit, queries.OVERDUE)


def _settled(session: Session, participant: Participant, visit: Visit, check: str) -> None:
    session.flush()
    queries.settle(
        session, participant, table=Visit.__tablename__, row=visit.id, doubts=(), ran=(check,)
    )


def _expecting(session: Session, protocol: Protocol, visit: Visit) -> Participant:
    plan_of(protocol, visit)
    participant = _participant(session, visit)
    refuse_closed(participant)
    if visit.state != EXPECTED:
        raise Refused(f"This visit is already recorded as {visit.state}: correct it instead.")
    return participant


def _participant(session: Session, visit: Visit) -> Participant:
    found = session.get(Participant, visit.participant_id)
    if found is None:
        raise Refused("There is no such participant.")
    return found


def _set_done(
    protocol: Protocol,
    participant: Participant,
    visit: Visit,
    done_on: date | None,
    working: str | None,
    history_known_until: date | None,
    on: date,
) -> None:
    if done_on is None:
        raise Refused("Enter the day on which the visit was done.", "done_on")
    not_future(done_on, on, "done_on", "The visit")
    not_before(done_on, participant.enrolled_on, "done_on", "The visit", "enrolment")
    if protocol.employment is None:
        visit.state, visit.done_on = DONE, done_on
        return
    if working not in ANSWERS:
        raise Refused("Choose whether the person was in open employment that day.", "working")
    item, what = "history_known_until", "The day until which the work history is known"
    not_before(history_known_until, participant.enrolled_on, item, what, "enrolment")
    if history_known_until is not None and history_known_until > done_on:
        raise Refused(f"{what} cannot be after the visit ({words(done_on)}).", item)
    visit.state, visit.done_on, visit.working = DONE, done_on, working
    visit.history_known_until = history_known_until


def _expect_again(session: Session, participant: Participant, visit: Visit) -> None:
    refuse_closed(participant)
    if visit.reason == SKIPPED.key:
        raise Refused("The cluster skips this visit: take that back for the cluster.", "state")
    _empty(visit, EXPECTED, None)
    schedule.expect(visit, schedule.set_apart(session))


def _set_not_done(protocol: Protocol, visit: Visit, state: str, reason: str | None) -> None:
    planned = plan_of(protocol, visit)
    reasons = planned.missed_reasons if state == MISSED else planned.not_needed_reasons
    one_of(reasons, reason, "why", f"Choose why the visit is {state}.")
    _empty(visit, state, reason)


def _empty(visit: Visit, state: str, reason: str | None) -> None:
    visit.state, visit.reason = state, reason
    visit.done_on = visit.done_by_name = visit.working = visit.history_known_until = None
