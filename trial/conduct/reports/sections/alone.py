"""What is told differently in a trial without participants, in which clusters are allocated and measured."""

from collections import Counter
from collections.abc import Iterator

from trial import analysis
from trial.conduct.clusters import steps_of
from trial.conduct.dates import words
from trial.conduct.reports import asked_first, sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import balanced, primary
from trial.conduct.reports.sections.design import span
from trial.conduct.reports.sections.summary import CODED, few
from trial.protocol import Protocol
from trial.report.value import Block, Listing, Table, Text

OCCURS = {"once": "once for each", "log": "as a log"}
ABOUT = {"cluster": "cluster", "employer": "employer", "trial": "the trial as a whole"}
DAYS = ("identified_on", "approached_on", "permission_on", "opened_on", "revealed_on", "closed_on")


def summary(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The headline figures, and what so few clusters cannot tell."""
    flow = found.results.flow
    if found.told.blinded:
        yield Text(CODED)
    yield Listing(
        (
            f"Clusters that took part: {flow.box('clusters-opened').clusters} of"
            f" {flow.box('clusters-assessed').clusters} identified.",
            primary.headline(protocol, found),
            f"{primary.known(protocol)}: {sentences.share(found.results.other.known)}.",
            "Progression criteria: the overall light is"
            f" {str(found.results.progression.overall).lower()}, the worst of its criteria.",
        )
    )
    yield from few(found)


def versions(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Under which version of the protocol the trial stands."""
    yield Text(f"The protocol stands at version {protocol.version}.")


def assessments(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The forms, and where the outcome is read; a blinded reader is not told which are of some arms."""
    hidden = found.told.blinded
    forms = [one for one in protocol.forms if not (hidden and one.telling)]
    yield Table(
        "Forms",
        ("Form", "About", "Filled in"),
        tuple((one.name, ABOUT[one.about], OCCURS[one.occurs]) for one in forms),
    )
    plan = protocol.outcome
    form = next((one for one in protocol.forms if plan and one.key == plan.form), None)
    if plan is None or form is None:
        return
    item = form.item(plan.item)
    asked = "" if item is None else f", “{item.label}”"
    due = "from the day on which the cluster began" if plan.due_on is None else words(plan.due_on)
    yield Text(
        f"Primary outcome: {plan.label}, a {plan.summary}. It is read from the form “{form.name}”{asked},"
        f" once for each cluster; due: {due}. {plan.direction.capitalize()} values are better. Only"
        " complete forms count."
    )


def numbers(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How many clusters were planned."""
    yield Text(f"Planned: {len(protocol.planned_clusters)} clusters, and no participants.")


def losses(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How many clusters dropped out, of all and by arm."""
    clusters = found.frames.clusters
    out = clusters["closed_on"].notna()
    rows = [("All", int(out.sum()), len(clusters))]
    for arm in found.results.arms:
        own = clusters["arm"] == arm
        label = sentences.arm_label(protocol, found.told, arm)
        rows.append((label, int((out & own).sum()), int(own.sum())))
    yield Table("Clusters that dropped out", ("Group", "Dropped out", "Clusters"), tuple(rows),
                numeric=(1, 2))  # fmt: skip


def dates(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The first and the last day of each step of the clusters, and of the outcome's form."""
    names, clusters = steps_of(protocol), found.frames.clusters
    told = [(f"Clusters: {names[key][0].lower()}", *span(clusters[key])) for key in DAYS]
    told.append(("Outcome observed", *span(found.outcomes["observed_on"])))
    yield Table("Dates", ("What", "First", "Last"), tuple(told))


def baseline(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What was asked about the clusters beforehand, and their strata, by arm."""
    asked = list(asked_first.asked(protocol, found))
    if asked:
        arms = found.results.arms
        group = ["" if arm is None else str(arm) for arm in found.outcomes["arm"]]
        compared = analysis.balance.compare(asked, group, groups=arms)
        labels = {arm: sentences.arm_label(protocol, found.told, arm) for arm in arms}
        yield from balanced.told(compared, labels, people=False)
    if found.told.blinded:
        yield Text(
            "The strata are left out here: they would tell which arm stands behind a letter."
        )
    else:
        yield _strata(protocol, found)


def _strata(protocol: Protocol, found: Assembled) -> Table:
    of = dict(zip(found.frames.clusters["cluster"], found.frames.clusters["arm"], strict=True))
    arms = found.results.arms
    counted: Counter[tuple[str, str, str]] = Counter()
    for plan in protocol.clusters:
        if plan.key in of:
            for stratum, value in plan.strata.items():
                counted[stratum, value, ""] += 1
                counted[stratum, value, str(of[plan.key] or "none")] += 1
    rows: list[tuple[str | int, ...]] = []
    for stratum, value in sorted({(stratum, value) for stratum, value, _ in counted}):
        numbers = (counted[stratum, value, arm] for arm in ("", *arms))
        rows.append((f"{stratum.capitalize()}: {value}", *numbers))
    return Table(
        "Clusters by stratum and arm",
        ("Stratum", "All", *(sentences.arm_label(protocol, found.told, arm) for arm in arms)),
        tuple(rows),
        numeric=tuple(range(1, len(arms) + 2)),
    )


def analysed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How many clusters each arm has, and of how many the outcome is known."""
    other, arms = found.results.other, found.results.arms
    labels = [sentences.arm_label(protocol, found.told, arm) for arm in arms]
    placed = {arm: other.by_arm[arm].enrolled for arm in arms}
    rows = [("Clusters", other.overall.enrolled, placed), *primary.numbers(protocol, found)]
    yield Table(
        "Numbers analysed",
        ("Figure", "All", *labels),
        tuple((name, number, *by_arm.values()) for name, number, by_arm in rows),
        note="Clusters that took part or were allocated, in the arm that they were allocated to.",
        numeric=tuple(range(1, len(arms) + 2)),
    )


def limits(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What the figures themselves say about their limits."""
    yield from few(found)
    told = primary.unknown(protocol, found)
    yield Text(f"{told[:1].upper()}{told[1:]}.")
