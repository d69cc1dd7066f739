"""The calendar of follow-up: what falls on which day, for one participant or for a whole team."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from trial.conduct.contact import attempts
from trial.conduct.due import ANYBODYS, Whose
from trial.conduct.visits import EXPECTED
from trial.records.models import ContactAttempt, Participant, Visit

AT_ONCE = 1000
MOST_OF_A_DAY = 50  # a day with more says how many are left out


class What(StrEnum):
    """What falls on a day."""

    ARRANGED = "arranged"
    DUE = "due"
    CLOSES = "window closes"


@dataclass(frozen=True)
class Entry:
    """One visit that is expected, and what falls on the day."""

    visit: Visit
    number: str
    what: What


@dataclass
class Day:
    """One day of a week."""

    day: date
    entries: list[Entry] = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True)
class Expected:
    """One visit that is expected, with the day arranged for it, if one was."""

    visit: Visit
    number: str
    arranged_for: date | None


def week(session: Session, monday: date, whose: Whose = ANYBODYS) -> list[Day]:
    """The seven days from a Monday: visits arranged, due, and whose window closes."""
    days = [Day(monday + timedelta(days=n)) for n in range(7)]
    last = days[-1].day
    arranged = select(ContactAttempt.visit_id).where(
        ContactAttempt.arranged_for.between(monday, last), ContactAttempt.voided_on.is_(None)
    )
    falls = or_(
        Visit.due_on.between(monday, last),
        Visit.closes_on.between(monday, last),
        Visit.id.in_(arranged),
    )
    by_day = {one.day: one for one in days}
    for one in expected(session, falls, *whose.rules):
        for day, what in _falls(one):
            if day in by_day:
                _add(by_day[day], Entry(one.visit, one.number, what))
    return days


def expected(session: Session, *rules: ColumnElement[bool]) -> list[Expected]:
    """The visits that are expected under these rules, each with the day arranged for it."""
    wanted = (
        select(Visit, Participant.number)
        .join(Participant, Participant.id == Visit.participant_id)
        .where(Visit.state == EXPECTED, *rules)
        .order_by(Visit.cluster_id, Visit.due_on, Visit.id)
    )
    rows = session.execute(wanted).all()
    days = arranged_for(session, [visit.id for visit, _ in rows])
    return [Expected(visit, number, days.get(visit.id)) for visit, number in rows]


def arranged_for(session: Session, visits: Sequence[int]) -> dict[int, date]:
    """The day that the last attempt for each of these visits arranged, where it arranged one."""
    found: dict[int, date] = {}
    for start in range(0, len(visits), AT_ONCE):
        made = attempts.of_visits(session, visits[start : start + AT_ONCE])
        for visit, tries in made.items():
            if tries and tries[-1].arranged_for is not None:
                found[visit] = tries[-1].arranged_for
    return found


def _falls(one: Expected) -> Iterable[tuple[date, What]]:
    """A visit for which a day is arranged stands on that day, not on the day on which it is due."""
    if one.arranged_for is not None:
        yield one.arranged_for, What.ARRANGED
    else:
        yield one.visit.due_on, What.DUE
    yield one.visit.closes_on, What.CLOSES


def _add(day: Day, entry: Entry) -> None:
    if len(day.entries) < MOST_OF_A_DAY:
        day.entries.append(entry)
    else:
        day.left_out += 1
