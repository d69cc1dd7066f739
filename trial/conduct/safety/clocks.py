"""The clocks of the log: which of them run for an entry, until when, and who was told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
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
)
from trial.conduct.underway import draft
from trial.config import LONDON
from trial.protocol import Protocol
from trial.protocol.clocks import Deadline, deadline, end_of, start_of
from trial.protocol.safety import JUDGED, ClockPlan
from trial.records.actor import Actor
from trial.records.models import SafetyEntry, SafetyTold

STARTED_BY = {
    "deviation": DEVIATION, "serious-breach": BREACH, "urgent-measure": MEASURE,
    "data-breach": DATA, "disclosure": DISCLOSED,
}  # fmt: skip
UNLESS = "unless judged not related"
Tellings = Mapping[tuple[int, str], SafetyTold]


class Running(NamedTuple):
    """One clock of one entry: from when to when, and the record that they were told, once they were.

    A ``provisional`` one runs unless the event, which nobody has judged yet, is judged not related.
    """

    entry: SafetyEntry
    clock: ClockPlan
    since: datetime
    until: Deadline
    told: SafetyTold | None
    provisional: bool = False

    def late(self, now: datetime) -> bool:
        """Whether it ran out before they were told, or has run out by now."""
        return self.until.passed(self.told.told_at if self.told else now)


def causes_seen(session: Session) -> bool:
    """Whether whoever reads may know what was judged to be the cause of an event."""
    actor: Actor | None = session.info.get("actor")
    return actor is None or actor.sees_causes


def shown(session: Session, protocol: Protocol) -> list[ClockPlan]:
    """The clocks that this person may know of: whom the cause is hidden from, none that asks for it.

    It goes by the person and not by the judgment, which for them is as empty as one not made yet.
    """
    plan, causes = protocol.keeping_safe, causes_seen(session)
    return [one for one in plan.clocks if causes or not plan.asks_cause(one)]


def running(session: Session, protocol: Protocol, entries: Iterable[SafetyEntry]) -> list[Running]:
    """Every clock that these entries started, the first to run out first."""
    listed, known = list(entries), shown(session, protocol)
    told = _told(session, [one.id for one in listed])
    found = [
        Running(
            entry, clock, since, deadline(clock, since), told.get((entry.id, clock.key)),
            protocol.keeping_safe.asks_cause(clock) and entry.related is None,
        )
        for entry in listed
        for clock in known
        if (since := _since(protocol, clock, entry, told)) is not None
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.until.day, one.entry.id))


def _since(
    protocol: Protocol, clock: ClockPlan, entry: SafetyEntry, told: Tellings
) -> datetime | None:
    """When a clock of an entry began; None where it does not run.

    What somebody was told stays, though the entry starts no such clock any more.
    """
    first = protocol.keeping_safe.first_of(clock)
    kept = entry.voided_on is None and (entry.id, clock.key) in told
    if not kept and not starts(protocol, first, entry):
        return None
    if clock is first:
        return _began(clock, entry)
    before = told.get((entry.id, first.key))
    return before.told_at if before else None


def starts(protocol: Protocol, clock: ClockPlan, entry: SafetyEntry) -> bool:
    """Whether an entry starts a clock. An event not yet judged is taken as related."""
    if entry.voided_on is not None:
        return False
    if clock.starts in STARTED_BY:
        return entry.kind == STARTED_BY[clock.starts]
    if entry.kind != ADVERSE or entry.seriousness is None:
        return False
    if clock.seriousness and entry.seriousness not in clock.seriousness:
        return False
    if clock.starts != JUDGED:
        return True
    related = entry.related is None or protocol.keeping_safe.judged_related(entry.related)
    return related and not entry.expected


def _began(clock: ClockPlan, entry: SafetyEntry) -> datetime:
    """When the clock of an entry began: when the team heard of it, or knew that it is serious.

    Of a measure it is the day on which it was taken.
    """
    if entry.kind == MEASURE:
        return start_of(entry.happened_on).astimezone(UTC)
    return entry.serious_at or entry.heard_at


def waiting(session: Session, protocol: Protocol) -> list[Running]:
    """The clocks that run for entries which nobody was told of yet, as the door lets this person see them."""
    plans = protocol.keeping_safe.clocks
    started = {STARTED_BY.get(one.starts, ADVERSE) for one in plans if one.starts is not None}
    serious = (SafetyEntry.kind != ADVERSE) | SafetyEntry.seriousness.is_not(None)
    wanted = select(SafetyEntry).where(
        SafetyEntry.voided_on.is_(None), SafetyEntry.kind.in_(sorted(started)), serious
    )
    every = session.scalars(wanted.order_by(SafetyEntry.id)).all()
    return [one for one in running(session, protocol, every) if one.told is None]


def told_at(
    protocol: Protocol, clock: str | None, day: date, at_time: time | None, now: datetime
) -> datetime:
    """The instant at which somebody was told; without a time of day now, or the end of an earlier day.

    The end is the stricter where it was in time, and never before the team heard of it. A clock that
    runs by the hour, or one after whose telling such a clock is counted, needs the time.
    """
    if at_time is not None:
        return datetime.combine(day, at_time, LONDON).astimezone(UTC)
    if clock is not None and protocol.keeping_safe.by_the_hour(clock):
        raise Refused("Enter the time of day too: this clock runs by the hour.", "told_time")
    return now if day == now.astimezone(LONDON).date() else end_of(day).astimezone(UTC)


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
    mine = {one.clock.key: one for one in running(session, protocol, [entry])}
    if clock not in mine:
        raise Refused("Choose what they were told as.", "clock")
    if mine[clock].told is not None:
        raise Refused("It is recorded already that they were told.", "clock")
    if told_at > at:
        raise Refused("When they were told cannot be in the future.", "told_on")
    if told_at < mine[clock].since:
        raise Refused("They cannot have been told before the clock began.", "told_on")
    if not told_whom.strip():
        raise Refused("Enter who was told.", "told_whom")
    # That it asked for the cause tells that taking part was it, which may tell the arm.
    asks = protocol.keeping_safe.asks_cause(mine[clock].clock)
    made = SafetyTold(
        entry_id=entry.id, participant_id=entry.participant_id, cluster_id=entry.cluster_id,
        unblinds=True if asks else entry.unblinds,
        clock=clock, told_at=told_at, told_whom=told_whom.strip(),
        told_by_name=draft(session).by.name, reference=(reference or "").strip() or None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def take_back(session: Session, protocol: Protocol, told: SafetyTold, *, on: date) -> SafetyTold:
    """Take back that somebody was told, recorded by mistake: the clock runs again."""
    need(session)
    if told.voided_on is not None:
        raise Refused("This was taken back already.")
    after = {one.key for one in protocol.keeping_safe.clocks if one.after == told.clock}
    if any(clock in after for _, clock in _told(session, [told.entry_id])):
        raise Refused("Take back first what was told after it: its clock is counted from this.")
    told.voided_on = on
    session.flush()
    return told


def _told(session: Session, entries: Sequence[int]) -> dict[tuple[int, str], SafetyTold]:
    wanted = select(SafetyTold).where(
        SafetyTold.entry_id.in_(entries), SafetyTold.voided_on.is_(None)
    )
    return {(one.entry_id, one.clock): one for one in session.scalars(wanted)}
