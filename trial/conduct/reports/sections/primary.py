"""The primary outcome by arm, whether it is work or another one that the protocol names."""

import math
from collections.abc import Iterator

from trial.analysis.estimate import Estimate
from trial.analysis.primary import ArmOutcome, Summary
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import employment
from trial.protocol import Protocol
from trial.report.picture import Interval, Intervals
from trial.report.value import Block, Figure, Notice, Table, Text


def title(protocol: Protocol) -> str:
    """What the primary outcome is called: a heading."""
    return "Open employment at 12 months" if protocol.outcome is None else protocol.outcome.label


def told(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The primary outcome of everyone and by arm, and each arm compared with the last."""
    if protocol.outcome is None:
        yield from employment.employed(protocol, found)
    else:
        yield from _arms(protocol, found)
        yield from _differences(protocol, found)
        if protocol.participants:
            yield from _clusters(found)


def known(protocol: Protocol) -> str:
    """What is said of how complete the outcome is, without a word of the outcome itself."""
    if protocol.outcome is None:
        return "Status at 12 months known, of those who passed their 12-month date alive"
    if not protocol.participants:
        return f"{protocol.outcome.label}: known, of the clusters in which it was due"
    return f"{protocol.outcome.label}: known, of those who passed the day of the visit alive"


def numbers(protocol: Protocol, found: Assembled) -> list[tuple[str, int, dict[str, int]]]:
    """How many are analysed: what, overall, and by arm."""
    if protocol.outcome is None:
        work = found.results.work
        return [
            (
                "Open employment at 12 months: status known",
                work.overall.observed.n,
                {arm: one.observed.n for arm, one in work.by_arm.items()},
            ),
            (
                "Open employment, not known counted as not employed: everyone enrolled",
                work.overall.missing_as_not_employed.n,
                {arm: one.missing_as_not_employed.n for arm, one in work.by_arm.items()},
            ),
        ]
    other = found.results.other
    by_arm = {arm: one.known for arm, one in other.by_arm.items()}
    return [(f"{protocol.outcome.label}: known", other.overall.known, by_arm)]


def figure_name(protocol: Protocol) -> str:
    """What the outcome of an arm is called in a list of figures."""
    if protocol.outcome is None:
        return "In open employment at 12 months"
    return protocol.outcome.label


def headline(protocol: Protocol, found: Assembled) -> str:
    """The outcome of everyone together, in one line."""
    if protocol.outcome is None:
        observed = found.results.work.overall.observed
        return (
            "In open employment at 12 months, of those whose status is known:"
            f" {sentences.share(observed)}."
        )
    overall = found.results.other.overall
    return f"{protocol.outcome.label}, {_of(protocol)}: {figure(protocol, overall)}."


def _of(protocol: Protocol) -> str:
    """Of whom the outcome is told."""
    if protocol.participants:
        return "of those for whom it is known"
    return "of the clusters of which it is known"


def unknown(protocol: Protocol, found: Assembled) -> str:
    """How many have no known outcome, as the end of a sentence."""
    if protocol.outcome is None:
        overall = found.results.work.overall
        return f"{overall.unknown} of {overall.enrolled} have no known status at 12 months"
    other = found.results.other.overall
    if not protocol.participants:
        lacking = other.enrolled - other.known
        return f"of {lacking} of {other.enrolled} clusters the primary outcome is not known"
    return f"of {other.enrolled - other.known} of {other.enrolled} the primary outcome is not known"


def figure(protocol: Protocol, one: ArmOutcome) -> str:
    """The outcome of one group: a share, or a mean with its unit."""
    plan = protocol.outcome
    if plan is None or plan.summary == Summary.PROPORTION:
        return sentences.share(one.observed)
    unit = f" {plan.unit}" if plan.unit and one.observed.value is not None else ""
    return f"{sentences.figure(one.observed, plan.places)}{unit}"


def _arms(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    plan, other = protocol.outcome, found.results.other
    assert plan is not None
    arms = [("All", other.overall)]
    arms += [
        (sentences.arm_label(protocol, found.told, arm), one) for arm, one in other.by_arm.items()
    ]
    mean = plan.summary == Summary.MEAN
    what = "Mean" if mean else "Proportion"
    counted = "Enrolled" if protocol.participants else "Clusters"
    yield Table(
        plan.label,
        ("Group", counted, "Known", f"{what} (95% CI)", *(["SD"] if mean else [])),
        tuple(
            (
                name, one.enrolled, one.known, figure(protocol, one),
                *([_plain(one.sd, plan.places)] if mean else []),
            )
            for name, one in arms
        ),
        note=f"{'Lower' if plan.direction == 'lower' else 'Higher'} values are better. "
        + ("t intervals" if mean else "Wilson score intervals")
        + ("; people are taken as independent." if protocol.participants else " over clusters."),
        numeric=(1, 2, 4) if mean else (1, 2),
    )  # fmt: skip
    yield Figure(
        "primary-outcome",
        f"{plan.label}, {_of(protocol)}",
        f"{what} with 95% intervals for all together and for each arm.",
        _drawn(plan.unit or what, tuple(_row(protocol, *arm) for arm in arms), mean),
    )


def _drawn(axis: str, rows: tuple[Interval, ...], mean: bool) -> Intervals:
    """The intervals on an axis from 0 to 1, or on one that holds every mean."""
    if not mean:
        return Intervals(axis, rows)
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    lowest, highest = math.floor(min(ends, default=0)), math.ceil(max(ends, default=1))
    return Intervals(axis, rows, lowest, max(highest, lowest + 1), percent=False)


def _row(protocol: Protocol, label: str, one: ArmOutcome) -> Interval:
    at = one.observed
    return Interval(label, at.value, at.low, at.high, figure(protocol, one), n=at.n)


def _plain(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _differences(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    plan, other = protocol.outcome, found.results.other
    assert plan is not None
    if not other.differences:
        return
    rows: list[tuple[str | int | None, ...]] = []
    for one in other.differences:
        first, second = (
            sentences.arm_label(protocol, found.told, arm) for arm in (one.first, one.second)
        )
        rows.append((f"{first} minus {second}", _difference(protocol, one.of_clusters), one.df))
    # Where each cluster counts as one or nought, its share is what is compared, without such degrees.
    by_means = all(one.df is not None for one in other.differences)
    what = "means" if by_means else "shares"
    yield Table(
        f"{plan.label}: each arm compared with the last, by the {what} of its clusters",
        (
            "Arms",
            f"Difference of cluster {what} (95% CI)",
            *(["Degrees of freedom"] if by_means else []),
        ),
        tuple(row if by_means else row[:2] for row in rows),
        note="For information: the trial was not sized to compare the arms. No test is made, and the"
        " arms before the last are not compared with each other.",
        numeric=(2,) if by_means else (),
    )
    for said in dict.fromkeys(one.caution for one in other.differences if one.caution):
        yield Notice(f"{said[:1].upper()}{said[1:]}".rstrip(".") + ".")


def _difference(protocol: Protocol, one: Estimate) -> str:
    plan = protocol.outcome
    if plan is None or plan.summary == Summary.PROPORTION:
        return sentences.points(one)
    return sentences.figure(one, plan.places)


def _clusters(found: Assembled) -> Iterator[Block]:
    yield Text(
        "Intracluster correlation, by analysis of variance within arms:"
        f" {sentences.figure(found.results.other.icc, 3)}."
    )
