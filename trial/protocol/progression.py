"""Progression criteria: the thresholds at which the trial goes on, is amended, or stops."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Amount, Key, Table, Text

# What the feasibility report can compute, of the trial or of one cluster, and the unit in which it does.
UNITS = {
    "recruited": "people",
    "recruitment_rate": "people per cluster-month",
    "retention": "proportion",
    "retention_of_due": "proportion",
    "consent_rate": "proportion",
    "outcome_completeness": "proportion",
}
METRICS = tuple(UNITS)
# Those of the clusters as such.
TAKING_PART = {"clusters_opened": "clusters", "cluster_agreement": "proportion"}
# What a trial without participants can compute. Only there has a cluster that closed dropped out: in
# others it has ended its recruitment.
ALONE = {
    **TAKING_PART,
    "cluster_retention": "proportion",
    "outcome_completeness": UNITS["outcome_completeness"],
}
# What counts the clusters that reach a value of their own.
OF_CLUSTERS = {"clusters": "clusters", "share_of_clusters": "proportion"}


class Band(Table):
    """One band of values with what it says, in the protocol's own words; both ends belong to it.

    Without ``worst`` it holds everything worse than the bands before it; without ``best`` it reaches up
    to the band before it. Of a criterion for judgement it is one thing that can be decided.
    """

    label: Text
    light: Literal["green", "amber", "red"]
    worst: Amount | None = None
    best: Amount | None = None


class Each(Table):
    """What a cluster must reach to be counted: one limit on a metric of that cluster alone."""

    metric: Text
    at_least: Amount | None = None
    at_most: Amount | None = None


class Rule(Table):
    """One quantity: green at or beyond ``green_at``, amber at or beyond ``amber_at``, else red.

    ``bands``, the best first, say the same in place of both thresholds, with gaps where no band holds.
    With ``each`` the quantity is the number or the share of clusters that reach something.
    """

    label: Text
    metric: Text | None = None
    unit: Text | None = None
    green_at: Amount | None = None
    amber_at: Amount | None = None
    bands: Annotated[tuple[Band, ...], Field(max_length=4)] = ()
    direction: Literal["higher", "lower"] | None = None
    each: Each | None = None

    @property
    def thresholds(self) -> tuple[Amount, ...]:
        """Every value that divides one verdict from another, in the order of the file."""
        ends = [end for band in self.bands for end in (band.best, band.worst)]
        return tuple(end for end in (self.green_at, self.amber_at, *ends) if end is not None)


class ProgressionCriterion(Rule):
    """One criterion: on one quantity, on several ``parts`` at once, or for judgement alone.

    Of its parts ``all`` must be good, so that the worst stands, or ``any``, so that the best does. A
    criterion without metric and parts is judged by people: its bands are what they can decide.
    """

    key: Key
    combine: Literal["all", "any"] | None = None
    parts: Annotated[tuple[Rule, ...], Field(max_length=4)] = ()
    rationale: Text

    @property
    def judged(self) -> bool:
        """Whether people alone decide on it."""
        return self.metric is None and not self.parts

    @property
    def rules(self) -> Iterator[Rule]:
        """The quantities that it judges."""
        if self.parts:
            yield from self.parts
        elif not self.judged:
            yield self
