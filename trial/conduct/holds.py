"""Freezing and locking of a form, a participant, a cluster or the trial, and lifting it with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from trial.conduct import signing
from trial.conduct.forms.plans import form_of
from trial.conduct.forms.saving import COMPLETE
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.records.database import lock_writers
from trial.records.holds import FROZEN, LOCKED, WHAT
from trial.records.models import Act, Change, Cluster, Hold, Participant, Record

Held = Record | Participant | Cluster
TRIAL = 0


@dataclass(frozen=True)
class Told:
    """A hold with the act that set it and the act that lifted it, as far as this reader sees them."""

    hold: Hold
    set: Act | None
    lifted: Act | None

    @property
    def what(self) -> str:
        """What is held, as its own page says it."""
        return WHAT[self.hold.level]


def place(
    session: Session, protocol: Protocol, held: Held | None, kind: str, *, checked: bool = False
) -> Hold:
    """Freeze or lock something (None: the whole trial) until it is lifted.

    A form is locked when it is complete and, where it asks for that, validly signed. The trial is
    locked by its checklist alone, which says ``checked``.
    """
    lock_writers(session)  # what is looked at here is what is held
    if kind not in (FROZEN, LOCKED):
        raise Refused("Choose whether to freeze or to lock.", "kind")
    level, row = level_of(held)
    if any(one.kind == kind for one in _standing(session, level, row)):
        raise Refused(f"{WHAT[level]} is {kind} already.")
    if held is None and kind == LOCKED and not checked:
        raise Refused("The trial is locked by its checklist.")
    if isinstance(held, Record) and kind == LOCKED:
        _ready(session, protocol, held)
    now = draft(session)
    made = Hold(
        cluster_id=held.id if isinstance(held, Cluster) else getattr(held, "cluster_id", None),
        participant_id=held.id
        if isinstance(held, Participant)
        else getattr(held, "participant_id", None),
        unblinds=bool(getattr(held, "unblinds", False)),
        level=level,
        row=row,
        kind=kind,
        set_by=now.by.id,
        set_at=now.at,
    )
    session.add(made)
    session.flush()
    return made


def lift(session: Session, hold: Hold) -> Hold:
    """Unfreeze or unlock; the act's reason says why."""
    if hold.lifted_at is not None:
        raise Refused("This was lifted already.")
    need(session)
    now = draft(session)
    hold.lifted_by, hold.lifted_at = now.by.id, now.at
    session.flush()
    return hold


def level_of(held: Held | None) -> tuple[str, int]:
    """The level at which something is held, and its row there."""
    return (TRIAL_LEVEL, TRIAL) if held is None else (held.__tablename__, held.id)


TRIAL_LEVEL = "trial"


def standing_over(session: Session, held: Held | None) -> list[Hold]:
    """Every hold that stands over something: its own, and those of what it belongs to."""
    pairs = [(TRIAL_LEVEL, TRIAL)]
    if held is not None:
        pairs.append(level_of(held))
    if isinstance(held, Record) and held.participant_id is not None:
        pairs.append((Participant.__tablename__, held.participant_id))
    if isinstance(held, Record | Participant) and held.cluster_id is not None:
        pairs.append((Cluster.__tablename__, held.cluster_id))
    return _all(session, pairs)


def standing() -> Select[Any]:
    """Every hold that stands, the newest first."""
    return select(Hold).where(Hold.lifted_at.is_(None)).order_by(Hold.id.desc())


def lifted(session: Session, most: int) -> list[Hold]:
    """The holds that were lifted, the newest first."""
    wanted = select(Hold).where(Hold.lifted_at.is_not(None)).order_by(Hold.lifted_at.desc())
    return list(session.scalars(wanted.order_by(Hold.id.desc()).limit(most)))


def told(session: Session, holds: Iterable[Hold]) -> list[Told]:
    """Holds with who set and lifted each, and why, from the trail."""
    listed = list(holds)
    wanted = select(Change.row, Change.item, Act).join(Act, Act.number == Change.act)
    wanted = wanted.where(
        Change.table == Hold.__tablename__,
        Change.item.in_(["level", "lifted_by"]),
        Change.new.is_not(None),
        Change.row.in_([one.id for one in listed]),
    )
    acts = {(row, item): act for row, item, act in session.execute(wanted)}
    return [
        Told(one, acts.get((one.id, "level")), acts.get((one.id, "lifted_by"))) for one in listed
    ]


def _standing(session: Session, level: str, row: int) -> list[Hold]:
    return _all(session, [(level, row)])


def _all(session: Session, pairs: Iterable[tuple[str, int]]) -> list[Hold]:
    rules = [and_(Hold.level == level, Hold.row == row) for level, row in pairs]
    wanted = select(Hold).where(Hold.lifted_at.is_(None), or_(*rules)).order_by(Hold.id)
    return list(session.scalars(wanted))


def _ready(session: Session, protocol: Protocol, record: Record) -> None:
    if record.state != COMPLETE:
        raise Refused("Only a complete form is locked: complete it first.")
    if form_of(protocol, record.form).signed and not signing.signed(session, record):
        raise Refused("This form asks for a signature, and has none that is valid: sign it first.")
