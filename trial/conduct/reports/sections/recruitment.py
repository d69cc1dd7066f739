"""Recruitment against its target: by month, by cluster, and where it is heading."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from trial import analysis
from trial.analysis.outlook import Outlook
from trial.analysis.recruitment import Plan as Planned
from trial.analysis.recruitment import Recruitment as Recruited
from trial.conduct.dates import words
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.picture import Forecast, Month, Recruitment
from trial.report.value import Block, Figure, Table, Text
from trial.report.wording import month


def recruited(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The figure, the clusters and the months."""
    results = found.results.recruitment
    labels = sentences.cluster_labels(protocol, found.told)
    yield _figure(protocol, found)
    yield from _outlook(protocol, found)
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
    arms = results.by_arm.items()
    if arms:
        by_arm = tuple((sentences.arm_label(protocol, found.told, a), n) for a, n in arms)
        yield Table("Enrolled by arm", ("Arm", "Enrolled"), by_arm, numeric=(1,))
    yield from by_basis(protocol, found)
    yield Text(
        f"{results.after_reveal} of {results.enrolled} were enrolled after their cluster's arm had been"
        " revealed to its team."
    )


def by_basis(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How many were enrolled on each basis of consent, where there is more than one."""
    bases = protocol.consent.bases
    if len(bases) < 2:
        return
    people, arms = found.frames.participants, found.results.arms
    placed = [(people["arm"] == arm).to_numpy() for arm in arms]

    def row(name: str, at: Any, now: Any) -> tuple[str | int, ...]:
        of_arms = (int((at.to_numpy() & inside).sum()) for inside in placed)
        return (name, int(at.sum()), int(now.sum()), *of_arms)

    rows = [
        row(one.name, people["basis"] == one.key, people["basis_now"] == one.key) for one in bases
    ]
    unknown = people["basis"].isna()
    if unknown.any():
        rows.append(row("Use of data withdrawn", unknown, unknown))
    names = (f"Enrolled: {sentences.arm_label(protocol, found.told, arm)}" for arm in arms)
    note = ""
    if any(one.opt_out for one in bases):
        note = "Who was included without an objection counts as consented in every other figure."
    yield Table(
        "Basis of consent",
        ("Basis", "Enrolled", "Now", *names),
        tuple(rows),
        note=note,
        numeric=tuple(range(1, len(arms) + 3)),
    )


def _figure(protocol: Protocol, found: Assembled) -> Figure:
    results, window = found.results.recruitment, protocol.recruitment
    plan = analysis.recruitment.Plan(window.opens_on, window.closes_on, window.target)
    ahead = analysis.recruitment.months_ahead(plan, found.cut.on)
    reached = [(one.month, one.enrolled, one.target_cumulative) for one in results.by_month]
    if ahead and reached:
        # The line of the target is drawn to the end of this month, not to its latest day.
        reached[-1] = (*reached[-1][:2], _by_its_end(plan, reached[-1][0]))
    rows = [*reached, *((one.month, None, one.target_cumulative) for one in ahead)]
    final = found.results.outlook.final
    forecast = None
    if final.value is not None and final.low is not None and final.high is not None:
        met = found.results.outlook.met_on
        forecast = Forecast(
            window.closes_on, final.value, final.low, final.high,
            met.earliest, met.median, met.latest,
        )  # fmt: skip
    return Figure(
        "recruitment",
        "Cumulative recruitment against the target",
        f"{results.enrolled} enrolled by {words(found.cut.on)} against a target of"
        f" {results.target} by {words(window.closes_on)}.",
        Recruitment(tuple(Month(_first(name), n, target) for name, n, target in rows), forecast),
    )


def _by_its_end(plan: Planned, name: str) -> float:
    """The target by the end of a month, or of the window."""
    first = _first(name)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    whole: float = analysis.recruitment.target_by(last, plan)
    return whole


def _first(name: str) -> date:
    return date.fromisoformat(f"{name}-01")


def _outlook(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Where recruitment is heading, or why that is not predicted."""
    outlook, closes = found.results.outlook, words(protocol.recruitment.closes_on)
    if outlook.reason:
        said = outlook.reason
        for day in (protocol.recruitment.opens_on, protocol.recruitment.closes_on):
            said = said.replace(day.isoformat(), words(day))
        yield Text(f"Outlook: {said}.")
        return
    final, met = outlook.final, outlook.met_on
    if final.value is None or final.low is None or final.high is None:
        yield Text(f"Outlook: {final.reason}.")
        return
    yield Text(
        f"Outlook: {final.value:.0f} participants by {closes} (95% prediction interval"
        f" {final.low:.0f} to {final.high:.0f}), if the clusters go on as so far."
        + ("" if outlook.chance is None else f" Chance of the target by then: {_chance(outlook)}.")
    )
    if met.median is None:
        yield Text(f"When the target is met: {met.reason}.")
    else:
        early, late = (
            "not within 20 years" if day is None else words(day)
            for day in (met.earliest, met.latest)
        )
        yield Text(
            f"The target would be met on {words(met.median)} (95% prediction interval {early} to"
            f" {late}), if the clusters stayed open beyond the end of recruitment."
        )


def _chance(outlook: Outlook) -> str:
    share = 100 * (outlook.chance or 0.0)
    return "less than 1%" if share < 1 else "more than 99%" if share > 99 else f"{share:.0f}%"


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
