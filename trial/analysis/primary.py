"""The primary outcome of a trial whose outcome is not work: a mean or a proportion, by arm."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy import special

from trial.analysis import cluster_summary, cluster_test, icc, outcome, proportion, retention
from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate, check_level, not_estimable
from trial.analysis.tables import Frames

MEAN = "mean with t interval, people taken as independent"
MEAN_OF_CLUSTERS = "mean with t interval, one value of each cluster"
ICC, ONE_EACH = "intracluster correlation", "each cluster has one value"


class Summary(StrEnum):
    """How an outcome is summed up."""

    MEAN = "mean"
    PROPORTION = "proportion"


@dataclass(frozen=True)
class ArmOutcome:
    """The outcome in one arm: ``observed`` is of the ``known`` of its ``enrolled``."""

    enrolled: int
    known: int
    observed: Estimate
    sd: float | None


@dataclass(frozen=True)
class Difference:
    """The first arm minus the second, by the means of their clusters with a t interval.

    Of clusters that each count as 1 or 0 it is the difference of their shares, without ``df``.
    """

    first: str
    second: str
    of_clusters: Estimate
    df: int | None
    caution: str


@dataclass(frozen=True)
class Primary:
    """The outcome overall and by arm; ``known`` is of those who passed their due day alive."""

    summary: str
    overall: ArmOutcome
    by_arm: dict[str, ArmOutcome]
    differences: tuple[Difference, ...]
    icc: Estimate
    known: Estimate


def joined(frames: Frames) -> pd.DataFrame:
    """Participants with ``due_on`` and ``value`` of the primary outcome, NaN where it is not known.

    Of work it is 1 in open employment and 0 otherwise. Whoever withdrew the use of their data has none.

    >>> from trial.analysis import tables
    >>> len(joined(tables.prepare()))
    0
    """
    people = frames.participants
    if frames.primary is None:
        table = outcome.joined(people, frames.outcomes)
        status = table["open_at_12"]
        value = np.where(status == "yes", 1.0, np.where(status == "no", 0.0, np.nan))
        return table.assign(due_on=table["twelve_months_on"], value=value)
    given = frames.primary.set_index("number").reindex(people["number"])
    value = np.where(people["withdrew_data_on"].notna(), np.nan, given["value"].to_numpy())
    return people.assign(due_on=given["due_on"].to_numpy(), value=value)


def describe(
    frames: Frames, *, arms: Sequence[str], summary: str, on: date, conf_level: float = 0.95
) -> Primary:
    """The primary outcome by arm, each arm compared with the last by the means of its clusters.

    No test is made. Raises ValueError for a proportion of values other than 0 and 1.
    Source: Hayes & Moulton 2017, Cluster Randomised Trials, on the comparison of cluster summaries.

    >>> from trial.analysis import tables
    >>> describe(tables.prepare(), arms=["A", "B"], summary="mean", on=date(2024, 8, 1)).known.n
    0
    """
    return _described(joined(frames), arms, summary, on, conf_level, of_clusters=False)


def of_clusters(
    frames: Frames, *, arms: Sequence[str], summary: str, on: date, conf_level: float = 0.95
) -> Primary:
    """The primary outcome of a trial without participants: one value of each cluster that took part.

    The frame of the outcome names the cluster as its ``number``. ``enrolled`` then counts clusters, and
    ``known`` is of those whose outcome was due. Shares of clusters are compared by Newcombe's
    interval. Raises ValueError as :func:`describe` does.

    >>> from trial.analysis import tables
    >>> none = tables.prepare(primary=tables.prepare().screening.assign(due_on=None, value=None))
    >>> of_clusters(none, arms=["A", "B"], summary="mean", on=date(2024, 8, 1)).known.n
    0
    """
    table = of_each_cluster(frames).assign(died_on=np.datetime64("NaT"))
    told = _described(table, arms, summary, on, conf_level, of_clusters=True)
    told = replace(told, icc=not_estimable(told.overall.known, ICC, ONE_EACH))
    if summary == Summary.MEAN:
        return told
    observed = {arm: one.observed for arm, one in told.by_arm.items()}
    pairs = [(arm, arms[-1]) for arm in arms[:-1]]
    shares = [retention.difference({a: observed[a], b: observed[b]}, conf_level) for a, b in pairs]
    apart = (Difference(*p, share, None, "") for p, share in zip(pairs, shares, strict=True))
    return replace(told, differences=tuple(apart))


def of_each_cluster(frames: Frames) -> pd.DataFrame:
    """The clusters that took part, opened or allocated, with ``due_on`` and ``value`` of their outcome.

    >>> from trial.analysis import tables
    >>> none = tables.prepare(primary=tables.prepare().screening.assign(due_on=None, value=None))
    >>> len(of_each_cluster(none))
    0
    """
    if frames.primary is None:
        raise ValueError("give the primary outcome of each cluster")
    part = frames.clusters[["opened_on", "allocated_on"]].notna().any(axis=1)
    table = frames.clusters[part].reset_index(drop=True)
    given = frames.primary.set_index("number").reindex(table["cluster"].astype(str))
    return table.assign(due_on=given["due_on"].to_numpy(), value=given["value"].to_numpy())


def _described(
    table: pd.DataFrame,
    arms: Sequence[str],
    summary: str,
    on: date,
    conf_level: float,
    *,
    of_clusters: bool,
) -> Primary:
    seen = table["value"].notna()
    if summary == Summary.PROPORTION and not table.loc[seen, "value"].isin([0.0, 1.0]).all():
        raise ValueError("the values of a proportion are 0 and 1")
    due = (table["due_on"] <= np.datetime64(on)) & ~(table["died_on"] < table["due_on"])
    clusters = _clusters(table[table["arm"].isin(list(arms))])

    def of(rows: pd.DataFrame) -> ArmOutcome:
        return _of(rows, summary, conf_level, of_clusters)

    return Primary(
        summary=str(summary),
        overall=of(table),
        by_arm={arm: of(table[table["arm"] == arm]) for arm in arms},
        differences=tuple(_difference(clusters, arm, arms[-1], conf_level) for arm in arms[:-1]),
        icc=icc.anova_within_arm(clusters, conf_level).estimate,
        known=proportion.wilson(int((seen & due).sum()), int(due.sum()), conf_level),
    )


def mean(
    values: Sequence[float], conf_level: float = 0.95, *, of_clusters: bool = False
) -> Estimate:
    """A mean with its t interval, of people or of clusters.

    >>> found = mean([1, 2, 3])
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, -0.484, 4.484)
    >>> mean([]).reason
    'nobody has an outcome'
    """
    check_level(conf_level)
    method, nobody, one = (
        (MEAN_OF_CLUSTERS, "no cluster has", "cluster")
        if of_clusters
        else (MEAN, "nobody has", "person")
    )
    seen = np.asarray(values, dtype=float)
    n = len(seen)
    if not n:
        return not_estimable(0, method, f"{nobody} an outcome")
    at = float(seen.mean())
    if n == 1:
        return Estimate(at, None, None, 1, method, f"one {one} has no spread")
    half = (
        float(special.stdtrit(n - 1, (1 + conf_level) / 2)) * float(seen.std(ddof=1)) / math.sqrt(n)
    )
    return Estimate(at, at - half, at + half, n, method)


def _of(table: pd.DataFrame, summary: str, conf_level: float, of_clusters: bool) -> ArmOutcome:
    seen = table["value"].dropna().to_numpy(dtype=float)
    if summary == Summary.PROPORTION:
        observed = proportion.wilson(int(seen.sum()), len(seen), conf_level)
        return ArmOutcome(len(table), len(seen), observed, None)
    sd = float(seen.std(ddof=1)) if len(seen) > 1 else None
    return ArmOutcome(
        len(table), len(seen), mean(list(seen), conf_level, of_clusters=of_clusters), sd
    )


def _clusters(table: pd.DataFrame) -> Clusters:
    return cluster_summary.summarise(
        table["cluster"].tolist(), table["value"].tolist(), table["arm"].tolist()
    )


def _difference(clusters: Clusters, first: str, second: str, conf_level: float) -> Difference:
    found = cluster_test.compare(clusters, first, second, conf_level)
    return Difference(first, second, found.estimate, found.df, found.caution)
