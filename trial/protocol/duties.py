"""Reports that are due: what is sent to whom, counted from which day of the trial, once or again."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from trial.protocol.base import Day, Key, Table, Text

# The days that a person records in every trial; a protocol can declare more of them.
RECORDED = {
    "approval": "Favourable ethical opinion",
    "end-of-study": "End of the study, as the protocol defines it",
    "early-termination": "Decision to end the study early",
}
# The days that nobody records, since the protocol or the records tell them.
FIRST_ENROLMENT, RECRUITMENT_OPENS = "first-enrolment", "recruitment-opens"
TOLD = {
    RECRUITMENT_OPENS: "Recruitment opens, as the protocol plans it",
    "opening": "First cluster opened",
    FIRST_ENROLMENT: "First participant enrolled",
}
OF_PEOPLE = (FIRST_ENROLMENT, RECRUITMENT_OPENS)
# Once the study is over nothing is due again.
ENDS = ("end-of-study", "early-termination")


def _one_or_more(value: object) -> object:
    """One day stands for a list of one."""
    return (value,) if isinstance(value, str) else value


Months = Annotated[int, Field(ge=1, le=240)]
CountedFrom = Annotated[
    tuple[Key, ...], BeforeValidator(_one_or_more), Field(min_length=1, max_length=10)
]


class DayPlan(Table):
    """A day of the trial that a person records, beside those of every trial, such as a halt."""

    key: Key
    label: Text


class DutyPlan(Table):
    """One report: so long after a day of the trial and perhaps again, or on given ``dates``.

    Of several days in ``counted_from`` the earliest that is known counts.
    """

    key: Key
    label: Text
    to: Text
    counted_from: CountedFrom = ()
    days: Annotated[int, Field(ge=0, le=3650)] | None = None
    months: Months | None = None
    every_months: Months | None = None
    dates: Annotated[tuple[Day, ...], Field(min_length=1, max_length=200)] = ()

    @property
    def only_while_it_runs(self) -> bool:
        """Whether none is due once the study is over: what comes again, and what has given days."""
        return bool(self.every_months or self.dates)

    @property
    def numbered(self) -> bool:
        """Whether there are several, which only their number tells apart."""
        return self.every_months is not None or len(self.dates) > 1
