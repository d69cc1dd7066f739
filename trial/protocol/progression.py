"""Progression criteria: the thresholds at which the trial goes on, is amended, or stops."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Amount, Key, Table, Text

# What the feasibility report can compute, and the unit in which it does.
UNITS = {
    "recruited": "people",
    "recruitment_rate": "people per cluster-month",
    "retention": "proportion",
    "consent_rate": "proportion",
    "outcome_completeness": "proportion",
}
METRICS = tuple(UNITS)


class Band(Table):
    """One band of values with what it says, in the protocol's own words; both ends belong to it.

    Without ``worst`` it holds everything worse than the bands before it; without ``best`` it reaches up
    to the band before it.
    """

    label: Text
    light: Literal["green", "amber", "red"]
    worst: Amount | None = None
    best: Amount | None = None


class ProgressionCriterion(Table):
    """One criterion: green at or beyond ``green_at``, amber at or beyond ``amber_at``, else red.

    ``bands``, the best first, say the same in place of both thresholds, with gaps where no band holds.
    """

    key: Key
    label: Text
    metric: Text
    unit: Text
    green_at: Amount | None = None
    amber_at: Amount | None = None
    bands: Annotated[tuple[Band, ...], Field(max_length=4)] = ()
    direction: Literal["higher", "lower"]
    rationale: Text

    @property
    def thresholds(self) -> tuple[Amount, ...]:
        """Every value that divides one verdict from another, in the order of the file."""
        ends = [end for band in self.bands for end in (band.best, band.worst)]
        return tuple(end for end in (self.green_at, self.amber_at, *ends) if end is not None)
