"""From considered to enrolled: conversions with their denominators, and why people stopped."""

from collections.abc import Iterator

from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text


def _counted(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What clusters counted before the screening log began, cluster by cluster."""
    labels = sentences.cluster_labels(protocol, found.told)
    keys = sorted({key for step in found.counted for key in step.expected})
    yield Table(
        "Counted by the clusters before the screening log",
        ("Cluster", *(step.title for step in found.counted)),
        tuple(
            (labels.get(key, key), *(step.known.get(key, "not known") for step in found.counted))
            for key in keys
        ),
        numeric=tuple(range(1, len(found.counted) + 1)),
        note="As each cluster gave them: they need not fall from step to step, and no share is computed of"
        " them.",
    )


def screened(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The funnel, the gatekeeping, and the coded reasons."""
    if found.counted:
        yield from _counted(protocol, found)
    funnel = found.results.funnel
    labels = sentences.reason_labels(protocol)
    yield Text(
        f"{funnel.counts['considered']} people were considered, in {funnel.rows} rows of the"
        f" screening log ({funnel.considered_again} were considered again; each person counts once,"
        " by the latest row)."
    )
    yield Table(
        "Conversions, each with its denominator named",
        ("Numerator", "Denominator", "Estimate"),
        tuple(
            (step.numerator, step.denominator, sentences.share(step.estimate))
            for step in funnel.conversions
        ),
        note="Wilson score intervals.",
    )
    yield sentences.reasons_table(
        "Why people were not referred", funnel.gatekeeping.reasons, labels
    )
    yield sentences.reasons_table("Who decided not to refer", funnel.gatekeeping.deciders, labels)
    clusters = sentences.cluster_labels(protocol, found.told)
    yield Table(
        "Not referred, of those considered, by cluster",
        ("Cluster", "Estimate"),
        tuple(
            (clusters.get(key, key), sentences.share(estimate))
            for key, estimate in sorted(funnel.gatekeeping.by_cluster.items())
        ),
    )
    yield sentences.reasons_table(
        "Criteria not met (a person may fail several)", funnel.not_eligible_by_criterion, labels
    )
    yield sentences.reasons_table(
        "Why eligible people were not approached", funnel.not_approached_reasons, labels
    )
    yield sentences.reasons_table("Why people declined", funnel.declined_reasons, labels)
