"""The screening log read: where each row stands, and how many stand where, counted by the database."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from trial.conduct.eligibility import State
from trial.conduct.screening import (
    APPROACHED,
    CONSENTED,
    DECLINED,
    NOT_APPROACHED,
    NOT_REFERRED,
)
from trial.records.models import Participant, Screening


class Stage(StrEnum):
    """Where a person considered stands: what comes next for them, or where their way ended."""

    UNDETERMINED = "eligibility to be determined"
    TO_APPROACH = "to be approached"
    AWAITING = "approached, no answer yet"
    CONSENTED = "consented, not yet enrolled"
    ENROLLED = "enrolled"
    NOT_REFERRED = "not referred"
    NOT_ELIGIBLE = "not eligible"
    NOT_APPROACHED = "not approached"
    DECLINED = "declined"


# What still waits for somebody's work.
WAITING = (Stage.UNDETERMINED, Stage.TO_APPROACH, Stage.AWAITING, Stage.CONSENTED)
# Where somebody's way ended without enrolment.
ENDED = (Stage.NOT_REFERRED, Stage.NOT_ELIGIBLE, Stage.NOT_APPROACHED, Stage.DECLINED)


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    row: Screening
    stage: Stage
    participant: Participant | None


def counts(session: Session, cluster_id: int | None = None) -> dict[Stage, int]:
    """How many rows stand at each stage, in one cluster or in all that this person may see."""
    alike = (Screening.referral, Screening.eligibility, Screening.approach, Screening.outcome)
    # Grouped first by the columns as they stand in an index: that keeps the page fast as the log grows.
    rows = select(Screening.cluster_id, *alike, func.count().label("people"))
    enrolled = select(func.count(Participant.id))
    if cluster_id is not None:
        rows = rows.where(Screening.cluster_id == cluster_id)
        enrolled = enrolled.where(Participant.cluster_id == cluster_id)
    grouped = rows.group_by(Screening.cluster_id, *alike).subquery().c
    stage = _stage(grouped)
    found = dict.fromkeys(Stage, 0)
    for name, people in session.execute(select(stage, func.sum(grouped.people)).group_by(stage)):
        found[Stage(name)] = int(people)
    # Everyone enrolled consented: the one number is taken from the other, without joining two tables.
    found[Stage.ENROLLED] = session.scalar(enrolled) or 0
    found[Stage.CONSENTED] -= found[Stage.ENROLLED]
    return found


def entries(
    session: Session,
    *,
    clusters: Collection[int] | None = None,
    stage: Stage | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Entry]:
    """One page of the log, the newest row first, of some clusters or (None) of all."""
    numbers = _numbers(session, clusters, stage, limit + offset)[offset:]
    wanted = _entries().where(Screening.number.in_(numbers)).order_by(Screening.number.desc())
    return [_entry(row, name, person) for row, name, person in session.execute(wanted)]


def _numbers(
    session: Session, clusters: Collection[int] | None, stage: Stage | None, upto: int
) -> list[int]:
    """The newest numbers: cluster by cluster, since only one cluster's rows stand in order in an index."""
    wanted = select(Screening.number).order_by(Screening.number.desc()).limit(upto)
    if stage is not None:
        joined = Participant.screening_id == Screening.id
        wanted = wanted.outerjoin(Participant, joined).where(_stands(stage))
    if clusters is None:
        return list(session.scalars(wanted))
    each = (wanted.where(Screening.cluster_id == cluster) for cluster in sorted(clusters))
    found = [number for one in each for number in session.scalars(one)]
    return sorted(found, reverse=True)[:upto]


def entry(session: Session, number: int) -> Entry | None:
    """The line of one screening number, if this person may see it."""
    found = session.execute(_entries().where(Screening.number == number)).first()
    return None if found is None else _entry(found[0], found[1], found[2])


def _entries() -> Select[Screening, str, Participant]:
    joined = and_(Participant.screening_id == Screening.id)
    return select(Screening, _stage(Screening), Participant).outerjoin(Participant, joined)


def _entry(row: Screening, name: str, person: Participant | None) -> Entry:
    return Entry(row, Stage.ENROLLED if person else Stage(name), person)


def _stage(of: Any) -> ColumnElement[str]:
    """The stage of a row by its own columns; whether who consented is enrolled stands elsewhere."""
    return case(
        (of.outcome == CONSENTED, Stage.CONSENTED.value),
        (of.referral == NOT_REFERRED, Stage.NOT_REFERRED.value),
        (of.eligibility == State.NOT_ELIGIBLE.value, Stage.NOT_ELIGIBLE.value),
        (of.outcome == DECLINED, Stage.DECLINED.value),
        (of.approach == NOT_APPROACHED, Stage.NOT_APPROACHED.value),
        (of.eligibility == State.UNDETERMINED.value, Stage.UNDETERMINED.value),
        (of.approach == APPROACHED, Stage.AWAITING.value),
        else_=Stage.TO_APPROACH.value,
    )


def _stands(stage: Stage) -> ColumnElement[bool]:
    match stage:
        case Stage.ENROLLED:
            return Participant.id.is_not(None)
        case Stage.CONSENTED:
            return and_(_stage(Screening) == stage.value, Participant.id.is_(None))
        case _:
            return _stage(Screening) == stage.value
