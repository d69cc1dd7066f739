"""Pay by the hour, and what it says against the minimum wage of a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from trial.conduct.dates import words
from trial.protocol.employment import EmploymentPlan
from trial.protocol.wages import minimum_wage

CENT = Decimal("0.01")
WEEKS = Decimal(
    52
)  # as contracts reckon: by the calendar, a salary at the minimum would seem below


def hourly(
    pay: Decimal | None, pay_period: str | None, weekly_hours: Decimal | None
) -> Decimal | None:
    """Pounds an hour to the penny, or None where it cannot be told.

    >>> hourly(Decimal("1040"), "month", Decimal("30"))
    Decimal('8.00')
    """
    if pay is None or pay_period is None:
        return None
    if pay_period == "hour":
        return pay.quantize(CENT, ROUND_HALF_UP)
    if not weekly_hours:
        return None
    weekly = {"week": pay, "month": pay * 12 / WEEKS, "year": pay / WEEKS}[pay_period]
    return (weekly / weekly_hours).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Check:
    """Pay against the minimum: the sentence, and whether it is a doubt or only said."""

    doubt: bool
    text: str


def against_minimum(
    plan: EmploymentPlan, rate: Decimal | None, birth_year: int, from_on: date, until: date
) -> Check | None:
    """What an hourly pay says against every minimum between two days; None where nothing is wrong."""
    if rate is None:
        return Check(False, "Pay by the hour cannot be told, so it was not checked.")
    for day in _days(plan, from_on, until):
        least = minimum_wage(plan, day, birth_year)
        if least is None:
            return Check(
                False,
                f"The protocol has no minimum wage for {words(day)}, so pay was not checked there.",
            )
        if rate < least:
            return Check(
                True,
                f"£{rate:.2f} an hour is below the minimum wage of {words(day)}, "
                f"£{least:.2f} for this person’s age. Is the pay right, are the hours?",
            )
    return None


def _days(plan: EmploymentPlan, from_on: date, until: date) -> Iterator[date]:
    """The first day, and each later one on which a new rate began."""
    yield from_on
    yield from sorted({r.from_on for r in plan.minimum_wage if from_on < r.from_on <= until})
