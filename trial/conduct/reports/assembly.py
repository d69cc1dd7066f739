"""From records to results: frames at a data cut, derived outcomes, and the feasibility analysis."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from trial import analysis
from trial.analysis.feasibility import Feasibility, Plan, assess, assess_clusters
from trial.analysis.flow import Counted
from trial.analysis.follow_up import Reminded
from trial.analysis.recruitment import Plan as RecruitmentPlan
from trial.analysis.tables import Frames as Prepared
from trial.conduct import outcomes
from trial.conduct.collecting import without_collecting
from trial.conduct.decisions import Decided
from trial.conduct.reports import (
    bases,
    counted,
    data_quality,
    decided,
    form_results,
    harms,
    knowledge,
    primary,
    reminding,
)
from trial.conduct.reports.cut import Cut
from trial.conduct.reports.data_quality import Queries
from trial.conduct.reports.drawing import Drawing, drawing
from trial.conduct.reports.form_results import FormResults
from trial.conduct.reports.harms import Harms
from trial.protocol import Protocol
from trial.protocol.windows import due
from trial.records.frames import Frames, Masks, frames, masks


@dataclass(frozen=True)
class Assembled:
    """Everything that a report tells from: the frames, the outcomes, the results, the names.

    ``prepared`` are the frames as the analysis takes them.
    """

    cut: Cut
    frames: Frames
    prepared: Prepared
    outcomes: pd.DataFrame
    results: Feasibility
    told: Masks
    drawing: Drawing
    knowledge: pd.DataFrame
    decisions: Mapping[str, Decided]
    queries: Queries
    forms: FormResults
    counted: tuple[Counted, ...] = ()
    reminded: tuple[Reminded, ...] = ()
    harms: tuple[Harms, ...] = ()


@without_collecting()
def assemble(
    session: Session, protocol: Protocol, cut: Cut, *, blinded: bool, arms: bool = True
) -> Assembled:
    """Read the records at a cut and analyse them, arms and clusters as this reader is told them.

    Without ``arms`` the results are of everyone together and nothing of them tells an arm.
    """
    known = frames(session, act=cut.act, blinded=blinded, failing=failing(protocol), arms=arms)
    told = masks(session, blinded, arms)
    known = _without_idle(protocol, known, told)
    if not protocol.participants:
        return _of_clusters(session, protocol, cut, known, told)
    known = bases.read(session, protocol, cut, known)
    derived = _derive(session, protocol, known, cut)
    people = known.participants.assign(visits_closed_unseen=_closed_unseen(known, cut))
    if blinded or not arms:
        people = people.assign(withdrew_intervention_on=None)
    work, other = (derived, None) if protocol.outcome is None else (None, derived)
    prepared = analysis.tables.prepare(
        known.screening, people, known.visits, work, known.clusters, other
    )
    drawn = drawing(session, cut)
    held = decided.standing(session, cut.act, blinded=blinded or not arms)
    # With a place taken after the draw, no list of schemes holds all clusters.
    replaced = bool(known.records["cluster"]["replaces_id"].notna().any())
    plan = _plan(protocol, told, drawn, held, replaced=replaced)
    plan = replace(plan, counted=counted.read(session, protocol, cut, known, told))
    results = assess(prepared, plan=plan, on=cut.on)
    knew = knowledge.read(session, protocol, cut, known.records)
    asked = data_quality.read(session, protocol, cut, known, told)
    filled = form_results.read(session, protocol, known, told, cut, arms=results.arms)
    return Assembled(
        cut, known, prepared, derived, results, told, drawn, knew, held, asked, filled, plan.counted,
        reminding.read(session, protocol, cut, known), harms.read(session, protocol, cut, known),
    )  # fmt: skip


def _closed_unseen(known: Frames, cut: Cut) -> list[str]:
    """Of who withdrew the use of data, the keys of the visits whose window closed by the cut.

    That they were not seen there counts, though nothing is told of their visits.
    """
    people, visits = known.records["participant"], known.records["visit"]
    withdrew = set(people.loc[people["withdrew_data_on"].notna(), "id"])
    closed: dict[str, list[str]] = {}
    numbers = dict(zip(people["id"], people["number"], strict=True))
    for row in each_row(visits[visits["participant_id"].isin(withdrew)]):
        if row.closes_on < cut.on:
            closed.setdefault(numbers[row.participant_id], []).append(row.plan)
    return [" ".join(closed.get(number, ())) for number in known.participants["number"]]


def _of_clusters(
    session: Session, protocol: Protocol, cut: Cut, known: Frames, told: Masks
) -> Assembled:
    """The results of a trial without participants."""
    plan = protocol.outcome
    if plan is None:
        raise LookupError("a trial without participants has an outcome of its clusters")
    values = primary.frame_of_clusters(session, protocol, plan, known, told, cut)
    prepared = analysis.tables.prepare(clusters=known.clusters, primary=values)
    held = decided.standing(session, cut.act, blinded=told.blinded or not told.arms)
    results = assess_clusters(
        prepared,
        arms=arms_told(protocol, told),
        summary=plan.summary,
        on=cut.on,
        criteria=protocol.progression,
        decided={key: one.decided for key, one in held.items()},
    )
    asked = data_quality.read(session, protocol, cut, known, told)
    filled = form_results.read(session, protocol, known, told, cut, arms=results.arms)
    drawn, nothing = drawing(session, cut), pd.DataFrame()
    return Assembled(
        cut, known, prepared, values, results, told, drawn, nothing, held, asked, filled
    )


def _without_idle(protocol: Protocol, known: Frames, told: Masks) -> Frames:
    """The frames without the reserve clusters that were never approached: they are not of the trial."""
    rows = each_row(known.records["cluster"])
    idle = [r.key for r in rows if r.key in protocol.reserves and r.approached_on is None]
    if not idle:
        return known
    there = ~known.clusters["cluster"].isin([told.cluster(key) for key in idle])
    return replace(known, clusters=known.clusters[there].reset_index(drop=True))


def _derive(session: Session, protocol: Protocol, known: Frames, cut: Cut) -> pd.DataFrame:
    """The outcomes of each participant: of work, or of the form that the protocol names."""
    if protocol.outcome is None:
        return outcomes_frame(protocol, known, cut)
    found: pd.DataFrame = primary.frame(session, protocol, protocol.outcome, known, cut)
    return found


def failing(protocol: Protocol) -> dict[str, str]:
    """For each eligibility criterion the answer with which it is not met."""
    return {one.key: "no" if one.kind == "include" else "yes" for one in protocol.eligibility}


def arms_told(protocol: Protocol, told: Masks) -> tuple[str, ...]:
    """The arms in the order in which this reader is shown them; none where arms are not told."""
    if not told.arms:
        return ()
    if told.blinded:
        return tuple(sorted(told.arm_named(arm.key) for arm in protocol.arms)) if told.names else ()
    return tuple(arm.key for arm in protocol.arms)


def _plan(
    protocol: Protocol,
    told: Masks,
    drawn: Drawing,
    held: Mapping[str, Decided],
    *,
    replaced: bool = False,
) -> Plan:
    window = protocol.recruitment
    rate = window.per_cluster_month
    baseline = next(visit.key for visit in protocol.visits if visit.baseline)
    hidden = protocol.telling_visits if told.blinded or not told.arms else frozenset()
    return Plan(
        arms=arms_told(protocol, told),
        recruitment=RecruitmentPlan(
            window.opens_on, window.closes_on, window.target, None if rate is None else float(rate)
        ),
        visits={one.key: one.name for one in protocol.visits if one.key not in hidden},
        baseline=baseline,
        primary=outcomes.primary_visit(protocol).key,
        criteria=protocol.progression,
        schemes=0 if replaced else _number_of_schemes(protocol, drawn),
        for_some=frozenset(one.key for one in protocol.visits if one.for_some),
        summary=None if protocol.outcome is None else protocol.outcome.summary,
        decided={key: one.decided for key, one in held.items()},
    )


def _number_of_schemes(protocol: Protocol, drawn: Drawing) -> int | None:
    """How many allocations were permitted; 0 where none was drawn, or one draw hangs on another."""
    rules = protocol.allocation
    if rules.earlier or (rules.minimise and len(drawn.draws) > 1):
        return 0
    return drawn.schemes or None


OF_PERSON = ("number", "cluster", "arm", "twelve_months_on")
OF_WORK = (
    "known_until",
    *(
        field
        for field in analysis.employment.Outcomes.__dataclass_fields__
        if field != "known_until"
    ),
)
OUTCOMES = (*OF_PERSON, *OF_WORK)
DERIVED = attrgetter(*OF_WORK)


class _Term(NamedTuple):
    """A term, as the derivation of outcomes reads it."""

    from_on: date
    weekly_hours: Decimal | None
    pay: Decimal | None
    pay_period: str | None
    voided_on: date | None


class _Work(NamedTuple):
    """A spell with its terms, as the derivation of outcomes reads it."""

    kind: str
    started_on: date
    ended_on: date | None
    voided_on: date | None
    start_day_known: bool
    end_day_known: bool
    terms: tuple[_Term, ...]


# What was derived of a participant holds while everything that it was derived from stays the same, so
# that after a save only one participant's outcomes are derived anew.
_DERIVED: dict[Any, analysis.employment.Outcomes] = {}
MOST_DERIVED = 50_000


def outcomes_frame(protocol: Protocol, known: Frames, cut: Cut) -> pd.DataFrame:
    """One row of derived employment outcomes for each participant whose data may be used."""
    summed_up = outcomes.primary_visit(protocol)
    visits = known.records["visit"]
    seen = _grouped(visits[visits["plan"] == summed_up.key], "participant_id")
    spells = _spells(known)
    placed = zip(
        each_row(known.records["participant"]),
        known.participants["cluster"],
        known.participants["arm"],
        strict=True,
    )
    found = []
    for person, cluster, arm in placed:
        if person.withdrew_data_on is not None:
            continue
        told = _derived(
            protocol, person, spells.get(person.id, []), seen.get(person.id, []), cut.on
        )
        until = due(summed_up, person.enrolled_on)
        found.append((person.number, cluster, arm, until, *DERIVED(told)))
    return pd.DataFrame(found, columns=list(OUTCOMES), dtype=object)


def _derived(
    protocol: Protocol, person: Any, spells: list[Any], visits: list[Any], on: date
) -> analysis.employment.Outcomes:
    key = (protocol.sha256, on, person, tuple(spells), tuple(visits))
    found = _DERIVED.get(key)
    if found is None:
        if len(_DERIVED) >= MOST_DERIVED:
            _DERIVED.clear()
        # Rows at an earlier cut were never loaded as records; what is read of them is the same.
        found = _DERIVED[key] = outcomes.outcomes_of(protocol, person, spells, visits, on)
    return found


def _spells(known: Frames) -> dict[int, list[Any]]:
    terms = known.records["term"]
    held: dict[int, list[_Term]] = {}
    for spell, *values in zip(*(terms[name] for name in ("spell_id", *_Term._fields)), strict=True):
        held.setdefault(spell, []).append(_Term(*values))
    work = known.records["spell"]
    columns = ("participant_id", "id", *_Work._fields[:-1])
    spells: dict[int, list[Any]] = {}
    for person, number, *values in zip(*(work[name] for name in columns), strict=True):
        spells.setdefault(person, []).append(_Work._make((*values, tuple(held.get(number, ())))))
    return spells


def _grouped(records: pd.DataFrame, by: str) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for key, row in zip(records[by], each_row(records), strict=True):
        grouped.setdefault(key, []).append(row)
    return grouped


def each_row(records: pd.DataFrame) -> Iterator[Any]:
    """The rows one by one, with their values by name, as the records themselves have them."""
    return records.itertuples(index=False, name="Row")
