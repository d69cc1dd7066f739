"""The ceremonies as they are kept, read past the door: what of it is shown is decided by who asks.

The door blanks what tells the arms on every loaded row. Whoever draws, and whoever proves the draw,
needs the values themselves, so this one module reads columns; no page may.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.models import Allocation, Cluster

SHOWN = (
    "id", "state", "frozen_at", "frozen", "frozen_hash", "schemes", "first_account", "first_name",
    "second_account", "second_name", "first_commitment", "second_commitment", "first_code",
    "second_code", "scheme", "drawn_at", "abandoned_at", "abandoned_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Ceremony:
    """One ceremony as the records hold it, secrets of the draw included."""

    id: int
    state: str
    frozen_at: datetime
    frozen: str
    frozen_hash: str
    schemes: int
    first_account: int
    first_name: str
    second_account: int | None
    second_name: str | None
    first_commitment: str | None
    second_commitment: str | None
    first_code: str | None
    second_code: str | None
    scheme: int | None
    drawn_at: datetime | None
    abandoned_at: datetime | None
    abandoned_reason: str | None


@dataclass(frozen=True)
class Abandoned:
    """A ceremony that ended without a draw, as every certificate and audit report shows it."""

    number: int
    frozen_at: datetime
    frozen_hash: str
    first_name: str
    second_name: str | None
    abandoned_at: datetime
    reason: str


def ceremonies(session: Session) -> list[Ceremony]:
    """All ceremonies, the oldest first."""
    columns = [getattr(Allocation, name) for name in SHOWN]
    session.flush()
    rows = session.connection().execute(select(*columns).order_by(Allocation.id))
    return [Ceremony(**row._mapping) for row in rows]


def standing(session: Session) -> Ceremony | None:
    """The ceremony that is under way, or else the one drawn last, if there is one."""
    return next((one for one in reversed(ceremonies(session)) if one.state != "abandoned"), None)


def drawn(session: Session) -> list[Ceremony]:
    """The ceremonies whose draw was made, in the order of the draws."""
    return [one for one in ceremonies(session) if one.state == "drawn"]


def abandoned(session: Session) -> list[Abandoned]:
    """The ceremonies that were abandoned, numbered as they were begun."""
    return [
        Abandoned(
            number, one.frozen_at, one.frozen_hash, one.first_name, one.second_name,
            one.abandoned_at, one.abandoned_reason or "",
        )
        for number, one in enumerate(ceremonies(session), start=1)
        if one.abandoned_at is not None
    ]  # fmt: skip


def arms(session: Session) -> dict[str, str | None]:
    """The arm of every cluster by its key, as the records hold it."""
    rows = session.connection().execute(select(Cluster.key, Cluster.arm).order_by(Cluster.key))
    return {row.key: row.arm for row in rows}


def places(session: Session) -> dict[str, str]:
    """The cluster whose place each has taken after the draw, both by their keys."""
    session.flush()
    wanted = select(Cluster.id, Cluster.key, Cluster.replaces_id)
    rows = session.connection().execute(wanted).all()
    keys = {row.id: row.key for row in rows}
    return {row.key: keys[row.replaces_id] for row in rows if row.replaces_id is not None}


def masks(session: Session) -> Mapping[str, Any]:
    """Which letter stands for which arm, and which number for which cluster, on blinded pages."""
    standing = select(Allocation.masks).where(Allocation.standing.is_not(None))
    row = session.connection().execute(standing.order_by(Allocation.id.desc()).limit(1))
    return row.scalar() or {}
