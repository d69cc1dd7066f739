"""Open employment by arm: observed, with the missing counted, and the totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.analysis import proportion
from trial.analysis.estimate import Estimate
from trial.analysis.retention import difference


@dataclass(frozen=True)
class Spread:
    """The middle and spread of a total over the ``n`` people with a complete history."""

    n: int
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    mean: float | None


@dataclass(frozen=True)
class ArmEmployment:
    """Open employment in one arm.

    ``reached`` have passed their 12-month date. ``observed`` is of those whose status is known,
    ``missing_as_not_employed`` of everyone enrolled, ``ever_open`` of those for whom it is known.
    """

    enrolled: int
    reached: int
    yes: int
    no: int
    unknown: int
    observed: Estimate
    missing_as_not_employed: Estimate
    ever_open: Estimate
    totals: dict[str, Spread]


@dataclass(frozen=True)
class Difference:
    """The first arm minus the second, observed and with the missing as not employed."""

    first: str
    second: str
    observed: Estimate
    missing_as_not_employed: Estimate


@dataclass(frozen=True)
class Employment:
    """Open employment overall and by arm; ``known`` is of those due an answer."""

    overall: ArmEmployment
    by_arm: dict[str, ArmEmployment]
    differences: tuple[Difference, ...]
    known: Estimate


TOTALS = ("days_to_first_open", "open_days", "open_hours", "open_earnings", "jobs")


def by_arm(
    participants: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    arms: Sequence[str],
    on: date,
    conf_level: float = 0.95,
) -> Employment:
    """Open employment at 12 months by arm, with each arm's difference from the last one.

    Someone whose use of data was withdrawn counts as enrolled, with status unknown. Totals are of
    complete histories only. ``known`` is of those who passed their 12-month date alive. Raises
    ValueError for a column that is missing. Intervals: Wilson, Newcombe.

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().outcomes
    >>> by_arm(*none, arms=["A", "B"], on=date(2016, 8, 1)).by_arm["A"].observed.value is None
    True
    """
    table = joined(participants, outcomes)
    table["reached"] = table["twelve_months_on"] <= np.datetime64(on)
    found = {arm: _employment(table[table["arm"] == arm], conf_level) for arm in arms}
    differences = tuple(_difference(found, arm, arms[-1], conf_level) for arm in arms[:-1])
    due = table["reached"] & ~(table["died_on"] < table["twelve_months_on"])
    known = table["open_at_12"].isin(["yes", "no"])
    return Employment(
        overall=_employment(table, conf_level),
        by_arm=found,
        differences=differences,
        known=proportion.wilson(int((known & due).sum()), int(due.sum()), conf_level),
    )


def joined(participants: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Participants with their outcomes, unknown for whoever has none or withdrew the use of data.

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().outcomes
    >>> len(joined(*none))
    0
    """
    derived = outcomes.set_index("number").reindex(participants["number"])
    table = participants.assign(
        **{name: derived[name].to_numpy() for name in derived.columns if name != "number"}
    )
    hidden = table["withdrew_data_on"].notna()
    for answer in ("open_at_12", "ever_open"):
        kept = table[answer].isin(["yes", "no"]) & ~hidden
        table[answer] = table[answer].astype(object).where(kept, "unknown")
    table["complete"] = table["complete"].eq(True) & ~hidden
    return table


def _employment(table: pd.DataFrame, conf_level: float) -> ArmEmployment:
    status, ever = table["open_at_12"], table["ever_open"]
    yes, no = int((status == "yes").sum()), int((status == "no").sum())
    n, ever_yes = len(table), int((ever == "yes").sum())
    whole = table[table["complete"]]
    return ArmEmployment(
        enrolled=n,
        reached=int(table["reached"].sum()),
        yes=yes,
        no=no,
        unknown=n - yes - no,
        observed=proportion.wilson(yes, yes + no, conf_level),
        missing_as_not_employed=proportion.wilson(yes, n, conf_level),
        ever_open=proportion.wilson(ever_yes, ever_yes + int((ever == "no").sum()), conf_level),
        totals={name: _spread(whole[name]) for name in TOTALS},
    )


def _spread(column: pd.Series) -> Spread:
    seen = column.dropna().to_numpy(dtype=float)
    if not len(seen):
        return Spread(0, None, None, None, None)
    lower, median, upper = (float(found) for found in np.percentile(seen, [25, 50, 75]))
    return Spread(len(seen), median, lower, upper, float(seen.mean()))


def _difference(
    found: dict[str, ArmEmployment], first: str, second: str, conf_level: float
) -> Difference:
    pair = {first: found[first], second: found[second]}
    return Difference(
        first,
        second,
        difference({arm: seen.observed for arm, seen in pair.items()}, conf_level),
        difference({arm: seen.missing_as_not_employed for arm, seen in pair.items()}, conf_level),
    )
