"""Open employment at 12 months, by arm."""

from collections.abc import Iterator

from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.picture import Intervals
from trial.report.value import Block, Figure, Table, Text


def employed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Counts, proportions with intervals, and the differences."""
    results = found.results.work
    arms = [("All", results.overall)]
    arms += [
        (sentences.arm_label(protocol, found.told, a), one) for a, one in results.by_arm.items()
    ]
    yield Table(
        "Status at the 12-month date, derived from the work history",
        ("Arm", "Enrolled", "Reached 12 months", "Employed", "Not employed", "Not known"),
        tuple((name, o.enrolled, o.reached, o.yes, o.no, o.unknown) for name, o in arms),
        numeric=(1, 2, 3, 4, 5),
    )
    yield Table(
        "Proportion in open employment at 12 months",
        (
            "Arm",
            "Of those whose status is known",
            "All enrolled, not known counted as not employed",
        ),
        tuple(
            (name, sentences.share(o.observed), sentences.share(o.missing_as_not_employed))
            for name, o in arms
        ),
        note="Wilson score intervals.",
    )
    yield Figure(
        "employment",
        "Open employment at 12 months, of those whose status is known",
        "Proportions with 95% intervals for all participants and for each arm.",
        Intervals(
            "In open employment", tuple(sentences.interval(name, o.observed) for name, o in arms)
        ),
    )
    yield from _differences(protocol, found)


def _differences(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    for one in found.results.work.differences:
        first, second = (
            sentences.arm_label(protocol, found.told, a) for a in (one.first, one.second)
        )
        yield Text(f"{first} minus {second}, status known: {sentences.points(one.observed)}.")
        yield Text(
            f"{first} minus {second}, not known counted as not employed:"
            f" {sentences.points(one.missing_as_not_employed)}."
        )
