"""The quality of the data: queries by form and cluster, and how long they took to close."""

from collections.abc import Iterator

from trial.conduct.reports import data_quality, sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.data_quality import Group
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text

COUNTED = ("Raised", "Open", "Answered", "Closed", "Median days to close")
NOTE = "Days are calendar days from raised to closed, of the queries that are closed."


def quality(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How many queries were raised and stand, together, by form and by cluster."""
    told = found.queries
    if not told.all.number:
        yield Text("No query was raised.")
        return
    days = told.all.median_days
    ended = "none is closed" if days is None else f"the median time to close was {days:g} days"
    yield Text(
        f"{told.all.number} queries were raised: {told.all.open} are open, {told.all.answered} answered"
        f" and not closed, {told.all.closed} closed; {ended}."
    )
    clusters = sentences.cluster_labels(protocol, found.told)
    by_form = tuple(_row(data_quality.label(protocol, one.key), one) for one in told.by_form)
    by_cluster = tuple(_row(clusters.get(one.key, one.key), one) for one in told.by_cluster)
    numeric = tuple(range(1, len(COUNTED) + 1))
    yield Table(
        "Queries by form or record", ("Form or record", *COUNTED), by_form, NOTE, numeric=numeric
    )
    yield Table("Queries by cluster", ("Cluster", *COUNTED), by_cluster, NOTE, numeric=numeric)


def _row(name: str, one: Group) -> tuple[str | int, ...]:
    days = "none closed" if one.median_days is None else f"{one.median_days:g}"
    return name, one.number, one.open, one.answered, one.closed, days
