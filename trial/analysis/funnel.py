"""From considered to enrolled: where everyone stands, the conversions, and the reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
import pandas as pd

from trial.analysis import proportion
from trial.analysis.estimate import Estimate


class Standing(StrEnum):
    """Where a person considered stands: the first thing that stops them, or enrolled."""

    ENROLLED = "enrolled"
    NOT_REFERRED = "not referred"
    NOT_ELIGIBLE = "not eligible"
    DECLINED_EARLY = "declined before eligibility was determined"
    UNDETERMINED = "eligibility not yet determined"
    NOT_APPROACHED = "eligible, not approached"
    AWAITING = "approached, no answer yet"
    DECLINED = "declined"
    CONSENTED = "consented, not yet enrolled"


State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True)
class Reason:
    """A reason's code in the protocol, "" where none was given, with how many have it."""

    key: str
    count: int


@dataclass(frozen=True)
class Conversion:
    """How many of one step went on to another; both are named."""

    key: str
    numerator: str
    denominator: str
    estimate: Estimate


@dataclass(frozen=True)
class Gatekeeping:
    """Who was not referred, by whom and why."""

    not_referred: Estimate
    reasons: tuple[Reason, ...]
    deciders: tuple[Reason, ...]
    by_cluster: dict[str, Estimate]


@dataclass(frozen=True)
class Funnel:
    """The funnel: people at each step, conversions, standings, and reasons for not going on."""

    rows: int
    considered_again: int
    counts: dict[str, int]
    conversions: tuple[Conversion, ...]
    standings: dict[str, int]
    gatekeeping: Gatekeeping
    not_eligible_by_criterion: tuple[Reason, ...]
    not_approached_reasons: tuple[Reason, ...]
    declined_reasons: tuple[Reason, ...]

    def conversion(self, key: str) -> Conversion:
        """The conversion of that key, such as ``consented_of_approached``. Raises KeyError."""
        return {found.key: found for found in self.conversions}[key]


# Eligible people by where they stand, from the earliest stop to the end.
ELIGIBLE = (
    Standing.NOT_APPROACHED,
    Standing.AWAITING,
    Standing.DECLINED,
    Standing.CONSENTED,
    Standing.ENROLLED,
)
STEPS = (
    ("referred", "considered"),
    ("eligible", "referred"),
    ("eligible", "considered"),
    ("eligible_approached", "eligible"),
    ("consented", "approached"),
    ("consented", "eligible"),
    ("consented", "considered"),
    ("enrolled", "consented"),
    ("enrolled", "considered"),
)
NAMES = {
    "considered": "people considered",
    "referred": "people referred",
    "eligible": "people found eligible",
    "eligible_approached": "eligible people approached",
    "approached": "people approached (eligible, or declined before eligibility was determined)",
    "consented": "eligible people who consented",
    "enrolled": "people enrolled",
}


def latest(screening: pd.DataFrame) -> pd.DataFrame:
    """One row a person: the enrolled one, else the last of the rows that point to one another.

    The rows stand in the order of time, as screening numbers do.

    >>> rows = pd.DataFrame({"number": [1, 2], "earlier": ["", 1], "enrolled": [False, False]})
    >>> latest(rows)["number"].tolist()
    [2]
    """
    links = screening["earlier"] != ""
    if not links.any():
        return screening
    again = screening[links]
    earlier = dict(zip(again["number"], again["earlier"], strict=True))
    person = screening["number"].copy()
    person[links] = [_first(number, earlier) for number in again["number"]]
    people = pd.DataFrame({"person": person, "enrolled": screening["enrolled"]})
    # Stable: among a person's rows the enrolled one comes last, else the latest does.
    last = people.sort_values("enrolled", kind="stable").drop_duplicates("person", keep="last")
    return screening.loc[last.index.sort_values()]


def _first(number: object, earlier: Mapping[object, object]) -> object:
    """The number of a person's first row; a circle of rows is cut where it closes."""
    passed = {number}
    while (before := earlier.get(number)) is not None and before not in passed:
        passed.add(before)
        number = before
    return min(passed, key=str) if before is not None else number


def standing(screening: pd.DataFrame) -> pd.Series:
    """Where each row stands, as a categorical series of :class:`Standing` with the frame's index.

    ``screening`` is as :data:`trial.analysis.tables.SCREENING` says, prepared.

    >>> from trial.analysis import tables
    >>> row = dict.fromkeys(tables.SCREENING, [None]) | {"enrolled": [True]}
    >>> standing(tables.prepare(pd.DataFrame(row)).screening).tolist()
    ['enrolled']
    """
    eligible = screening["eligibility"] == "eligible"
    declined = screening["outcome"] == "declined"
    first = {
        Standing.ENROLLED: screening["enrolled"],
        Standing.NOT_REFERRED: screening["referral"] == "not referred",
        Standing.NOT_ELIGIBLE: screening["eligibility"] == "not eligible",
        Standing.DECLINED_EARLY: ~eligible & declined,
        Standing.UNDETERMINED: ~eligible,
        Standing.CONSENTED: screening["outcome"] == "consented",
        Standing.DECLINED: declined,
        Standing.AWAITING: screening["approached_on"].notna(),
    }
    return first_that_holds(first, Standing.NOT_APPROACHED)


def first_that_holds(first: Mapping[State, pd.Series], otherwise: State) -> pd.Series:
    """Each row's first state that holds, in the order given, as a categorical series.

    ``first`` maps states to truths with one index; ``otherwise`` is for rows where none holds.

    >>> holds = {Standing.DECLINED: pd.Series([True, False])}
    >>> first_that_holds(holds, Standing.ENROLLED).tolist()
    ['declined', 'enrolled']
    """
    truths = [truth.to_numpy(dtype=bool) for truth in first.values()]
    codes = np.select(truths, list(range(len(truths))), default=len(truths)).astype(np.int8)
    names = [str(state) for state in (*first, otherwise)]
    index = next(iter(first.values())).index
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(names)), index=index)


def count(screening: pd.DataFrame, conf_level: float = 0.95) -> Funnel:
    """The funnel of a screening log, every person once.

    A person considered again counts once, by the latest row. Raises ValueError for a column that is
    missing.
    Source: CONSORT extension for pilot trials (Eldridge 2016); intervals:
    :func:`trial.analysis.proportion.wilson`.

    >>> from trial.analysis import tables
    >>> count(tables.prepare().screening).counts["considered"]
    0
    """
    people = latest(screening)
    stands = standing(people)
    tally = {str(place): 0 for place in Standing} | {
        str(place): int(n) for place, n in stands.value_counts().items()
    }
    counts = _steps(tally)
    return Funnel(
        rows=len(screening),
        considered_again=len(screening) - len(people),
        counts=counts,
        conversions=tuple(_conversion(a, b, counts, conf_level) for a, b in STEPS),
        standings=tally,
        gatekeeping=_gatekeeping(people, stands == Standing.NOT_REFERRED, conf_level),
        not_eligible_by_criterion=_criteria(people[stands == Standing.NOT_ELIGIBLE]),
        not_approached_reasons=reasons(
            people.loc[stands == Standing.NOT_APPROACHED, "not_approached_reason"]
        ),
        declined_reasons=reasons(
            people.loc[stands.isin([Standing.DECLINED, Standing.DECLINED_EARLY]), "declined_reason"]
        ),
    )


def reasons(column: pd.Series) -> tuple[Reason, ...]:
    """A column of coded reasons as counts, the most frequent first, then by code.

    >>> reasons(pd.Series(["b", "a", "b"]))
    (Reason(key='b', count=2), Reason(key='a', count=1))
    """
    found = [Reason(str(key), int(n)) for key, n in column.value_counts().items() if n]
    return tuple(sorted(found, key=lambda reason: (-reason.count, reason.key)))


def _steps(tally: dict[str, int]) -> dict[str, int]:
    considered = sum(tally.values())
    eligible = sum(tally[place] for place in ELIGIBLE)
    approached = eligible - tally[Standing.NOT_APPROACHED]
    return {
        "considered": considered,
        "referred": considered - tally[Standing.NOT_REFERRED],
        "eligible": eligible,
        "eligible_approached": approached,
        "approached": approached + tally[Standing.DECLINED_EARLY],
        "consented": tally[Standing.CONSENTED] + tally[Standing.ENROLLED],
        "enrolled": tally[Standing.ENROLLED],
    }


def _conversion(to: str, of: str, counts: dict[str, int], conf_level: float) -> Conversion:
    key = "approached_of_eligible" if to == "eligible_approached" else f"{to}_of_{of}"
    estimate = proportion.wilson(counts[to], counts[of], conf_level)
    return Conversion(key, NAMES[to], NAMES[of], estimate)


def _gatekeeping(people: pd.DataFrame, refused: pd.Series, conf_level: float) -> Gatekeeping:
    by_cluster = refused.groupby(people["cluster"], observed=True).agg(["sum", "count"])
    return Gatekeeping(
        not_referred=proportion.wilson(int(refused.sum()), len(refused), conf_level),
        reasons=reasons(people.loc[refused, "reason"]),
        deciders=reasons(people.loc[refused, "decided_by"]),
        by_cluster={
            str(cluster): proportion.wilson(int(row["sum"]), int(row["count"]), conf_level)
            for cluster, row in by_cluster.iterrows()
        },
    )


def _criteria(people: pd.DataFrame) -> tuple[Reason, ...]:
    """How often each criterion was not met; a person may fail several."""
    keys: Sequence[str] = [key for text in people["failed_criteria"] for key in str(text).split()]
    return reasons(pd.Series(keys, dtype=object))
