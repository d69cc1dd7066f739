"""Recruitment: how many, where, month by month, and the rate per cluster-month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import pandas as pd

from trial.analysis import rate
from trial.analysis.estimate import Estimate


@dataclass(frozen=True)
class Plan:
    """What was planned: the window with both its days, the target, and the rate."""

    opens_on: date
    closes_on: date
    target: int
    per_cluster_month: float | None = None


@dataclass(frozen=True)
class ClusterRecruitment:
    """One cluster: enrolled, days open inside the window, and its rate per cluster-month."""

    cluster: str
    arm: str
    enrolled: int
    open_days: int
    cluster_months: float
    rate: Estimate


@dataclass(frozen=True)
class Month:
    """One calendar month: enrolled, enrolled and target so far, and in each cluster."""

    month: str
    enrolled: int
    cumulative: int
    target_cumulative: float
    by_cluster: dict[str, int]


@dataclass(frozen=True)
class MonthAhead:
    """One calendar month to come, with the target by its end or by the end of recruitment."""

    month: str
    target_cumulative: float


@dataclass(frozen=True)
class Recruitment:
    """Recruitment up to a day; ``not_in_an_arm`` are in clusters without a visible arm."""

    enrolled: int
    target: int
    of_target: float
    by_arm: dict[str, int]
    not_in_an_arm: int
    after_reveal: int
    rate: Estimate
    rate_target: float | None
    open_days: int
    cluster_months: float
    by_cluster: tuple[ClusterRecruitment, ...]
    by_month: tuple[Month, ...]

    @property
    def exact_rate(self) -> Fraction | None:
        """The rate per cluster-month as an exact fraction; None without open days."""
        if not self.open_days:
            return None
        return self.enrolled / rate.cluster_months(self.open_days)


def count(
    participants: pd.DataFrame,
    clusters: pd.DataFrame,
    *,
    arms: Sequence[str],
    plan: Plan,
    on: date,
    conf_level: float = 0.95,
) -> Recruitment:
    """Recruitment as known on a day, overall, by arm, cluster and month.

    Exposure is every day that a cluster was open inside the window up to ``on``, first and last
    included, a month being 30.4375 days; the target so far grows evenly over the window. Raises
    ValueError for a column that is missing.
    Source: Garwood 1936 for the intervals; Hayes & Moulton 2017.

    >>> from trial.analysis import tables
    >>> none = tables.prepare()
    >>> plan = Plan(date(2015, 7, 1), date(2015, 12, 31), 40)
    >>> on = date(2015, 8, 1)
    >>> count(none.participants, none.clusters, arms=["A", "B"], plan=plan, on=on).rate.reason
    'there was no open time to count over'
    """
    by_arm = {arm: int((participants["arm"] == arm).sum()) for arm in arms}
    by_cluster = _by_cluster(participants, clusters, plan, on, conf_level)
    days = sum(cluster.open_days for cluster in by_cluster)
    months = float(rate.cluster_months(days))
    keys = [cluster.cluster for cluster in by_cluster]
    return Recruitment(
        enrolled=len(participants),
        target=plan.target,
        of_target=len(participants) / plan.target,
        by_arm=by_arm,
        not_in_an_arm=len(participants) - sum(by_arm.values()),
        after_reveal=int(participants["after_reveal"].sum()),
        rate=rate.garwood(len(participants), months, conf_level),
        rate_target=plan.per_cluster_month,
        open_days=days,
        cluster_months=months,
        by_cluster=by_cluster,
        by_month=_by_month(participants, keys, plan, on),
    )


def months_ahead(plan: Plan, on: date) -> tuple[MonthAhead, ...]:
    """The months after the one of ``on`` to the end of the window, each with its target.

    They follow those of :func:`count`, whose last month has the target by ``on``. None once the
    last month of the window has come. Source: the target grows evenly over the window.

    >>> plan = Plan(date(2015, 7, 1), date(2015, 12, 31), 40)
    >>> [found.month for found in months_ahead(plan, date(2015, 10, 9))]
    ['2015-11', '2015-12']
    """
    following = (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    months = _calendar(max(following, plan.opens_on), plan.closes_on)
    return tuple(MonthAhead(f"{start:%Y-%m}", target_by(end, plan)) for start, end in months)


def _by_cluster(
    people: pd.DataFrame, places: pd.DataFrame, plan: Plan, on: date, conf_level: float
) -> tuple[ClusterRecruitment, ...]:
    enrolled = people["cluster"].value_counts()
    found = []
    for place in places.itertuples(index=False):
        window = (plan.opens_on, plan.closes_on)
        days = rate.open_days(_day(place.opened_on), _day(place.closed_on), window, on)
        months = float(rate.cluster_months(days))
        n = int(enrolled.get(place.cluster, 0))
        interval = rate.garwood(n, months, conf_level)
        found.append(
            ClusterRecruitment(str(place.cluster), str(place.arm), n, days, months, interval)
        )
    return tuple(found)


def _by_month(
    people: pd.DataFrame, clusters: Sequence[str], plan: Plan, on: date
) -> tuple[Month, ...]:
    months = people["enrolled_on"].dt.strftime("%Y-%m")
    table = pd.crosstab(months, people["cluster"]) if len(people) else pd.DataFrame()
    first = min([plan.opens_on, *(_days(people["enrolled_on"].min()))])
    last = max([min(on, plan.closes_on), *(_days(people["enrolled_on"].max()))])
    found: list[Month] = []
    so_far = 0
    for start, end in _calendar(first, last):
        name = f"{start:%Y-%m}"
        row = {cluster: _cell(table, name, cluster) for cluster in clusters}
        enrolled = int((months == name).sum())
        so_far += enrolled
        found.append(Month(name, enrolled, so_far, target_by(min(end, on), plan), row))
    return tuple(found)


def _calendar(first: date, last: date) -> list[tuple[date, date]]:
    """The first and last day of every month from the one of ``first`` to the one of ``last``."""
    start, months = first.replace(day=1), []
    while start <= last:
        following = (start + timedelta(days=32)).replace(day=1)
        months.append((start, following - timedelta(days=1)))
        start = following
    return months


def target_by(day: date, plan: Plan) -> float:
    """The target by the end of a day: it grows evenly over the window.

    Source: definition.

    >>> plan = Plan(date(2015, 7, 1), date(2015, 7, 10), 40)
    >>> target_by(date(2015, 7, 5), plan), target_by(date(2016, 1, 1), plan)
    (20.0, 40.0)
    """
    total = (plan.closes_on - plan.opens_on).days + 1
    gone = min(max((day - plan.opens_on).days + 1, 0), total)
    return plan.target * gone / total


def _cell(table: pd.DataFrame, month: str, cluster: str) -> int:
    if month not in table.index or cluster not in table.columns:
        return 0
    return int(table.loc[month, cluster])  # type: ignore[arg-type]


def _days(stamp: object) -> list[date]:
    day = _day(stamp)
    return [] if day is None else [day]


def _day(stamp: object) -> date | None:
    return None if pd.isna(stamp) else stamp.date()  # type: ignore[call-overload, attr-defined]
