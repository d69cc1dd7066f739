"""Time from enrolment to the first open job, of what is known of everybody alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trial.analysis import competing_events, icc, outcome, time_to_event
from trial.analysis.competing_events import Incidence
from trial.analysis.estimate import Estimate
from trial.analysis.rate import DAYS_A_MONTH
from trial.analysis.tables import Frames
from trial.analysis.time_to_event import Curve, LogRank, RestrictedMean

MONTHS = (3, 6, 12)
FEW_CLUSTERS = (
    f"the test takes people as independent: with fewer than {icc.FEW} clusters it would take "
    "differences between clusters for an effect of the arms; compare the curves and their intervals"
)


@dataclass(frozen=True)
class GroupToJob:
    """Time to the first open job in one group, in days from enrolment.

    Of ``people`` enrolled, ``not_known`` are left out: nothing is known of their work, or they
    withdrew the use of data. ``seen_later`` are in, censored, though a job is recorded to have
    begun after their history was last known; ``with_job_as_recorded`` counts those jobs on their
    recorded day. ``with_job`` is 1 - Kaplan-Meier by so many months, ``incidence`` Aalen-Johansen's
    share, by which death and withdrawal from follow-up (``ended``) rule out a job. ``at_risk`` pairs
    a month with how many were followed to it without a job; ``censored`` are days.
    """

    people: int
    not_known: int
    seen_later: int
    curve: Curve
    censored: tuple[float, ...]
    at_risk: tuple[tuple[int, int], ...]
    with_job: dict[str, Estimate]
    with_job_as_recorded: dict[str, Estimate]
    median: Estimate
    restricted_mean: RestrictedMean
    first_job: Incidence
    ended: Incidence
    incidence: dict[str, Estimate]


@dataclass(frozen=True)
class FirstJob:
    """Time to the first open job overall and by arm; the test has no p with few clusters."""

    overall: GroupToJob
    by_arm: dict[str, GroupToJob]
    log_rank: LogRank


def describe(
    frames: Frames,
    *,
    arms: Sequence[str],
    months: Sequence[int] = MONTHS,
    conf_level: float = 0.95,
) -> FirstJob:
    """Time to the first open job by arm, with shares at so many months and a mean up to the last.

    Everybody is followed to the last day on which their work is known, at most to the 12-month
    date, and not beyond death. A job counts if it began by the day after that. One recorded to have
    begun later does not: of those without a job the same stretch is not known, so that counting it
    would take a job reported between visits for a sooner one. It is told, and counted in
    ``with_job_as_recorded``. Death, and withdrawal from follow-up that cut the history short, are
    the competing event on the last day known. Without the optional columns of the outcomes only
    complete histories are known. A month is 30.4375 days, rounded down to a whole day; the extra
    day of a year with a leap day counts as its last. Raises ValueError unless ``months`` rise from
    a month on.
    Source: Kalbfleisch & Prentice 2002; Aalen & Johansen 1978; Klein & Moeschberger 2003, 4.5.

    >>> from trial.analysis import tables
    >>> describe(tables.prepare(), arms=["A", "B"]).by_arm["A"].median.reason
    'nobody was followed'
    """
    if not months or list(months) != sorted(set(months)) or months[0] < 1:
        raise ValueError("give the months in rising order, each at least 1")
    table = _followed(outcome.joined(frames.participants, frames.outcomes), day_of(months[-1]))
    groups = {arm: _group(table[table["arm"] == arm], months, conf_level) for arm in arms}
    clusters = int(frames.clusters["arm"].isin(arms).sum())
    return FirstJob(_group(table, months, conf_level), groups, _test(table, arms, clusters))


def day_of(months: int) -> int:
    """The whole days of so many months of 30.4375 days.

    >>> [day_of(months) for months in (3, 6, 12)]
    [91, 182, 365]
    """
    return int(months * DAYS_A_MONTH)


def in_days(found: Estimate) -> Estimate:
    """The same estimate; a reason that ends with how far people were followed names the unit.

    >>> curve = time_to_event.kaplan_meier([40], [0])
    >>> in_days(time_to_event.survival_at(curve, 91)).reason
    'nobody was followed that far: the last was followed to 40 days'
    """
    if found.value is not None or not found.n or not found.reason[-1].isdigit():
        return found
    return replace(found, reason=f"{found.reason} days")


def _followed(table: pd.DataFrame, last: int) -> pd.DataFrame:
    """For each person the day of the job or of the end of what is known, and which it was."""
    start = table["enrolled_on"]
    whole = _days(table["twelve_months_on"] - start)
    complete = table["complete"].to_numpy(dtype=bool)
    died = _days(table["died_on"] - start)
    # Of an unknown length NaN stays, which no comparison holds for.
    given = table["known_days"].to_numpy(dtype=float) - 1
    until = np.where(np.isnan(given) & complete, whole, given)
    until = np.minimum(until, np.where(np.isnan(died), np.inf, died))
    found = table["days_to_first_open"].to_numpy(dtype=float)
    recorded = ~np.isnan(found) & ~np.isnan(until)
    later = recorded & table["first_open_at_most"].to_numpy(dtype=bool)
    job = recorded & ~later
    stopped = (_days(table["withdrew_followup_on"] - start) <= whole) & ~complete
    state = np.where(job, 1, np.where((died <= whole) | stopped, 2, 0))
    # Somebody of whom nothing is known has -1: only a job seen to begin at once places them.
    known = ((until >= 0) | job) & table["withdrew_data_on"].isna().to_numpy()
    leap = np.where(whole == last + 1, whole, np.inf)
    return table.assign(
        known=known,
        later=later & known,
        **_cut("", np.where(job, found, until), state, last, leap),
        **_cut("recorded_", np.where(recorded, found, until), recorded.astype(int), last, leap),
    )


def _cut(
    prefix: str, day: np.ndarray, state: np.ndarray, last: int, leap: np.ndarray
) -> dict[str, np.ndarray]:
    """Days and states as seen up to the last day, as which the last day of a leap year counts."""
    seen = np.where((day <= last) | (day == leap), state, 0)
    return {
        f"{prefix}day": np.minimum(day, last),
        f"{prefix}state": seen,
        f"{prefix}job": (seen == 1).astype(int),
    }


def _days(since: pd.Series) -> np.ndarray:
    return since.dt.days.to_numpy(dtype=float)


def _test(table: pd.DataFrame, arms: Sequence[str], clusters: int) -> LogRank:
    """The log-rank test with the arms in their order, without its p where clusters are few."""
    known = table[table["known"]]
    rows = pd.concat([known[known["arm"] == arm] for arm in arms]) if len(arms) else known[:0]
    found = time_to_event.log_rank(rows["day"].tolist(), rows["job"].tolist(), rows["arm"].tolist())
    if clusters < icc.FEW:
        return replace(found, chi2=None, p=None, reason=found.reason or FEW_CLUSTERS)
    return replace(found, method=f"{found.method}; for information")


def _group(table: pd.DataFrame, months: Sequence[int], conf_level: float) -> GroupToJob:
    known = table[table["known"]]
    day, job = known["day"].to_numpy(dtype=float), known["job"].to_numpy()
    curve = time_to_event.kaplan_meier(day.tolist(), job.tolist(), conf_level)
    recorded = time_to_event.kaplan_meier(
        known["recorded_day"].tolist(), known["recorded_job"].tolist(), conf_level
    )
    first, ended = competing_events.aalen_johansen(
        day.tolist(), known["state"].tolist(), conf_level=conf_level
    )
    days = {f"{month} months": day_of(month) for month in months}
    mean = time_to_event.restricted_mean(curve, day_of(months[-1]))
    return GroupToJob(
        people=len(table),
        not_known=len(table) - len(known),
        seen_later=int(known["later"].sum()),
        curve=curve,
        censored=tuple(np.unique(day[job == 0]).tolist()),
        at_risk=_at_risk(day, months[-1]),
        with_job={name: _with_job(curve, at) for name, at in days.items()},
        with_job_as_recorded={name: _with_job(recorded, at) for name, at in days.items()},
        median=time_to_event.median(curve),
        restricted_mean=replace(mean, estimate=in_days(mean.estimate)),
        first_job=first,
        ended=ended,
        incidence={
            name: in_days(competing_events.incidence_at(first, at)) for name, at in days.items()
        },
    )


def _at_risk(day: np.ndarray, last: int) -> tuple[tuple[int, int], ...]:
    step = 3 if last > 3 else 1
    return tuple((m, int((day >= day_of(m)).sum())) for m in range(0, last + 1, step))


def _with_job(curve: Curve, day: int) -> Estimate:
    """One minus the share without, with its limits mirrored."""
    found = in_days(time_to_event.survival_at(curve, day))
    value, low, high = (
        None if figure is None else 1 - figure for figure in (found.value, found.high, found.low)
    )
    method = f"1 - {found.method}"
    return Estimate(value, low, high, found.n, method, found.reason)
