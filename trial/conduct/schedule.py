"""Planning visits: each is planned as soon as the day is known from which it is counted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trial.conduct.attended import Days, attended
from trial.protocol import Protocol
from trial.protocol.visits import (
    ALLOCATION,
    ENROLMENT,
    LOST,
    SKIPPED,
    STOPPED,
    UNREACHED,
    VisitPlan,
)
from trial.protocol.windows import window
from trial.records.door import past_the_door
from trial.records.models import Cluster, Consent, Participant, SkippedVisit, Visit

EXPECTED, MISSED, NOT_NEEDED = "expected", "missed", "not needed"
FOLLOWED = Participant.died_on.is_(None) & Participant.withdrew_followup_on.is_(None)


# Visits of which nothing was recorded: they fall due, or would if the cluster did not skip them.
OPEN = (Visit.state == EXPECTED) | (Visit.reason == SKIPPED.key)
# Visits missed only since somebody was lost or stopped: they may be expected again, so their day counts.
HELD_BACK = (Visit.state == MISSED) & Visit.reason.in_((STOPPED.key, LOST.key))


class SetApart(NamedTuple):
    """What is not expected as it else would be: visits that clusters skip, and people lost or stopped."""

    skips: frozenset[tuple[int | None, str]]
    lost: frozenset[int]
    stopped: frozenset[int] = frozenset()


class Given(NamedTuple):
    """A consent that stands, as far as visits depend on it."""

    basis: str | None
    clauses: Mapping[str, bool]
    signed_on: date


class Person(NamedTuple):
    """A participant, as far as visits depend on them; the consents in the order of their days."""

    id: int
    cluster_id: int
    enrolled_on: date
    allocated_on: date | None
    arm: str | None
    given: Sequence[Given]
    sessions: Days = {}  # noqa: RUF012 (never changed: a named tuple has no other default)


def plan(session: Session, protocol: Protocol, participant: Participant) -> list[Visit]:
    """Give a participant every visit whose day is known by now, each with its window; the new ones."""
    return _plan(session, protocol, Participant.id == participant.id)


def plan_allocated(session: Session, protocol: Protocol, clusters: list[int]) -> list[Visit]:
    """Plan what waited for the allocation, for everyone in follow-up in clusters just allocated."""
    if not any(visit.counted_from == ALLOCATION or visit.arms for visit in protocol.visits):
        return []
    return _plan(session, protocol, Participant.cluster_id.in_(clusters) & FOLLOWED)


def follow(session: Session, protocol: Protocol, visit: Visit) -> None:
    """Plan what is counted from a visit now done; what is not recorded is counted anew."""
    later = [one for one in protocol.visits if one.counted_from == visit.plan]
    if not later or visit.done_on is None:
        return
    _plan(session, protocol, Participant.id == visit.participant_id)
    wanted = select(Visit).where(
        Visit.participant_id == visit.participant_id,
        Visit.plan.in_([one.key for one in later]),
        OPEN | HELD_BACK,
    )
    plans = {one.key: one for one in later}
    with past_the_door(session):
        for planned in session.scalars(wanted).all():
            _count_anew(plans[planned.plan], planned, visit.done_on)


def follow_sessions(
    session: Session, protocol: Protocol, form: str, people: Collection[int | None]
) -> None:
    """Plan, or count anew, what is counted from the sessions of a log whose records changed.

    What is expected from a session that is no longer on record is not needed, until it is again.
    """
    plans = {v.key: v for v in protocol.visits if v.session is not None and v.session.form == form}
    if not plans or not people:
        return
    session.flush()
    who = Participant.id.in_(sorted(one for one in people if one is not None)) & FOLLOWED
    _plan(session, protocol, who)
    days = attended(session, protocol, who)
    waits, apart = OPEN | HELD_BACK | (Visit.reason == UNREACHED.key), set_apart(session)
    wanted = select(Visit).join(Participant).where(who, Visit.plan.in_(sorted(plans)), waits)
    with past_the_door(session):
        for planned in session.scalars(wanted).all():
            day = days.get(planned.participant_id, {}).get(planned.plan)
            if day is None:
                planned.state, planned.reason = NOT_NEEDED, UNREACHED.key
                continue
            if planned.reason == UNREACHED.key:
                expect(planned, apart)
            _count_anew(plans[planned.plan], planned, day)


def count_anew(session: Session, protocol: Protocol, participant: Participant) -> None:
    """Count every visit anew that hangs on the day of enrolment, also a recorded one; plan the rest."""
    (person,) = _people(session, protocol, Participant.id == participant.id)
    plans = {one.key: one for one in protocol.visits}
    wanted = select(Visit).where(Visit.participant_id == participant.id)
    with past_the_door(session):
        for planned in session.scalars(wanted).all():
            plan = plans.get(planned.plan)
            if plan is None or plan.counted_from not in (ENROLMENT, ALLOCATION) or plan.session:
                continue
            start = _counted_from(plan, person, {})
            if start is not None:
                _count_anew(plan, planned, start)
    _plan(session, protocol, (Participant.id == participant.id) & FOLLOWED)


def set_apart(session: Session) -> SetApart:
    """The visits that whole clusters skip, each with the cluster's number, and who is lost or stopped."""
    session.flush()
    connection = session.connection()
    skips = select(SkippedVisit.cluster_id, SkippedVisit.plan)
    rows = connection.execute(skips.where(SkippedVisit.taken_back_on.is_(None)))
    lost = connection.scalars(select(Participant.id).where(Participant.lost_on.is_not(None)))
    stopped = connection.scalars(select(Participant.id).where(Participant.stopped_on.is_not(None)))
    skipped = frozenset((cluster, plan) for cluster, plan in rows)
    return SetApart(skipped, frozenset(lost), frozenset(stopped))


def expect(visit: Visit, apart: SetApart) -> None:
    """Let a visit be expected again: not needed where skipped, missed of who is lost or stopped."""
    if (visit.cluster_id, visit.plan) in apart.skips:
        visit.state, visit.reason = NOT_NEEDED, SKIPPED.key
    elif visit.participant_id in apart.lost:
        visit.state, visit.reason = MISSED, LOST.key
    elif visit.participant_id in apart.stopped:
        visit.state, visit.reason = MISSED, STOPPED.key
    else:
        visit.state, visit.reason = EXPECTED, None


def _count_anew(plan: VisitPlan, visit: Visit, counted_from: date) -> None:
    days = window(plan, counted_from)
    if visit.due_on != days.due_on:
        visit.due_on, visit.opens_on = days.due_on, days.opens_on
        visit.closes_on = days.closes_on


def _plan(session: Session, protocol: Protocol, who: ColumnElement[bool]) -> list[Visit]:
    """The visits that these people lack.

    It is read past the door: whoever makes the draw may be somebody who sees no participants.
    """
    people, connection = _people(session, protocol, who), session.connection()
    there: dict[int, dict[str, date | None]] = {}
    rows = select(Visit.participant_id, Visit.plan, Visit.done_on).join_from(Visit, Participant)
    for person, key, done_on in connection.execute(rows.where(who)):
        there.setdefault(person, {})[key] = done_on
    telling, apart = protocol.telling_visits, set_apart(session)
    made = [
        _new(person, visit, counted_from, visit.key in telling)
        for person in people
        for visit, counted_from in _lacking(protocol, person, there.get(person.id, {}))
    ]
    for visit in made:
        expect(visit, apart)
    session.add_all(made)
    session.flush()
    return made


def _people(session: Session, protocol: Protocol, who: ColumnElement[bool]) -> list[Person]:
    """These people as far as visits depend on them, in the order of their numbers."""
    session.flush()
    columns = (
        Participant.id, Participant.cluster_id, Participant.enrolled_on, Cluster.allocated_on,
        Cluster.arm,
    )  # fmt: skip
    wanted = select(*columns).join_from(Participant, Cluster).where(who)
    consents, sessions = given(session, who), attended(session, protocol, who)
    return [
        Person(*row, consents[row.id], sessions.get(row.id, {}))
        for row in session.connection().execute(wanted.order_by(Participant.id))
    ]


def agreed(given: Sequence[Given]) -> frozenset[str]:
    """The clauses that the newest of somebody's consents agrees to."""
    return (
        frozenset(key for key, said in given[-1].clauses.items() if said) if given else frozenset()
    )


def held_since(protocol: Protocol, given: Sequence[Given], visit: VisitPlan) -> date | None:
    """Since when the consents up to the newest hold a visit without a break; None where they do not.

    What they held from the first on they always held: ``date.min``.
    """
    since = None
    for one in reversed(given):
        agreed_to = visit.clause is None or one.clauses.get(visit.clause)
        if not agreed_to or not protocol.consent.basis(one.basis).holds(visit.key):
            return since
        since = one.signed_on
    return date.min


def given(session: Session, who: ColumnElement[bool]) -> dict[int, list[Given]]:
    """The consents of these people that were not voided, in the order of their days."""
    wanted = select(Consent.participant_id, Consent.basis, Consent.clauses, Consent.signed_on)
    wanted = wanted.join(Participant, Participant.id == Consent.participant_id)
    wanted = wanted.where(who, Consent.voided_on.is_(None))
    found: dict[int, list[Given]] = {}
    rows = session.connection().execute(wanted.order_by(Consent.signed_on, Consent.id))
    for person, *row in rows:
        found.setdefault(person, []).append(Given(*row))
    return found


def _lacking(
    protocol: Protocol, person: Person, there: Mapping[str, date | None]
) -> Iterator[tuple[VisitPlan, date]]:
    """The visits that a person lacks, each with the day from which it is counted."""
    for visit in protocol.visits:
        counted_from = _counted_from(visit, person, there)
        if visit.key in there or counted_from is None or not _falls_due(visit, person):
            continue
        if not lies_outside(protocol, visit, person, there):
            yield visit, counted_from


def _falls_due(visit: VisitPlan, person: Person) -> bool:
    """Whether a visit falls due for somebody: by what they agreed to, and by the arm of their cluster."""
    asked = visit.clause is None or visit.clause in agreed(person.given)
    return asked and (not visit.arms or person.arm in visit.arms)


def _new(person: Person, visit: VisitPlan, counted_from: date, telling: bool) -> Visit:
    days = window(visit, counted_from)
    return Visit(
        participant_id=person.id,
        cluster_id=person.cluster_id,
        plan=visit.key,
        due_on=days.due_on,
        opens_on=days.opens_on,
        closes_on=days.closes_on,
        state=EXPECTED,
        unblinds=True if telling else None,
    )


def lies_outside(
    protocol: Protocol, visit: VisitPlan, person: Person, there: Mapping[str, date | None]
) -> bool:
    """Whether a visit that is not planned lies outside what a person consented to, and is not to be.

    The newest consent says what is held; a visit whose window closed before a wider consent was given
    never fell due.
    """
    plan = protocol.consent
    if not plan.basis(person.given[-1].basis).holds(visit.key):
        return True
    held = [one for one in person.given if plan.basis(one.basis).holds(visit.key)]
    since, start = held[0].signed_on, _counted_from(visit, person, there)
    if held[0] is person.given[0] or start is None:
        return False
    return window(visit, start).closes_on < since


def _counted_from(
    visit: VisitPlan, person: Person, there: Mapping[str, date | None]
) -> date | None:
    """The day from which a visit is counted, or None while it is not known.

    Whoever is enrolled after the allocation of their cluster is counted from enrolment.
    """
    if visit.session is not None:
        return person.sessions.get(visit.key)
    if visit.counted_from == ENROLMENT:
        return person.enrolled_on
    if visit.counted_from == ALLOCATION:
        return person.allocated_on and max(person.allocated_on, person.enrolled_on)
    return there.get(visit.counted_from)
