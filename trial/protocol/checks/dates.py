"""Rules of time: recruitment, and the documents in force."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from trial.protocol.checks.found import Found
from trial.protocol.consent import ConsentDocument, ConsentPlan
from trial.protocol.recruitment import Recruitment

DAY = timedelta(days=1)


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
