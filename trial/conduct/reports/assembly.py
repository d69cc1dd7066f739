"""From records to results: frames at a data cut, derived outcomes, and the feasibility analysis."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial import analysis
from trial.analysis.feasibility import Feasibility, Plan, assess
from trial.analysis.recruitment import Plan as RecruitmentPlan
from trial.conduct import eligibility, outcomes
from trial.conduct.reports.cut import Cut
from trial.protocol import Protocol
from trial.protocol.windows import anniversary
from trial.records.frames import Frames, Masks, frames, masks
from trial.records.rows import Row


@dataclass(frozen=True)
class Assembled:
    """Everything that a report tells from: the frames, the outcomes, the results, the names."""

    cut: Cut
    frames: Frames
    outcomes: pd.DataFrame
    results: Feasibility
    told: Masks


def assemble(session: Session, protocol: Protocol, cut: Cut, *, blinded: bool) -> Assembled:
    """Read the records at a cut and analyse them, arms and clusters as this reader is told them."""
    known = frames(session, act=cut.act, blinded=blinded, failed=lambda row: _failed(protocol, row))
    told = masks(session, blinded)
    derived = outcomes_frame(protocol, known, cut)
    people = known.participants
    if blinded:
        people = people.assign(withdrew_intervention_on=None)
    prepared = analysis.tables.prepare(
        known.screening, people, known.visits, derived, known.clusters
    )
    results = assess(prepared, plan=_plan(protocol, told), on=cut.on)
    return Assembled(cut, known, derived, results, told)


def _failed(protocol: Protocol, row: Row) -> str:
    return " ".join(eligibility.derive(protocol, row["answers"]).failed)


def arms_told(protocol: Protocol, told: Masks) -> tuple[str, ...]:
    """The arms in the order in which this reader is shown them."""
    if told.blinded:
        return tuple(sorted(told.arm_named(arm.key) for arm in protocol.arms)) if told.names else ()
    return tuple(arm.key for arm in protocol.arms)


def _plan(protocol: Protocol, told: Masks) -> Plan:
    window = protocol.recruitment
    rate = window.per_cluster_month
    baseline = next(visit.key for visit in protocol.visits if visit.baseline)
    return Plan(
        arms=arms_told(protocol, told),
        recruitment=RecruitmentPlan(
            window.opens_on, window.closes_on, window.target, None if rate is None else float(rate)
        ),
        visits={visit.key: visit.name for visit in protocol.visits},
        baseline=baseline,
        primary=outcomes.primary_visit(protocol).key,
        criteria=protocol.progression,
    )


OUTCOMES = (
    "number", "cluster", "arm", "twelve_months_on", "known_until",
    *(field for field in analysis.employment.Outcomes.__dataclass_fields__ if field != "known_until"),
)  # fmt: skip


def outcomes_frame(protocol: Protocol, known: Frames, cut: Cut) -> pd.DataFrame:
    """One row of derived employment outcomes for each participant whose data may be used."""
    rows = known.rows
    spells = _grouped(rows["spell"], "participant_id")
    terms = _grouped([t for t in rows["term"] if t["voided_on"] is None], "spell_id")
    visits = _grouped(rows["visit"], "participant_id")
    placed = {p.number: (p.cluster, p.arm) for p in known.participants.itertuples()}
    found = []
    for person in rows["participant"]:
        if person["withdrew_data_on"] is not None:
            continue
        history: Any = [
            SimpleNamespace(**s, terms=[SimpleNamespace(**t) for t in terms.get(s["id"], ())])
            for s in spells.get(person["id"], ())
        ]
        seen: Any = [SimpleNamespace(**v) for v in visits.get(person["id"], ())]
        # Rows at an earlier cut were never loaded as records; what is read of them is the same.
        who: Any = SimpleNamespace(**person)
        told = outcomes.outcomes_of(protocol, who, history, seen, cut.on)
        cluster, arm = placed[person["number"]]
        found.append(
            told.as_dict()
            | {"number": person["number"], "cluster": cluster, "arm": arm}
            | {
                "twelve_months_on": anniversary(
                    person["enrolled_on"], outcomes.primary_visit(protocol).months
                )
            }
        )
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in found], dtype=object) for name in OUTCOMES}
    )


def _grouped(rows: list[Row], by: str) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[by], []).append(row)
    return grouped
