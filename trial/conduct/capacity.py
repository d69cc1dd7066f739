"""Loss of capacity: everything stops at once, until a consultee advises or the person consents again."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import schedule, visits
from trial.conduct.dates import not_before, not_future
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.consent import CONSULTEE, PARTICIPANT, Basis
from trial.protocol.visits import STOPPED
from trial.records.door import past_the_door
from trial.records.models import Consent, Event, Participant, Visit

LOST, REGAINED = "capacity lost", "capacity regained"
KINDS = frozenset({LOST, REGAINED})


def lose(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    happened_on: date,
    note: str | None = None,
    on: date,
) -> Event:
    """Record that a participant lost capacity: nothing more is collected from now on.

    Source: Mental Capacity Act 2005, sections 30 to 33.
    """
    last = _last(session, participant)
    if last is not None and last.kind == LOST:
        raise Refused("This loss of capacity is already recorded.")
    return _record(session, protocol, participant, LOST, happened_on, note, on, last)


def regain(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    happened_on: date,
    note: str | None = None,
    on: date,
) -> Event:
    """Record that a participant has capacity again: they are asked to consent before anything more."""
    last = _last(session, participant)
    if last is None or last.kind != LOST:
        raise Refused("No loss of capacity is recorded.")
    return _record(session, protocol, participant, REGAINED, happened_on, note, on, last)


def undo(session: Session, protocol: Protocol, event: Event, *, on: date) -> Event:
    """Take back such a record that was a mistake, if nothing came after it."""
    need(session)
    participant = session.get_one(Participant, event.participant_id)
    last = _last(session, participant)
    if last is not None and last.id != event.id:
        raise Refused("Take back first what was recorded after this.")
    event.voided_on = on
    session.flush()
    # Of a loss that never was every visit is expected again; an earlier one keeps what it closed.
    earlier = _last(session, participant)
    again_from = date.min if earlier is None else event.happened_on
    settle(session, protocol, participant, again_from=again_from, on=on)
    return event


def refuse_consent(participant: Participant, basis: Basis) -> None:
    """Raise ``Refused`` where this basis cannot answer what is awaited of somebody who was stopped."""
    if participant.stopped_for == "consent" and basis.given_by != PARTICIPANT:
        raise Refused("This person has capacity again: they decide for themselves.", "basis")
    if participant.stopped_for == "advice" and basis.given_by != CONSULTEE:
        raise Refused(
            "This person lost capacity: a consultee advises, or record first that they regained it.",
            "basis",
        )
    if participant.stopped_for == "capacity":
        raise Refused(
            "This person lost capacity, and the protocol lets nobody decide in their place. "
            "Record first that they regained it."
        )


def settle(
    session: Session, protocol: Protocol, participant: Participant, *, again_from: date, on: date
) -> None:
    """Stop a participant, or let them go on, as the events and consents on record now say.

    Whoever goes on is expected again at the visits whose window closes on or after ``again_from``.
    """
    session.flush()
    since, awaited = _stopped(session, protocol, participant)
    if (since, awaited) == (participant.stopped_on, participant.stopped_for):
        return
    participant.stopped_on, participant.stopped_for = since, awaited
    if since is not None:
        _stop(session, participant, on)
    else:
        _go_on(session, protocol, participant, again_from)
        schedule.plan(session, protocol, participant)
    session.flush()


def _record(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    kind: str,
    happened_on: date,
    note: str | None,
    on: date,
    last: Event | None,
) -> Event:
    visits.refuse_after_withdrawal(participant)
    not_future(happened_on, on, "happened_on", "This day")
    not_before(happened_on, participant.enrolled_on, "happened_on", "This day", "enrolment")
    if last is not None:
        not_before(happened_on, last.happened_on, "happened_on", "This day", f"“{last.kind}”")
    made = Event(
        participant_id=participant.id, cluster_id=participant.cluster_id, kind=kind,
        happened_on=happened_on, note=(note or "").strip() or None,
    )  # fmt: skip
    session.add(made)
    settle(session, protocol, participant, again_from=happened_on, on=on)
    session.flush()
    return made


def _stopped(
    session: Session, protocol: Protocol, participant: Participant
) -> tuple[date | None, str | None]:
    """Since when a participant is stopped, and what is awaited; nothing where they go on."""
    since: date | None = None
    last: Event | None = None
    given = _consents(session, participant)
    for event in _standing(session, participant):
        if last is not None and _answered(protocol, given, last):
            since = None
        since, last = since or event.happened_on, event
    if last is None or _answered(protocol, given, last):
        return None, None
    lost = "advice" if protocol.consent.advised else "capacity"
    return since, "consent" if last.kind == REGAINED else lost


def _answered(protocol: Protocol, given: Sequence[Consent], event: Event) -> bool:
    """Whether advice was given since a loss, or consent since capacity was regained."""
    if event.kind == LOST and not protocol.consent.advised:
        return False
    wanted = CONSULTEE if event.kind == LOST else PARTICIPANT
    return any(
        protocol.consent.basis(one.basis).given_by == wanted and one.signed_on >= event.happened_on
        for one in given
    )


def _standing(session: Session, participant: Participant) -> list[Event]:
    wanted = select(Event).where(
        Event.participant_id == participant.id, Event.kind.in_(KINDS), Event.voided_on.is_(None)
    )
    return list(session.scalars(wanted.order_by(Event.happened_on, Event.id)))


def _last(session: Session, participant: Participant) -> Event | None:
    return next(reversed(_standing(session, participant)), None)


def _consents(session: Session, participant: Participant) -> list[Consent]:
    """The consents given since enrolment that stand."""
    wanted = select(Consent).where(
        Consent.participant_id == participant.id,
        Consent.id != participant.consent_id,
        Consent.voided_on.is_(None),
    )
    return list(session.scalars(wanted))


def _stop(session: Session, participant: Participant, on: date) -> None:
    for visit in _visits(session, participant, Visit.state == visits.EXPECTED):
        visit.state, visit.reason = visits.MISSED, STOPPED.key
        visits.settle(session, participant, visit, on)


def _go_on(
    session: Session, protocol: Protocol, participant: Participant, again_from: date
) -> None:
    """Expect again what was stopped, as far as the consent that stands now holds it."""
    given = schedule.given(session, Participant.id == participant.id)[participant.id]
    held, plans = protocol.consent.basis(given[-1].basis), {one.key: one for one in protocol.visits}
    stopped = (Visit.state == visits.MISSED) & (Visit.reason == STOPPED.key)
    apart = schedule.set_apart(session)
    for visit in _visits(session, participant, stopped):
        plan = plans.get(visit.plan)
        asked = plan is not None and (plan.clause is None or plan.clause in schedule.agreed(given))
        if asked and held.holds(visit.plan) and visit.closes_on >= again_from:
            schedule.expect(visit, apart)


def _visits(session: Session, participant: Participant, state: object) -> Sequence[Visit]:
    """The visits in a state; a hidden one too."""
    wanted = select(Visit).where(Visit.participant_id == participant.id, state)  # type: ignore[arg-type]
    with past_the_door(session):
        return session.scalars(wanted.order_by(Visit.id)).all()
