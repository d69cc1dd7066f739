"""The minimum wage that applied to a person on a day."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from trial.protocol.employment import EmploymentPlan, WageRate


def rate_in_force(rates: Iterable[WageRate], on: date, age: int) -> WageRate | None:
    """The latest rate that had begun by that day and whose band holds that age."""
    begun = [
        rate
        for rate in rates
        if rate.from_on <= on
        and rate.age_from <= age
        and (rate.age_to is None or age <= rate.age_to)
    ]
    return max(begun, key=lambda rate: rate.from_on, default=None)


def minimum_wage(plan: EmploymentPlan, on: date, birth_year: int) -> Decimal | None:
    """The hourly minimum for someone born in that year, or None where no rate is known.

    The birthday is not known, so on most days two ages are possible; the lower rate counts. None
    means that nothing can be said: the day lies outside the table, or one of the ages does.
    """
    if on > plan.minimum_wage_until:
        return None
    reached = on.year - birth_year
    ages = {reached} if (on.month, on.day) == (12, 31) else {reached - 1, reached}
    rates = [rate_in_force(plan.minimum_wage, on, age) for age in ages]
    known = [rate.hourly for rate in rates if rate is not None]
    return min(known) if len(known) == len(rates) else None
