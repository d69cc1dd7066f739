"""What a reader has to know first."""

from collections.abc import Iterator

from trial.conduct.outcomes import primary_visit
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import primary
from trial.protocol import Protocol
from trial.report.value import Block, Listing, Notice, Text

CODED = (
    "Arms and clusters stand under names drawn at random. The sizes of the arms may still tell which"
    " is which."
)


def summary(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The headline figures, and what so few clusters cannot tell."""
    results = found.results
    recruited, kept = results.recruitment, results.retention
    if found.told.blinded:
        yield Text(CODED)
    yield Listing(
        (
            f"Enrolled: {recruited.enrolled} of a target of {recruited.target}"
            f" ({100 * recruited.of_target:.0f}%).",
            f"Recruitment rate: {sentences.rate(recruited.rate)} people per cluster-month.",
            f"Retention, the {primary_visit(protocol).name} visit done of those enrolled:"
            f" {sentences.share(kept.overall)}.",
            primary.headline(protocol, found),
            "Progression criteria: the overall light is"
            f" {str(results.progression.overall).lower()}, the worst of its criteria.",
        )
    )
    yield from few(found)


def few(found: Assembled) -> Iterator[Block]:
    """What so few clusters cannot tell, where they are few."""
    if found.results.caution:
        yield Notice(found.results.caution)


def limits(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What the figures themselves say about their limits."""
    results = found.results
    yield from few(found)
    yield Text(
        f"{results.recruitment.after_reveal} of {results.recruitment.enrolled} participants were"
        " enrolled after the arm of their cluster had been revealed, and"
        f" {primary.unknown(protocol, found)}."
    )
