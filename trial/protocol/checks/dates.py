"""Rules of time: recruitment, the documents in force, the visits and their windows."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from trial.protocol.checks.found import Found
from trial.protocol.consent import ConsentDocument, ConsentPlan
from trial.protocol.recruitment import Recruitment
from trial.protocol.visits import VisitPlan
from trial.protocol.windows import anniversary

DAY = timedelta(days=1)
# Four years hold every length that a number of calendar months can have.
FOUR_YEARS = tuple(date(2001, 1, 1) + DAY * n for n in range(1461))


def recruitment_in_order(recruitment: Recruitment) -> Iterator[Found]:
    """Recruitment closes after it opens."""
    if recruitment.closes_on < recruitment.opens_on:
        yield Found(("recruitment", "closes_on"), "Enter a day that is not before opens_on.")


def documents_in_order(consent: ConsentPlan) -> Iterator[Found]:
    """A document's last day in force is not before its first."""
    for index, document in enumerate(consent.documents):
        if document.in_force_until and document.in_force_until < document.in_force_from:
            yield Found(
                ("consent", "documents", index, "in_force_until"),
                "Enter a day that is not before in_force_from.",
            )


def documents_cover_recruitment(consent: ConsentPlan, recruitment: Recruitment) -> Iterator[Found]:
    """On every day of recruitment exactly one version of each document is in force."""
    by_key: dict[str, list[tuple[int, ConsentDocument]]] = {}
    for index, document in enumerate(consent.documents):
        by_key.setdefault(document.key, []).append((index, document))
    for versions in by_key.values():
        versions.sort(key=lambda found: found[1].in_force_from)
        yield from _overlaps(versions)
        yield from _gaps(versions, recruitment)


def _overlaps(versions: list[tuple[int, ConsentDocument]]) -> Iterator[Found]:
    for (_, earlier), (index, later) in pairwise(versions):
        if earlier.in_force_until is None or later.in_force_from <= earlier.in_force_until:
            yield Found(
                ("consent", "documents", index, "in_force_from"),
                f"Version {earlier.version} of this document is still in force on this day: "
                "end it the day before with in_force_until.",
            )


def _gaps(versions: list[tuple[int, ConsentDocument]], window: Recruitment) -> Iterator[Found]:
    needed = window.opens_on
    for index, version in versions:
        if version.in_force_from > needed and needed <= window.closes_on:
            yield Found(
                ("consent", "documents", index, "in_force_from"),
                f"No version of this document is in force on {needed.isoformat()}, while people "
                "are recruited: let one version follow the other without a gap.",
            )
        if version.in_force_until is None:
            return
        needed = max(needed, min(version.in_force_until, window.closes_on) + DAY)
    if needed <= window.closes_on:
        yield Found(
            ("consent", "documents", versions[-1][0], "in_force_until"),
            f"No version of this document is in force on {needed.isoformat()}, while people are "
            "recruited: let this one last to the end of recruitment, or add the next version.",
        )


def one_baseline_and_one_primary(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """One visit is the baseline, at enrolment; one other is the primary one."""
    for mark in ("baseline", "primary"):
        marked = sum(1 for visit in visits if getattr(visit, mark))
        if marked != 1:
            yield Found(
                ("visits",), f"Mark exactly one visit with {mark} = true; {marked} are marked."
            )
    for index, visit in enumerate(visits):
        if visit.baseline and visit.months != 0:
            yield Found(("visits", index, "months"), "Enter 0: the baseline is due at enrolment.")
        if visit.baseline and visit.primary:
            yield Found(
                ("visits", index, "primary"),
                "The baseline cannot be the primary visit: mark a later one.",
            )


def visits_in_order(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """Visits stand in the order in which they fall due."""
    for index, (earlier, later) in enumerate(pairwise(visits), start=1):
        if later.months <= earlier.months:
            yield Found(
                ("visits", index, "months"),
                f"Put the visits in order of time: this one is not after {earlier.key}.",
            )


def windows_apart(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """No day can belong to the windows of two visits of the same participant."""
    for index, (earlier, later) in enumerate(pairwise(visits), start=1):
        if later.months <= earlier.months:
            continue
        between = shortest(earlier.months, later.months)
        overlap = earlier.closes_days_after + later.opens_days_before - between + 1
        if overlap > 0:
            yield Found(
                ("visits", index, "opens_days_before"),
                f"This window overlaps that of {earlier.key} by up to {overlap} days: "
                "make one of the two smaller.",
            )


@cache
def shortest(earlier: int, later: int) -> int:
    """The fewest days that can lie between two anniversaries of the same day."""
    return min((anniversary(day, later) - anniversary(day, earlier)).days for day in FOUR_YEARS)
