"""Withdrawal in levels, and death: effective at once, taken back only as a correction."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import capacity, moves, schedule, stops
from trial.conduct.coded import one_of
from trial.conduct.contact import lost
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.visits import NOT_NEEDED, plan_of
from trial.protocol import Protocol
from trial.protocol.withdrawal import OBJECTED, Level
from trial.records.door import past_the_door
from trial.records.models import Change, Event, Participant, Visit

WITHDRAWAL, DEATH = "withdrawal", "death"
# The reasons with which these acts close visits, where the protocol lists them under these keys.
WITHDRAWN, DIED = "withdrawn", "died"
DAYS = {
    "stops_intervention": "withdrew_intervention_on",
    "stops_visits": "withdrew_followup_on",
    "withdraws_data": "withdrew_data_on",
    "stops_linkage": "withdrew_linkage_on",
    "stops_contact": "withdrew_contact_on",
}
# Events that hold visits back, by what takes them back.
HOLDING = dict.fromkeys(lost.KINDS, lost.undo) | dict.fromkeys(stops.KINDS, capacity.undo)


def withdraw(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    levels: set[str],
    happened_on: date,
    reason: str,
    note: str | None = None,
    on: date,
) -> list[Event]:
    """Record a withdrawal at the levels asked for; visits still expected are not needed from now on."""
    asked = _levels(protocol, levels)
    _check(participant, happened_on, on)
    one_of(protocol.withdrawal.reasons, reason, "why", "Choose the reason that the person gave.")
    return _record(session, protocol, participant, asked, happened_on, reason, note)


def objects(
    session: Session, protocol: Protocol, participant: Participant, *, on: date
) -> list[Event]:
    """Stop everything at once because a participant shows that they object; what was given is kept.

    Visits, linkage to routine records and contact. Without delay and without questions: what else the
    person wants is recorded afterwards.
    """
    _check(participant, on, on)
    asked = _objected(protocol)
    return _record(session, protocol, participant, asked, on, OBJECTED.key, None)


def may_object(protocol: Protocol, participant: Participant) -> bool:
    """Whether an objection would still stop something."""
    stopping = any(_adds(participant, level) for level in _objected(protocol))
    return participant.died_on is None and stopping


def _objected(protocol: Protocol) -> list[Level]:
    """The levels at which an objection is recorded: without the data, unless nothing less ends visits."""
    stopping = [one for one in protocol.withdrawal.levels if one.stops_visits]
    ending = [one for one in stopping if not one.withdraws_data] or stopping
    return [
        one
        for one in protocol.withdrawal.levels
        if one in ending or (not one.withdraws_data and (one.stops_linkage or one.stops_contact))
    ]


def _record(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    asked: list[Level],
    happened_on: date,
    reason: str,
    note: str | None,
) -> list[Event]:
    fresh = [level for level in asked if _adds(participant, level)]
    if not fresh:
        raise Refused("This withdrawal is already recorded.", "levels")
    made = [
        Event(
            participant_id=participant.id, cluster_id=participant.cluster_id, kind=WITHDRAWAL,
            level=level.key, happened_on=happened_on, reason=reason, note=note or None,
        )
        for level in fresh
    ]  # fmt: skip
    session.add_all(made)
    for level in fresh:
        _apply(participant, level, happened_on)
    if any(level.stops_visits for level in fresh):
        _end_visits(session, protocol, participant, WITHDRAWN)
    session.flush()
    return made


def record_death(
    session: Session, protocol: Protocol, participant: Participant, *, happened_on: date, on: date
) -> Event:
    """Record that a participant died; visits still expected are not needed from now on."""
    _check(participant, happened_on, on)
    made = Event(
        participant_id=participant.id, cluster_id=participant.cluster_id, kind=DEATH,
        happened_on=happened_on,
    )  # fmt: skip
    session.add(made)
    participant.died_on = happened_on
    _end_visits(session, protocol, participant, DIED)
    session.flush()
    return made


def undo(session: Session, protocol: Protocol, event: Event, *, on: date) -> Event:
    """Take back an event that was recorded by mistake; visits that it ended are expected again."""
    need(session)
    if event.voided_on is not None:
        raise Refused(f"This was taken back on {words(event.voided_on)}.")
    participant = session.get_one(Participant, event.participant_id)
    if event.kind == moves.MOVE:
        return moves.undo(session, event, on=on)
    if event.kind in HOLDING:
        HOLDING[event.kind](session, protocol, event, on=on)
        if follow_up_ended(participant):  # it ended while the person was lost or stopped
            _end_visits(session, protocol, participant, DIED if participant.died_on else WITHDRAWN)
            session.flush()
        return event
    event.voided_on = on
    session.flush()
    standing = _standing(session, participant)
    _apply_all(protocol, participant, standing)
    if not follow_up_ended(participant):
        apart = schedule.set_apart(session)
        for visit in _visits_ended_by_mistake(session, participant):
            schedule.expect(visit, apart)
        schedule.plan(session, protocol, participant)
        capacity.settle(session, protocol, participant, on=on)
    session.flush()
    return event


def follow_up_ended(participant: Participant) -> bool:
    """Whether nothing more is collected from this person."""
    return participant.died_on is not None or participant.withdrew_followup_on is not None


def level_of(protocol: Protocol, key: str | None) -> Level | None:
    """What the protocol says of a level."""
    return next((level for level in protocol.withdrawal.levels if level.key == key), None)


def _levels(protocol: Protocol, keys: set[str]) -> list[Level]:
    found = [level for level in protocol.withdrawal.levels if level.key in keys]
    if not keys or len(found) != len(keys):
        raise Refused("Choose what the person withdraws from.", "levels")
    return found


def _check(participant: Participant, happened_on: date, on: date) -> None:
    if participant.died_on is not None:
        raise Refused(f"{participant.number} died on {words(participant.died_on)}.")
    not_future(happened_on, on, "happened_on", "This day")
    not_before(happened_on, participant.enrolled_on, "happened_on", "This day", "enrolment")


def _stops(level: Level) -> list[str]:
    return [day for flag, day in DAYS.items() if getattr(level, flag)]


def _adds(participant: Participant, level: Level) -> bool:
    return any(getattr(participant, day) is None for day in _stops(level))


def _apply(participant: Participant, level: Level, happened_on: date) -> None:
    for day in _stops(level):
        setattr(participant, day, min(getattr(participant, day) or happened_on, happened_on))


def _apply_all(protocol: Protocol, participant: Participant, events: list[Event]) -> None:
    """Set the participant's dates to what the standing events say, no more."""
    days: dict[str, date | None] = dict.fromkeys([*DAYS.values(), "died_on"])
    for event in events:
        level = level_of(protocol, event.level)
        stopped = ["died_on"] if event.kind == DEATH else _stops(level) if level else []
        for day in stopped:
            days[day] = min(days[day] or event.happened_on, event.happened_on)
    for day, value in days.items():
        setattr(participant, day, value)


def _standing(session: Session, participant: Participant) -> list[Event]:
    wanted = select(Event).where(Event.participant_id == participant.id, Event.voided_on.is_(None))
    return list(session.scalars(wanted.order_by(Event.happened_on, Event.id)))


def _end_visits(
    session: Session, protocol: Protocol, participant: Participant, reason: str
) -> None:
    wanted = select(Visit).where(Visit.participant_id == participant.id, schedule.OPEN)
    with past_the_door(session):
        listed = session.scalars(wanted).all()
    for visit in listed:
        keys = [code.key for code in plan_of(protocol, visit).not_needed_reasons]
        visit.state, visit.reason = NOT_NEEDED, reason if reason in keys else keys[0]


def _visits_ended_by_mistake(session: Session, participant: Participant) -> list[Visit]:
    """The visits that became not needed in the very acts that recorded events, or took a loss back.

    Of events those that were taken back since; what a loss had held back ended with follow-up. Of
    visits those of which nothing else was recorded since.
    """
    of_event = (Change.item == "kind") | (Event.kind.in_(HOLDING) & (Change.item == "voided_on"))
    recorded = (
        select(Change.act)
        .join(Event, (Change.table == "event") & (Change.row == Event.id))
        .where(of_event, Event.participant_id == participant.id, Event.voided_on.is_not(None))
    )
    with past_the_door(session):
        acts = session.scalars(recorded).all()
    latest = (
        select(func.max(Change.act))
        .where(Change.table == "visit", Change.row == Visit.id, Change.item == "reason")
        .scalar_subquery()
    )
    ended = select(Visit).where(
        Visit.participant_id == participant.id, Visit.state == NOT_NEEDED, latest.in_(acts)
    )
    with past_the_door(session):
        return list(session.scalars(ended))


def tells_arm(level: Level | None) -> bool:
    """Whether a withdrawal at this level alone says that there was an intervention to leave."""
    return level is not None and level.stops_intervention and not level.stops_visits


def levels_open_to(protocol: Protocol, participant: Participant, sees_arm: bool) -> list[Level]:
    """The levels that would add something, without those that tell the arm to who must not know it."""
    return [
        level
        for level in protocol.withdrawal.levels
        if _adds(participant, level) and (sees_arm or not tells_arm(level))
    ]
