"""Which visits are overdue, due, closing, upcoming or missed, whose they are, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from trial.conduct.contact import attempts
from trial.conduct.contact.next_step import NextStep, next_step
from trial.conduct.visits import EXPECTED, MISSED
from trial.protocol import Protocol
from trial.records.models import Participant, Visit

AHEAD = timedelta(days=28)
SOON = timedelta(days=14)  # before its window closes, a visit stands in a list of its own
NOBODY = 0  # assigned to nobody: accounts are numbered from 1


class Due(StrEnum):
    """The lists of follow-up; a visit that is closing is due too."""

    OVERDUE = "overdue"
    CLOSING = "closing"
    DUE = "due"
    UPCOMING = "upcoming"
    MISSED = "missed"


@dataclass(frozen=True)
class DueVisit:
    """One line of such a list, with what to do next where the list says it."""

    visit: Visit
    number: str
    participant_id: int
    contacted: bool = True
    step: NextStep | None = None
    tried: int = 0


class Whose(NamedTuple):
    """Which visits are asked for: of one cluster, assigned to one account (0: to nobody), of one kind."""

    cluster_id: int | None = None
    assigned_to: int | None = None
    plan: str | None = None

    @property
    def rules(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        rules: list[ColumnElement[bool]] = []
        if self.cluster_id is not None:
            rules.append(Visit.cluster_id == self.cluster_id)
        if self.assigned_to == NOBODY:
            rules.append(Visit.assigned_to.is_(None))
        elif self.assigned_to is not None:
            rules.append(Visit.assigned_to == self.assigned_to)
        if self.plan is not None:
            rules.append(Visit.plan == self.plan)
        return rules


ANYBODYS = Whose()


def _belongs(which: Due, on: date) -> ColumnElement[bool]:
    match which:
        case Due.OVERDUE:
            return and_(Visit.state == EXPECTED, Visit.opens_on <= on, Visit.closes_on < on)
        case Due.CLOSING:
            soon = Visit.closes_on.between(on, on + SOON)
            return and_(Visit.state == EXPECTED, Visit.opens_on <= on, soon)
        case Due.DUE:
            return and_(Visit.state == EXPECTED, Visit.opens_on <= on, Visit.closes_on >= on)
        case Due.UPCOMING:
            ahead = Visit.opens_on.between(on + timedelta(days=1), on + AHEAD)
            return and_(Visit.state == EXPECTED, ahead)
        case Due.MISSED:
            return Visit.state == MISSED


def due(
    session: Session,
    on: date,
    which: Due,
    *,
    whose: Whose = ANYBODYS,
    limit: int = 50,
    offset: int = 0,
) -> list[DueVisit]:
    """The visits of one list, cluster by cluster, the longest awaited first."""
    wanted = (
        select(Visit, Participant.number, Participant.withdrew_contact_on)
        .join(Participant, Participant.id == Visit.participant_id)
        .where(_belongs(which, on), *whose.rules)
        .order_by(Visit.cluster_id, Visit.closes_on, Visit.id)
    )
    rows = session.execute(wanted.limit(limit).offset(offset))
    return [
        DueVisit(visit, number, visit.participant_id, left is None) for visit, number, left in rows
    ]


def numbers(session: Session, on: date, which: Due, *, whose: Whose = ANYBODYS) -> set[int]:
    """The numbers of all visits of one list."""
    return set(session.scalars(select(Visit.id).where(_belongs(which, on), *whose.rules)))


def with_steps(
    session: Session, protocol: Protocol, listed: Iterable[DueVisit], on: date
) -> list[DueVisit]:
    """The same lines with the next step of each visit that is expected, and how often it was tried."""
    lines = list(listed)
    made = attempts.of_visits(session, [one.visit.id for one in lines]) if protocol.contact else {}
    return [
        replace(
            one,
            step=next_step(protocol, one.visit, made.get(one.visit.id, ()), on, one.contacted)
            if one.visit.state == EXPECTED
            else None,
            tried=len(made.get(one.visit.id, ())),
        )
        for one in lines
    ]  # fmt: skip


def counts(session: Session, on: date, *, whose: Whose = ANYBODYS) -> dict[Due, dict[int, int]]:
    """How many visits each list holds in each cluster."""
    sums = [func.sum(case((_belongs(which, on), 1), else_=0)).label(which.name) for which in Due]
    wanted = (
        select(Visit.cluster_id, *sums)
        .where(Visit.state.in_([EXPECTED, MISSED]), Visit.opens_on <= on + AHEAD, *whose.rules)
        .group_by(Visit.cluster_id)
    )
    rows = session.execute(wanted).all()
    return {which: {row.cluster_id: int(getattr(row, which.name)) for row in rows} for which in Due}


def waiting(session: Session, on: date) -> int:
    """How many visits are overdue or due now: the number that the navigation shows."""
    now = and_(Visit.state == EXPECTED, Visit.opens_on <= on)
    return session.scalar(select(func.count(Visit.id)).where(now)) or 0
