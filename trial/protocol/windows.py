"""When a visit is due: calendar anniversaries of enrolment, and the window around them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from trial.protocol.visits import VisitPlan


@dataclass(frozen=True)
class Window:
    """The days on which one visit of one participant is due, opens and closes, all included."""

    due_on: date
    opens_on: date
    closes_on: date

    def holds(self, day: date) -> bool:
        """Whether a visit on that day was in its window."""
        return self.opens_on <= day <= self.closes_on


@lru_cache(maxsize=4096)  # a report asks for the same few days thousands of times
def anniversary(day: date, months: int) -> date:
    """The same day so many calendar months later, or that month's last day where it has none.

    >>> anniversary(date(2016, 2, 29), 12)
    datetime.date(2017, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def window(visit: VisitPlan, enrolled_on: date) -> Window:
    """The window of one visit for a participant who was enrolled on that day."""
    due_on = anniversary(enrolled_on, visit.months)
    return Window(
        due_on=due_on,
        opens_on=due_on - timedelta(days=visit.opens_days_before),
        closes_on=due_on + timedelta(days=visit.closes_days_after),
    )
