"""Decisions on the progression criteria as reports tell them, beside what the rules gave."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trial.analysis.progression import AnyLight, Banded, Judged
from trial.conduct.decisions import Decided
from trial.records.models import Decision
from trial.records.rows import table_at, table_now

NO_VERDICT = "no verdict"


def given(light: AnyLight) -> str:
    """What a criterion's rule gives, in its own words."""
    if isinstance(light, Judged):
        return NO_VERDICT
    if isinstance(light, Banded) and light.verdict:
        return light.verdict
    return str(light.colour).lower()


def standing(session: Session, act: int | None, *, blinded: bool) -> Mapping[str, Decided]:
    """The decision that stands on each criterion, as it is or was after an act."""
    name = Decision.__tablename__
    rows: Any = table_now(session, name) if act is None else table_at(session, name, act)
    return {
        row.criterion: Decided(
            row.criterion, row.rule_gave, row.decided, "" if blinded else row.because,
            row.decided_by, row.decided_on,
        )
        for row in rows.itertuples(index=False, name="Row")
    }  # fmt: skip
