"""What the door keeps from a reader of a form, for the one act that must not lose it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.models import Record


def kept_apart(session: Session, record: Record) -> dict[str, str | int]:
    """The answers of a record that tell the arm, past the door: to be saved again, never to be shown."""
    table = Record.__table__
    found = session.connection().execute(select(table.c.telling).where(table.c.id == record.id))
    return dict(found.scalar() or {})
