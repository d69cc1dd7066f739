"""Work over the follow-up: time to the first open job, how long jobs last, and everyone's lanes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from trial import analysis
from trial.analysis.first_job import GroupToJob
from trial.analysis.tenure import DaysInWork, GroupTenure
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled, each_row
from trial.protocol import Protocol
from trial.report.picture import (
    MOST_LIVES,
    AtRisk,
    Curve,
    Curves,
    Life,
    Lives,
    Point,
    Stretch,
)
from trial.report.value import Block, Figure, Table, Text

KINDS = ("Open employment", "Other paid work", "Unpaid work, training or education")
# More lanes than these are split over several figures, up to what one figure can hold.
LANES = 60
YEAR = 365


def first_job(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Kaplan-Meier curves of the time to the first open job, with shares at some months."""
    results = found.results.first_job
    if results is None:
        return
    groups = _groups(protocol, found, results.overall, results.by_arm)
    yield _survival(groups[1:] or groups)
    yield from _times(groups, list(results.overall.with_job))
    if found.results.arms and results.log_rank.reason:
        yield Text(f"Log-rank test: {results.log_rank.reason}.")


def _survival(drawn: list[tuple[str, GroupToJob]]) -> Figure:
    return Figure(
        "first-job",
        "Time to the first open job",
        "The share without an open job so far by days since enrolment (Kaplan-Meier), with 95%"
        " log-log intervals and how many are still followed.",
        Curves(
            "Days since enrolment",
            "Without an open job so far",
            tuple(_curve(label, group) for label, group in drawn),
            stepped=True,
            percent_y=True,
            marks=((182.0, "6 months"), (365.0, "12 months")),
            at_risk=tuple(_at_risk(label, group) for label, group in drawn),
            highest_y=1.0,
        ),
    )


def _times(groups: list[tuple[str, GroupToJob]], months: list[str]) -> Iterator[Block]:
    yield Table(
        "With an open job by so many months",
        ("Group", "Followed", "Not known", *months),
        tuple(
            (label, group.curve.n, group.not_known,
             *(sentences.chance(group.with_job[month]) for month in months))
            for label, group in groups
        ),
        note="1 minus Kaplan-Meier; clustering ignored. People count as followed to the last day on"
        " which their work is known.",
        numeric=(1, 2),
    )  # fmt: skip
    yield Table(
        "Days to the first open job",
        ("Group", "Median", "Mean within the first 12 months", "With a job by 12 months, deaths and"
         " withdrawals as competing events"),
        tuple(
            (label, sentences.figure(group.median, 0),
             sentences.figure(group.restricted_mean.estimate, 0),
             sentences.chance(group.incidence[months[-1]]))
            for label, group in groups
        ),
    )  # fmt: skip


def tenure(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How much of the known time people worked, and how long their first job lasted."""
    results = found.results.tenure
    if results is None:
        return
    groups: list[tuple[str, GroupTenure]] = _groups(
        protocol, found, results.overall, results.by_arm
    )
    yield Table(
        "Share of the days known that were days in work, one share a participant",
        ("Group", "Known", "In paid work: any", "Median (quartiles)", "In open employment: any",
         "Median (quartiles)"),
        tuple(
            (label, one.paid.n, one.paid.worked, _spread(one.paid), one.open.worked, _spread(one.open))
            for label, one in groups
        ),
        note="A day in several jobs counts once. The mean has no interval here: with so few clusters"
        " a bootstrap of the clusters has too few samples to draw.",
        numeric=(1, 2, 4),
    )  # fmt: skip
    yield Table(
        "Length of the first open job in days, one job a participant",
        ("Group", "First jobs", "Seen to end", "Median", "Lasting over 3 months"),
        tuple(
            (label, one.first_job.jobs, one.first_job.ended,
             sentences.figure(one.first_job.median, 0),
             sentences.chance(next(iter(one.first_job.lasting.values()))))
            for label, one in groups
        ),
        note="Kaplan-Meier, censored while the job runs on at the last day known.",
        numeric=(1, 2),
    )  # fmt: skip


def _groups(protocol: Protocol, found: Assembled, overall: Any, by_arm: Any) -> list[Any]:
    return [("All", overall)] + [
        (sentences.arm_label(protocol, found.told, arm), one) for arm, one in by_arm.items()
    ]


def _spread(one: DaysInWork) -> str:
    if one.median is None:
        return f"not estimable: {one.reason}"
    return (
        f"{sentences.percent(one.median)} ({sentences.percent(one.lower_quartile)} to"
        f" {sentences.percent(one.upper_quartile)})"
    )


def _curve(label: str, group: GroupToJob) -> Curve:
    points = [Point(0.0, 1.0)]
    points += [Point(step.time, step.survival, step.low, step.high) for step in group.curve.steps]
    end = max([group.curve.followed_to or 0.0, points[-1].x])
    last = points[-1]
    points.append(Point(end, last.y, last.low, last.high))
    return Curve(label, tuple(points), group.censored)


def _at_risk(label: str, group: GroupToJob) -> AtRisk:
    return AtRisk(
        label.split(" (")[0],
        tuple((float(analysis.first_job.day_of(months)), count) for months, count in group.at_risk),
    )


def lanes(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Each participant's work from enrolment on, a lane each, arm under arm."""
    if found.results.employment is None:
        return
    people = found.frames.participants
    used = people[people["withdrew_data_on"].isna()]
    if used.empty:
        yield Text("Nobody's work is known yet.")
        return
    if len(used) > MOST_LIVES:
        yield Text(
            f"Lanes of work are drawn for up to {MOST_LIVES} participants; this trial has"
            f" {len(used)}. The tables above hold the same in figures."
        )
        return
    drawn = list(_lives(protocol, found, used))
    for number, first in enumerate(range(0, len(drawn), LANES), start=1):
        part = drawn[first : first + LANES]
        more = f", part {number}" if len(drawn) > LANES else ""
        yield Figure(
            f"lanes-{number}" if more else "lanes",
            f"Work from enrolment to 12 months, a lane a participant{more}",
            "Spells of work by kind for each participant, from enrolment on; grey where the work is"
            " not known. A stroke marks a history that ended with death or withdrawal.",
            Lives(YEAR, KINDS, tuple(part)),
        )


def _lives(protocol: Protocol, found: Assembled, used: pd.DataFrame) -> Iterator[Life]:
    kinds = {kind.key: 0 if kind.open else 1 if kind.paid else 2 for kind in protocol.work.kinds}
    nothing = "none"
    spells: dict[str, list[Any]] = {}
    for spell in each_row(found.frames.spells):
        if spell.kind in kinds and spell.kind != nothing:
            spells.setdefault(spell.number, []).append(spell)
    order = {arm: place for place, arm in enumerate(found.results.arms)}
    for person in sorted(
        each_row(used), key=lambda one: (order.get(one.arm, len(order)), one.number)
    ):
        yield _life(protocol, found, person, spells.get(person.number, []), kinds)


def _life(
    protocol: Protocol, found: Assembled, person: Any, spells: list[Any], kinds: dict[str, int]
) -> Life:
    start: date = person.enrolled_on
    known = -1 if person.known_until is None else min((person.known_until - start).days, YEAR)
    stretches = []
    for spell in spells:
        first = max((spell.started_on - start).days, 0)
        last = known if spell.ended_on is None else min((spell.ended_on - start).days, known)
        if last >= first:
            stretches.append(Stretch(first, last, kinds[spell.kind]))
    note = ""
    if person.died_on is not None:
        note = "died"
    elif person.withdrew_followup_on is not None:
        note = "withdrew"
    arm = found.results.arms and person.arm
    group = sentences.arm_label(protocol, found.told, arm) if arm else ""
    return Life(person.number, group, tuple(stretches), max(known, 0), note)
