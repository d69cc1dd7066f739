"""When a clock runs out: by the calendar in London for days and months, to the minute for hours."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from trial.config import LONDON
from trial.protocol.safety import ClockPlan
from trial.protocol.windows import anniversary


class Deadline(NamedTuple):
    """The last day in London on which it is in time, and for a clock of hours the last instant."""

    day: date
    at: datetime | None = None

    def passed(self, now: datetime) -> bool:
        """Whether it is too late at an instant."""
        if self.at is not None:
            return now > self.at
        return now.astimezone(LONDON).date() > self.day


def deadline(clock: ClockPlan, since: datetime) -> Deadline:
    """When a clock that began at an instant runs out.

    >>> from datetime import UTC
    >>> plan = ClockPlan(key="sae", label="SAE", starts="serious", to="REC", days=15)
    >>> deadline(plan, datetime(2028, 2, 14, 12, tzinfo=UTC)).day
    datetime.date(2028, 2, 29)
    """
    began = since.astimezone(LONDON).date()
    if clock.hours is not None:
        # Real hours: added to a time in London they would be those of the clock on the wall.
        at = since.astimezone(UTC) + timedelta(hours=clock.hours)
        return Deadline(at.astimezone(LONDON).date(), at)
    if clock.months is not None:
        return Deadline(anniversary(began, clock.months))
    assert clock.days is not None
    return Deadline(began + timedelta(days=clock.days))


def start_of(day: date) -> datetime:
    """The first instant of a day in London."""
    return datetime.combine(day, time.min, LONDON)


def end_of(day: date) -> datetime:
    """The last instant of a day in London."""
    return datetime.combine(day, time.max, LONDON)
