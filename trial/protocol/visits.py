"""The visits of follow-up, each with the window in which it counts as on time."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Codes, Key, Table, Text

Days = Annotated[int, Field(ge=0, le=1000)]


class VisitPlan(Table):
    """One visit, due a number of calendar months after the participant's own enrolment date."""

    key: Key
    name: Text
    months: Annotated[int, Field(ge=0, le=240)]
    opens_days_before: Days
    closes_days_after: Days
    baseline: bool = False
    primary: bool = False
    missed_reasons: Codes
    not_needed_reasons: Codes
