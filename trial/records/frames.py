"""The records as tidy frames: the one way out for analysis and export, without identifiers.

Blinding happens here: for a blinded reader the arms are A and B and the clusters are coded. Who
withdrew the use of the data already given is counted, and nothing more is told of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session

from trial.config import LONDON
from trial.records.models import Allocation, Eligibility
from trial.records.moves import Moves
from trial.records.rows import table_at, table_now

TABLES = (
    "cluster", "screening", "participant", "visit", "spell", "term", "skipped_visit", "event",
)  # fmt: skip
SCREENING = (
    "number", "earlier", "cluster", "arm", "considered_on", "referral", "decided_by", "decided_on",
    "reason", "eligibility", "failed_criteria", "determined_on", "approach", "approached_on",
    "not_approached_reason", "outcome", "outcome_on", "declined_reason", "enrolled",
)  # fmt: skip
ELIGIBILITY = ("screening", "cluster", "criterion", "answer", "answered_on", "source")
PARTICIPANTS = (
    "number", "screening", "cluster", "arm", "enrolled_on", "birth_year", "after_reveal",
    "known_until", "withdrew_intervention_on", "withdrew_followup_on", "withdrew_data_on",
    "withdrew_linkage_on", "withdrew_contact_on", "stopped_on", "cluster_at_allocation",
    "lost_on", "died_on", "protocol_version",
)  # fmt: skip
VISITS = (
    "number", "cluster", "arm", "visit", "due_on", "opens_on", "closes_on", "state", "done_on",
    "reason", "working", "cluster_then",
)  # fmt: skip
SPELLS = (
    "number", "spell", "cluster", "arm", "kind", "started_on", "start_day_known", "ended_on",
    "end_day_known", "sector", "job_title", "found_with_specialist", "disclosed_mental_health",
    "disclosed_offending", "ending_reason", "source",
)  # fmt: skip
# What only participants of one arm can have.
TELLING = frozenset({"found_with_specialist", "withdrew_intervention_on", "related"})
TERMS = ("number", "spell", "from_on", "weekly_hours", "pay", "pay_period")
SKIPS = ("cluster", "arm", "visit", "reason", "recorded_on", "taken_back_on")
SAFETY = (
    "entry", "number", "cluster", "arm", "kind", "happened_on", "heard_on", "term", "seriousness",
    "serious_on", "related", "expected", "outcome",
)  # fmt: skip
CLUSTERS = (
    "cluster", "arm", "identified_on", "approached_on", "permission_on", "opened_on",
    "allocated_on", "revealed_on", "closed_on",
)  # fmt: skip


@dataclass(frozen=True)
class Frames:
    """One frame a table, each with the columns named above; ``records`` are what they were made of."""

    screening: pd.DataFrame
    participants: pd.DataFrame
    visits: pd.DataFrame
    spells: pd.DataFrame
    terms: pd.DataFrame
    clusters: pd.DataFrame
    skips: pd.DataFrame
    records: Mapping[str, pd.DataFrame]
    blinded: bool


@dataclass(frozen=True)
class Masks:
    """How a reader is told clusters and arms: plainly, or under the names drawn for the blinded.

    Without ``arms`` nothing tells an arm, and the clusters go by their own names for everyone.
    """

    blinded: bool
    names: Mapping[str, str]
    arms: bool = True

    def arm(self, key: str | None, revealed: object) -> str | None:
        """The arm of a cluster, once revealed."""
        if key is None or revealed is None or not self.arms:
            return None
        return self.arm_named(key)

    def arm_named(self, key: str) -> str:
        """The name under which this reader is told an arm."""
        return self.names[f"arm.{key}"] if self.blinded else key

    def cluster(self, key: str) -> str:
        """The name under which this reader is told a cluster (coded once clusters are frozen)."""
        return self.names.get(f"cluster.{key}", key) if self.blinded else key


def masks(session: Session, blinded: bool, arms: bool = True) -> Masks:
    """The names that were drawn for blinded readers when the clusters were frozen."""
    if not arms:
        return Masks(False, {}, arms=False)
    found = session.connection().execute(
        select(Allocation.masks)
        .where(Allocation.standing.is_not(None))
        .order_by(Allocation.id.desc())
        .limit(1)
    )
    return Masks(blinded, dict(found.scalar() or {}))


def frames(
    session: Session,
    *,
    act: int | None,
    blinded: bool,
    failing: Mapping[str, str],
    arms: bool = True,
) -> Frames:
    """All frames as they stand, or as they stood after an act.

    ``failing`` maps each eligibility criterion to the answer with which it is not met: what an answer
    means is the protocol's to say. Without ``arms`` no column tells one.
    """
    records = {name: _read(session, name, act) for name in TABLES}
    told = masks(session, blinded, arms)
    clusters = _clusters(records["cluster"], told)
    for name in ("visit", "skipped_visit"):
        records[name] = _told_of(records[name], clusters, blinded or not arms)
    skips = _placed(records["skipped_visit"], clusters).rename(columns={"plan": "visit"})
    people, moves = _people(records, clusters), Moves.of(records["event"], told.cluster)
    people = people.assign(cluster_at_allocation=moves.at_allocation(people, clusters))
    given = people[people["withdrew_data_on"].isna()]
    numbers = dict(zip(given["id"], given["number"], strict=True))
    spells = _of(records["spell"], numbers, clusters)
    spells = spells[spells["voided_on"].isna()]
    terms = _of(records["term"], numbers, clusters)
    terms = terms[terms["voided_on"].isna() & terms["spell_id"].isin(spells["id"])]
    visits = _of(records["visit"], numbers, clusters).rename(columns={"plan": "visit"})
    visits = visits.assign(cluster_then=moves.at_visits(visits))
    answers = _answers(session, act, failing)
    days = _determined_now(session, records["screening"]) if act is None else _determined(answers)
    log = _screening(records, clusters, _failed(answers, failing)).assign(
        determined_on=_looked_up(records["screening"]["id"], days)
    )
    return Frames(
        screening=_only(log, SCREENING),
        participants=_only(people, _told(PARTICIPANTS, blinded or not arms)),
        visits=_only(visits, VISITS),
        spells=_only(spells.rename(columns={"id": "spell"}), _told(SPELLS, blinded or not arms)),
        terms=_only(terms.rename(columns={"spell_id": "spell"}), TERMS),
        clusters=_only(clusters, CLUSTERS),
        skips=_only(skips, SKIPS),
        records=records,
        blinded=blinded,
    )


def eligibility(session: Session, *, act: int | None, blinded: bool) -> pd.DataFrame:
    """The answers to the criteria: many rows, wanted by exports only."""
    answers, log = _read(session, "eligibility", act), _read(session, "screening", act)
    clusters = _clusters(_read(session, "cluster", act), masks(session, blinded))
    numbers = dict(zip(log["id"], log["number"], strict=True))
    placed = _placed(answers, clusters)
    return _only(placed.assign(screening=_looked_up(answers["screening_id"], numbers)), ELIGIBILITY)


def safety(
    session: Session, known: Frames, *, act: int | None, kinds: Collection[str]
) -> pd.DataFrame:
    """The entries of these kinds in the log of safety that stand, without their words, beside the frames."""
    log = _read(session, "safety_entry", act)
    log = log[log["kind"].isin(kinds) & log["voided_on"].isna()]
    clusters = _clusters(known.records["cluster"], masks(session, known.blinded))
    people = known.records["participant"]
    withdrew = people.loc[people["withdrew_data_on"].notna(), "id"]
    log = _told_of(log[~log["participant_id"].isin(withdrew)], clusters, known.blinded)
    numbers = dict(zip(people["id"], people["number"], strict=True))
    told = _placed(log, clusters).assign(
        number=_looked_up(log["participant_id"], numbers),
        heard_on=_days(log["heard_at"]),
        serious_on=_days(log["serious_at"]),
    )
    return _only(told.rename(columns={"id": "entry"}), _told(SAFETY, known.blinded))


def _days(instants: pd.Series) -> pd.Series:
    """The days in London of instants, none where there is none."""
    found = [None if at is None else at.astimezone(LONDON).date() for at in instants]
    return pd.Series(found, index=instants.index, dtype=object)


def _read(session: Session, name: str, act: int | None) -> pd.DataFrame:
    return table_now(session, name) if act is None else table_at(session, name, act)


def _told(columns: tuple[str, ...], hidden: bool) -> tuple[str, ...]:
    return tuple(name for name in columns if not (hidden and name in TELLING))


def _only(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return frame[list(columns)].reset_index(drop=True)


def _looked_up(column: pd.Series, values: Mapping[Any, Any]) -> pd.Series:
    found = list(map(values.get, column.tolist()))
    return pd.Series(found, index=column.index, dtype=object)


def _clusters(records: pd.DataFrame, told: Masks) -> pd.DataFrame:
    """The clusters as the protocol lists them; under drawn names by name, since the order would tell."""
    arms = [told.arm(a, r) for a, r in zip(records["arm"], records["revealed_on"], strict=True)]
    made = records.assign(
        cluster=[told.cluster(key) for key in records["key"]], arm=pd.Series(arms, dtype=object)
    )
    return made.sort_values("cluster", kind="stable") if told.blinded else made


def _placed(records: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    names = dict(zip(clusters["id"], clusters["cluster"], strict=True))
    arms = dict(zip(clusters["id"], clusters["arm"], strict=True))
    at = records["cluster_id"]
    return records.assign(cluster=_looked_up(at, names), arm=_looked_up(at, arms))


def _of(records: pd.DataFrame, numbers: Mapping[Any, Any], clusters: pd.DataFrame) -> pd.DataFrame:
    """The rows of those whose data may be used, under their study numbers."""
    used = records[records["participant_id"].isin(list(numbers))]
    return _placed(used.assign(number=_looked_up(used["participant_id"], numbers)), clusters)


def _people(records: Mapping[str, pd.DataFrame], clusters: pd.DataFrame) -> pd.DataFrame:
    log, people = records["screening"], records["participant"]
    numbers = dict(zip(log["id"], log["number"], strict=True))
    placed = _placed(people, clusters)
    placed = placed.assign(screening=_looked_up(people["screening_id"], numbers))
    given = placed["withdrew_data_on"].isna()
    for name in ("birth_year", "known_until"):
        placed[name] = placed[name].where(given, None)
    return placed


def _told_of(rows: pd.DataFrame, clusters: pd.DataFrame, hidden: bool) -> pd.DataFrame:
    """The rows without those that tell an arm to a reader who is not told it."""
    telling = rows["unblinds"].eq(True)
    if not telling.any():
        return rows
    known = clusters.loc[clusters["arm"].notna(), "id"]
    return rows[~telling | (rows["cluster_id"].isin(known) & (not hidden))]


def _answers(session: Session, act: int | None, failing: Mapping[str, str]) -> pd.DataFrame:
    """The answers to the criteria at a cut; as they stand only those by which one is not met."""
    if act is not None:
        return table_at(session, "eligibility", act)
    pairs = [and_(Eligibility.criterion == c, Eligibility.answer == a) for c, a in failing.items()]
    return table_now(session, "eligibility", or_(false(), *pairs))


def _failed(answers: pd.DataFrame, failing: Mapping[str, str]) -> dict[Any, str]:
    """The keys of the criteria that each person considered did not meet, separated by spaces."""
    missed = answers[answers["answer"] == _looked_up(answers["criterion"], failing)]
    grouped: dict[Any, list[str]] = {}
    for row, criterion in zip(missed["screening_id"], missed["criterion"], strict=True):
        grouped.setdefault(row, []).append(criterion)
    order = list(failing)
    return {row: " ".join(sorted(keys, key=order.index)) for row, keys in grouped.items()}


def _determined(answers: pd.DataFrame) -> dict[Any, date]:
    """The latest day on which a criterion was answered for each person considered."""
    return dict(answers.groupby("screening_id")["answered_on"].max())


# The days last read, with the log that they belong to: an answer is part of its row of the log, so
# that the same log, which is kept while no row changes, has the same days.
_LAST: list[tuple[pd.DataFrame, dict[Any, date]]] = []


def _determined_now(session: Session, log: pd.DataFrame) -> dict[Any, date]:
    for kept, days in tuple(_LAST):
        if kept is log:
            return days
    latest = select(Eligibility.screening_id, func.max(Eligibility.answered_on))
    found = session.connection().execute(latest.group_by(Eligibility.screening_id)).all()
    days = {row: day for row, day in found}
    _LAST[:] = [(log, days)]
    return days


def _screening(
    records: Mapping[str, pd.DataFrame], clusters: pd.DataFrame, failed: Mapping[Any, str]
) -> pd.DataFrame:
    log = records["screening"]
    numbers = dict(zip(log["id"], log["number"], strict=True))
    enrolled = set(records["participant"]["screening_id"])
    return _placed(log, clusters).assign(
        earlier=_looked_up(log["earlier_id"], numbers),
        enrolled=[row in enrolled for row in log["id"]],
        failed_criteria=[failed.get(row, "") for row in log["id"]],
    )
