"""Follow-up over time: who was seen at each visit, in which group, how late, and what reminders did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.analysis import proportion, risk_difference
from trial.analysis.estimate import Estimate
from trial.analysis.retention import Fate, fates

# Whoever left for these reasons is not counted as lost: the visit was never to be.
NOT_DUE = (Fate.OUTSIDE, Fate.NOT_YET, Fate.DIED, Fate.NOT_NEEDED)


@dataclass(frozen=True)
class Lateness:
    """When the visits done took place: counts by window, and days from the due day (early below 0).

    ``median``, ``lower`` and ``upper`` quartile of those days are None where no visit was done;
    ``latest`` is the most days after the window closed, 0 where none was late.
    """

    done: int
    early: int
    within: int
    late: int
    median: float | None
    lower: float | None
    upper: float | None
    latest: int


@dataclass(frozen=True)
class VisitFollowed:
    """One visit: done of due, overall, by arm and cluster; the first arm's attrition minus the last's.

    Due leaves out those who died before the window closed, did not need it, or are still in it.
    ``fates`` counts what became of those due and not seen, ``reasons`` why visits were missed, coded.
    """

    visit: str
    overall: Estimate
    by_arm: dict[str, Estimate]
    by_cluster: dict[str, Estimate]
    attrition: Estimate
    fates: dict[str, int]
    reasons: dict[str, int]
    lateness: Lateness


@dataclass(frozen=True)
class Reminded:
    """The reminders of one rule: sent, of visits whose window is over by now or that were done since.

    ``followed`` are those after which the visit was done within its window.
    """

    rule: str
    sent: int
    over: int
    followed: int

    @property
    def share(self) -> float | None:
        """Followed of those over; None where none is."""
        return self.followed / self.over if self.over else None


def by_visit(
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    *,
    order: Sequence[str],
    arms: Sequence[str],
    on: date,
    conf_level: float = 0.95,
) -> dict[str, VisitFollowed]:
    """Each visit of ``order``: retention of those due by arm and cluster, attrition, reasons and lateness.

    Intervals: Wilson; the difference between the arms Newcombe's hybrid score (1998, method 10).

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().visits
    >>> by_visit(*none, order=["month-6"], arms=["A", "B"], on=date(2016, 8, 1))["month-6"].overall.n
    0
    """
    clusters = sorted(set(participants["cluster"].astype(str)))
    return {
        visit: _of_visit(participants, visits, visit, arms, clusters, on, conf_level)
        for visit in order
    }


def reminded(reminders: pd.DataFrame, *, on: date) -> tuple[Reminded, ...]:
    """What reminders were followed by, rule by rule: columns rule, sent_on, done_on, opens_on, closes_on.

    One visit may have had several reminders, so that no interval is given. A visit done before the
    reminder was sent does not count as followed.

    >>> columns = ["rule", "sent_on", "done_on", "opens_on", "closes_on"]
    >>> reminded(pd.DataFrame(columns=columns), on=date(2016, 8, 1))
    ()
    """
    found = []
    for rule, mine in reminders.groupby("rule", sort=True, observed=True):
        sent, done = pd.to_datetime(mine["sent_on"]), pd.to_datetime(mine["done_on"])
        opens, closes = pd.to_datetime(mine["opens_on"]), pd.to_datetime(mine["closes_on"])
        over = done.notna() | (closes < pd.Timestamp(on))
        followed = (done >= sent) & (done >= opens) & (done <= closes)
        found.append(Reminded(str(rule), len(mine), int(over.sum()), int(followed.sum())))
    return tuple(found)


def _of_visit(
    people: pd.DataFrame,
    visits: pd.DataFrame,
    visit: str,
    arms: Sequence[str],
    clusters: Sequence[str],
    on: date,
    conf_level: float,
) -> VisitFollowed:
    table = fates(people, visits, visit, on)
    due = ~table["fate"].isin(NOT_DUE)
    done = table["fate"] == Fate.DONE
    by_arm = {arm: _share(done, due & (table["arm"] == arm), conf_level) for arm in arms}
    planned = visits[visits["visit"] == visit]
    missed = table.loc[table["fate"] == Fate.MISSED, "number"]
    seen = table.loc[done, "number"]
    return VisitFollowed(
        visit=visit,
        overall=_share(done, due, conf_level),
        by_arm=by_arm,
        by_cluster={
            cluster: _share(done, due & (table["cluster"] == cluster), conf_level)
            for cluster in clusters
        },
        attrition=_attrition(by_arm, conf_level),
        fates=_tally(table.loc[due & ~done, "fate"]),
        reasons=_tally(planned.loc[planned["number"].isin(missed), "reason"]),
        lateness=_lateness(planned[planned["number"].isin(seen)]),
    )


def _share(done: pd.Series, rows: pd.Series, conf_level: float) -> Estimate:
    return proportion.wilson(int(done[rows].sum()), int(rows.sum()), conf_level)


def _attrition(by_arm: Mapping[str, Estimate], conf_level: float) -> Estimate:
    """The share not seen in the first arm minus that in the last."""
    shares = list(by_arm.values())
    if len(shares) < 2:
        return risk_difference.newcombe(0, 0, 0, 0, conf_level)
    first, last = shares[0], shares[-1]
    lost = (first.n - (first.count or 0), last.n - (last.count or 0))
    return risk_difference.newcombe(lost[0], first.n, lost[1], last.n, conf_level)


def _tally(column: pd.Series) -> dict[str, int]:
    counts = column.astype(str).value_counts()
    return {str(key): int(n) for key, n in sorted(counts.items()) if n}


def _lateness(done: pd.DataFrame) -> Lateness:
    days = (done["done_on"] - done["due_on"]).dt.days.to_numpy(dtype=float)
    late = (done["done_on"] - done["closes_on"]).dt.days.to_numpy(dtype=float)
    early = int((done["done_on"] < done["opens_on"]).sum())
    after = int((late > 0).sum())
    quartiles = [float(q) for q in np.percentile(days, [25, 50, 75])] if len(days) else [None] * 3
    return Lateness(
        done=len(days),
        early=early,
        within=len(days) - early - after,
        late=after,
        median=quartiles[1],
        lower=quartiles[0],
        upper=quartiles[2],
        latest=int(max(late.max(), 0)) if len(late) else 0,
    )
