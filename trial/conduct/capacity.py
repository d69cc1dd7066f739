"""Loss of capacity: everything stops at once, until a consultee advises or the person consents again."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import schedule, stops, unconsented, visits
from trial.conduct.dates import not_before, not_future
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.stops import LOST, REGAINED, Stop
from trial.protocol import Protocol
from trial.protocol.consent import CONSULTEE, PARTICIPANT, Basis
from trial.protocol.visits import STOPPED
from trial.records.door import past_the_door
from trial.records.models import Consent, Event, Participant, Visit


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
    settle(session, protocol, participant, on=on)
    if visits.left_on(participant) is not None and participant.stopped_on is None:
        # What was held back for a mistake ended with follow-up: whoever takes this back ends it so.
        _go_on(session, protocol, participant, stops.of_person(session, participant))
    return event


def refuse_consent(
    session: Session, protocol: Protocol, participant: Participant, basis: Basis
) -> None:
    """Raise ``Refused`` where this basis does not answer how capacity stands now."""
    last = _last(session, participant)
    if last is None:
        if basis.given_by == CONSULTEE and not _advised_from_the_start(
            session, protocol, participant
        ):
            raise Refused(
                "Record the loss of capacity first: only after that a consultee advises.", "basis"
            )
    elif last.kind == REGAINED and basis.given_by != PARTICIPANT:
        raise Refused("This person has capacity again: they decide for themselves.", "basis")
    elif last.kind == LOST and not protocol.consent.advised:
        raise Refused(
            "This person lost capacity, and the protocol lets nobody decide in their place. "
            "Record first that they regained it."
        )
    elif last.kind == LOST and basis.given_by != CONSULTEE:
        raise Refused(
            "This person lost capacity: a consultee advises, or record first that they regained it.",
            "basis",
        )


def settle(session: Session, protocol: Protocol, participant: Participant, *, on: date) -> None:
    """Stop a participant, or let them go on, as the events and consents on record now say.

    What is dated while nothing may have been collected is asked about.
    """
    session.flush()
    before = participant.stopped_on
    stopped = stops.of_person(session, participant)
    since, awaited = _stopped(session, protocol, participant, stopped, on)
    participant.stopped_on, participant.stopped_for = since, awaited
    if since is not None:
        _stop(session, participant, on)
    elif visits.left_on(participant) is None:
        _go_on(session, protocol, participant, stopped)
        if before is not None:
            schedule.plan(session, protocol, participant)
    session.flush()
    unconsented.ask(session, participant, stopped)


def settle_all(session: Session, protocol: Protocol, *, on: date) -> None:
    """Settle anew everyone whose capacity changed: what it leads to is in the protocol."""
    changed = select(Event.participant_id).where(
        Event.kind.in_(stops.KINDS), Event.voided_on.is_(None)
    )
    with past_the_door(session):
        people = session.scalars(select(Participant).where(Participant.id.in_(changed))).all()
    for participant in people:
        settle(session, protocol, participant, on=on)


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
    settle(session, protocol, participant, on=on)
    return made


def _stopped(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    stopped: Sequence[Stop],
    on: date,
) -> tuple[date | None, str | None]:
    """Since when a participant is stopped, and what is awaited; nothing where they go on."""
    last = _last(session, participant)
    if last is None:
        return None, None
    if stopped[-1].until is None:
        lost = "advice" if protocol.consent.advised else "capacity"
        return stopped[-1].since, "consent" if last.kind == REGAINED else lost
    if last.kind == LOST and not protocol.consent.advised:
        # Advice was given while the protocol let it be: that stands, and now it goes no further.
        return participant.stopped_on or on, "capacity"
    return None, None


def _advised_from_the_start(session: Session, protocol: Protocol, participant: Participant) -> bool:
    """Whether a person was enrolled by a consultee, and never consented themselves since."""
    wanted = select(Consent).where(
        Consent.participant_id == participant.id, Consent.voided_on.is_(None)
    )
    given = {one.id: protocol.consent.basis(one.basis) for one in session.scalars(wanted)}
    enrolled = given[participant.consent_id].given_by == CONSULTEE
    return enrolled and not any(one.given_by == PARTICIPANT for one in given.values())


def _last(session: Session, participant: Participant) -> Event | None:
    """The change of capacity that stands last."""
    wanted = select(Event).where(
        Event.participant_id == participant.id,
        Event.kind.in_(stops.KINDS),
        Event.voided_on.is_(None),
    )
    newest = wanted.order_by(Event.happened_on.desc(), Event.id.desc())
    return session.scalars(newest.limit(1)).first()


def _stop(session: Session, participant: Participant, on: date) -> None:
    for visit in _visits(session, participant, Visit.state == visits.EXPECTED):
        visit.state, visit.reason = visits.MISSED, STOPPED.key
        visits.settle(session, participant, visit, on)


def _go_on(
    session: Session, protocol: Protocol, participant: Participant, stopped: Sequence[Stop]
) -> None:
    """Expect again what was stopped, as far as the consent that stands holds it.

    A visit whose window closed before that consent, or before the last stop ended, stays missed.
    """
    given = schedule.given(session, Participant.id == participant.id)[participant.id]
    plans = {one.key: one for one in protocol.visits}
    ended = max((one.until for one in stopped if one.until), default=date.min)
    missed = (Visit.state == visits.MISSED) & (Visit.reason == STOPPED.key)
    apart = schedule.set_apart(session)
    for visit in _visits(session, participant, missed):
        plan = plans.get(visit.plan)
        since = None if plan is None else schedule.held_since(protocol, given, plan)
        if since is not None and visit.closes_on >= max(since, ended):
            schedule.expect(visit, apart)


def _visits(session: Session, participant: Participant, state: object) -> Sequence[Visit]:
    """The visits in a state; a hidden one too."""
    wanted = select(Visit).where(Visit.participant_id == participant.id, state)  # type: ignore[arg-type]
    with past_the_door(session):
        return session.scalars(wanted.order_by(Visit.id)).all()
