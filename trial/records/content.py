"""The fingerprints of forms and of participants' casebooks, past the door: the same for every reader."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.base import Base
from trial.records.canonical import AS_THEY_ARE, CANONICAL, plain, sha256
from trial.records.models import Consent, Event, Participant, Record, Spell, Term, Visit

# How often a row was saved is no part of what it says.
APART = frozenset({"version"})
AT_ONCE = 500
# What is signed at each level: the tables in this order, and the column that says whose a row is.
SOURCES: dict[str, tuple[tuple[type[Any], str], ...]] = {
    "record": ((Record, "id"),),
    "participant": (
        (Participant, "id"),
        *((cls, "participant_id") for cls in (Visit, Spell, Term, Event, Record, Consent)),
    ),
}


def fingerprint(session: Session, level: str, row: int) -> str:
    """SHA-256 over level, row and content; nothing but the fingerprint leaves.

    ``level`` is ``record`` or ``participant``, whose casebook holds the visits, the work, the events
    and the forms.
    """
    return fingerprints(session, level, [row])[row]


def fingerprints(session: Session, level: str, rows: Collection[int]) -> dict[int, str]:
    """The fingerprints of many forms or casebooks by row, read table by table."""
    found: dict[int, str] = {}
    listed = sorted(set(rows))
    for start in range(0, len(listed), AT_ONCE):
        told: dict[int, list[dict[str, Any]]] = {row: [] for row in listed[start : start + AT_ONCE]}
        for cls, owner in SOURCES[level]:
            for row, content in _rows(session, cls, owner, list(told)):
                told[row].append(content)
        for row, rows_told in told.items():
            told_of = {"level": level, "row": row, "content": rows_told}
            found[row] = sha256(CANONICAL.encode(told_of))
    return found


def _rows(
    session: Session, cls: type[Base], owner: str, rows: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    table = cls.__table__
    keys = [column.key for column in table.c if column.key not in APART]
    place = keys.index(owner)
    wanted = select(*(table.c[key] for key in keys)).where(table.c[owner].in_(rows))
    if cls is Consent:
        # Where the protocol declares no basis, consent is no part of a casebook.
        wanted = wanted.where(table.c["basis"].is_not(None))
    name = {"table": cls.__tablename__}
    for row in session.connection().execute(wanted.order_by(table.c.id)):
        yield row[place], name | dict(zip(keys, map(_plain, row), strict=True))


def _plain(value: Any) -> Any:
    """As ``canonical.plain``, for what a column holds: a scalar, or one document of plain scalars."""
    if type(value) in AS_THEY_ARE:
        return value
    return dict(value) if isinstance(value, Mapping) else plain(value)
