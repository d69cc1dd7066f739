"""Recruitment bias after allocation: balance at baseline, the splits at the reveal, the timeline."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trial import analysis
from trial.analysis.funnel import Reason
from trial.analysis.recruitment_bias import Group, RecruitmentBias
from trial.analysis.timeline import ClusterTimeline, Knew, PeopleRow
from trial.analysis.timeline import Timeline as Drawn
from trial.conduct.clusters import STEPS as LIFE
from trial.conduct.reports import characteristics, knowledge, sentences
from trial.conduct.reports.assembly import Assembled, arms_told
from trial.conduct.reports.sections import balanced
from trial.protocol import Protocol
from trial.report.picture import ClusterLine, Knowledge, Moment, Seen, StepLine, Timeline
from trial.report.value import Block, Figure, Table, Text

STAGES = {
    "identified": "Considered",
    "referred": "Referred",
    "eligible": "Found eligible",
    "approached": "Approached",
    "consented": "Consented",
    "enrolled": "Enrolled",
    "baseline": "Baseline measured",
    "primary": "Primary outcome",
}
OF = {"identified": "considered", "eligible": "found eligible", "approached": "approached"}
# So many clusters fit a page.
AT_ONCE = 6
DRAWN = ("identified", "eligible", "consented", "baseline", "primary")
WHAT = (
    "Clusters were randomised, and people were recruited into them afterwards too. Whoever considers,"
    " refers or approaches people after the arm of their cluster is known can choose other people"
    " than before, knowingly or not. The tables count each step before and after the cluster's arm"
    " was revealed; the day of the reveal counts as after."
)
CANNOT = (
    "A difference between before and after can also come with the season, with staff who know the"
    " trial better, or by chance, and a like share on both sides does not show that like people were"
    " chosen. The intervals take people as independent. Nothing here is tested."
)
UNTOLD = (
    "The timeline diagram and the days of each cluster are left out here: they would tell which"
    " cluster stands behind a number."
)
KNOWING = (
    "Could know: recorded by one of the two people who drew, from the draw on; or, from the moment at"
    " which the cluster's arm was revealed, by somebody whose role is not blinded, or by a blinded"
    " account that was unblinded on record before. This is what this system showed to whoever recorded"
    " the step. It cannot show what they heard elsewhere, nor what clinical teams knew."
)


def baseline(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The characteristics of participants at baseline, by arm, with standardised differences."""
    people = found.frames.participants
    arms = arms_told(protocol, found.told)
    group = ["" if arm is None else str(arm) for arm in people["arm"]]
    compared = analysis.balance.compare(
        characteristics.covariates(protocol, found), group, groups=arms
    )
    labels = {arm: sentences.arm_label(protocol, found.told, arm) for arm in arms}
    yield from balanced.told(compared, labels)


def after_allocation(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The splits at the reveal, overall, by arm and by cluster, and the gatekeepers."""
    window = protocol.recruitment
    frames = found.prepared
    results = analysis.recruitment_bias.count(
        frames.screening,
        frames.participants,
        frames.clusters,
        arms=arms_told(protocol, found.told),
        on=found.cut.on,
        window=(window.opens_on, window.closes_on),
    )
    yield Text(WHAT)
    yield Text(f"Arm revealed in {results.revealed} of {results.clusters} clusters.")
    yield from _splits(protocol, found, results)
    yield _conversions("Conversions before and after the reveal", results.overall)
    for arm, group in results.by_arm.items():
        label = sentences.arm_label(protocol, found.told, arm)
        yield _conversions(f"Conversions before and after the reveal: {label}", group)
    rates = results.identifying
    yield Text(
        "People considered per cluster-month, while clusters were open within the recruitment"
        f" window: before the reveal {sentences.rate(rates.before)}; after it"
        f" {sentences.rate(rates.after)}."
    )
    yield Text(CANNOT)
    yield _gatekeepers(protocol, found, results)


def timeline(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The timeline cluster diagram, and the same as a table: who took each step, knowing what."""
    frames, visits = found.prepared, knowledge.visits(protocol)
    drawn = analysis.timeline.draw(
        frames.clusters,
        frames.screening,
        frames.participants,
        frames.visits,
        found.knowledge,
        arms=arms_told(protocol, found.told),
        baseline=visits["baseline"],
        primary=visits["primary"],
    )
    if found.told.blinded:
        yield Text(UNTOLD)
    else:
        yield from _figure(protocol, found, drawn)
        yield _life(drawn)
    yield from _known(protocol, found, drawn)


def _splits(protocol: Protocol, found: Assembled, results: RecruitmentBias) -> Iterator[Block]:
    yield Table(
        "People at each stage, before and after the arm of their cluster was revealed",
        ("Stage", "All", "Before", "After", "Day not known"),
        tuple(
            (STAGES[one.stage], one.people, one.before, one.after, one.undated)
            for one in results.overall.splits
        ),
        note="A person considered again counts once, by the latest row.",
        numeric=(1, 2, 3, 4),
    )
    arms = {
        sentences.arm_label(protocol, found.told, arm): group
        for arm, group in results.by_arm.items()
    }
    if not arms:
        return
    yield _side_by_side("Before and after the reveal, by arm", "Arm", arms)
    labels = sentences.cluster_labels(protocol, found.told)
    clusters = {labels.get(key, key): group for key, group in results.by_cluster.items()}
    yield _side_by_side("Before and after the reveal, by cluster", "Cluster", clusters)


def _side_by_side(caption: str, what: str, groups: Mapping[str, Group]) -> Table:
    stages = [one for one in STAGES if one not in ("referred", "baseline", "primary")]
    return Table(
        caption,
        (what, *(STAGES[stage] for stage in stages)),
        tuple(
            (
                label,
                *(
                    f"{split.before} | {split.after}"
                    for split in (group.split(stage) for stage in stages)
                ),
            )
            for label, group in groups.items()
        ),
        note="Before | after the arm of the cluster was revealed; days not known are left out.",
        numeric=tuple(range(1, len(stages) + 1)),
    )


def _conversions(caption: str, group: Group) -> Table:
    rows = []
    for one in group.conversions:
        to, of = one.key.split("_of_")
        step = f"{STAGES[to]}, of those {OF[of]}"
        rows.append(
            (
                step,
                sentences.share(one.before),
                sentences.share(one.after),
                sentences.points(one.difference),
            )
        )
    return Table(
        caption,
        ("Step", "Before", "After", "After minus before"),
        tuple(rows),
        note="Before and after by the day of the stage that people come from. Wilson intervals;"
        " Newcombe's hybrid score interval of the difference.",
    )


def _gatekeepers(protocol: Protocol, found: Assembled, results: RecruitmentBias) -> Table:
    labels = sentences.cluster_labels(protocol, found.told)
    words = sentences.reason_labels(protocol)
    return Table(
        "Not referred, of those considered: by whom and why, by cluster",
        ("Cluster", "Not referred", "Decided by", "Reasons"),
        tuple(
            (
                labels.get(one.cluster, one.cluster),
                sentences.share(one.not_referred),
                _listed(one.deciders, words),
                _listed(one.reasons, words),
            )
            for one in results.gatekeepers
        ),
        note="Wilson score intervals.",
    )


def _listed(reasons: Iterable[Reason], labels: Mapping[str, str]) -> str:
    return "; ".join(f"{labels.get(one.key, one.key)}: {one.count}" for one in reasons)


def _figure(protocol: Protocol, found: Assembled, drawn: Drawn) -> Iterator[Block]:
    if drawn.starts_on is None or drawn.ends_on is None or drawn.ends_on <= drawn.starts_on:
        yield Text("Timeline: nothing is dated yet.")
        return
    labels = sentences.cluster_labels(protocol, found.told)
    for number, first in enumerate(range(0, len(drawn.clusters), AT_ONCE), start=1):
        part = replace(drawn, clusters=drawn.clusters[first : first + AT_ONCE])
        several = len(drawn.clusters) > AT_ONCE
        yield Figure(
            f"timeline-{number}" if several else "timeline",
            "Timeline of clusters and participants" + (f", part {number}" if several else ""),
            "For each cluster its own days, and by month how many people took each step; bars tell"
            " what whoever recorded the step could know of the arm.",
            Timeline(
                drawn.starts_on, drawn.ends_on, tuple(_line(one, labels) for one in part.clusters)
            ),
            _numbers(part, labels),
        )
    yield Table(
        "Days of each cluster",
        ("Cluster", *(LIFE[row.key][0] for row in drawn.cluster_rows)),
        tuple(
            (
                labels.get(one.cluster, one.cluster),
                *(days.get(row.key) for row in drawn.cluster_rows),
            )
            for one in drawn.clusters
            for days in ({moment.key: moment.on for moment in one.moments},)
        ),
    )


def _line(one: ClusterTimeline, labels: Mapping[str, str]) -> ClusterLine:
    return ClusterLine(
        labels.get(one.cluster, one.cluster),
        one.arm,
        tuple(Moment(moment.on, LIFE[moment.key][0]) for moment in one.moments),
        tuple(
            StepLine(
                STAGES[step.key],
                tuple(
                    Seen(part.first, part.last, part.count, Knowledge(part.knew.value))
                    for part in step.stretches
                ),
            )
            for step in one.steps
            if step.key in DRAWN
        ),
    )


def _numbers(drawn: Drawn, labels: Mapping[str, str]) -> Table:
    """The figure's numbers added up over its months."""
    return Table(
        "Timeline of clusters and participants: the numbers",
        ("Cluster", "Step", "First day", "Last day", *(state.capitalize() for state in Knew)),
        tuple(
            (
                labels.get(one.cluster, one.cluster),
                STAGES[step.key],
                min((part.first for part in step.stretches), default=None),
                max((part.last for part in step.stretches), default=None),
                *(
                    sum(part.count for part in step.stretches if part.knew is state)
                    for state in Knew
                ),
            )
            for one in drawn.clusters
            for step in one.steps
            if step.key in DRAWN
        ),
        numeric=(4, 5, 6),
    )


def _life(drawn: Drawn) -> Table:
    return Table(
        "Steps of the clusters, before or after their own allocation",
        ("Step", "Clusters", "Before", "On the day or after", "First day", "Last day"),
        tuple(
            (LIFE[one.key][0], one.clusters, one.before, one.after, one.first_on, one.last_on)
            for one in drawn.cluster_rows
        ),
        note="After Caille et al. 2016, BMJ 354:i4291.",
        numeric=(1, 2, 3),
    )


def _known(protocol: Protocol, found: Assembled, drawn: Drawn) -> Iterator[Block]:
    columns = ("Step", "People", "Recorded by", *(state.capitalize() for state in Knew))
    yield Table(
        "Who recorded each step of the participants, and what they could know of the arm",
        columns,
        tuple(
            (STAGES[row.key], row.people, _roles(row), *(row.knew[state] for state in Knew))
            for row in drawn.people_rows
        ),
        note="After Caille et al. 2016, BMJ 354:i4291.",
        numeric=(1, 3, 4, 5),
    )
    arms = arms_told(protocol, found.told)
    if arms:
        yield Table(
            "The same by arm",
            ("Step", "Arm", *(state.capitalize() for state in Knew)),
            tuple(
                (
                    STAGES[row.key],
                    sentences.arm_label(protocol, found.told, arm),
                    *(row.by_arm[arm][state] for state in Knew),
                )
                for row in drawn.people_rows
                for arm in arms
            ),
            numeric=(2, 3, 4),
        )
    yield Text(KNOWING)


def _roles(row: PeopleRow) -> str:
    return _listed(row.roles, {"": "not known"})
