"""How the trial's own clusters differ: sizes, outcomes by cluster, the ICC and what it costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.analysis import (
    cluster_test,
    design_effect,
    icc,
    primary,
    proportion,
    reml,
    retention,
)
from trial.analysis.cluster_summary import Clusters, counted
from trial.analysis.cluster_test import Estimands
from trial.analysis.design_effect import DesignEffect
from trial.analysis.estimate import Estimate, not_estimable
from trial.analysis.icc import Icc
from trial.analysis.retention import Fate
from trial.analysis.tables import Frames

OPEN_EMPLOYMENT, RETENTION, PRIMARY = "open_employment", "retention", "primary"
NOBODY = "nobody has an outcome"
NO_ARMS = "no cluster has an arm that is known to the reader: see the figure with arms ignored"


@dataclass(frozen=True)
class Sizes:
    """Participants per cluster, clusters without one included; ``cv`` with the population SD."""

    clusters: int
    without_participants: int
    participants: int
    smallest: int | None
    largest: int | None
    mean: float | None
    cv: float | None
    reason: str = ""


@dataclass(frozen=True)
class InCluster:
    """One cluster's proportion, with the people as independent: a row of a forest plot."""

    cluster: str
    arm: str
    estimate: Estimate


@dataclass(frozen=True)
class InArm:
    """One arm's proportion of all its people, and the mean of its clusters' proportions."""

    arm: str
    clusters: int
    pooled: Estimate
    mean_of_clusters: float | None


@dataclass(frozen=True)
class Contrast:
    """The first arm minus the second: both estimands by name, and the cluster-level t interval.

    The interval is of the difference of cluster means, on ``df``; ``caution`` says how little it
    tells. No test is made.
    """

    first: str
    second: str
    estimands: Estimands
    t_interval: Estimate
    df: int
    caution: str


@dataclass(frozen=True)
class Correlation:
    """The intracluster correlation of one outcome by several estimators.

    ``within_arm`` is the one to report; ``reml`` is a sensitivity that cannot be negative, with 0
    as its boundary. For a meta-analysis the standard errors of Smith and Swiger stand in the first
    two.
    """

    within_arm: Icc
    arms_ignored: Icc
    fleiss_cuzick: Estimate
    reml: Estimate
    reml_at_boundary: bool


@dataclass(frozen=True)
class Clustered:
    """One yes-or-no outcome by cluster and arm.

    ``prevalence`` takes people as independent, ``adjusted`` is widened by the design effect of the
    observed sizes at the planning ICC. ``missing`` people have no outcome; ``pending`` count as no,
    since their visit may still be done in its window.
    """

    outcome: str
    missing: int
    pending: int
    prevalence: Estimate
    adjusted: Estimate
    by_cluster: tuple[InCluster, ...]
    by_arm: tuple[InArm, ...]
    contrasts: tuple[Contrast, ...]
    correlation: Correlation
    design_effect: DesignEffect | None
    reason: str = ""


@dataclass(frozen=True)
class Schemes:
    """How many allocations were permitted, and the least two-sided p that so many can give."""

    number: int | None
    smallest: float | None
    reason: str = ""


@dataclass(frozen=True)
class Clustering:
    """Clustering as known on a day, overall and for each outcome by its key."""

    on: date
    sizes: Sizes
    sizes_by_arm: dict[str, Sizes]
    planning_icc: float
    outcomes: dict[str, Clustered]
    schemes: Schemes
    caution: str


def describe(
    frames: Frames,
    *,
    arms: Sequence[str],
    primary_visit: str,
    on: date,
    planning_icc: float = 0.05,
    strata: Mapping[str, str] | None = None,
    permitted: int | None = None,
    summary: str | None = None,
    conf_level: float = 0.95,
) -> Clustering:
    """The clustering of the primary outcome (where known) and of retention (of enrolled).

    ``planning_icc`` comes from outside the trial. ``permitted`` is how many schemes the allocation
    could have drawn; without it all with the same number of clusters per arm in each of ``strata``
    (the stratum of every cluster; without them freely) are counted. Where the outcome is not work it is
    told here if its ``summary`` is a proportion. Raises ValueError for a cluster
    without a stratum, a negative number of schemes, or an ICC above 1.
    Source: Eldridge et al. 2016, BMJ 355:i5239; Campbell, Grimshaw & Elbourne 2004, BMC Med Res
    Methodol 4:9, on reporting an ICC; Kahan et al. 2023, Int J Epidemiol 52:107-118.

    >>> from trial.analysis import tables
    >>> nobody = describe(tables.prepare(), arms=["A", "B"], primary_visit="v", on=date(2016, 8, 1))
    >>> nobody.outcomes["retention"].correlation.within_arm.estimate.reason
    'nobody has an outcome'
    """
    if not planning_icc <= 1:
        raise ValueError("an intracluster correlation is at most 1")
    places = [str(key) for key in frames.clusters["cluster"]]
    of = dict(zip(places, (str(arm) for arm in frames.clusters["arm"]), strict=True))
    people = pd.Series(frames.participants["cluster"].astype(str).to_numpy())
    sizes = dict.fromkeys(places, 0) | {str(k): int(n) for k, n in people.value_counts().items()}
    asked = _Asked(of, tuple(arms), planning_icc, conf_level)
    answers = _answers(frames, primary_visit, on, summary)
    return Clustering(
        on=on,
        sizes=_sizes(list(sizes.values())),
        sizes_by_arm={
            arm: _sizes([n for place, n in sizes.items() if of.get(place) == arm]) for arm in arms
        },
        planning_icc=planning_icc,
        outcomes={key: _clustered(key, people, *held, asked) for key, held in answers.items()},
        schemes=_schemes(of, arms, strata, permitted),
        caution=_caution(len(places), planning_icc),
    )


@dataclass(frozen=True)
class _Asked:
    """What every outcome is described with: the arm of each cluster, the arms, the planning ICC."""

    arm_of: Mapping[str, str]
    arms: tuple[str, ...]
    planning_icc: float
    conf_level: float


def _answers(
    frames: Frames, visit: str, on: date, summary: str | None
) -> dict[str, tuple[np.ndarray, int]]:
    """For each outcome 1, 0 or NaN for every participant, and for how many a no is pending."""
    fate = retention.fates(frames.participants, frames.visits, visit, on)["fate"]
    kept = (fate == Fate.DONE).to_numpy(dtype=float)
    kept[(fate == Fate.OUTSIDE).to_numpy()] = np.nan
    answers = {RETENTION: (kept, int((fate == Fate.NOT_YET).sum()))}
    value = primary.joined(frames)["value"].to_numpy(dtype=float)
    if frames.primary is None:
        return {OPEN_EMPLOYMENT: (value, 0), **answers}
    return {PRIMARY: (value, 0), **answers} if summary == primary.Summary.PROPORTION else answers


def _sizes(sizes: Sequence[int]) -> Sizes:
    k, n = len(sizes), sum(sizes)
    if not k:
        return Sizes(0, 0, 0, None, None, None, None, "there is no cluster")
    empty = sum(size == 0 for size in sizes)
    reason = "" if n else "nobody is enrolled: there is no variation of sizes to measure"
    cv = float(np.std(sizes)) * k / n if n else None
    return Sizes(k, empty, n, min(sizes), max(sizes), n / k, cv, reason)


def _clustered(
    key: str, cluster: pd.Series, answer: np.ndarray, pending: int, asked: _Asked
) -> Clustered:
    seen = ~np.isnan(answer)
    totals = pd.Series(answer[seen]).groupby(cluster[seen].to_numpy()).agg(["sum", "size"])
    counts = {place: (0, 0) for place in asked.arm_of}
    counts |= {
        str(place): (int(x), int(n))
        for place, x, n in zip(totals.index, totals["sum"], totals["size"], strict=True)
    }
    x, n = (sum(count[i] for count in counts.values()) for i in (0, 1))
    sizes = [size for _, size in counts.values() if size]
    level, planning = asked.conf_level, asked.planning_icc
    told = {
        place: count for place, count in counts.items() if asked.arm_of.get(place) in asked.arms
    }
    clusters = _summary(told, asked)
    return Clustered(
        outcome=key,
        missing=int((~seen).sum()),
        pending=pending,
        prevalence=proportion.wilson(x, n, level),
        adjusted=proportion.cluster_adjusted_wilson(x, n, sizes, planning, level),
        by_cluster=tuple(
            InCluster(place, asked.arm_of.get(place, ""), proportion.wilson(*count, level))
            for place, count in counts.items()
        ),
        by_arm=tuple(_in_arm(clusters, arm, level) for arm in asked.arms),
        contrasts=tuple(_contrast(clusters, arm, asked.arms[-1], level) for arm in asked.arms[:-1]),
        correlation=_correlation(clusters, _summary(counts, asked), level),
        design_effect=design_effect.of_sizes(sizes, planning) if sizes else None,
        reason="" if sizes else NOBODY,
    )


def _summary(counts: Mapping[str, tuple[int, int]], asked: _Asked) -> Clusters:
    return counted(
        [n for _, n in counts.values()],
        [x for x, _ in counts.values()],
        [asked.arm_of.get(place, "") for place in counts],
    )


def _in_arm(clusters: Clusters, arm: str, conf_level: float) -> InArm:
    own = clusters.of_arm(arm)
    events = round(sum(m * p for m, p in zip(own.sizes, own.means, strict=True)))
    mean = sum(own.means) / len(own.means) if own.means else None
    return InArm(arm, len(own.sizes), proportion.wilson(events, own.n, conf_level), mean)


def _contrast(clusters: Clusters, first: str, second: str, conf_level: float) -> Contrast:
    found = cluster_test.compare(clusters, first, second, conf_level)
    both = cluster_test.estimands(clusters, first, second)
    return Contrast(first, second, both, found.estimate, found.df, found.caution)


def _correlation(within: Clusters, everywhere: Clusters, conf_level: float) -> Correlation:
    """Pooled within the arms that are told, and over all clusters with arms ignored."""
    pooled = icc.anova_within_arm(within, conf_level)
    model = reml.fit(within)
    reml_icc = model.icc
    if not within.n and everywhere.n:
        none = not_estimable(0, pooled.estimate.method, NO_ARMS)
        pooled = Icc(none, None, None, None, None, 0, 0, 0, 0)
        reml_icc = not_estimable(0, model.icc.method, NO_ARMS)
    ignored = icc.anova(everywhere, conf_level)
    return Correlation(pooled, ignored, icc.fleiss_cuzick(everywhere), reml_icc, model.boundary)


def _schemes(
    of: Mapping[str, str],
    arms: Sequence[str],
    strata: Mapping[str, str] | None,
    permitted: int | None,
) -> Schemes:
    """Every stratum's choices multiplied; with the arms swapped a scheme is as extreme as itself."""
    if permitted is not None and permitted < 0:
        raise ValueError("a number of permitted schemes is not negative")
    if strata is not None and set(of) - set(strata):
        lacking = ", ".join(sorted(set(of) - set(strata)))
        raise ValueError(f"give every cluster its stratum: {lacking} lacks one")
    if len(arms) != 2 or not of or not set(of.values()) <= set(arms):
        reason = "a smallest p is told of two arms, once every cluster has an arm that the reader may see"
        return Schemes(permitted, None, reason)
    within: dict[str, list[str]] = {}
    for place, arm in of.items():
        within.setdefault("" if strata is None else strata[place], []).append(arm)
    pairs = [(len(own), own.count(arms[0])) for own in within.values()]
    swapped = all(2 * first == size for size, first in pairs)
    number = math.prod(math.comb(size, first) for size, first in pairs)
    if permitted is not None:
        number = permitted
    smallest = min(1.0, (2 if swapped else 1) / number) if number else None
    return Schemes(number, smallest, "" if number else "the permitted schemes are not counted")


def _caution(clusters: int, planning_icc: float) -> str:
    if clusters >= icc.FEW:
        return ""
    noun = "cluster" if clusters == 1 else "clusters"
    return (
        f"A trial of {clusters} {noun} cannot estimate the intracluster correlation well enough to "
        "plan with, whatever its value here. Plan the definitive trial with values from outside, over"
        f" a range of them; {planning_icc:g} is the one taken here."
    )
