"""The records as tidy frames: the one way out for analysis and export, without identifiers.

Blinding happens here: for a blinded reader the arms are A and B and the clusters are coded. Who
withdrew the use of the data already given is counted, and nothing more is told of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.records.models import Allocation
from trial.records.rows import Row, Rows, rows_at, rows_now

TABLES = (
    "cluster", "screening", "eligibility", "consent", "participant", "visit", "spell", "term",
    "event", "query",
)  # fmt: skip

SCREENING = (
    "number", "earlier", "cluster", "arm", "considered_on", "referral", "decided_by", "decided_on",
    "reason", "eligibility", "failed_criteria", "approach", "approached_on", "not_approached_reason",
    "outcome", "outcome_on", "declined_reason", "enrolled",
)  # fmt: skip
ELIGIBILITY = ("screening", "cluster", "criterion", "answer", "answered_on", "source")
PARTICIPANTS = (
    "number", "screening", "cluster", "arm", "enrolled_on", "birth_year", "after_reveal",
    "known_until", "withdrew_intervention_on", "withdrew_followup_on", "withdrew_data_on",
    "died_on", "protocol_version",
)  # fmt: skip
VISITS = (
    "number", "cluster", "arm", "visit", "due_on", "opens_on", "closes_on", "state", "done_on",
    "reason", "working",
)  # fmt: skip
SPELLS = (
    "number", "spell", "cluster", "arm", "kind", "started_on", "start_day_known", "ended_on",
    "end_day_known", "sector", "job_title", "found_with_specialist", "disclosed_mental_health",
    "disclosed_offending", "ending_reason", "source",
)  # fmt: skip
# What only participants of one arm can have.
TELLING = frozenset({"found_with_specialist", "withdrew_intervention_on"})
TERMS = ("number", "spell", "from_on", "weekly_hours", "pay", "pay_period")
CLUSTERS = (
    "cluster", "arm", "identified_on", "approached_on", "permission_on", "opened_on",
    "allocated_on", "revealed_on", "closed_on",
)  # fmt: skip


@dataclass(frozen=True)
class Frames:
    """One frame a table, each with the columns named above; ``rows`` are what they were made of."""

    screening: pd.DataFrame
    eligibility: pd.DataFrame
    participants: pd.DataFrame
    visits: pd.DataFrame
    spells: pd.DataFrame
    terms: pd.DataFrame
    clusters: pd.DataFrame
    rows: Rows
    blinded: bool


@dataclass(frozen=True)
class Masks:
    """How a reader is told clusters and arms: plainly, or under the names drawn for the blinded."""

    blinded: bool
    names: Mapping[str, str]

    def arm(self, cluster: Row) -> str | None:
        """The arm of a cluster row, once revealed."""
        if cluster["arm"] is None or cluster["revealed_on"] is None:
            return None
        return self.arm_named(cluster["arm"])

    def arm_named(self, key: str) -> str:
        """The name under which this reader is told an arm."""
        return self.names[f"arm.{key}"] if self.blinded else key

    def cluster(self, key: str) -> str:
        """The name under which this reader is told a cluster (coded once clusters are frozen)."""
        return self.names.get(f"cluster.{key}", key) if self.blinded else key


def masks(session: Session, blinded: bool) -> Masks:
    """The names that were drawn for blinded readers when the clusters were frozen."""
    found = session.connection().execute(
        select(Allocation.masks).where(Allocation.standing == 1).limit(1)
    )
    return Masks(blinded, dict(found.scalar() or {}))


def frames(
    session: Session, *, act: int | None, blinded: bool, failed: Callable[[Row], str]
) -> Frames:
    """All frames as they stand, or as they stood after an act.

    ``failed`` names the criteria that one person considered did not meet, given
    ``{"answers": {criterion: answer}}`` and more of the screening row: what an answer means is the
    protocol's to say.
    """
    rows = rows_now(session, TABLES) if act is None else rows_at(session, TABLES, act)
    told = masks(session, blinded)
    clusters = {row["id"]: _cluster(row, told) for row in rows["cluster"]}
    people = {row["id"]: row for row in rows["participant"]}
    given = {i: p for i, p in people.items() if p["withdrew_data_on"] is None}
    spells = [s for s in rows["spell"] if s["participant_id"] in given and s["voided_on"] is None]
    shown = {s["id"] for s in spells}
    terms = [t for t in rows["term"] if t["spell_id"] in shown and t["voided_on"] is None]
    return Frames(
        screening=_frame(_screenings(rows, clusters, failed), SCREENING),
        eligibility=_frame(_criteria(rows, clusters), ELIGIBILITY),
        participants=_frame(_people(rows, clusters, given), _told(PARTICIPANTS, blinded)),
        visits=_frame(_visits(rows, clusters, given), VISITS),
        spells=_frame([_spell(s, people, clusters) for s in spells], _told(SPELLS, blinded)),
        terms=_frame([_named(t, people) | {"spell": t["spell_id"]} for t in terms], TERMS),
        clusters=_frame(_in_order(clusters, told), CLUSTERS),
        rows=rows,
        blinded=blinded,
    )


def _told(columns: tuple[str, ...], blinded: bool) -> tuple[str, ...]:
    return tuple(name for name in columns if not (blinded and name in TELLING))


def _frame(rows: list[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns},
        columns=list(columns),
    )


def _cluster(row: Row, told: Masks) -> Row:
    return row | {"cluster": told.cluster(row["key"]), "arm": told.arm(row)}


def _in_order(clusters: dict[int, Row], told: Masks) -> list[Row]:
    """The clusters as the protocol lists them; under drawn names by name, since the order would tell."""
    rows = list(clusters.values())
    return sorted(rows, key=lambda row: str(row["cluster"])) if told.blinded else rows


def _placed(row: Row, clusters: dict[int, Row]) -> Row:
    cluster = clusters[row["cluster_id"]]
    return row | {"cluster": cluster["cluster"], "arm": cluster["arm"]}


def _named(row: Row, people: dict[int, Row]) -> Row:
    return row | {"number": people[row["participant_id"]]["number"]}


def _screenings(rows: Rows, clusters: dict[int, Row], failed: Callable[[Row], str]) -> list[Row]:
    numbers = {row["id"]: row["number"] for row in rows["screening"]}
    enrolled = {row["screening_id"] for row in rows["participant"]}
    answers: dict[int, dict[str, str]] = {}
    for one in rows["eligibility"]:
        answers.setdefault(one["screening_id"], {})[one["criterion"]] = one["answer"]
    return [
        _placed(row, clusters)
        | {
            "earlier": numbers.get(row["earlier_id"]),
            "enrolled": row["id"] in enrolled,
            "failed_criteria": failed(row | {"answers": answers.get(row["id"], {})}),
        }
        for row in rows["screening"]
    ]


def _criteria(rows: Rows, clusters: dict[int, Row]) -> list[Row]:
    numbers = {row["id"]: row["number"] for row in rows["screening"]}
    return [
        _placed(row, clusters) | {"screening": numbers[row["screening_id"]]}
        for row in rows["eligibility"]
    ]


def _people(rows: Rows, clusters: dict[int, Row], given: dict[int, Row]) -> list[Row]:
    numbers = {row["id"]: row["number"] for row in rows["screening"]}
    people = []
    for row in rows["participant"]:
        person = _placed(row, clusters) | {"screening": numbers.get(row["screening_id"])}
        if row["id"] not in given:
            person |= {"birth_year": None, "known_until": None}
        people.append(person)
    return people


def _visits(rows: Rows, clusters: dict[int, Row], given: dict[int, Row]) -> list[Row]:
    return [
        _placed(row, clusters)
        | {"number": given[row["participant_id"]]["number"], "visit": row["plan"]}
        for row in rows["visit"]
        if row["participant_id"] in given
    ]


def _spell(row: Row, people: dict[int, Row], clusters: dict[int, Row]) -> Row:
    return _placed(_named(row, people), clusters) | {"spell": row["id"]}
