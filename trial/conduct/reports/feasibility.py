"""The feasibility report: every result told in the order in which a reader of the trial asks."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from trial.analysis.estimate import Estimate
from trial.analysis.progression import Light as Judged
from trial.analysis.recruitment import Recruitment as Recruited
from trial.conduct.dates import words
from trial.conduct.outcomes import primary_visit
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.cut import footer, marks
from trial.conduct.reports.participants_flow import flow_figure
from trial.protocol import Protocol
from trial.report.picture import Intervals, Month, Recruitment
from trial.report.value import (
    Block,
    Colour,
    Figure,
    Heading,
    Light,
    Listing,
    Notice,
    Report,
    Table,
    Text,
)
from trial.report.wording import month

CONFIDENTIAL = "Confidential: for the trial team, its sponsor and its oversight committee"


def as_json(protocol: Protocol, found: Assembled) -> dict[str, Any]:
    """The results as plain values with the marks that identify them."""
    body: dict[str, Any] = {**marks(protocol, found.cut), "blinded": found.told.blinded}
    body |= found.results.as_dict()
    if found.told.blinded:
        flow: dict[str, Any] = dict(body["flow"])
        flow["boxes"] = [box for box in flow["boxes"] if box["key"] != "withdrew-intervention"]
        body["flow"] = flow
    return body


def build(protocol: Protocol, found: Assembled) -> Report:
    """The report as a value, to be printed as PDF or as a page."""
    blocks: list[Block] = []
    for section in (_summary, _progress, _flow, _screening, _recruited, _kept, _employed, _methods):
        blocks.extend(section(protocol, found))
    return Report(
        title="Feasibility report",
        subtitle=f"{protocol.name}, as known at the end of {words(found.cut.on)}",
        blocks=tuple(blocks),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: feasibility report", CONFIDENTIAL),
    )


def _summary(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    results = found.results
    recruited, kept, employed = results.recruitment, results.retention, results.employment.overall
    yield Heading("Summary")
    if found.told.blinded:
        yield Text(
            "Arms and clusters stand under names drawn at random. The sizes of the arms may still"
            " tell which is which."
        )
    yield Listing(
        (
            f"Enrolled: {recruited.enrolled} of a target of {recruited.target}"
            f" ({100 * recruited.of_target:.0f}%).",
            f"Recruitment rate: {sentences.rate(recruited.rate)} people per cluster-month.",
            f"Retention, the {primary_visit(protocol).name} visit done of those enrolled:"
            f" {sentences.share(kept.overall)}.",
            f"In open employment at 12 months, of those whose status is known:"
            f" {sentences.share(employed.observed)}.",
            "Progression criteria: the overall light is"
            f" {str(results.progression.overall).lower()}, the worst of its criteria.",
        )
    )
    yield Notice(results.caution)


def _progress(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    yield Heading("Progression criteria")
    yield Light(_colour(found.results.progression.overall), "all criteria together")
    rows = tuple(_criterion(light) for light in found.results.progression.criteria)
    yield Table(
        "Each criterion against its thresholds",
        ("Criterion", "Observed", "Green from", "Amber from", "Light"),
        rows,
        note="Lights judge the point estimate; the interval shows how far it may be off.",
    )


def _colour(word: object) -> Colour:
    found = str(word).lower()
    return Colour(found) if found in {colour.value for colour in Colour} else Colour.GREY


def _criterion(light: Judged) -> tuple[Any, ...]:
    share = light.unit == "proportion"
    told = sentences.share if share else sentences.rate
    if light.metric == "recruited":
        observed = "" if light.estimate.value is None else f"{light.estimate.value:.0f}"
    else:
        observed = told(light.estimate)

    def limit(value: float) -> str:
        return sentences.percent(value) if share else f"{float(value):g} {light.unit}"

    return (
        light.label,
        observed,
        limit(float(light.green_at)),
        limit(float(light.amber_at)),
        Light(_colour(light.colour)),
    )


def _flow(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    yield Heading("Flow of clusters and participants")
    yield flow_figure(protocol, found)


def _screening(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    funnel = found.results.funnel
    labels = sentences.reason_labels(protocol)
    yield Heading("From screened to enrolled")
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


def _recruited(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    results = found.results.recruitment
    labels = sentences.cluster_labels(protocol, found.told)
    yield Heading("Recruitment")
    months = tuple(
        Month(date.fromisoformat(f"{one.month}-01"), one.enrolled, one.target_cumulative)
        for one in results.by_month
    )
    if months:
        yield Figure(
            "recruitment",
            "Cumulative recruitment against the target",
            f"{results.enrolled} enrolled by {words(found.cut.on)} against a target of"
            f" {results.target} by {words(protocol.recruitment.closes_on)}.",
            Recruitment(months),
        )
    yield Table(
        "Recruitment by cluster",
        ("Cluster", "Enrolled", "Days open", "People per cluster-month"),
        tuple(
            (
                labels.get(one.cluster, one.cluster),
                one.enrolled,
                one.open_days,
                sentences.rate(one.rate),
            )
            for one in results.by_cluster
        ),
        note="Days open inside the recruitment window; exact Poisson (Garwood) intervals.",
        numeric=(1, 2),
    )
    yield _by_month(results, labels)
    by_arm = ((sentences.arm_label(protocol, found.told, a), n) for a, n in results.by_arm.items())
    yield Table("Enrolled by arm", ("Arm", "Enrolled"), tuple(by_arm), numeric=(1,))
    yield Text(
        f"{results.after_reveal} of {results.enrolled} were enrolled after their cluster's arm had been"
        " revealed: whoever recruited them could have known it."
    )


def _by_month(results: Recruited, labels: dict[str, str]) -> Table:
    keys = [one.cluster for one in results.by_cluster]
    return Table(
        "Recruitment by month and cluster",
        ("Month", *(labels.get(key, key) for key in keys), "All", "Target by its end"),
        tuple(
            (
                month(date.fromisoformat(f"{one.month}-01")),
                *(one.by_cluster.get(key, 0) for key in keys),
                one.enrolled,
                f"{one.target_cumulative:.1f}",
            )
            for one in results.by_month
        ),
        numeric=tuple(range(1, len(keys) + 3)),
    )


def _kept(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    kept, complete = found.results.retention, found.results.completeness
    yield Heading("Retention and completeness")
    rows = [("All", kept.overall, kept.in_window)]
    rows += [
        (sentences.arm_label(protocol, found.told, arm), one, kept.in_window_by_arm[arm])
        for arm, one in kept.by_arm.items()
    ]
    yield Table(
        f"Retention: the {primary_visit(protocol).name} visit done, of those enrolled",
        ("Arm", "Done", "Done within its window"),
        tuple(
            (name, sentences.share(done), sentences.share(within)) for name, done, within in rows
        ),
    )
    yield Text(f"Difference in retention between the arms: {sentences.points(kept.difference)}.")
    yield Table(
        "What became of the visit",
        ("Outcome", "Participants"),
        tuple((fate, n) for fate, n in kept.fates.items()),
        numeric=(1,),
    )
    names = {visit.key: visit.name for visit in protocol.visits}
    yield Table(
        "Completeness: visits done, of those due by the data cut",
        ("Visit", "Planned", "Not due", "Done"),
        tuple(
            (names.get(key, key), one.planned, one.not_due, sentences.share(one.done))
            for key, one in complete.by_visit.items()
        ),
        numeric=(1, 2),
    )


def _employed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    results = found.results.employment
    arms = [("All", results.overall)]
    arms += [
        (sentences.arm_label(protocol, found.told, a), one) for a, one in results.by_arm.items()
    ]
    yield Heading("Open employment at 12 months")
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
    for one in found.results.employment.differences:
        first, second = (
            sentences.arm_label(protocol, found.told, a) for a in (one.first, one.second)
        )
        yield Text(f"{first} minus {second}, status known: {sentences.points(one.observed)}.")
        yield Text(
            f"{first} minus {second}, not known counted as not employed:"
            f" {sentences.points(one.missing_as_not_employed)}."
        )


def _methods(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    results = found.results
    methods = sorted(
        {
            one.method
            for one in (
                results.recruitment.rate, results.retention.overall,
                results.employment.overall.observed, *_compared(found),
            )
        }
    )  # fmt: skip
    yield Heading("Methods")
    yield Text(
        "Proportions, rates and their intervals were computed by: "
        + "; ".join(methods)
        + ". No test"
        " of an effect was made. Participants who withdrew the use of their data are counted as"
        " enrolled, and nothing else of theirs is used."
    )
    if protocol.assumptions:
        yield Text(
            f"{len(protocol.assumptions)} tables of the protocol file hold assumptions that the trial"
            " team has still to confirm, in: " + ", ".join(_parts(protocol)) + "."
        )


def _parts(protocol: Protocol) -> list[str]:
    """The parts of the protocol in which something is assumed."""
    return sorted({re.split(r"[.[]", place)[0] for place in protocol.assumptions})


def _compared(found: Assembled) -> list[Estimate]:
    return [one.observed for one in found.results.employment.differences]
