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
NEVER_DUE = (Fate.OUTSIDE, Fate.DIED, Fate.NOT_NEEDED)


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
    """One visit: done of due, overall, by arm and cluster; each arm's attrition minus the last arm's.

    Due are those whose window closed, without who died before it closed or did not need the visit.
    ``in_open_window`` counts visits done in a window that is still open: they are not among those due
    yet, as the others in such a window are not. ``fates`` counts what became of those due and not seen,
    ``reasons`` why their visits were missed, coded. ``lateness`` is of every visit done.
    """

    visit: str
    overall: Estimate
    by_arm: dict[str, Estimate]
    by_cluster: dict[str, Estimate]
    attrition: dict[str, Estimate]
    in_open_window: int
    fates: dict[str, int]
    reasons: dict[str, int]
    lateness: Lateness


@dataclass(frozen=True)
class Reminded:
    """The reminders of one rule that were sent, and what followed.

    ``over`` are those of which what followed is known: the window closed, or the visit was done, and not
    before the reminder was sent. ``timely`` are those of them sent before the window closed; after
    ``followed`` of these the visit was done within its window. ``late`` of ``over`` were followed by a
    visit after its window.
    """

    rule: str
    sent: int
    over: int
    timely: int
    followed: int
    late: int

    @property
    def share(self) -> float | None:
        """Followed of those in time; None where none was."""
        return self.followed / self.timely if self.timely else None


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

    Intervals: Wilson; differences between the arms Newcombe's hybrid score (1998, method 10). All take
    people as independent: that they come in clusters would make them wider.

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

    One visit may have had several reminders, so that no interval is given. A reminder sent after the
    visit was done, which nobody had recorded yet, could not be followed by it and is left out of those over.

    >>> columns = ["rule", "sent_on", "done_on", "opens_on", "closes_on"]
    >>> reminded(pd.DataFrame(columns=columns), on=date(2016, 8, 1))
    ()
    """
    found = []
    for rule, mine in reminders.groupby("rule", sort=True, observed=True):
        sent, done = pd.to_datetime(mine["sent_on"]), pd.to_datetime(mine["done_on"])
        opens, closes = pd.to_datetime(mine["opens_on"]), pd.to_datetime(mine["closes_on"])
        over = (done.isna() & (closes < pd.Timestamp(on))) | (done >= sent)
        timely = over & (sent <= closes)
        followed = timely & (done >= opens) & (done <= closes)
        counts = (int(rows.sum()) for rows in (over, timely, followed, over & (done > closes)))
        found.append(Reminded(str(rule), len(mine), *counts))
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
    due = table["closed"] & ~table["fate"].isin(NEVER_DUE)
    done = table["fate"] == Fate.DONE
    by_arm = {arm: _share(done, due & (table["arm"] == arm), conf_level) for arm in arms}
    planned = visits[visits["visit"] == visit]
    missed = table.loc[due & (table["fate"] == Fate.MISSED), "number"]
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
        in_open_window=int((done & ~table["closed"]).sum()),
        fates=_tally(table.loc[due & ~done, "fate"]),
        reasons=_tally(planned.loc[planned["number"].isin(missed), "reason"]),
        lateness=_lateness(planned[planned["number"].isin(seen)]),
    )


def _share(done: pd.Series, rows: pd.Series, conf_level: float) -> Estimate:
    return proportion.wilson(int(done[rows].sum()), int(rows.sum()), conf_level)


def _attrition(by_arm: Mapping[str, Estimate], conf_level: float) -> dict[str, Estimate]:
    """For each arm but the last, the share of it not seen minus that of the last."""
    *arms, last = by_arm or [""]
    lost = {arm: one.n - (one.count or 0) for arm, one in by_arm.items()}
    return {
        arm: risk_difference.newcombe(
            lost[arm], by_arm[arm].n, lost[last], by_arm[last].n, conf_level
        )
        for arm in arms
    }


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
