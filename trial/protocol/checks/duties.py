"""Rules of the reports that are due: each has one time, and what comes again comes while the trial runs."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.duties import ENDS, DutyPlan


def duties_have_one_time(duties: tuple[DutyPlan, ...]) -> Iterator[Found]:
    """A report is due after days or months, and what ends the trial is not followed again and again."""
    for n, duty in enumerate(duties):
        if (duty.days is None) == (duty.months is None):
            yield Found(("duties", n), "Give just one of days and months.")
        if duty.every_months is not None and duty.counted_from in ENDS:
            message = "Leave this out: nothing is due again and again once the study is over."
            yield Found(("duties", n, "every_months"), message)


def people_are_enrolled(duties: tuple[DutyPlan, ...], participants: bool) -> Iterator[Found]:
    """Only a trial with participants has a first enrolment."""
    for n, duty in enumerate(duties):
        if duty.counted_from == "first-enrolment" and not participants:
            message = "This trial enrols nobody: count from another day."
            yield Found(("duties", n, "counted_from"), message)
