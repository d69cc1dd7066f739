"""Which visits are due, overdue, upcoming or missed, by cluster and person; counted by the database."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from trial.conduct.visits import EXPECTED, MISSED
from trial.records.models import Participant, Visit

AHEAD = timedelta(days=28)


class Due(StrEnum):
    """The lists of follow-up."""

    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"
    MISSED = "missed"


@dataclass(frozen=True)
class DueVisit:
    """One line of such a list."""

    visit: Visit
    number: str
    participant_id: int


def _belongs(which: Due, on: date) -> ColumnElement[bool]:
    match which:
        case Due.OVERDUE:
            return and_(Visit.state == EXPECTED, Visit.opens_on <= on, Visit.closes_on < on)
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
    cluster_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[DueVisit]:
    """The visits of one list, cluster by cluster, the longest awaited first."""
    wanted = (
        select(Visit, Participant.number)
        .join(Participant, Participant.id == Visit.participant_id)
        .where(_belongs(which, on))
        .order_by(Visit.cluster_id, Visit.closes_on, Visit.id)
    )
    if cluster_id is not None:
        wanted = wanted.where(Visit.cluster_id == cluster_id)
    rows = session.execute(wanted.limit(limit).offset(offset))
    return [DueVisit(visit, number, visit.participant_id) for visit, number in rows]


def counts(
    session: Session, on: date, *, cluster_id: int | None = None
) -> dict[Due, dict[int, int]]:
    """How many visits each list holds in each cluster."""
    sums = [func.sum(case((_belongs(which, on), 1), else_=0)).label(which.name) for which in Due]
    wanted = (
        select(Visit.cluster_id, *sums)
        .where(Visit.state.in_([EXPECTED, MISSED]), Visit.opens_on <= on + AHEAD)
        .group_by(Visit.cluster_id)
    )
    if cluster_id is not None:
        wanted = wanted.where(Visit.cluster_id == cluster_id)
    rows = session.execute(wanted).all()
    return {which: {row.cluster_id: int(getattr(row, which.name)) for row in rows} for which in Due}
