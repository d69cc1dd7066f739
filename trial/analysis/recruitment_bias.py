"""Recruitment bias after allocation: who was recruited before and after the arm was revealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.analysis import funnel, proportion, rate, risk_difference
from trial.analysis.estimate import Estimate
from trial.analysis.funnel import ELIGIBLE, Reason, Standing

# The stages of a person's recruitment in order, each with the day on which it is reached.
STAGES = {
    "identified": "considered_on",
    "eligible": "determined_on",
    "approached": "approached_on",
    "consented": "outcome_on",
}
# What went on from where: the step, and the stage by whose day people count as before or after.
STEPS = (
    ("referred", "identified"),
    ("eligible", "identified"),
    ("approached", "eligible"),
    ("consented", "approached"),
)
# What is known of each person: stages reached, which of their days are there and after the reveal.
TRUTHS = ["referred", *STAGES, *(f"{stage}_{of}" for stage in STAGES for of in ("dated", "after"))]
CONSENTED = (Standing.CONSENTED, Standing.ENROLLED)
APPROACHED = (Standing.AWAITING, Standing.DECLINED, *CONSENTED)


@dataclass(frozen=True)
class Split:
    """How many reached a stage, before and after the arm of their cluster was revealed.

    ``undated`` lack the day, so that nobody can say; the three add up to ``people``.
    """

    stage: str
    people: int
    before: int
    after: int
    undated: int


@dataclass(frozen=True)
class Conversion:
    """Of those at a stage before and after the reveal, how many went on; after minus before.

    People count by the day of the stage that they come from, whenever they went on.
    """

    key: str
    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Group:
    """The splits and conversions of a group of clusters."""

    splits: tuple[Split, ...]
    conversions: tuple[Conversion, ...]

    def split(self, stage: str) -> Split:
        """The split of that stage, such as ``approached``. Raises KeyError."""
        return {found.stage: found for found in self.splits}[stage]

    def conversion(self, key: str) -> Conversion:
        """The conversion of that key, such as ``consented_of_approached``. Raises KeyError."""
        return {found.key: found for found in self.conversions}[key]


@dataclass(frozen=True)
class Identifying:
    """People considered in a cluster while it was open, per cluster-month, before and after."""

    before: Estimate
    after: Estimate


@dataclass(frozen=True)
class Gatekeepers:
    """Who was not referred in a cluster: the share of those considered, by whom, and why."""

    cluster: str
    not_referred: Estimate
    deciders: tuple[Reason, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class RecruitmentBias:
    """Recruitment before and after the reveal, overall, by arm and by cluster.

    ``by_arm`` holds the clusters whose arm is told; ``revealed`` of ``clusters`` were revealed by
    the day. ``identifying`` is the rate at which people were considered.
    """

    on: date
    clusters: int
    revealed: int
    overall: Group
    by_arm: dict[str, Group]
    by_cluster: dict[str, Group]
    identifying: Identifying
    gatekeepers: tuple[Gatekeepers, ...]


def count(
    screening: pd.DataFrame,
    participants: pd.DataFrame,
    clusters: pd.DataFrame,
    *,
    arms: Sequence[str],
    on: date,
    window: tuple[date, date] | None = None,
    conf_level: float = 0.95,
) -> RecruitmentBias:
    """The splits of the screening log and of the enrolled, frames prepared, as known on a day.

    Who reached a stage on the very day of the reveal counts as after; in a cluster not revealed
    everyone is before. A person considered again counts once, by the row of
    :func:`trial.analysis.funnel.latest`. The enrolled are split as they were marked at enrolment.
    ``window`` is the recruitment window, to which the open time of the rates is cut; people are
    taken as independent. Raises ValueError for a confidence level that is none.
    Source: Caille et al. 2016, BMJ 354:i4291; Eldridge, Kerry & Torgerson 2009, BMJ 339:b4006;
    Newcombe 1998 and Garwood 1936 for the intervals.

    >>> from trial.analysis import tables
    >>> none = tables.prepare()
    >>> on = date(2016, 8, 1)
    >>> found = count(none.screening, none.participants, none.clusters, arms=["A"], on=on)
    >>> found.overall.split("identified")
    Split(stage='identified', people=0, before=0, after=0, undated=0)
    """
    people = _staged(funnel.latest(screening), clusters)
    enrolled = participants[["cluster", "arm", "after_reveal"]]
    keys = [str(key) for key in clusters["cluster"]]
    return RecruitmentBias(
        on=on,
        clusters=len(clusters),
        revealed=int(clusters["revealed_on"].notna().sum()),
        overall=_group(people, enrolled, conf_level),
        by_arm={arm: _of("arm", arm, people, enrolled, conf_level) for arm in arms},
        by_cluster={key: _of("cluster", key, people, enrolled, conf_level) for key in keys},
        identifying=_identifying(people, clusters, window, on, conf_level),
        gatekeepers=tuple(_gatekeepers(people, key, conf_level) for key in keys),
    )


def reached(people: pd.DataFrame) -> dict[str, pd.Series]:
    """For each of :data:`STAGES` whether each person reached it, one row a person.

    As the funnel counts: who declined before eligibility was determined counts as approached.

    >>> from trial.analysis import tables
    >>> list(reached(tables.prepare().screening))
    ['identified', 'eligible', 'approached', 'consented']
    """
    stands = funnel.standing(people)
    return {
        "identified": pd.Series(True, index=people.index, dtype=bool),
        "eligible": stands.isin(list(ELIGIBLE)),
        "approached": stands.isin([*APPROACHED, Standing.DECLINED_EARLY]),
        "consented": stands.isin(list(CONSENTED)),
    }


def _staged(people: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """The people with a truth for each stage reached, and whether each day came after the reveal."""
    revealed = dict(zip(clusters["cluster"], clusters["revealed_on"], strict=True))
    at = people["cluster"].astype(object).map(revealed).astype("datetime64[s]")
    after = {f"{stage}_after": people[day] >= at for stage, day in STAGES.items()}
    dated = {f"{stage}_dated": people[day].notna() for stage, day in STAGES.items()}
    referred = people["referral"] != "not referred"
    return people.assign(
        **reached(people), **after, **dated, referred=referred | people["enrolled"]
    )


def _of(
    column: str, key: str, people: pd.DataFrame, enrolled: pd.DataFrame, conf_level: float
) -> Group:
    there, here = people[column] == key, enrolled[column] == key
    return _group(people.loc[there, TRUTHS], enrolled[here], conf_level)


def _group(people: pd.DataFrame, enrolled: pd.DataFrame, conf_level: float) -> Group:
    marked = int(enrolled["after_reveal"].sum())
    last = Split("enrolled", len(enrolled), len(enrolled) - marked, marked, 0)
    return Group(
        splits=(*(_split(people, stage) for stage in STAGES), last),
        conversions=tuple(_conversion(people, to, of, conf_level) for to, of in STEPS),
    )


def _split(people: pd.DataFrame, stage: str) -> Split:
    reached = people[stage]
    dated = int((reached & people[f"{stage}_dated"]).sum())
    after = int((reached & people[f"{stage}_after"]).sum())
    return Split(stage, int(reached.sum()), dated - after, after, int(reached.sum()) - dated)


def _conversion(people: pd.DataFrame, to: str, of: str, conf_level: float) -> Conversion:
    dated = (people[of] & people[f"{of}_dated"]).to_numpy()
    went, after = (people[name].to_numpy(dtype=bool)[dated] for name in (to, f"{of}_after"))
    x1, n1 = int(went[after].sum()), int(after.sum())
    x0, n0 = int(went[~after].sum()), int((~after).sum())
    return Conversion(
        key=f"{to}_of_{of}",
        before=proportion.wilson(x0, n0, conf_level),
        after=proportion.wilson(x1, n1, conf_level),
        difference=risk_difference.newcombe(x1, n1, x0, n0, conf_level),
    )


def _identifying(
    people: pd.DataFrame,
    clusters: pd.DataFrame,
    window: tuple[date, date] | None,
    on: date,
    conf_level: float,
) -> Identifying:
    """Only people considered on a day that counts as open are counted over the open days."""
    first, last = window or (date.min, date.max)
    counts, days = np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    for place in clusters.itertuples(index=False):
        days_of = (place.opened_on, place.closed_on, place.revealed_on)
        opened, closed, told = (_day(stamp) for stamp in days_of)
        if opened is None:
            continue
        total = rate.open_days(opened, closed, (first, last), on)
        start = max(opened, told) if told is not None else None
        later = 0 if start is None else rate.open_days(start, closed, (first, last), on)
        days += (total - later, later)
        bounds = pd.Timestamp(max(opened, first)), pd.Timestamp(min(last, on, closed or on))
        there = people[people["cluster"] == place.cluster]
        there = there[there["considered_on"].between(*bounds)]
        after = int(there["identified_after"].sum())
        counts += (len(there) - after, after)
    return Identifying(
        *(
            rate.garwood(int(n), float(rate.cluster_months(int(d))), conf_level)
            for n, d in zip(counts, days, strict=True)
        )
    )


def _gatekeepers(people: pd.DataFrame, cluster: str, conf_level: float) -> Gatekeepers:
    there = people[people["cluster"] == cluster]
    refused = there[~there["referred"]]
    return Gatekeepers(
        cluster=cluster,
        not_referred=proportion.wilson(len(refused), len(there), conf_level),
        deciders=funnel.reasons(refused["decided_by"]),
        reasons=funnel.reasons(refused["reason"]),
    )


def _day(stamp: object) -> date | None:
    return None if pd.isna(stamp) else stamp.date()  # type: ignore[call-overload, attr-defined]
