"""What to do next about a visit that is expected: said from its window and the attempts made so far."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from trial.conduct.dates import words
from trial.protocol import Protocol
from trial.protocol.contact import ContactPlan, Way
from trial.records.models import ContactAttempt, Visit


class Step(StrEnum):
    """The kinds of next step."""

    WAIT = "wait"
    ARRANGE = "arrange"
    SEE = "see"
    TRY_AGAIN = "try again"
    TRACE = "trace"
    DECIDE = "decide"
    RECORD = "record"


class NextStep(NamedTuple):
    """One next step, in words that say what to do."""

    step: Step
    words: str


def next_step(
    protocol: Protocol,
    visit: Visit,
    made: Sequence[ContactAttempt],
    on: date,
    contacted: bool = True,
) -> NextStep:
    """The next step about a visit, given the attempts that count, in their order.

    Of somebody who withdrew from being ``contacted`` nobody is asked to try.
    """
    plan = protocol.contact
    if not contacted:
        return _uncontacted(visit, on)
    if plan is None:
        return _without_contact(visit, on)
    last = made[-1] if made else None
    if last is None:
        return _first(visit, on)
    if last.arranged_for is not None:
        return _arranged(last.arranged_for, on)
    if last.next_try_on is not None and last.next_try_on > on:
        return NextStep(Step.WAIT, f"Try again on {words(last.next_try_on)}")
    failed = since_reached(plan, made)
    if not failed:
        told = f"Reached on {words(last.tried_on)}: arrange a day"
        return NextStep(Step.ARRANGE, told)
    if len(failed) < plan.tracing_after:
        told = f"Try again: {_times(len(failed))} without reaching them"
        return NextStep(Step.TRY_AGAIN, told)
    return _tracing(plan, failed)


def since_reached(plan: ContactPlan, made: Sequence[ContactAttempt]) -> list[ContactAttempt]:
    """The attempts since the person was last reached."""
    failed: list[ContactAttempt] = []
    for one in made:
        told = plan.outcome(one.outcome)
        failed = [] if told is not None and told.reached else [*failed, one]
    return failed


def _tracing(plan: ContactPlan, failed: Sequence[ContactAttempt]) -> NextStep:
    tried = {one.way for one in failed}
    left: list[Way] = [way for way in plan.tracing_ways if way.key not in tried]
    if left:
        return NextStep(Step.TRACE, f"Trace: {left[0].label}")
    return NextStep(Step.DECIDE, "Decide whether they are lost to follow-up")


def _arranged(day: date, on: date) -> NextStep:
    if day >= on:
        return NextStep(Step.SEE, f"Arranged for {words(day)}")
    return NextStep(Step.RECORD, f"Record the visit arranged for {words(day)}")


def _first(visit: Visit, on: date) -> NextStep:
    if on < visit.opens_on:
        return NextStep(Step.WAIT, f"Its window opens on {words(visit.opens_on)}")
    return NextStep(Step.ARRANGE, "Contact them and arrange a day")


def _uncontacted(visit: Visit, on: date) -> NextStep:
    if on > visit.closes_on:
        return NextStep(Step.RECORD, "Do not contact them: record the visit, or that it was missed")
    return NextStep(Step.WAIT, "Do not contact them: record the visit if they come")


def _without_contact(visit: Visit, on: date) -> NextStep:
    if on < visit.opens_on:
        return NextStep(Step.WAIT, f"Its window opens on {words(visit.opens_on)}")
    if on > visit.closes_on:
        return NextStep(Step.RECORD, "Record the visit, or that it was missed")
    return NextStep(Step.SEE, "See them and record the visit")


def _times(number: int) -> str:
    return "tried once" if number == 1 else f"tried {number} times"
