"""Job tenure: the share of known days in work, and how long the first open job lasts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from trial.analysis import icc, outcome, time_to_event
from trial.analysis.estimate import Estimate, check_level, level_words, not_estimable
from trial.analysis.first_job import day_of, in_days
from trial.analysis.tables import Frames
from trial.analysis.time_to_event import Curve

MONTHS = (3, 6, 9)
NOT_KNOWN = "of nobody the days on which work is known are recorded"
NO_JOB = "nobody was seen in an open job"
ALIKE = "no interval: everybody has the same share of days"
TOO_FEW = (
    f"no interval: with fewer than {icc.FEW} clusters a bootstrap of the clusters has too few "
    "different samples to draw; give the median and the quartiles"
)


@dataclass(frozen=True)
class DaysInWork:
    """Days in work of days known: a share for each person, and what their spread is.

    ``n`` people of whom some days are known; ``worked`` had any day in work. ``of_days`` is all
    their days in work over all their days known, which counts people by how long they are known.
    ``mean`` counts people alike; its interval is from differences between clusters.
    """

    n: int
    worked: int
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    of_days: float | None
    mean: Estimate
    reason: str = ""


@dataclass(frozen=True)
class FirstJobLength:
    """How long the first open job lasts, in days, one job a person: censored while it runs.

    Of ``jobs``, ``ended`` were seen to end; ``lasting`` is the share that lasts longer than so many
    months.
    """

    jobs: int
    ended: int
    curve: Curve
    lasting: dict[str, Estimate]
    median: Estimate


@dataclass(frozen=True)
class GroupTenure:
    """Tenure in one group of ``people``, of whom ``not_known`` have no day of work known.

    ``paid`` is in paid work of any kind and ``open`` in open employment, of the days known of
    everybody; ``paid_complete`` and ``open_complete`` of those known to the 12-month date.
    """

    people: int
    not_known: int
    paid: DaysInWork
    open: DaysInWork
    paid_complete: DaysInWork
    open_complete: DaysInWork
    first_job: FirstJobLength


@dataclass(frozen=True)
class Tenure:
    """Job tenure overall and by arm."""

    overall: GroupTenure
    by_arm: dict[str, GroupTenure]


def describe(
    frames: Frames,
    *,
    arms: Sequence[str],
    months: Sequence[int] = MONTHS,
    conf_level: float = 0.95,
) -> Tenure:
    """Job tenure by arm over the follow-up to the 12-month date.

    A day in several jobs counts once, so that a share is between 0 and 1. The curve takes only the
    first open job of each person, so that someone with many jobs counts no more than another; it is
    censored while the job runs on at the last day known. Its months are of 30.4375 days. Who
    withdrew the use of data is not known. Without the optional columns of the outcomes nobody is.
    The mean has no interval with fewer than ten clusters: say so, and give the median.
    Source: definitions; Kalbfleisch & Prentice 2002; Korn & Graubard 1999, Analysis of Health
    Surveys, for the mean's interval by linearisation.

    >>> from trial.analysis import tables
    >>> describe(tables.prepare(), arms=["A", "B"]).by_arm["A"].paid.reason
    'of nobody the days on which work is known are recorded'
    """
    check_level(conf_level)
    table = outcome.joined(frames.participants, frames.outcomes)
    usable = table["withdrew_data_on"].isna() & (table["known_days"] > 0)
    table = table.assign(usable=usable)
    groups = {arm: _group(table[table["arm"] == arm], months, conf_level) for arm in arms}
    return Tenure(_group(table, months, conf_level), groups)


def _group(table: pd.DataFrame, months: Sequence[int], conf_level: float) -> GroupTenure:
    known = table[table["usable"]]
    whole = known[known["complete"]]
    return GroupTenure(
        people=len(table),
        not_known=len(table) - len(known),
        paid=_days_in_work(known, "paid_days", conf_level),
        open=_days_in_work(known, "open_days", conf_level),
        paid_complete=_days_in_work(whole, "paid_days", conf_level),
        open_complete=_days_in_work(whole, "open_days", conf_level),
        first_job=_first_job(known, months, conf_level),
    )


def _days_in_work(known: pd.DataFrame, column: str, conf_level: float) -> DaysInWork:
    seen = known[known[column].notna()]
    days, of = seen[column].to_numpy(dtype=float), seen["known_days"].to_numpy(dtype=float)
    method = f"mean share of days, by clusters, t {level_words(conf_level)}"
    if not len(days):
        none = not_estimable(0, method, NOT_KNOWN)
        return DaysInWork(0, 0, None, None, None, None, none, NOT_KNOWN)
    share = days / of
    lower, median, upper = (float(found) for found in np.percentile(share, [25, 50, 75]))
    return DaysInWork(
        n=len(days),
        worked=int((days > 0).sum()),
        median=median,
        lower_quartile=lower,
        upper_quartile=upper,
        of_days=float(days.sum() / of.sum()),
        mean=_mean(share, seen["cluster"].astype(str).to_numpy(), method, conf_level),
    )


def _mean(share: np.ndarray, cluster: np.ndarray, method: str, conf_level: float) -> Estimate:
    """The mean over people, with an interval from the clusters' sums of deviations."""
    n, mean = len(share), float(share.mean())
    names, index = np.unique(cluster, return_inverse=True)
    k = len(names)
    if k < icc.FEW:
        return Estimate(mean, None, None, n, method, TOO_FEW)
    if not np.ptp(share):
        return Estimate(mean, None, None, n, method, ALIKE)
    apart = np.bincount(index, weights=share - mean)
    se = math.sqrt(k / (k - 1) * float(np.square(apart).sum())) / n
    half = float(special.stdtrit(k - 1, (1 + conf_level) / 2)) * se
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), n, method)


def _first_job(known: pd.DataFrame, months: Sequence[int], conf_level: float) -> FirstJobLength:
    jobs = known[known["first_job_days"].notna()]
    ended = jobs["first_job_ended"].astype(int).tolist()
    curve = time_to_event.kaplan_meier(jobs["first_job_days"].tolist(), ended, conf_level)
    return FirstJobLength(
        jobs=len(jobs),
        ended=sum(ended),
        curve=curve,
        lasting={
            f"{month} months": _told(time_to_event.survival_at(curve, day_of(month)))
            for month in months
        },
        median=_told(time_to_event.median(curve)),
    )


def _told(found: Estimate) -> Estimate:
    """The estimate with a reason that speaks of jobs where there is none."""
    return in_days(found) if found.n else not_estimable(0, found.method, NO_JOB)
