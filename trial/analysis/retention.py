"""Who was followed up: retention, why others were not seen, and visits done of due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

from trial.analysis import proportion, risk_difference
from trial.analysis.estimate import Estimate
from trial.analysis.funnel import first_that_holds
from trial.protocol.visits import DIED, WITHDRAWN


class Fate(StrEnum):
    """What became of one participant's visit; each has exactly one."""

    DATA_WITHDRAWN = "withdrew the use of data"
    OUTSIDE = "outside their consent"
    DONE = "done"
    DIED = "died"
    WITHDREW = "withdrew from follow-up"
    MISSED = "missed"
    NOT_NEEDED = "not needed"
    OVERDUE = "overdue"
    NOT_YET = "not yet due or still in its window"


@dataclass(frozen=True)
class Retention:
    """The share of the enrolled with a visit done, of those whose consent holds the visit.

    ``in_window`` counts only visits done within their window; ``of_closed`` leaves out everyone whose
    window is still to close, seen or not, and ``of_due`` also those who died before it closed and those
    who did not need the visit; ``in_open_window`` are the others whom ``of_due`` leaves out.
    ``difference`` is the first arm's retention minus the last's.
    """

    visit: str
    overall: Estimate
    by_arm: dict[str, Estimate]
    in_window: Estimate
    in_window_by_arm: dict[str, Estimate]
    of_closed: Estimate
    of_due: Estimate
    in_open_window: int
    attrition: Estimate
    difference: Estimate
    fates: dict[str, int]
    fates_by_arm: dict[str, dict[str, int]]


@dataclass(frozen=True)
class VisitCompleteness:
    """One visit: planned, not due (yet, or after death or withdrawal), and done of due."""

    planned: int
    not_due: int
    done: Estimate


@dataclass(frozen=True)
class Completeness:
    """Visits done of visits due, together and visit by visit."""

    overall: Estimate
    by_visit: dict[str, VisitCompleteness]


def fates(participants: pd.DataFrame, visits: pd.DataFrame, visit: str, on: date) -> pd.DataFrame:
    """Each participant's fate at a visit: columns number, cluster, arm, fate, in_window, closed.

    A death or withdrawal explains a visit that was not done if it came before the window closed: after
    it the visit stays overdue. Data whose use was withdrawn does not count as done. ``closed`` is whether
    the visit was planned and its window closed before ``on``. Raises ValueError for a column that is
    missing.

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().visits
    >>> list(fates(*none, "month-12", date(2016, 8, 1)).columns)
    ['number', 'cluster', 'arm', 'fate', 'in_window', 'closed']
    """
    planned = visits[visits["visit"] == visit]
    outside = _among(participants["visits_outside"], visit)
    unseen = _among(participants["visits_closed_unseen"], visit)
    return _fates(participants, planned, outside, unseen, np.datetime64(on))


def retained(
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    *,
    visit: str,
    arms: Sequence[str],
    on: date,
    conf_level: float = 0.95,
) -> Retention:
    """Retention at a visit of everyone enrolled whose consent holds it, overall and by arm.

    Source: CONSORT extension for pilot trials;
    intervals Wilson, the difference between the arms Newcombe.

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().visits
    >>> retained(*none, visit="month-12", arms=["A", "B"], on=date(2016, 8, 1)).overall.n
    0
    """
    table = fates(participants, visits, visit, on)
    done = table["fate"] == Fate.DONE
    timely = done & table["in_window"]
    held = table["fate"] != Fate.OUTSIDE
    needed = held & ~table["fate"].isin([Fate.DIED, Fate.NOT_NEEDED])
    closed, due = held & table["closed"], needed & table["closed"]
    of_arm = {arm: table["arm"] == arm for arm in arms}
    inside = {arm: rows & held for arm, rows in of_arm.items()}
    by_arm = {arm: _share(done, rows, conf_level) for arm, rows in inside.items()}
    return Retention(
        visit=visit,
        overall=_share(done, held, conf_level),
        by_arm=by_arm,
        in_window=_share(timely, held, conf_level),
        in_window_by_arm={arm: _share(timely, rows, conf_level) for arm, rows in inside.items()},
        of_closed=_share(done, closed, conf_level),
        of_due=_share(done, due, conf_level),
        in_open_window=int((needed & ~table["closed"]).sum()),
        attrition=_share(~done, held, conf_level),
        difference=difference(by_arm, conf_level),
        fates=_tally(table["fate"]),
        fates_by_arm={arm: _tally(table.loc[rows, "fate"]) for arm, rows in of_arm.items()},
    )


def complete(
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    *,
    order: Sequence[str],
    on: date,
    conf_level: float = 0.95,
) -> Completeness:
    """Visits done of visits due, for the visits of ``order``.

    A visit is due once its due day has come, or when it was done; not after death, after withdrawal
    from follow-up or of data, or when recorded as not needed for another reason.
    Intervals: Wilson.

    >>> from trial.analysis import tables
    >>> none = tables.prepare().participants, tables.prepare().visits
    >>> complete(*none, order=["month-6"], on=date(2016, 8, 1)).by_visit["month-6"].planned
    0
    """
    people = participants.set_index("number")
    stops = people[["withdrew_followup_on", "died_on"]].min(axis=1)
    stopped = pd.Series(stops.reindex(visits["number"]).to_numpy(), index=visits.index)
    usable = ~visits["number"].isin(people.index[people["withdrew_data_on"].notna()])
    done = (visits["state"] == "done") & usable
    still = (visits["due_on"] <= np.datetime64(on)) & ~(stopped <= visits["due_on"]) & usable
    due = done | (still & ((visits["state"] != "not needed") | _ended(visits)))
    by_visit = {}
    for visit in order:
        rows = visits["visit"] == visit
        share = _share(done, rows & due, conf_level)
        by_visit[visit] = VisitCompleteness(int(rows.sum()), int((rows & ~due).sum()), share)
    asked = visits["visit"].isin(list(order)) & due
    return Completeness(_share(done, asked, conf_level), by_visit)


def difference(by_arm: Mapping[str, Estimate], conf_level: float = 0.95) -> Estimate:
    """The first arm's proportion minus the last's, from their counts.

    >>> from trial.analysis.proportion import wilson
    >>> round(difference({"A": wilson(4, 11), "B": wilson(1, 7)}).value, 4)
    0.2208
    """
    arms = list(by_arm.values())
    first, last = (arms[0], arms[-1]) if len(arms) > 1 else (None, None)
    if first is None or last is None:
        return risk_difference.newcombe(0, 0, 0, 0, conf_level)
    return risk_difference.newcombe(first.count or 0, first.n, last.count or 0, last.n, conf_level)


def _among(listed: pd.Series, visit: str) -> pd.Series:
    """Whether a visit is among the keys of each row, separated by spaces."""
    return pd.Series([visit in keys.split() for keys in listed], index=listed.index, dtype=bool)


def _ended(visits: pd.DataFrame) -> pd.Series:
    """Whether a death or withdrawal, on whatever day, is why a visit is no longer expected."""
    return (visits["state"] == "not needed") & visits["reason"].isin([WITHDRAWN, DIED])


def _fates(
    people: pd.DataFrame,
    planned: pd.DataFrame,
    outside: pd.Series,
    unseen: pd.Series,
    on: np.datetime64,
) -> pd.DataFrame:
    table = planned.set_index("number").reindex(people["number"])
    table.index = people.index
    done, closes = table["state"] == "done", table["closes_on"]
    followed, died = people["withdrew_followup_on"], people["died_on"]
    first = {
        Fate.DATA_WITHDRAWN: people["withdrew_data_on"].notna(),
        Fate.OUTSIDE: outside,
        Fate.DONE: done,
        Fate.DIED: died.notna() & ~(died > closes),
        Fate.WITHDREW: followed.notna() & ~(followed > closes),
        Fate.MISSED: table["state"] == "missed",
        Fate.NOT_NEEDED: (table["state"] == "not needed") & ~_ended(table),
        Fate.OVERDUE: closes < on,
    }
    timely = (table["opens_on"] <= table["done_on"]) & (table["done_on"] <= closes)
    return people[["number", "cluster", "arm"]].assign(
        fate=first_that_holds(first, Fate.NOT_YET),
        in_window=done & timely,
        closed=(closes < on) | unseen,
    )


def _share(events: pd.Series, rows: pd.Series | None, conf_level: float) -> Estimate:
    among = events if rows is None else events[rows]
    return proportion.wilson(int(among.sum()), len(among), conf_level)


def _tally(column: pd.Series) -> dict[str, int]:
    found = {str(key): int(n) for key, n in column.value_counts().items()}
    # Where everyone consented to the visit, nothing is said of those who did not.
    told = [fate for fate in Fate if fate != Fate.OUTSIDE or fate in found]
    return {str(fate): found.get(fate, 0) for fate in told}
