"""Clusters: their proportions, what the arms' clusters say, and what the ICC cannot."""

from collections.abc import Iterator

from trial.analysis.clustering import Clustered, Sizes
from trial.analysis.estimate import Estimate
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.picture import Interval, Intervals
from trial.report.value import Block, Figure, Notice, Table, Text

NAMES = {
    "primary": "Primary outcome, of those for whom it is known",
    "open_employment": "In open employment at 12 months, of those whose status is known",
    "retention": "Retention: the primary visit done, of those enrolled",
}


def clustered(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Both outcomes by cluster and arm, the sizes of the clusters, and their correlation."""
    results = found.results.clustering
    for key, one in results.outcomes.items():
        yield _forest(protocol, found, key, one)
    yield from _arms(protocol, found)
    yield _sizes(protocol, found)
    yield _correlations(found)
    yield from _cautions(found)


def _forest(protocol: Protocol, found: Assembled, key: str, one: Clustered) -> Figure:
    labels = sentences.cluster_labels(protocol, found.told)
    arms = {arm.arm: sentences.arm_label(protocol, found.told, arm.arm) for arm in one.by_arm}
    rows: list[Interval] = []
    for arm in one.by_arm:
        rows += [
            _row(labels.get(own.cluster, own.cluster), own.estimate, arms[arm.arm])
            for own in one.by_cluster
            if own.arm == arm.arm
        ]
        rows.append(_row("Arm together", arm.pooled, arms[arm.arm], strong=True))
    rows += [
        _row(labels.get(own.cluster, own.cluster), own.estimate, "No arm" if arms else "")
        for own in one.by_cluster
        if own.arm not in arms
    ]
    rows.append(_row("All", one.prevalence, "Everyone", strong=True))
    return Figure(
        f"forest-{key.replace('_', '-')}",
        f"{NAMES[key]}: by cluster and arm",
        "Proportions with 95% Wilson intervals for each cluster, each arm and everyone.",
        Intervals("Proportion", tuple(rows)),
    )


def _row(label: str, estimate: Estimate, group: str, strong: bool = False) -> Interval:
    return Interval(
        label,
        estimate.value,
        estimate.low,
        estimate.high,
        sentences.share(estimate),
        strong=strong,
        group=group,
        n=estimate.n,
    )


def _arms(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    rows = []
    for key, one in found.results.clustering.outcomes.items():
        for pair in one.contrasts:
            first, second = (
                sentences.arm_label(protocol, found.told, arm) for arm in (pair.first, pair.second)
            )
            rows.append(
                (
                    f"{NAMES[key]}: {first} minus {second}",
                    _points(pair.estimands.of_clusters),
                    _points(pair.estimands.of_participants),
                    sentences.points(pair.t_interval),
                )
            )
    if not rows:
        return
    yield Table(
        "Difference between the arms: two estimands, and what the clusters allow",
        ("Outcome", "Of cluster means", "Of participants", "Cluster means with t interval"),
        tuple(rows),
        note="For information: the interval rests on so few clusters that it may go beyond what a"
        " difference of proportions can be, and then tells nothing. No test is made.",
    )


def _points(value: float | None) -> str:
    return "not estimable" if value is None else f"{100 * value:+.1f} percentage points"


def _sizes(protocol: Protocol, found: Assembled) -> Table:
    results = found.results.clustering
    rows = [("All", results.sizes)]
    rows += [
        (sentences.arm_label(protocol, found.told, arm), own)
        for arm, own in results.sizes_by_arm.items()
    ]
    return Table(
        "Participants in a cluster",
        ("Group", "Clusters", "Without participants", "Smallest", "Largest", "Mean", "CV"),
        tuple(_size(name, own) for name, own in rows),
        note="CV: coefficient of variation, with the population standard deviation.",
        numeric=(1, 2, 3, 4, 5, 6),
    )


def _size(name: str, own: Sizes) -> tuple[str | int | None, ...]:
    mean, cv = (("" if one is None else f"{one:.2f}") for one in (own.mean, own.cv))
    return (name, own.clusters, own.without_participants, own.smallest, own.largest, mean, cv)


def _correlations(found: Assembled) -> Table:
    rows = []
    for key, one in found.results.clustering.outcomes.items():
        correlation = one.correlation
        for label, estimate in (
            ("analysis of variance within arms", correlation.within_arm.estimate),
            ("analysis of variance, arms ignored", correlation.arms_ignored.estimate),
            ("Fleiss and Cuzick", correlation.fleiss_cuzick),
            ("mixed model (REML), cannot be negative", correlation.reml),
        ):
            rows.append((NAMES[key], label, sentences.figure(estimate, 3)))
    return Table(
        "Intracluster correlation",
        ("Outcome", "Method", "Estimate"),
        tuple(rows),
        note="Never cut off at 0: about half of such estimates of so few clusters are negative even"
        " where the true correlation is 0.05 to 0.10.",
    )


def _cautions(found: Assembled) -> Iterator[Block]:
    results = found.results.clustering
    if results.caution:
        yield Notice(_sentence(results.caution))
    one = results.outcomes.get("open_employment")
    if one is not None and one.design_effect is not None:
        yield Text(
            f"At a planning ICC of {results.planning_icc:g} from elsewhere these sizes have a design"
            f" effect of {one.design_effect.value:.2f}: {one.design_effect.effective:.1f} independent"
            " participants would tell as much. Adjusted for it, in open employment at 12 months:"
            f" {sentences.share(one.adjusted)}."
        )
    schemes = results.schemes
    if schemes.smallest is not None:
        yield Text(
            f"Permitted allocations: {schemes.number}. A randomisation test over them could give no"
            f" two-sided p below {schemes.smallest:.2g}, whatever the data. None was made."
        )


def _sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
