"""When participants were stopped: from the day of a change of capacity until consent stood again."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from trial.records.models import Change, Consent, Event, Participant

LOST, REGAINED = "capacity lost", "capacity regained"
KINDS = frozenset({LOST, REGAINED})


class Stop(NamedTuple):
    """The time without consent after capacity changed; ``until`` is empty while it lasts.

    What happened on its first or last day came before it or after it: both days stay open.
    """

    kind: str
    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether nothing may have been collected on a day."""
        return self.since < day and (self.until is None or day < self.until)


class Dated(NamedTuple):
    """An event or a consent with its place in time: its day, and on one day the act that recorded it."""

    kind: str
    day: date
    act: float

    def before(self, other: "Dated | None") -> bool:
        """Whether it came before another, or there is no other."""
        return other is None or (self.day, self.act) < (other.day, other.act)


def of_person(session: Session, participant: Participant) -> list[Stop]:
    """When one participant was stopped, in the order of the days."""
    return of(session, Event.participant_id == participant.id).get(participant.id, [])


def of(session: Session, *who: ColumnElement[bool]) -> dict[int, list[Stop]]:
    """When each participant was stopped, of those whose capacity changed; ``who`` narrows the events.

    It is read past the door: that nothing is collected is nothing that its reader may not know.
    """
    wanted = select(Event.id, Event.participant_id, Event.kind, Event.happened_on).where(
        Event.kind.in_(KINDS), Event.voided_on.is_(None), *who
    )
    rows = session.connection().execute(wanted.order_by(Event.happened_on, Event.id)).all()
    if not rows:
        return {}
    given = _by_person(session, Consent, _answers(session, {one.participant_id for one in rows}))
    changed = _by_person(session, Event, rows)
    return {person: stops(events, given.get(person, ())) for person, events in changed.items()}


def stops(events: Sequence[Dated], given: Sequence[Dated]) -> list[Stop]:
    """The stops that changes of capacity began, and the consents that ended them; both in their order.

    A consultee answers a loss, the person's own consent that capacity was regained; what was given
    only after the next change answers that one alone.
    """
    found: list[Stop] = []
    begun: Dated | None = None
    for event, later in pairwise((*events, None)):
        assert event is not None  # only the last of all is no event
        begun = begun or event
        answer = next(
            (
                one for one in given
                if one.kind == event.kind and event.before(one) and one.before(later)
            ),
            None,
        )  # fmt: skip
        if answer is not None:
            found.append(Stop(begun.kind, begun.day, answer.day))
            begun = None
    return found if begun is None else [*found, Stop(begun.kind, begun.day, None)]


def _answers(session: Session, people: Collection[int]) -> Sequence[Row[Any, Any, Any, Any]]:
    """The consents given since enrolment that stand, each under the kind of event that it answers.

    Whose consent it is stands in itself, whatever the protocol says by now: only a consultee has a
    relationship to the person, and where nobody signs nothing is said of capacity.
    """
    answers = case((Consent.relationship.is_(None), REGAINED), else_=LOST)
    wanted = (
        select(Consent.id, Consent.participant_id, answers, Consent.signed_on)
        .join(Participant, Participant.id == Consent.participant_id)
        .where(
            Participant.id.in_(people), Consent.id != Participant.consent_id,
            Consent.voided_on.is_(None), Consent.capacity.is_not(None),
        )
    )  # fmt: skip
    return session.connection().execute(wanted.order_by(Consent.signed_on, Consent.id)).all()


def _by_person(
    session: Session, cls: type[Event | Consent], rows: Sequence[Row[Any, Any, Any, Any]]
) -> dict[int, list[Dated]]:
    """What is dated, of each person; no act is known yet of what the act under way records."""
    recorded = select(Change.row, func.min(Change.act)).where(
        Change.table == cls.__tablename__, Change.row.in_([one.id for one in rows])
    )
    acts = {row: act for row, act in session.connection().execute(recorded.group_by(Change.row))}
    found: dict[int, list[Dated]] = {}
    for number, person, kind, day in rows:
        found.setdefault(person, []).append(Dated(kind, day, acts.get(number, inf)))
    return found
