"""Calendar dates in words, and the two rules that every dated act shares."""

from datetime import date

from trial.conduct.refused import Refused


def words(day: date) -> str:
    """A date as it is written in a sentence: 3 May 2026."""
    return f"{day.day} {day:%B %Y}"


def not_future(day: date | None, on: date, item: str, what: str) -> None:
    """Raise ``Refused`` where a day is still to come."""
    if day is not None and day > on:
        raise Refused(f"{what} cannot be in the future: today is {words(on)}.", item)


def not_before(
    day: date | None, earlier: date | None, item: str, what: str, earlier_what: str
) -> None:
    """Raise ``Refused`` where a day comes before the one that it must follow."""
    if day is not None and earlier is not None and day < earlier:
        raise Refused(f"{what} cannot be before {earlier_what} ({words(earlier)}).", item)
