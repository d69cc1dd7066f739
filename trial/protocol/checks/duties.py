"""Rules of the reports that are due: each says once when, and is counted from days that are there."""

from collections.abc import Iterator
from itertools import pairwise

from trial.protocol.checks.found import Found
from trial.protocol.duties import ENDS, OF_PEOPLE, RECORDED, TOLD, DayPlan, DutyPlan

OF_TRIAL = (*RECORDED, *TOLD)
COUNTING = ("counted_from", "days", "months", "every_months")


def duties_have_one_time(duties: tuple[DutyPlan, ...]) -> Iterator[Found]:
    """A report is due on given days, or so many days or months after a day of the trial."""
    for n, duty in enumerate(duties):
        if duty.dates:
            yield from _given(n, duty)
        elif not duty.counted_from:
            message = "Say when it is due: counted_from with days or months, or else dates."
            yield Found(("duties", n), message)
        elif (duty.days is None) == (duty.months is None):
            yield Found(("duties", n), "Give just one of days and months.")


def _given(n: int, duty: DutyPlan) -> Iterator[Found]:
    for name in COUNTING:
        if getattr(duty, name) not in (None, ()):
            message = "Leave this out: what is due on given dates is not counted from a day."
            yield Found(("duties", n, name), message)
    for at, (earlier, later) in enumerate(pairwise(duty.dates), start=1):
        if later < earlier:
            yield Found(("duties", n, "dates", at), "Put the dates in order, the earliest first.")


def nothing_is_due_again_after_the_end(duties: tuple[DutyPlan, ...]) -> Iterator[Found]:
    """What ends the trial is not followed again and again."""
    for n, duty in enumerate(duties):
        if duty.every_months is not None and set(duty.counted_from) & set(ENDS):
            message = "Leave this out: nothing is due again and again once the study is over."
            yield Found(("duties", n, "every_months"), message)


def people_are_enrolled(duties: tuple[DutyPlan, ...], participants: bool) -> Iterator[Found]:
    """Only a trial with participants recruits, and has a first enrolment."""
    for n, duty in enumerate(duties):
        if set(duty.counted_from) & set(OF_PEOPLE) and not participants:
            message = "This trial enrols nobody: count from another day."
            yield Found(("duties", n, "counted_from"), message)


def days_are_there(duties: tuple[DutyPlan, ...], days: tuple[DayPlan, ...]) -> Iterator[Found]:
    """What a report is counted from is a day of every trial, or one that this protocol declares."""
    own = [one.key for one in days]
    for n, duty in enumerate(duties):
        for key in duty.counted_from:
            if key not in own and key not in OF_TRIAL:
                message = (
                    f"There is no day {key}: declare it in [[days]], or count from one of "
                    f"{', '.join((*OF_TRIAL, *own))}."
                )
                yield Found(("duties", n, "counted_from"), message)


def days_are_counted_from(
    duties: tuple[DutyPlan, ...], days: tuple[DayPlan, ...]
) -> Iterator[Found]:
    """A day that the protocol declares has a meaning of its own, and some report is counted from it."""
    counted = {key for duty in duties for key in duty.counted_from}
    labels = {*RECORDED.values(), *TOLD.values()}
    for n, day in enumerate(days):
        if day.key in OF_TRIAL:
            message = "Choose another key: every trial has this day already."
            yield Found(("days", n, "key"), message)
        elif day.key not in counted:
            yield Found(("days", n), "Leave this out: no report is counted from this day.")
        if day.label in labels:
            message = "Choose another label: a day of every trial has this one."
            yield Found(("days", n, "label"), message)
