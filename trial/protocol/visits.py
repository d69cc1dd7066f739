"""The visits of follow-up: when each falls due, and the window in which it counts as on time."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Codes, Day, Key, Table, Text

Days = Annotated[int, Field(ge=0, le=1000)]
Unit = Literal["months", "weeks", "days"]
ENROLMENT, ALLOCATION = "enrolment", "allocation"


class VisitPlan(Table):
    """One visit, due so many calendar months, weeks or days after a day, or on a day of the calendar.

    ``counted_from`` is the participant's enrolment, the allocation of their cluster, or the key of an
    earlier visit, from the day on which that was done. With a ``clause`` the visit falls due only for
    who agreed to that clause of the consent.
    """

    key: Key
    name: Text
    months: Annotated[int, Field(ge=0, le=240)] | None = None
    weeks: Annotated[int, Field(ge=0, le=1040)] | None = None
    days: Annotated[int, Field(ge=0, le=7300)] | None = None
    due_on: Day | None = None
    counted_from: Key = ENROLMENT
    clause: Key | None = None
    opens_days_before: Days
    closes_days_after: Days
    baseline: bool = False
    primary: bool = False
    missed_reasons: Codes
    not_needed_reasons: Codes

    @property
    def spans(self) -> tuple[tuple[Unit, int], ...]:
        """The units in which it says when it is due, with their numbers; a sound visit has at most one."""
        said: dict[Unit, int | None] = {
            "months": self.months, "weeks": self.weeks, "days": self.days,
        }  # fmt: skip
        return tuple((unit, number) for unit, number in said.items() if number is not None)

    @property
    def for_some(self) -> bool:
        """Whether it falls due only for some: who agreed to it, or had the visit done it counts from."""
        return self.clause is not None or self.counted_from not in (ENROLMENT, ALLOCATION)

    def due_words(self, names: Mapping[str, str]) -> str:
        """When it is due: 12 weeks after allocation; ``names`` are those of visits it may be counted from."""
        if self.due_on is not None:
            on: date = self.due_on
            return f"on {on.day} {on:%B %Y}"
        ((unit, number),) = self.spans
        start = names.get(self.counted_from, self.counted_from)
        if not number:
            return f"at {start}"
        noun = unit.removesuffix("s") if number == 1 else unit
        return f"{number} {noun} after {start}"
