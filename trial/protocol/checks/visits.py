"""Rules of the visits: when each is due, in which order, and their windows."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from trial.protocol.checks.found import Found
from trial.protocol.consent import ConsentPlan
from trial.protocol.visits import ALLOCATION, ENROLMENT, Unit, VisitPlan
from trial.protocol.windows import after

# Four years hold every length that a number of calendar months can have.
FOUR_YEARS = tuple(date(2001, 1, 1) + timedelta(days=n) for n in range(1461))
Span = tuple[Unit, int]
ONE_TIME = "Say in one way when it is due: one of months, weeks, days or due_on."


def visits_have_one_time(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """Every visit says once when it is due; one on a day of the calendar counts from nothing."""
    for index, visit in enumerate(visits):
        said = [unit for unit, _ in visit.spans] + ["due_on"] * (visit.due_on is not None)
        if not said:
            yield Found(("visits", index), ONE_TIME)
        for name in said[1:]:
            yield Found(("visits", index, name), ONE_TIME)
        if visit.due_on is not None and visit.counted_from != ENROLMENT:
            message = (
                "Leave this out: a visit on a day of the calendar is not counted from another."
            )
            yield Found(("visits", index, "counted_from"), message)


def visits_count_from_earlier(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """A visit is counted from enrolment, from allocation, or from a visit that stands before it."""
    known = {ENROLMENT, ALLOCATION}
    for index, visit in enumerate(visits):
        if visit.counted_from not in known:
            yield Found(
                ("visits", index, "counted_from"),
                'Enter "enrolment", "allocation", or the key of a visit that stands before this one.',
            )
        if visit.key in (ENROLMENT, ALLOCATION):
            yield Found(
                ("visits", index, "key"), "Choose another key: this word has a meaning here."
            )
        known.add(visit.key)


def visits_ask_clauses(visits: tuple[VisitPlan, ...], consent: ConsentPlan) -> Iterator[Found]:
    """A visit that is for some asks a clause that a person can decline."""
    optional = {clause.key for clause in consent.clauses if not clause.mandatory}
    for index, visit in enumerate(visits):
        if visit.clause is None:
            continue
        if visit.clause not in optional:
            message = "Name a clause of the consent that is not mandatory."
            yield Found(("visits", index, "clause"), message)
        if visit.baseline or visit.primary:
            message = "Leave this out: the baseline and the primary visit fall due for everyone."
            yield Found(("visits", index, "clause"), message)


def one_baseline_and_one_primary(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """One visit is the baseline, at enrolment; one other is the primary one."""
    for mark in ("baseline", "primary"):
        marked = sum(1 for visit in visits if getattr(visit, mark))
        if marked != 1:
            yield Found(
                ("visits",), f"Mark exactly one visit with {mark} = true; {marked} are marked."
            )
    for index, visit in enumerate(visits):
        if visit.baseline:
            yield from _at_enrolment(index, visit)
        if visit.baseline and visit.primary:
            yield Found(
                ("visits", index, "primary"),
                "The baseline cannot be the primary visit: mark a later one.",
            )


def _at_enrolment(index: int, visit: VisitPlan) -> Iterator[Found]:
    for unit, number in visit.spans:
        if number:
            yield Found(("visits", index, unit), "Enter 0: the baseline is due at enrolment.")
    if visit.due_on is not None or visit.counted_from != ENROLMENT:
        name = "counted_from" if visit.due_on is None else "due_on"
        yield Found(("visits", index, name), "Leave this out: the baseline is due at enrolment.")


def visits_in_order(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """Visits that are counted from the same day stand in the order in which they fall due."""
    for index, earlier, later in _neighbours(visits):
        (span,), (next_span,) = earlier.spans, later.spans
        if shortest(span, next_span) <= 0:
            yield Found(
                ("visits", index, next_span[0]),
                f"Put the visits in order of time: this one is not after {earlier.key}.",
            )


def windows_apart(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """No day can belong to the windows of two visits that are counted from the same day."""
    for index, earlier, later in _neighbours(visits):
        (span,), (next_span,) = earlier.spans, later.spans
        between = shortest(span, next_span)
        overlap = earlier.closes_days_after + later.opens_days_before - between + 1
        if between > 0 and overlap > 0:
            yield Found(
                ("visits", index, "opens_days_before"),
                f"This window overlaps that of {earlier.key} by up to {overlap} days: "
                "make one of the two smaller.",
            )


def _neighbours(
    visits: tuple[VisitPlan, ...],
) -> Iterator[tuple[int, VisitPlan, VisitPlan]]:
    """Each visit with the one before it that is counted from the same day, and its place."""
    groups: dict[object, list[VisitPlan]] = {}
    for index, visit in enumerate(visits):
        if len(visit.spans) == 1 and visit.due_on is None:
            group = groups.setdefault((visit.counted_from, visit.session), [])
            yield from ((index, earlier, visit) for earlier in _before(visit, group))
            group.append(visit)


def _before(visit: VisitPlan, group: list[VisitPlan]) -> Iterator[VisitPlan]:
    """The visits that come last before it in its arms; nobody has two visits of different arms."""
    for earlier in reversed(group):
        if not visit.arms or not earlier.arms or set(visit.arms) & set(earlier.arms):
            yield earlier
        if not earlier.arms or (visit.arms and set(visit.arms) <= set(earlier.arms)):
            return


@cache
def shortest(earlier: Span, later: Span) -> int:
    """The fewest days that can lie between two days that are so far from the same day."""
    if earlier[0] == later[0] == "months" and later[1] <= earlier[1]:
        return 0
    return min((after(day, *later) - after(day, *earlier)).days for day in FOUR_YEARS)
