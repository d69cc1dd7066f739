"""On which day people had the session from which a visit is counted, by the records of its log."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trial.protocol import Protocol
from trial.protocol.visits import SessionPlan
from trial.records.models import Participant, Record

Days = Mapping[str, date]


def attended(
    session: Session, protocol: Protocol, who: ColumnElement[bool]
) -> dict[int, dict[str, date]]:
    """For each person the day of the session of each visit that counts from one, once it is on record.

    Read past the door: whoever enrols or imports may be somebody who does not see the log.
    """
    plans = {visit.key: visit.session for visit in protocol.visits if visit.session is not None}
    if not plans:
        return {}
    held: dict[tuple[int, str], list[Any]] = {}
    columns = (Record.participant_id, Record.form, Record.id, Record.observed_on)
    wanted = select(*columns, Record.answers, Record.telling)
    wanted = wanted.join_from(Record, Participant, Record.participant_id == Participant.id)
    wanted = wanted.where(
        who, Record.form.in_(sorted({plan.form for plan in plans.values()})),
        Record.state == "complete", Record.entry == 0,
    )  # fmt: skip
    for row in session.connection().execute(wanted.order_by(Record.id)):
        held.setdefault((row.participant_id, row.form), []).append(row)
    found: dict[int, dict[str, date]] = {}
    for (person, form), rows in held.items():
        for key, plan in plans.items():
            day = _of(plan, rows) if plan.form == form else None
            if day is not None:
                found.setdefault(person, {})[key] = day
    return found


def _of(plan: SessionPlan, rows: list[Any]) -> date | None:
    """The day of the session of that number; a record without a day counts as none."""
    days = sorted(day for row in rows if (day := _day(plan, row)) is not None)
    return days[plan.number - 1] if len(days) >= plan.number else None


def _day(plan: SessionPlan, row: Any) -> date | None:
    if plan.item is None:
        day: date | None = row.observed_on
        return day
    answer = {**row.answers, **row.telling}.get(plan.item)
    try:
        return date.fromisoformat(str(answer))
    except ValueError:  # one of the reserved codes, or none
        return None
