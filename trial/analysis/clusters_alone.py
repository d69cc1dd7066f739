"""The clusters as such: how many agreed, took part and stayed, and their flow without participants."""

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from trial.analysis import primary, proportion, rate
from trial.analysis.estimate import Estimate
from trial.analysis.flow import Box, Flow, cluster_boxes
from trial.analysis.funnel import Reason
from trial.analysis.progression import Metric, of_share
from trial.analysis.tables import Frames

DROPPED_OUT, NOT_YET = "dropped out", "outcome not known"


def taking_part(clusters: pd.DataFrame) -> dict[str, Metric]:
    """The figures of the clusters as such that a progression criterion may name.

    ``clusters_opened`` counts clusters; ``cluster_agreement`` is the share of those approached that
    gave permission.

    >>> from trial.analysis import tables
    >>> int(taking_part(tables.prepare().clusters)["clusters_opened"].exact)
    0
    """
    opened = int(clusters["opened_on"].notna().sum())
    asked = clusters["approached_on"].notna()
    agreed = int((asked & clusters["permission_on"].notna()).sum())
    return {
        "clusters_opened": Metric(Fraction(opened), rate.garwood(opened, 1)),
        "cluster_agreement": of_share(proportion.wilson(agreed, int(asked.sum()))),
    }


def metrics(clusters: pd.DataFrame, known: Estimate) -> dict[str, Metric]:
    """The figures that a criterion of a trial without participants may name.

    Besides those of :func:`taking_part`, ``cluster_retention`` (of the clusters opened those that were not
    closed) and ``outcome_completeness`` (outcome known of the clusters where it was due).

    >>> from trial.analysis import tables
    >>> found = metrics(tables.prepare().clusters, proportion.wilson(3, 4))
    >>> str(found["outcome_completeness"].exact)
    '3/4'
    """
    opened = clusters["opened_on"].notna()
    stayed = int((opened & clusters["closed_on"].isna()).sum())
    return {
        **taking_part(clusters),
        "cluster_retention": of_share(proportion.wilson(stayed, int(opened.sum()))),
        "outcome_completeness": of_share(known),
    }


def flow_of(frames: Frames, *, arms: Sequence[str]) -> Flow:
    """The flow of the clusters alone: no box counts people.

    A cluster that is *not analysed* has dropped out, or is in the trial without a known outcome.
    Source: CONSORT extension for cluster trials, Campbell et al. 2012, BMJ 345:e5661.

    >>> from trial.analysis import tables
    >>> none = tables.prepare(primary=tables.prepare().screening.assign(due_on=None, value=None))
    >>> flow_of(none, arms=["A"]).box("analysed", "A").clusters
    0
    """
    boxes = cluster_boxes(frames.clusters, opened="Took part")
    table, checks = primary.of_each_cluster(frames), {}
    for arm in arms:
        own = table[table["arm"] == arm]
        known = own["value"].notna()
        lost = int((~known & own["closed_on"].notna()).sum())
        others = int((~known).sum()) - lost
        why = tuple(Reason(key, n) for key, n in ((DROPPED_OUT, lost), (NOT_YET, others)) if n)
        boxes += [
            Box("allocated", "Allocated", len(own), None, arm),
            Box("analysed", "Analysed: primary outcome known", int(known.sum()), None, arm),
            Box("not-analysed", "Primary outcome not known", lost + others, None, arm, why, True),
        ]
        checks[f"{arm}: analysed + not analysed"] = len(own) == int(known.sum()) + lost + others
    without = int((~frames.clusters["arm"].isin(list(arms))).sum())
    boxes.append(Box("not-allocated", "Clusters without an arm", without, None, excluded=True))
    return Flow(tuple(boxes), {}, checks)
