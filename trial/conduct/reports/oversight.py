"""The reports for the oversight committee: an open one that tells no arms, and a closed one by arm."""

from collections.abc import Iterator

from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.cut import footer, marked
from trial.conduct.reports.sections import (
    bias,
    follow_up,
    followed,
    methods,
    primary,
    progress,
    recruitment,
    retention,
    screening,
    summary,
)
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Listing, Report, Text

OPEN = "Open report: tells no arms. For the oversight committee, the trial team and the sponsor."
CLOSED = "Closed report: tells results by arm. For members of the oversight committee only."


def build_open(protocol: Protocol, found: Assembled) -> Report:
    """The open report, from results that were assembled without arms."""
    blocks: list[Block] = [Heading("Summary"), *_open_summary(protocol, found)]
    blocks += [Heading("Progression criteria"), *progress.judged(protocol, found)]
    blocks += [Heading("Flow of clusters and participants"), *followed.flow(protocol, found)]
    blocks += [Heading("Recruitment"), *recruitment.recruited(protocol, found)]
    blocks += [Heading("From considered to enrolled"), *screening.screened(protocol, found)]
    blocks += [Heading("Retention and completeness"), *_kept(protocol, found)]
    blocks += [Heading("Deaths"), *followed.deaths(protocol, found)]
    return _report(protocol, found, "Open report to the oversight committee", OPEN, blocks)


def build_closed(protocol: Protocol, found: Assembled) -> Report:
    """The closed report: what the open one holds and the feasibility results, by arm."""
    blocks: list[Block] = [Heading("Summary"), Text(CLOSED), *summary.summary(protocol, found)]
    blocks += [Heading("Flow of clusters and participants"), *followed.flow(protocol, found)]
    blocks += [Heading("Recruitment"), *recruitment.recruited(protocol, found)]
    blocks += [Heading("Baseline"), *bias.baseline(protocol, found)]
    blocks += [Heading("Recruitment bias after allocation"), *_biased(protocol, found)]
    blocks += [Heading("Retention and completeness"), *_kept(protocol, found)]
    blocks += [Heading(primary.title(protocol)), *primary.told(protocol, found)]
    blocks += [Heading("Deaths"), *followed.deaths(protocol, found)]
    if found.harms:
        blocks += [Heading("Adverse events"), *follow_up.harmed(protocol, found)]
    blocks += [Heading("Methods"), *methods.described(protocol, found)]
    return _report(protocol, found, "Closed report to the oversight committee", CLOSED, blocks)


def _open_summary(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    results = found.results
    yield Text(OPEN)
    yield Listing(
        (
            f"Enrolled: {results.recruitment.enrolled} of a target of {results.recruitment.target}.",
            f"Retention: {sentences.share(results.retention.overall)}.",
            f"{primary.known(protocol)}: {sentences.share(results.known)}.",
        )
    )
    yield Text(
        "Outcomes are not in the open report, together or by arm, but for how complete they are."
    )


def _biased(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    yield from bias.after_allocation(protocol, found)
    yield from bias.timeline(protocol, found)


def _kept(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    yield from retention.kept(protocol, found)
    yield from followed.losses(protocol, found)


def _report(
    protocol: Protocol, found: Assembled, title: str, audience: str, blocks: list[Block]
) -> Report:
    return Report(
        title=title,
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, blocks),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: {title.lower()}", audience),
    )
