"""Reports that are due: which, to whom, by when, and that they were made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct.dates import not_future, words
from trial.conduct.first_letter import lowered
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.duties import ENDS, FIRST_ENROLMENT, RECORDED, RECRUITMENT_OPENS, TOLD, DutyPlan
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
        several = self.plan.numbered or self.number > 1
        return f"{self.plan.label}, number {self.number}" if several else self.plan.label


@dataclass(frozen=True)
class DayOfTrial:
    """A day from which reports are counted: when it was, and what is on record where a person records it."""

    key: str
    label: str
    happened_on: date | None
    told: bool
    recorded: Milestone | None = None


def recorded(protocol: Protocol) -> dict[str, str]:
    """The days that a person records, in words: those of every trial, then the protocol's own."""
    return RECORDED | {one.key: one.label for one in protocol.days}


def days_of(session: Session, protocol: Protocol) -> dict[str, date]:
    """The days from which reports are counted, as far as they are known."""
    found = {key: one.happened_on for key, one in _on_record(session).items()}
    with past_the_door(session):
        told = {"opening": session.scalar(select(func.min(Cluster.opened_on)))}
        if protocol.participants:
            first = session.scalar(select(func.min(Participant.enrolled_on)))
            told |= {FIRST_ENROLMENT: first, RECRUITMENT_OPENS: protocol.recruitment.opens_on}
    return found | {key: day for key, day in told.items() if day is not None}


def days_listed(session: Session, protocol: Protocol) -> list[DayOfTrial]:
    """The days that the reports of this trial are counted from: those that people record first."""
    days, kept = days_of(session, protocol), _on_record(session)
    labels, counted = recorded(protocol), _counted(protocol)
    return [
        DayOfTrial(key, labels[key], days.get(key), told=False, recorded=kept.get(key))
        for key in asked(protocol)
    ] + [
        DayOfTrial(key, label, days.get(key), told=True)
        for key, label in TOLD.items()
        if key in counted
    ]


def words_of(counted_from: tuple[str, ...], protocol: Protocol) -> str:
    """The days of the trial that a report is counted from, inside a sentence."""
    labels = TOLD | recorded(protocol)
    told = [lowered(labels[key]) for key in counted_from]
    return ", or ".join(told) or "the days that the protocol gives"


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
    if key not in asked(protocol):
        raise Refused("Choose which day is recorded.", "key")
    not_future(happened_on, on, "happened_on", "This day")
    found = _on_record(session).get(key)
    if found is None:
        found = Milestone(key=key, happened_on=happened_on, recorded_by_name=draft(session).by.name)
        session.add(found)
    else:
        set_with_reason(session, found, {"happened_on": happened_on})
    _flush(session)
    _nothing_was_made_before(session, protocol, key)
    return found


def take_back_day(session: Session, protocol: Protocol, day: Milestone, *, on: date) -> Milestone:
    """Take back a day of the trial that was recorded by mistake: it can be recorded again."""
    need(session)
    if day.voided_on is not None:
        raise Refused("This was taken back already.")
    day.voided_on = on
    session.flush()
    _nothing_was_made_before(session, protocol, day.key)
    return day


def asked(protocol: Protocol) -> list[str]:
    """The days that a person records, and what is due only while the trial runs asks for both ends."""
    wanted = _counted(protocol)
    if any(one.only_while_it_runs for one in protocol.duties):
        wanted |= set(ENDS)
    return [key for key in recorded(protocol) if key in wanted]


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
    _counted_day_came_first(session, protocol, mine[0].plan, done_on)
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


def _on_record(session: Session) -> dict[str, Milestone]:
    """The days on record that were not taken back."""
    wanted = select(Milestone).where(Milestone.voided_on.is_(None))
    return {one.key: one for one in session.scalars(wanted)}


def _counted(protocol: Protocol) -> set[str]:
    """The days that any report is counted from."""
    return {key for plan in protocol.duties for key in plan.counted_from}


def _start(plan: DutyPlan, days: Mapping[str, date]) -> tuple[date, str] | None:
    """The earliest known day of those that a report is counted from, and which it is."""
    return min(((days[key], key) for key in plan.counted_from if key in days), default=None)


def _counted_day_came_first(
    session: Session, protocol: Protocol, plan: DutyPlan, done_on: date
) -> None:
    """Refuse a report before the day that it is counted from, where that is one that people record."""
    labels, start = recorded(protocol), _start(plan, days_of(session, protocol))
    if start is None and plan.counted_from and labels.keys() >= set(plan.counted_from):
        told = words_of(plan.counted_from, protocol)
        raise Refused(f"Record first the day that this is counted from: {told}.", "done_on")
    if start is not None and start[1] in labels and done_on < start[0]:
        day, told = words(start[0]), words_of((start[1],), protocol)
        raise Refused(
            f"The report cannot be before the day that it is counted from: {told}, {day}.",
            "done_on",
        )


def _nothing_was_made_before(session: Session, protocol: Protocol, key: str) -> None:
    """Refuse what is recorded of a day where a report that was made would come before its count."""
    days, labels = days_of(session, protocol), recorded(protocol)
    plans = {one.key: one for one in protocol.duties if key in one.counted_from}
    made = [one for one in _made(session).values() if one.duty in plans]
    for one in sorted(made, key=lambda done: (done.duty, done.number)):
        start = _start(plans[one.duty], days)
        if start is None or (start[1] in labels and one.done_on < start[0]):
            name = Duty(plans[one.duty], one.number, None, one).name
            why = (
                "before the day that it would be counted from" if start else "counted from this day"
            )
            raise Refused(
                f"{name} is on record as made on {words(one.done_on)}, {why}: take that back first.",
                "happened_on",
            )


def _dates(
    plan: DutyPlan, days: Mapping[str, date], on: date, made: Mapping[tuple[str, int], DutyDone]
) -> Iterator[tuple[int, date | None]]:
    """The numbers and days of one report: those made, all up to today, and the next."""
    mine = {number for key, number in made if key == plan.key}
    start, over = _start(plan, days), min((days[key] for key in ENDS if key in days), default=None)
    if start is None and not plan.dates:
        yield from ((number, None) for number in sorted(mine) or [1])
        return
    waits = False
    for number, day in _planned(plan, start):
        gone = plan.only_while_it_runs and over is not None and day > over
        if number in mine or not (waits or gone):
            yield number, day
            waits = waits or (number not in mine and day > on)
        if (waits or gone) and number >= max(mine, default=0):
            return
    # Made under an earlier version of the protocol, which had more of them.
    yield from ((one, None) for one in sorted(mine) if one > number)


def _planned(plan: DutyPlan, start: tuple[date, str] | None) -> Iterator[tuple[int, date]]:
    """Every number and day of one report, without an end where it comes again and again."""
    if start is None:
        yield from enumerate(plan.dates, start=1)
        return
    for number in count(1) if plan.every_months else (1,):
        yield number, _due(plan, start[0], number)


def _due(plan: DutyPlan, start: date, number: int) -> date:
    """Counted from the start each time, so that an end of month does not drift."""
    again = (plan.every_months or 0) * (number - 1)
    if plan.months is not None:
        return anniversary(start, plan.months + again)
    first = start + timedelta(days=plan.days or 0)
    return anniversary(first, again) if again else first
