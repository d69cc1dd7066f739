"""Redaction: the one change that the trail permits of itself, ordered by two people."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_SQLITE = text(
    "UPDATE change SET old = NULL, new = NULL, salt = NULL, redacted_by = :by"
    " WHERE act = :act AND seq = :seq"
)
_POSTGRESQL = text("SELECT trail_redact(:act, :seq, :by)")


def empty(session: Session, changes: list[tuple[int, int]], ordered_by: int) -> None:
    """Empty old, new and salt of the changes named, their digests staying; the act stands already."""
    connection = session.connection()
    statement = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for act, seq in changes:
        connection.execute(statement, {"act": act, "seq": seq, "by": ordered_by})
