"""Reports that are due: which, to whom, by when, and that they were made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct.dates import not_future, words
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.duties import ENDS, RECORDED, TOLD, DutyPlan
from trial.protocol.windows import anniversary
from trial.records.door import past_the_door
from trial.records.models import Cluster, DutyDone, Milestone, Participant

AHEAD = timedelta(days=28)


@dataclass(frozen=True)
class Duty:
    """One report: by when it is due (None: not known yet), and that it was made."""

    plan: DutyPlan
    number: int
    due_on: date | None
    done: DutyDone | None

    def late(self, on: date) -> bool:
        """Whether it was made late, or is not made and its day has passed."""
        if self.due_on is None:
            return False
        return (on if self.done is None else self.done.done_on) > self.due_on

    @property
    def key(self) -> str:
        """What tells it from the others, also of those that come again."""
        return f"{self.plan.key}-{self.number}"

    @property
    def name(self) -> str:
        """What it is called, with its number where it comes again."""
        return (
            f"{self.plan.label}, number {self.number}"
            if self.plan.every_months
            else self.plan.label
        )


def days_of(session: Session, protocol: Protocol) -> dict[str, date]:
    """The days from which reports are counted, as far as they are known."""
    with past_the_door(session):
        found = {one.key: one.happened_on for one in session.scalars(select(Milestone))}
        told = {
            "opening": session.scalar(select(func.min(Cluster.opened_on))),
            "first-enrolment": session.scalar(select(func.min(Participant.enrolled_on)))
            if protocol.participants
            else None,
        }
    return found | {key: day for key, day in told.items() if day is not None}


def words_of(key: str) -> str:
    """A day of the trial in words."""
    return (RECORDED | TOLD)[key]


def listed(session: Session, protocol: Protocol, on: date) -> list[Duty]:
    """Every report made or due, and of each that comes again the next one; the first due first."""
    days = days_of(session, protocol)
    made = _made(session)
    found = [
        Duty(plan, number, due_on, made.get((plan.key, number)))
        for plan in protocol.duties
        for number, due_on in _dates(plan, days, on, made)
    ]
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on or on, one.plan.label))


def waiting(session: Session, protocol: Protocol, on: date) -> list[Duty]:
    """The reports that are overdue, or due within four weeks."""
    return [
        one
        for one in listed(session, protocol, on)
        if one.done is None and one.due_on is not None and one.due_on <= on + AHEAD
    ]


def record_day(
    session: Session, protocol: Protocol, *, key: str, happened_on: date, on: date
) -> Milestone:
    """Record a day of the trial from which reports are counted, or put it right with a reason."""
    if key not in RECORDED or key not in asked(protocol):
        raise Refused("Choose which day is recorded.", "key")
    not_future(happened_on, on, "happened_on", "This day")
    found = session.scalar(select(Milestone).where(Milestone.key == key))
    if found is None:
        found = Milestone(key=key, happened_on=happened_on, recorded_by_name=draft(session).by.name)
        session.add(found)
    else:
        set_with_reason(session, found, {"happened_on": happened_on})
    _flush(session)
    return found


def asked(protocol: Protocol) -> list[str]:
    """The days that a person records, and what comes again until the end asks for both ends."""
    wanted = {one.counted_from for one in protocol.duties}
    again = any(one.every_months for one in protocol.duties)
    return [key for key in RECORDED if key in wanted or (again and key in ENDS)]


def record_done(
    session: Session,
    protocol: Protocol,
    *,
    duty: str,
    number: int,
    done_on: date,
    reference: str | None = None,
    on: date,
) -> DutyDone:
    """Record that a report was made."""
    mine = [
        one for one in listed(session, protocol, on) if (one.plan.key, one.number) == (duty, number)
    ]
    if not mine:
        raise Refused("The protocol has no such report.")
    if mine[0].done is not None:
        raise Refused(f"It was made on {words(mine[0].done.done_on)} already.")
    not_future(done_on, on, "done_on", "The report")
    made = DutyDone(
        duty=duty, number=number, done_on=done_on, reference=(reference or "").strip() or None,
        done_by_name=draft(session).by.name,
    )  # fmt: skip
    session.add(made)
    _flush(session)
    return made


def take_back(session: Session, done: DutyDone, *, on: date) -> DutyDone:
    """Take back that a report was made: it is due again."""
    need(session)
    if done.voided_on is not None:
        raise Refused("This was taken back already.")
    done.voided_on = on
    session.flush()
    return done


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as fault:
        raise Refused("Somebody recorded this at the same moment.") from fault


def _made(session: Session) -> dict[tuple[str, int], DutyDone]:
    wanted = select(DutyDone).where(DutyDone.voided_on.is_(None))
    return {(one.duty, one.number): one for one in session.scalars(wanted)}


def _dates(
    plan: DutyPlan, days: Mapping[str, date], on: date, made: Mapping[tuple[str, int], DutyDone]
) -> Iterator[tuple[int, date | None]]:
    """The numbers and days of one report: all up to today, and the next."""
    start = days.get(plan.counted_from)
    if start is None:
        yield 1, None
        return
    ends = [days[key] for key in ENDS if key in days]
    number, day = 1, _due(plan, start, 1)
    while True:
        if number > 1 and ends and day > min(ends) and (plan.key, number) not in made:
            return
        yield number, day
        if plan.every_months is None or (day > on and (plan.key, number) not in made):
            return
        number += 1
        day = _due(plan, start, number)


def _due(plan: DutyPlan, start: date, number: int) -> date:
    """Counted from the start each time, so that an end of month does not drift."""
    again = (plan.every_months or 0) * (number - 1)
    if plan.months is not None:
        return anniversary(start, plan.months + again)
    first = start + timedelta(days=plan.days or 0)
    return anniversary(first, again) if again else first
