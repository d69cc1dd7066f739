"""When a visit is due: so long after a day, or on a day of the calendar, and the window around it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from trial.protocol.visits import Unit, VisitPlan


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


def after(day: date, unit: Unit, number: int) -> date:
    """The day so many calendar months, weeks or days after a day.

    >>> after(date(2024, 2, 26), "weeks", 1), after(date(2024, 1, 31), "months", 1)
    (datetime.date(2024, 3, 4), datetime.date(2024, 2, 29))
    """
    match unit:
        case "months":
            return anniversary(day, number)
        case "weeks":
            return day + timedelta(weeks=number)
        case "days":
            return day + timedelta(days=number)


def due(visit: VisitPlan, counted_from: date) -> date:
    """The day on which a visit is due that is counted from that day."""
    if visit.due_on is not None:
        return visit.due_on
    ((unit, number),) = visit.spans
    return after(counted_from, unit, number)


def window(visit: VisitPlan, counted_from: date) -> Window:
    """The window of one visit that is counted from that day."""
    due_on = due(visit, counted_from)
    return Window(
        due_on=due_on,
        opens_on=due_on - timedelta(days=visit.opens_days_before),
        closes_on=due_on + timedelta(days=visit.closes_days_after),
    )
