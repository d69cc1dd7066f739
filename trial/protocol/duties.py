"""Reports that are due: what is sent to whom, counted from which day of the trial, once or again."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Key, Table, Text

Months = Annotated[int, Field(ge=1, le=240)]
# The days that a person records; the other two the records themselves tell.
RECORDED = {
    "approval": "Favourable ethical opinion",
    "end-of-study": "End of the study, as the protocol defines it",
    "early-termination": "Decision to end the study early",
}
TOLD = {
    "opening": "First cluster opened",
    "first-enrolment": "First participant enrolled",
}
# Once the study is over nothing is due again.
ENDS = ("end-of-study", "early-termination")


class DutyPlan(Table):
    """One report, so many days or months after a day of the trial; again ``every_months`` until it ends."""

    key: Key
    label: Text
    to: Text
    counted_from: Literal[
        "approval", "opening", "first-enrolment", "end-of-study", "early-termination"
    ]
    days: Annotated[int, Field(ge=0, le=3650)] | None = None
    months: Months | None = None
    every_months: Months | None = None
