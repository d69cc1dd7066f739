"""Employment: the kinds of work, the lists coded for a spell, and the minimum wage by date."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Amount, Code, Codes, Day, Table

Age = Annotated[int, Field(ge=16, le=100)]


class SpellKind(Code):
    """One kind of work or other activity; ``open`` kinds count as open employment."""

    paid: bool
    open: bool


class PayPeriod(Code):
    """One period that pay is stated for; the arithmetic knows these four and no others."""

    key: Literal["hour", "week", "month", "year"]


class WageRate(Table):
    """A minimum hourly wage in pounds, from a day, for an age band (both ages included)."""

    from_on: Day
    age_from: Age
    age_to: Age | None = None
    hourly: Annotated[Amount, Field(gt=0)]


class EmploymentPlan(Table):
    """What is asked about a spell of work, and the limits beyond which a query is raised."""

    kinds: Annotated[tuple[SpellKind, ...], Field(min_length=1)]
    sectors: Codes
    pay_periods: Annotated[tuple[PayPeriod, ...], Field(min_length=1)]
    ending_reasons: Codes
    evidence_sources: Codes
    disclosure: Codes
    usual_weekly_hours_max: Annotated[Amount, Field(gt=0, le=168)]
    minimum_wage: Annotated[tuple[WageRate, ...], Field(min_length=1, max_length=200)]
    minimum_wage_until: Day
