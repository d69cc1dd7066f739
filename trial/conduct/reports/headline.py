"""The headline table of the analysis datasets: the figures that the exported scripts redo."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import pandas as pd

from trial import analysis
from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate
from trial.analysis.outcome import ArmEmployment
from trial.analysis.primary import Primary
from trial.conduct.reports.assembly import Assembled
from trial.exchange.codebook import Column

COUNT = "count"
NO_TOTAL = "nobody has a complete work history: see the days known in outcomes.csv"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: a measure of everybody, of an arm, of a cluster, or of an arm against another."""

    measure: str
    arm: str = ""
    compared_with: str = ""
    cluster: str = ""
    numerator: float | None = None
    denominator: float | None = None
    estimate: float | None
    low: float | None = None
    high: float | None = None
    method: str = COUNT
    reason: str = ""
    label: str


NAMES = tuple(field.name for field in fields(Row))
COLUMNS = (
    Column("measure", "What was measured, in one word"),
    Column("arm", "Arm; A or B where the reader is blinded", missing="everybody, or one cluster"),
    Column("compared_with", "The arm subtracted", missing="not a difference"),
    Column("cluster", "Cluster", missing="not of one cluster"),
    Column("numerator", "Events", "decimal", missing="not a proportion or a rate"),
    Column("denominator", "People, cluster-months of a rate, or clusters", "decimal",
           missing="a count"),
    Column("estimate", "The figure", "decimal", missing="not estimable: see reason"),
    Column("low", "Lower limit at 95%", "decimal", missing="no interval"),
    Column("high", "Upper limit at 95%", "decimal", missing="no interval"),
    Column("method", "How the figure and its interval were computed"),
    Column("reason", "Why the figure or its interval is missing", missing="nothing is missing"),
    Column("label", "What was measured, in words with both ends named"),
)  # fmt: skip


def headline(found: Assembled) -> pd.DataFrame:
    """The headline table of the results, arms and clusters as the reader is told them."""
    if found.results.of_people is None:
        return _framed([*_clusters(found), *_primary(found.results.other, alone=True)])
    rows = [*_funnel(found), *_recruitment(found), *_retention(found)]
    if found.results.primary is None:
        rows += [*_employment(found), *_by_cluster(found)]
    else:
        rows += _primary(found.results.primary)
    return _framed(rows)


def _framed(rows: list[Row]) -> pd.DataFrame:
    kept = [tuple(getattr(row, name) for name in NAMES) for row in rows]
    return pd.DataFrame(kept, columns=list(NAMES), dtype=object)


def _count(measure: str, label: str, number: float, *, arm: str = "", cluster: str = "") -> Row:
    return Row(measure=measure, label=label, estimate=number, arm=arm, cluster=cluster)


def _estimated(
    measure: str,
    label: str,
    found: Estimate,
    *,
    numerator: float | None = None,
    denominator: float | None = None,
    arm: str = "",
    compared_with: str = "",
    cluster: str = "",
) -> Row:
    return Row(
        measure=measure,
        arm=arm,
        compared_with=compared_with,
        cluster=cluster,
        numerator=found.count if numerator is None else numerator,
        denominator=found.n if denominator is None else denominator,
        estimate=found.value,
        low=found.low,
        high=found.high,
        method=found.method,
        reason=found.reason,
        label=label,
    )


def _funnel(found: Assembled) -> Iterator[Row]:
    funnel = found.results.funnel
    for step in ("considered", "approached", "consented"):
        yield _count(step, analysis.funnel.NAMES[step].capitalize(), funnel.counts[step])
    one = funnel.conversion("consented_of_approached")
    yield _estimated(one.key, f"{one.numerator}, of {one.denominator}".capitalize(), one.estimate)


def _recruitment(found: Assembled) -> Iterator[Row]:
    seen = found.results.recruitment
    enrolled, days = "People enrolled", "Days open to recruitment inside the window"
    rate = "People enrolled per month that a cluster was open"
    yield _count("enrolled", enrolled, seen.enrolled)
    for arm, number in seen.by_arm.items():
        yield _count("enrolled", enrolled, number, arm=arm)
    for one in seen.by_cluster:
        yield _count("enrolled", enrolled, one.enrolled, cluster=one.cluster)
    yield _count("open_days", days, seen.open_days)
    yield _count("cluster_months", "Open days as months of 30.4375 days", seen.cluster_months)
    yield _rate(rate, seen.rate, seen.enrolled, seen.cluster_months)
    for one in seen.by_cluster:
        yield _count("open_days", days, one.open_days, cluster=one.cluster)
        yield _rate(rate, one.rate, one.enrolled, one.cluster_months, one.cluster)


def _rate(label: str, found: Estimate, count: int, months: float, cluster: str = "") -> Row:
    return _estimated(
        "recruitment_rate", label, found, numerator=count, denominator=months, cluster=cluster
    )


def _retention(found: Assembled) -> Iterator[Row]:
    seen, arms = found.results.retention, found.results.arms
    label = "Primary visit done, of everyone enrolled"
    timely = "Primary visit done in its window, of everyone enrolled"
    yield _estimated("retention", label, seen.overall)
    yield _estimated("retention_in_window", timely, seen.in_window)
    for arm in arms:
        yield _estimated("retention", label, seen.by_arm[arm], arm=arm)
        yield _estimated("retention_in_window", timely, seen.in_window_by_arm[arm], arm=arm)
    if len(arms) > 1:
        label = "Difference in retention, the arm minus the other"
        yield _estimated(
            "retention_difference", label, seen.difference, arm=arms[0], compared_with=arms[-1]
        )


def _employment(found: Assembled) -> Iterator[Row]:
    seen = found.results.work
    yield from _employed(seen.overall)
    for arm, one in seen.by_arm.items():
        yield from _employed(one, arm)
    label = "Difference in open employment at 12 months, the arm minus the other"
    for pair in seen.differences:
        for how in ("observed", "missing_as_not_employed"):
            yield _estimated(
                f"open_at_12_difference_{how}", f"{label}, {WAYS[how]}", getattr(pair, how),
                arm=pair.first, compared_with=pair.second,
            )  # fmt: skip


WAYS = {
    "observed": "of those whose status is known",
    "missing_as_not_employed": "of everyone enrolled, not known counted as not employed",
}


def _employed(seen: ArmEmployment, arm: str = "") -> Iterator[Row]:
    for how, words in WAYS.items():
        label = f"In open employment on the 12-month date, {words}"
        yield _estimated(f"open_at_12_{how}", label, getattr(seen, how), arm=arm)
    days = seen.totals["open_days"]
    reason = "" if days.n else NO_TOTAL
    label = "Days in open employment, of those with a complete work history"
    yield Row(
        measure="open_days_worked_median", arm=arm, denominator=days.n, estimate=days.median,
        method="median", reason=reason, label=label,
    )  # fmt: skip


DUE = "Primary outcome known, of those who passed the due day of the primary visit alive"
ALONE = "Primary outcome known, of the clusters in which it was due"


def _clusters(found: Assembled) -> Iterator[Row]:
    """How far the clusters of a trial without participants came."""
    flow = found.results.flow
    for key, label in (
        ("clusters-assessed", "Clusters identified"),
        ("clusters-permitted", "Clusters that gave permission"),
        ("clusters-opened", "Clusters that took part"),
        ("clusters-allocated", "Clusters allocated"),
    ):
        yield _count(key.replace("-", "_"), label, flow.box(key).clusters)
    for arm in found.results.arms:
        yield _count(
            "clusters_allocated", "Clusters allocated", flow.box("allocated", arm).clusters, arm=arm
        )


def _primary(seen: Primary, *, alone: bool = False) -> Iterator[Row]:
    """The primary outcome of a trial whose outcome is not work: of people, or of the clusters ``alone``."""
    yield _estimated("outcome_known", ALONE if alone else DUE, seen.known)
    of = f"Primary outcome, {seen.summary} of those for whom it is known"
    for arm, one in {"": seen.overall, **seen.by_arm}.items():
        yield _estimated("outcome_observed", of, one.observed, arm=arm)
    if not alone:
        of = "Intracluster correlation of the primary outcome"
        yield _estimated("icc_within_arm", of, seen.icc)
    label = f"Difference of the clusters' {seen.summary}s of the primary outcome, unweighted"
    for pair in seen.differences:
        yield _estimated(
            "cluster_mean_difference", label, pair.of_clusters, arm=pair.first,
            compared_with=pair.second,
        )  # fmt: skip


def _by_cluster(found: Assembled) -> Iterator[Row]:
    clusters, arms = _outcome(found), found.results.arms
    within = analysis.icc.anova_within_arm(clusters).estimate
    label = "Intracluster correlation of open employment at 12 months, status known"
    yield _estimated("icc_within_arm", label, within)
    label = "Difference of the clusters' proportions in open employment at 12 months, unweighted"
    for first in arms[:-1]:
        test = analysis.cluster_test.compare(clusters, first, arms[-1])
        yield _estimated(
            "cluster_mean_difference", label, test.estimate, arm=first, compared_with=arms[-1]
        )


def _outcome(found: Assembled) -> Clusters:
    """The primary outcome by cluster, of those whose cluster's arm is told."""
    people = found.frames.participants
    derived = found.outcomes.set_index("number")["open_at_12"].reindex(people["number"])
    # Whoever withdrew the use of their data has no known outcome.
    told = people["arm"].isin(list(found.results.arms)) & people["withdrew_data_on"].isna()
    values = [{"yes": 1.0, "no": 0.0}.get(str(answer)) for answer in derived[told.to_numpy()]]
    return analysis.cluster_summary.summarise(
        people.loc[told, "cluster"].tolist(), values, people.loc[told, "arm"].tolist()
    )
