"""The clocks of the log: which of them run for an entry, until when, and who was told."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.safety.log import (
    ADVERSE,
    BREACH,
    DATA,
    DEVIATION,
    DISCLOSED,
    MEASURE,
    arm_told,
)
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.clocks import Deadline, deadline, start_of
from trial.protocol.safety import ClockPlan
from trial.records.models import SafetyEntry, SafetyTold

JUDGED = "serious-related-unexpected"
STARTED_BY = {
    "deviation": DEVIATION, "serious-breach": BREACH, "urgent-measure": MEASURE,
    "data-breach": DATA, "disclosure": DISCLOSED,
}  # fmt: skip


class Running(NamedTuple):
    """One clock of one entry: until when, and the record that they were told, once they were."""

    entry: SafetyEntry
    clock: ClockPlan
    until: Deadline
    told: SafetyTold | None

    def late(self, now: datetime) -> bool:
        """Whether it ran out before they were told, or has run out by now."""
        return self.until.passed(self.told.told_at if self.told else now)


def began(entry: SafetyEntry) -> datetime:
    """When the clocks of an entry began: when the team heard of it, of a measure the day it was taken."""
    return start_of(entry.happened_on) if entry.kind == MEASURE else entry.heard_at


def starts(protocol: Protocol, clock: ClockPlan, entry: SafetyEntry) -> bool:
    """Whether an entry starts a clock. An event not yet judged is taken as not related."""
    if entry.voided_on is not None:
        return False
    if clock.starts in STARTED_BY:
        return entry.kind == STARTED_BY[clock.starts]
    if entry.kind != ADVERSE or entry.seriousness is None:
        return False
    if clock.starts == "serious":
        return True
    return protocol.keeping_safe.judged_related(entry.related) and not entry.expected


def running(session: Session, protocol: Protocol, entries: Iterable[SafetyEntry]) -> list[Running]:
    """Every clock that these entries started, the first to run out first."""
    listed = list(entries)
    told = _told(session, [one.id for one in listed])
    found = [
        Running(entry, clock, deadline(clock, began(entry)), told.get((entry.id, clock.key)))
        for entry in listed
        for clock in protocol.keeping_safe.clocks
        if starts(protocol, clock, entry)
    ]
    return sorted(found, key=lambda one: (one.until.day, one.entry.id))


def waiting(session: Session, protocol: Protocol) -> list[Running]:
    """The clocks that run for entries which nobody was told of yet, as the door lets this person see them."""
    started = {STARTED_BY.get(clock.starts, ADVERSE) for clock in protocol.keeping_safe.clocks}
    serious = (SafetyEntry.kind != ADVERSE) | SafetyEntry.seriousness.is_not(None)
    wanted = select(SafetyEntry).where(
        SafetyEntry.voided_on.is_(None), SafetyEntry.kind.in_(sorted(started)), serious
    )
    every = session.scalars(wanted.order_by(SafetyEntry.id)).all()
    return [one for one in running(session, protocol, every) if one.told is None]


def tell(
    session: Session,
    protocol: Protocol,
    entry: SafetyEntry,
    *,
    clock: str,
    told_at: datetime,
    told_whom: str,
    reference: str | None = None,
    at: datetime,
) -> SafetyTold:
    """Record that somebody was told, when, and by whom."""
    mine = {one.key: one for one in protocol.keeping_safe.clocks if starts(protocol, one, entry)}
    if clock not in mine:
        raise Refused("Choose what they were told as.", "clock")
    if (entry.id, clock) in _told(session, [entry.id]):
        raise Refused("It is recorded already that they were told.", "clock")
    if told_at > at:
        raise Refused("When they were told cannot be in the future.", "told_on")
    if told_at < began(entry):
        raise Refused("They cannot have been told before the clock began.", "told_on")
    if not told_whom.strip():
        raise Refused("Enter who was told.", "told_whom")
    made = SafetyTold(
        entry_id=entry.id, participant_id=entry.participant_id, cluster_id=entry.cluster_id,
        unblinds=_tells(session, mine[clock], entry),
        clock=clock, told_at=told_at, told_whom=told_whom.strip(),
        told_by_name=draft(session).by.name, reference=(reference or "").strip() or None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _tells(session: Session, clock: ClockPlan, entry: SafetyEntry) -> bool | None:
    """Whether this clock tells the arm: that taking part was the cause does, where the arm is known."""
    return (clock.starts == JUDGED and arm_told(session, entry.cluster_id)) or entry.unblinds


def take_back(session: Session, told: SafetyTold, *, on: date) -> SafetyTold:
    """Take back that somebody was told, recorded by mistake: the clock runs again."""
    need(session)
    if told.voided_on is not None:
        raise Refused("This was taken back already.")
    told.voided_on = on
    session.flush()
    return told


def _told(session: Session, entries: Sequence[int]) -> dict[tuple[int, str], SafetyTold]:
    wanted = select(SafetyTold).where(
        SafetyTold.entry_id.in_(entries), SafetyTold.voided_on.is_(None)
    )
    return {(one.entry_id, one.clock): one for one in session.scalars(wanted)}
