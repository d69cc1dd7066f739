"""What became of everyone: the flow, the losses, the deaths, and who was analysed."""

from collections.abc import Iterator

from trial.conduct.outcomes import primary_visit
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.participants_flow import flow_figure
from trial.conduct.reports.sections import primary
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text


def flow(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The flow of clusters and participants as a figure."""
    yield flow_figure(protocol, found)


def losses(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What became of the primary visit, by arm, and withdrawals."""
    kept = found.results.retention
    arms = list(kept.fates_by_arm)
    yield Table(
        f"What became of the {primary_visit(protocol).name} visit",
        ("Outcome", "All", *(sentences.arm_label(protocol, found.told, arm) for arm in arms)),
        tuple(
            (fate, n, *(kept.fates_by_arm[arm].get(fate, 0) for arm in arms))
            for fate, n in kept.fates.items()
        ),
        numeric=tuple(range(1, len(arms) + 2)),
    )
    closed = int(found.frames.clusters["closed_on"].notna().sum())
    yield Text(f"Clusters closed to recruitment: {closed} of {found.results.clusters}.")


def deaths(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Deaths, overall and by arm."""
    people = found.frames.participants
    died = people[people["died_on"].notna()]
    rows = [("All", len(died), len(people))]
    rows += [
        (sentences.arm_label(protocol, found.told, arm), int((died["arm"] == arm).sum()),
         int((people["arm"] == arm).sum()))
        for arm in found.results.arms
    ]  # fmt: skip
    yield Table("Deaths recorded", ("Group", "Died", "Enrolled"), tuple(rows), numeric=(1, 2))


def analysed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The denominator of every figure, and the clusters that it comes from."""
    results = found.results
    people = results.recruitment
    arms = [(sentences.arm_label(protocol, found.told, a), a) for a in results.arms]
    kept, several = results.retention, len(protocol.consent.bases) > 1
    held = {arm: one.n for arm, one in kept.by_arm.items()}

    def row(name: str, overall: int, by_arm: dict[str, int]) -> tuple[str | int, ...]:
        return (name, overall, *(by_arm[key] for _, key in arms))

    clusters = found.frames.clusters
    placed = {key: int((clusters["arm"] == key).sum()) for _, key in arms}
    yield Table(
        "Numbers analysed",
        ("Figure", "All", *(name for name, _ in arms)),
        (
            row("Clusters", results.clusters, placed),
            row("Enrolled", people.enrolled, people.by_arm)
            if several
            else row("Retention: everyone enrolled", people.enrolled, people.by_arm),
            *(
                [row("Retention: everyone whose consent holds the visit", kept.overall.n, held)]
                if several
                else []
            ),
            *(row(*numbers) for numbers in primary.numbers(protocol, found)),
        ),
        note="Participants are analysed in the arm of the cluster in which they were enrolled.",
        numeric=tuple(range(1, len(arms) + 2)),
    )
