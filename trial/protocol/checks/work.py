"""Rules of employment and of the wage table; a trial without employment is asked none."""

from collections.abc import Iterator

from trial.protocol.base import LAST_DAY
from trial.protocol.checks.found import Found
from trial.protocol.employment import EmploymentPlan, WageRate
from trial.protocol.wages import rate_in_force

OLDEST = 101
TABLE = ("employment", "minimum_wage")


def open_work_is_paid(employment: EmploymentPlan) -> Iterator[Found]:
    """Open employment is paid, and there is at least one kind of it."""
    if not any(kind.open for kind in employment.kinds):
        yield Found(("employment", "kinds"), "Mark at least one kind with open = true.")
    for index, kind in enumerate(employment.kinds):
        if kind.open and not kind.paid:
            yield Found(
                ("employment", "kinds", index, "paid"),
                "Enter true: open employment is paid. Or enter open = false.",
            )


def wage_bands_in_order(employment: EmploymentPlan) -> Iterator[Found]:
    """An age band ends no earlier than it begins."""
    for index, rate in enumerate(employment.minimum_wage):
        if rate.age_to is not None and rate.age_to < rate.age_from:
            yield Found((*TABLE, index, "age_to"), "Enter an age that is not below age_from.")


def wages_without_gap_or_overlap(employment: EmploymentPlan) -> Iterator[Found]:
    """From the first day on, every age from the youngest up has exactly one rate."""
    rates = employment.minimum_wage
    for index, rate in enumerate(rates):
        for earlier in rates[:index]:
            if earlier.from_on == rate.from_on and _share_an_age(earlier, rate):
                yield Found(
                    (*TABLE, index, "age_from"),
                    f"Another rate from {rate.from_on.isoformat()} holds some of these ages too: "
                    "let the bands follow each other.",
                )
    youngest = min(rate.age_from for rate in rates)
    for on in sorted({rate.from_on for rate in rates}):
        yield from _holes(rates, on, youngest)


def _share_an_age(one: WageRate, other: WageRate) -> bool:
    return one.age_from <= _last(other) and other.age_from <= _last(one)


def _last(rate: WageRate) -> int:
    return OLDEST if rate.age_to is None else rate.age_to


def _holes(rates: tuple[WageRate, ...], on: object, youngest: int) -> Iterator[Found]:
    """Ages that have no rate on a day, and bands of which only a part was replaced on it."""
    changed = [index for index, rate in enumerate(rates) if rate.from_on == on]
    place = (*TABLE, changed[0], "age_from")
    day = rates[changed[0]].from_on
    indexes = {id(rate): index for index, rate in enumerate(rates)}
    held: dict[int, set[int]] = {}
    for age in range(youngest, OLDEST + 1):
        rate = rate_in_force(rates, day, age)
        if rate is None:
            yield Found(place, f"No rate holds the age {age} on {day.isoformat()}: add one for it.")
            return
        held.setdefault(indexes[id(rate)], set()).add(age)
    for index, ages in held.items():
        left = set(range(rates[index].age_from, _last(rates[index]) + 1)) - ages
        if left and index not in changed:
            yield Found(
                place,
                f"The rates from {day.isoformat()} replace only a part of the band that began on "
                f"{rates[index].from_on.isoformat()} at the age {rates[index].age_from}: add a "
                f"rate from {day.isoformat()} for the ages {min(ages)} to {max(ages)} too.",
            )


def wage_table_ends_after_it_begins(employment: EmploymentPlan) -> Iterator[Found]:
    """The day to which the table is known is not before its last rate."""
    latest = max((rate.from_on for rate in employment.minimum_wage), default=LAST_DAY)
    if employment.minimum_wage_until < latest:
        yield Found(
            ("employment", "minimum_wage_until"),
            f"Enter a day that is not before the last rate, which is from {latest.isoformat()}.",
        )
