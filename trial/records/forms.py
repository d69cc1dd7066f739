"""What is read of forms past the door: answers that an act must not lose, and how many there are."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.models import Record

OWNER = ("cluster_id", "participant_id", "employer_id", "visit_id")


def kept_apart(session: Session, record: Record) -> dict[str, str | int]:
    """The answers of a record that tell the arm, past the door: to be saved again, never to be shown."""
    table = Record.__table__
    found = session.connection().execute(select(table.c.telling).where(table.c.id == record.id))
    return dict(found.scalar() or {})


def answered(session: Session, form: str, item: str, code: str | None = None) -> int:
    """How many records of a form hold an answer to a question, or one with a code, past the door.

    A question of a group that repeats counts once a record. Only numbers leave.
    """
    table = Record.__table__
    wanted = select(table.c.answers, table.c.telling).where(table.c.form == form)
    found = session.connection().execute(wanted.execution_options(yield_per=1000))
    return sum(_holds({**answers, **telling}, item, code) for answers, telling in found)


def _holds(answers: Mapping[str, Any], item: str, code: str | None) -> bool:
    given = [answer for path, answer in answers.items() if path.rpartition(".")[2] == item]
    return bool(given) if code is None else any(code in str(answer).split() for answer in given)


class Entered(NamedTuple):
    """One of the records that a form entered twice is made of, or (entry 0) the one that counts."""

    id: int
    form: str
    owner: tuple[int | None, ...]
    entry: int
    entered_by: int
    entered_on: date
    state: str
    observed_on: date | None
    answers: Mapping[str, Any]
    protocol_sha256: str


def entered(
    session: Session, forms: Iterable[str], owner: tuple[int | None, ...] | None = None
) -> list[Entered]:
    """The records of forms (of one owner: cluster, participant, employer, visit), past the door.

    Neither entry of a form is shown to whoever may still make the other, so that the door hides it; the
    acts that compare the two, and say what is still to be done, read them here.
    """
    table = Record.__table__
    wanted = select(table).where(table.c.form.in_(sorted(forms)), table.c.state != "voided")
    for name, value in zip(OWNER, owner or (), strict=False):
        wanted = wanted.where(table.c[name].is_(None) if value is None else table.c[name] == value)
    found = session.connection().execute(wanted.order_by(table.c.id))
    return [
        Entered(
            row.id, row.form, tuple(getattr(row, name) for name in OWNER), row.entry, row.entered_by,
            row.entered_on, row.state, row.observed_on, {**row.answers, **row.telling},
            row.protocol_sha256,
        )
        for row in found
    ]  # fmt: skip
