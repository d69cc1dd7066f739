"""The monthly recruitment report: how many, where, why not, and where it is heading; without arms."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled, each_row
from trial.conduct.reports.cut import footer, marked
from trial.conduct.reports.sections import quality, recruitment, screening
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Listing, Report, Table, Text

NO_ARMS = "This report tells no arms: everyone in the trial may read it."


def build(protocol: Protocol, found: Assembled) -> Report:
    """The report as a value, from results that were assembled without arms."""
    blocks: list[Block] = [Heading("This month"), *_month(protocol, found)]
    blocks += [Heading("Recruitment against the target"), *recruitment.recruited(protocol, found)]
    blocks += [Heading("From considered to enrolled"), *screening.screened(protocol, found)]
    blocks += [Heading("Clusters"), *_clusters(protocol, found)]
    blocks += [Heading("Data quality"), *quality.quality(protocol, found)]
    return Report(
        title="Recruitment report",
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, blocks),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: recruitment report", NO_ARMS),
    )


def _month(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    on, recruited = found.cut.on, found.results.recruitment
    people, log = found.frames.participants, found.frames.screening
    yield Text(NO_ARMS)
    yield Listing(
        (
            f"Enrolled in {on:%B %Y} so far: {_within(people['enrolled_on'], on)}.",
            f"Considered in {on:%B %Y} so far: {_within(log['considered_on'], on)} rows of the"
            " screening log.",
            f"Enrolled in all: {recruited.enrolled} of a target of {recruited.target}"
            f" ({100 * recruited.of_target:.0f}%).",
            f"Rate: {sentences.rate(recruited.rate)} people per cluster-month{_planned(protocol)}.",
        )
    )


def _planned(protocol: Protocol) -> str:
    rate = protocol.recruitment.per_cluster_month
    return "" if rate is None else f"; planned: {rate}"


def _within(days: Iterable[Any], on: date) -> int:
    """How many of the days fall into the month of a day."""
    month = on.year, on.month
    return sum((day.year, day.month) == month for day in days if day is not None)


def _clusters(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    labels = sentences.cluster_labels(protocol, found.told)
    log = found.frames.screening
    considered = log["cluster"].value_counts().to_dict()
    yield Table(
        "Where each cluster stands",
        ("Cluster", "Permission", "Opened", "Closed", "Rows in the screening log"),
        tuple(
            (labels.get(one.cluster, one.cluster), one.permission_on, one.opened_on, one.closed_on,
             int(considered.get(one.cluster, 0)))
            for one in each_row(found.frames.clusters)
        ),
        numeric=(4,),
    )  # fmt: skip
