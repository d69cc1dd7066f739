"""Planning visits: each is planned as soon as the day is known from which it is counted."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trial.protocol import Protocol
from trial.protocol.visits import ALLOCATION, ENROLMENT, VisitPlan
from trial.protocol.windows import window
from trial.records.models import Cluster, Consent, Participant, Visit

EXPECTED = "expected"


class _Person(NamedTuple):
    """A participant, as far as the days of visits depend on them."""

    id: int
    cluster_id: int
    enrolled_on: date
    allocated_on: date | None
    clauses: Mapping[str, bool]


def plan(session: Session, protocol: Protocol, participant: Participant) -> list[Visit]:
    """Give a participant every visit whose day is known by now, each with its window; the new ones."""
    return _plan(session, protocol, Participant.id == participant.id)


def plan_allocated(session: Session, protocol: Protocol, clusters: list[int]) -> list[Visit]:
    """Plan what is counted from allocation, for everyone in follow-up in clusters just allocated."""
    if all(visit.counted_from != ALLOCATION for visit in protocol.visits):
        return []
    followed = Participant.died_on.is_(None) & Participant.withdrew_followup_on.is_(None)
    return _plan(session, protocol, Participant.cluster_id.in_(clusters) & followed)


def follow(session: Session, protocol: Protocol, visit: Visit) -> None:
    """Plan what is counted from a visit now done; what is planned and still expected is counted anew."""
    later = [one for one in protocol.visits if one.counted_from == visit.plan]
    if not later or visit.done_on is None:
        return
    _plan(session, protocol, Participant.id == visit.participant_id)
    wanted = select(Visit).where(
        Visit.participant_id == visit.participant_id,
        Visit.plan.in_([one.key for one in later]),
        Visit.state == EXPECTED,
    )
    plans = {one.key: one for one in later}
    for planned in session.scalars(wanted).all():
        days = window(plans[planned.plan], visit.done_on)
        if planned.due_on != days.due_on:
            planned.due_on, planned.opens_on = days.due_on, days.opens_on
            planned.closes_on = days.closes_on


def _plan(session: Session, protocol: Protocol, who: ColumnElement[bool]) -> list[Visit]:
    """The visits that these people lack.

    It is read past the door: whoever makes the draw may be somebody who sees no participants.
    """
    session.flush()
    columns = (
        Participant.id, Participant.cluster_id, Participant.enrolled_on, Cluster.allocated_on,
        Consent.clauses,
    )  # fmt: skip
    wanted = select(*columns).join_from(Participant, Cluster)
    wanted = wanted.join(Consent, Consent.id == Participant.consent_id).where(who)
    connection = session.connection()
    people = [_Person(*row) for row in connection.execute(wanted.order_by(Participant.id))]
    there: dict[int, dict[str, date | None]] = {}
    rows = select(Visit.participant_id, Visit.plan, Visit.done_on).join_from(Visit, Participant)
    for person, key, done_on in connection.execute(rows.where(who)):
        there.setdefault(person, {})[key] = done_on
    made = [
        one for person in people for one in _lacking(protocol, person, there.get(person.id, {}))
    ]
    session.add_all(made)
    session.flush()
    return made


def _lacking(
    protocol: Protocol, person: _Person, there: Mapping[str, date | None]
) -> Iterator[Visit]:
    for visit in protocol.visits:
        counted_from = _counted_from(visit, person, there)
        wanted = visit.clause is None or bool(person.clauses.get(visit.clause))
        if visit.key in there or counted_from is None or not wanted:
            continue
        days = window(visit, counted_from)
        yield Visit(
            participant_id=person.id,
            cluster_id=person.cluster_id,
            plan=visit.key,
            due_on=days.due_on,
            opens_on=days.opens_on,
            closes_on=days.closes_on,
            state=EXPECTED,
        )


def _counted_from(
    visit: VisitPlan, person: _Person, there: Mapping[str, date | None]
) -> date | None:
    """The day from which a visit is counted, or None while it is not known.

    Whoever is enrolled after the allocation of their cluster is counted from enrolment.
    """
    if visit.counted_from == ENROLMENT:
        return person.enrolled_on
    if visit.counted_from == ALLOCATION:
        return person.allocated_on and max(person.allocated_on, person.enrolled_on)
    return there.get(visit.counted_from)
