"""The database lock: a checklist that is gone through, a lock on the trial, and a snapshot by name."""

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import holds
from trial.conduct.checklist import Check, checklist
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.records.database import lock_writers
from trial.records.holds import LOCKED
from trial.records.models import Snapshot
from trial.records.trail import head
from trial.records.verify import Verdict

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{1,58}[A-Za-z0-9]")
BROKEN = "The trail does not hold, so the database cannot be locked: check it on the page Trail."


def lock(
    session: Session,
    protocol: Protocol,
    name: str,
    *,
    on: date,
    accepted: bool = False,
    trail: Verdict | None = None,
) -> Snapshot:
    """Lock the trial and keep its state under a name that analyses use.

    Refused while the checklist has anything left, unless that is ``accepted``; the act's reason then says
    why, and the snapshot keeps what was left. ``trail`` is what a check of the trail found.
    """
    lock_writers(session)  # what is counted, and the newest act, are those that are locked
    _refuse_name(session, name)
    if trail is not None and not trail.valid:
        raise Refused(BROKEN)
    found = checklist(session, protocol, draft(session).by, on)
    if not (accepted and draft(session).reason):
        _refuse_left(found)
    number, hashed = head(session)
    made = Snapshot(
        name=name,
        act=number,
        hash=hashed,
        checklist=json.dumps(_kept(found, trail)),
        made_at=draft(session).at,
        made_by=draft(session).by.id,
    )
    session.add(made)
    holds.place(session, protocol, None, LOCKED, checked=True)
    session.flush()
    return made


def _refuse_name(session: Session, name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(
            "Name the lock with letters, digits, spaces, dots and hyphens, a letter first, such as "
            "Final analysis.",
            "name",
        )
    if session.scalar(select(Snapshot.id).where(Snapshot.name == name)) is not None:
        raise Refused("There is a lock of this name already: choose another.", "name")


def _refuse_left(found: Iterable[Check]) -> None:
    left = [one for one in found if not one.done]
    if left:
        told = ", ".join(f"{one.words} ({one.number})" for one in left)
        raise Refused(
            f"The checklist has something left: {told}. Do it first, or lock all the same and say why.",
            "accepted",
        )


def snapshots(session: Session) -> list[Snapshot]:
    """The locks that were made, the newest first."""
    return list(session.scalars(select(Snapshot).order_by(Snapshot.id.desc())))


def snapshot_named(session: Session, name: str) -> Snapshot:
    """The lock of a name."""
    found = session.scalar(select(Snapshot).where(Snapshot.name == name))
    if found is None:
        raise Refused(f"There is no database lock “{name}”.", "cut")
    return found


def _kept(found: Iterable[Check], trail: Verdict | None) -> dict[str, Any]:
    """What a lock keeps of its checklist."""
    counted: dict[str, Any] = {one.key: one.number for one in found}
    return counted | {"trail": "not checked" if trail is None else "holds"}
