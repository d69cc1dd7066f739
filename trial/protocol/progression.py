"""Progression criteria: the thresholds at which the trial goes on, is amended, or stops."""

from typing import Literal

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


class ProgressionCriterion(Table):
    """One criterion: green at or beyond ``green_at``, amber at or beyond ``amber_at``, else red."""

    key: Key
    label: Text
    metric: Text
    unit: Text
    green_at: Amount
    amber_at: Amount
    direction: Literal["higher", "lower"]
    rationale: Text
