"""What the audit report says of safety: what was recorded, and whether it was told in time."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.reports.cut import Cut
from trial.conduct.safety import clocks, log
from trial.protocol import Protocol
from trial.protocol.safety import ClockPlan, SafetyPlan
from trial.records.models import SafetyEntry
from trial.records.replay import end_of
from trial.report.value import Block, Heading, Table, Text

LEAST = timedelta(microseconds=1)  # the last day of a clock is over when the next has begun
UNJUDGED = "An event that nobody has judged yet counts as related until it is judged not to be."
LEFT_OUT = (
    "Clocks that run only where taking part caused an event are left out: they could tell an arm."
)
NEVER = "Nothing is recorded in the log of safety."


def blocks(
    session: Session, protocol: Protocol, cut: Cut, *, causes: bool = True
) -> Iterator[Block]:
    """The entries by kind and the clocks by outcome, of what the team had heard of by the cut.

    Without ``causes`` the clocks are left out that depend on what caused an event.
    """
    if protocol.safety is None:
        return
    end = end_of(cut.on)
    wanted = select(SafetyEntry).where(SafetyEntry.heard_at < end).order_by(SafetyEntry.id)
    entries = session.scalars(wanted).all()
    yield Heading("Safety")
    if not entries:
        yield Text(NEVER)
        return
    yield Table(
        "Entries in the log of safety",
        ("Kind", "Entries", "Serious", "Taken back"),
        tuple(_kinds(list(entries))),
        numeric=(1, 2, 3),
    )
    plan, known = protocol.safety, clocks.shown(session, protocol)
    listed = [one for one in known if causes or not plan.asks_cause(one)]
    counted: Counter[tuple[str, str]] = Counter()
    for one in clocks.running(session, protocol, entries):
        if one.since >= end:
            continue
        told = one.told is not None and one.told.told_at < end
        late = one.until.passed(one.told.told_at if told and one.told else end - LEAST)
        state = ("told late" if late else "told") if told else "overdue" if late else "running"
        counted[one.clock.key, state] += 1
    states = ("told", "told late", "overdue", "running")
    yield Table(
        "Whom it had to be told, at the cut",
        ("What", "Whom", "Told in time", "Told late", "Overdue", "Running"),
        tuple(
            (clock.label, clock.to, *(counted[clock.key, state] for state in states))
            for clock in listed
        ),
        note=_note(plan, listed, causes=causes),
        numeric=(2, 3, 4, 5),
    )


def _note(plan: SafetyPlan, listed: list[ClockPlan], *, causes: bool) -> str:
    """What has to be known of the clocks that ask what caused an event."""
    if any(plan.asks_cause(one) for one in listed):
        return UNJUDGED
    return LEFT_OUT if not causes and len(listed) < len(plan.clocks) else ""


def _kinds(entries: list[SafetyEntry]) -> Iterator[tuple[str, int, int, int]]:
    for kind in log.KINDS:
        mine = [one for one in entries if one.kind == kind]
        standing = [one for one in mine if one.voided_on is None]
        serious = sum(one.seriousness is not None for one in standing)
        yield kind.capitalize(), len(standing), serious, len(mine) - len(standing)
