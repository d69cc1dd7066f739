"""Prepared frames of invented people, each told in one dictionary."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from trial.analysis import tables
from trial.analysis.tables import Frames

FOUR = {"alpha": "IPS", "beta": "IPS", "gamma": "TAU", "delta": "TAU"}
ENROLLED = date(2015, 7, 1)
YEAR = date(2016, 7, 1)


def day(offset: int) -> date:
    return ENROLLED + timedelta(days=offset)


def person(cluster: str = "alpha", known: int | None = 366, **more: object) -> dict:
    """Someone enrolled on 1 July 2015, their work known up to and including a day since then."""
    found = {
        "cluster": cluster,
        "enrolled_on": ENROLLED,
        "twelve_months_on": YEAR,
        "known_days": None if known is None else known + 1,
        "complete": known == (YEAR - ENROLLED).days,
        "first_open_at_most": False,
        "visit": "month-12",
        "opens_on": day(350),
        "closes_on": day(394),
        "state": "expected",
    }
    return found | more


def frames_of(
    *people: Mapping[str, object], clusters: Mapping[str, str] = FOUR, optional: bool = True
) -> Frames:
    """The frames of these people in these clusters (keys to arms); without a visit if it is None."""
    rows = [
        {"number": f"P{i}", "arm": clusters.get(str(one["cluster"]))} | dict(one)
        for i, one in enumerate(people)
    ]
    places = [
        {"cluster": cluster, "arm": arm, "opened_on": ENROLLED} for cluster, arm in clusters.items()
    ]

    def frame(name: str, of: list[dict]) -> pd.DataFrame:
        more = tables.OPTIONAL.get(name, {}) if optional else {}
        columns = [*getattr(tables, name.upper()), *more]
        made = [{column: row.get(column) for column in columns} for row in of]
        return pd.DataFrame(made, columns=columns).astype(object)

    return tables.prepare(
        participants=frame("participants", rows),
        visits=frame("visits", rows),
        outcomes=frame("outcomes", rows),
        clusters=frame("clusters", places),
    )
