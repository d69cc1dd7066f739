"""Frames of invented trials for the tests of the analysis."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from trial.analysis import tables

Frames = dict[str, pd.DataFrame]
NAMES = ("screening", "participants", "visits", "outcomes", "clusters")


def _columns(name: str) -> list[str]:
    return list(getattr(tables, name.upper()))


@pytest.fixture
def frame() -> Callable[..., pd.DataFrame]:
    """Builds one frame from rows that name only the columns that matter."""

    def build(name: str, *rows: dict) -> pd.DataFrame:
        given = {column for row in rows for column in row} - set(_columns(name))
        columns = [*_columns(name), *sorted(given)]
        return pd.DataFrame(
            [{column: row.get(column) for column in columns} for row in rows], columns=columns
        ).astype(object)

    return build


@pytest.fixture
def empty() -> Frames:
    """All frames without a row."""
    return {name: pd.DataFrame(columns=_columns(name)) for name in NAMES}


CLUSTERS = (("alpha", "IPS"), ("beta", "IPS"), ("gamma", "TAU"), ("delta", "TAU"))
# So sized that the arms have 11 and 7 people.
SIZES = {"alpha": 7, "beta": 4, "gamma": 5, "delta": 2}


def _enrolled(cluster: str, arm: str, i: int, number: int) -> dict:
    day = date(2015, 7, 1) + timedelta(days=9 * i)
    return {"number": f"P{number:05}", "cluster": cluster, "arm": arm, "enrolled_on": day}


@pytest.fixture
def small(frame: Callable[..., pd.DataFrame]) -> Frames:
    """Four clusters and 18 people: 120 considered, and each arm with some lost and some at work."""
    people = []
    for cluster, arm in CLUSTERS:
        for i in range(SIZES[cluster]):
            people.append(_enrolled(cluster, arm, i, len(people) + 1))
    visits, outcomes = _followed(people)
    return {
        "screening": frame("screening", *_screened(people)),
        "participants": frame("participants", *people),
        "visits": frame("visits", *visits),
        "outcomes": frame("outcomes", *outcomes),
        "clusters": frame(
            "clusters",
            *(
                {
                    "cluster": cluster,
                    "arm": arm,
                    "identified_on": date(2015, 5, 1),
                    "permission_on": date(2015, 6, 1),
                    "opened_on": date(2015, 7, 1),
                    "allocated_on": date(2015, 9, 1),
                }
                for cluster, arm in CLUSTERS
            ),
        ),
    }


def _followed(people: list[dict]) -> tuple[list[dict], list[dict]]:
    """The first few of each arm are lost, the next few at work after a year."""
    lost = {"IPS": 3, "TAU": 2}
    working = {"IPS": 4, "TAU": 1}
    visits, outcomes, seen = [], [], {"IPS": 0, "TAU": 0}
    for person in people:
        seen[person["arm"]] += 1
        gone = seen[person["arm"]] <= lost[person["arm"]]
        at_work = not gone and seen[person["arm"]] - lost[person["arm"]] <= working[person["arm"]]
        due = person["enrolled_on"].replace(year=2016)
        visits.append(
            {
                "number": person["number"],
                "visit": "month-12",
                "due_on": due,
                "opens_on": due - timedelta(days=14),
                "closes_on": due + timedelta(days=28),
                "state": "missed" if gone else "done",
                "done_on": None if gone else due + timedelta(days=3),
            }
        )
        outcomes.append(
            {
                "number": person["number"],
                "twelve_months_on": due,
                "open_at_12": "unknown" if gone else "yes" if at_work else "no",
                "ever_open": "unknown" if gone else "yes" if at_work else "no",
                "complete": not gone,
                "open_days": None if gone else 100 if at_work else 0,
                "open_earnings": None,
            }
        )
    return visits, outcomes


def _screened(people: list[dict]) -> list[dict]:
    """The enrolled, 4 not approached, 24 declined and 74 not eligible: 120 in all."""
    eligible = {
        "referral": "referred",
        "eligibility": "eligible",
        "considered_on": date(2015, 7, 1),
    }
    approached = eligible | {"approached_on": date(2015, 7, 1)}
    rows = [
        approached | {"outcome": "consented", "enrolled": True, "cluster": person["cluster"]}
        for person in people
    ]
    rows += [eligible | {"not_approached_reason": "moved", "cluster": "alpha"}] * 4
    rows += [
        approached | {"outcome": "declined", "declined_reason": "time", "cluster": "beta"}
    ] * 24
    failed = {"eligibility": "not eligible", "failed_criteria": "wants-work age"}
    rows += [eligible | failed | {"cluster": "gamma"}] * 74
    return [row | {"number": i + 1} for i, row in enumerate(rows)]
