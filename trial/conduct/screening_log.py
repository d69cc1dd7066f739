"""The screening log read: where each row stands, and how many stand where, counted by the database."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    row: Screening
    stage: Stage
    participant: Participant | None


def counts(session: Session, cluster_id: int | None = None) -> dict[Stage, int]:
    """How many rows stand at each stage, in one cluster or in all that this person may see."""
    stage = _stage().label("stage")
    wanted = select(stage, func.count()).group_by(stage)
    enrolled = select(func.count(Participant.id))
    if cluster_id is not None:
        wanted = wanted.where(Screening.cluster_id == cluster_id)
        enrolled = enrolled.where(Participant.cluster_id == cluster_id)
    found = dict.fromkeys(Stage, 0) | {
        Stage(name): count for name, count in session.execute(wanted)
    }
    # Everyone enrolled consented: the one number is taken from the other, without joining two tables.
    found[Stage.ENROLLED] = session.scalar(enrolled) or 0
    found[Stage.CONSENTED] -= found[Stage.ENROLLED]
    return found


def entries(
    session: Session,
    *,
    cluster_id: int | None = None,
    stage: Stage | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Entry]:
    """One page of the log, the newest row first."""
    wanted = _entries().order_by(Screening.number.desc()).limit(limit).offset(offset)
    if cluster_id is not None:
        wanted = wanted.where(Screening.cluster_id == cluster_id)
    if stage is not None:
        wanted = wanted.where(_stands(stage))
    return [_entry(row, name, person) for row, name, person in session.execute(wanted)]


def entry(session: Session, number: int) -> Entry | None:
    """The line of one screening number, if this person may see it."""
    found = session.execute(_entries().where(Screening.number == number)).first()
    return None if found is None else _entry(found[0], found[1], found[2])


def _entries() -> Select[Screening, str, Participant]:
    joined = and_(Participant.screening_id == Screening.id)
    return select(Screening, _stage(), Participant).outerjoin(Participant, joined)


def _entry(row: Screening, name: str, person: Participant | None) -> Entry:
    return Entry(row, Stage.ENROLLED if person else Stage(name), person)


def _stage() -> ColumnElement[str]:
    """The stage of a row by its own columns; whether who consented is enrolled stands elsewhere."""
    return case(
        (Screening.outcome == CONSENTED, Stage.CONSENTED.value),
        (Screening.referral == NOT_REFERRED, Stage.NOT_REFERRED.value),
        (Screening.eligibility == State.NOT_ELIGIBLE.value, Stage.NOT_ELIGIBLE.value),
        (Screening.outcome == DECLINED, Stage.DECLINED.value),
        (Screening.approach == NOT_APPROACHED, Stage.NOT_APPROACHED.value),
        (Screening.eligibility == State.UNDETERMINED.value, Stage.UNDETERMINED.value),
        (Screening.approach == APPROACHED, Stage.AWAITING.value),
        else_=Stage.TO_APPROACH.value,
    )


def _stands(stage: Stage) -> ColumnElement[bool]:
    match stage:
        case Stage.ENROLLED:
            return Participant.id.is_not(None)
        case Stage.CONSENTED:
            return and_(_stage() == stage.value, Participant.id.is_(None))
        case _:
            return _stage() == stage.value
