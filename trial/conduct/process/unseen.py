"""Reviews of fidelity that a rater is not shown yet: another's, until both have rated or this one has."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.protocol import Protocol
from trial.protocol.process import FidelityPart
from trial.protocol.roles import Role
from trial.records.models import Record


def unseen(session: Session, protocol: Protocol, account: int, role: Role) -> frozenset[int]:
    """The numbers of these records, for somebody whose role fills in reviews; of others nothing is kept.

    Of one team and occasion they are the reviews by others, while fewer than two raters have completed
    theirs and this one has not. A consensus is always shown, and with it what it is of.
    """
    part = None if protocol.process is None else protocol.process.fidelity
    if part is None:
        return frozenset()
    if not any(role in one.entered_by for one in protocol.forms if one.key == part.form):
        return frozenset()
    wanted = select(
        Record.id,
        Record.cluster_id,
        Record.entered_by,
        Record.state,
        Record.answers,
        Record.telling,
    ).where(Record.form == part.form, Record.state != "voided")
    # Columns, read past the door: it is this that the door is to know.
    rows = session.connection().execute(wanted).all()
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault((row.cluster_id, _told(row, part.occasion)), []).append(row)
    return frozenset(
        row.id for rows in groups.values() for row in _of_occasion(part, rows, account)
    )


def _of_occasion(part: FidelityPart, rows: list[Any], account: int) -> list[Any]:
    single = [row for row in rows if _told(row, part.rating) != part.consensus]
    rated = {row.entered_by for row in single if row.state == "complete"}
    agreed = any(row.state == "complete" for row in rows if row not in single)
    if agreed or account in rated or len(rated) > 1:
        return []
    return [row for row in single if row.entered_by != account]


def _told(row: Any, item: str) -> Any:
    return {**(row.answers or {}), **(row.telling or {})}.get(item)
