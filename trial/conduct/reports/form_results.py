"""What the forms say at a data cut: how complete they are, scores and costs by visit, guesses of the arm."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial import analysis
from trial.analysis.balance import Compared, Covariate, Kind, Numbers
from trial.analysis.estimate import Estimate, plain
from trial.conduct.agreed import holds
from trial.conduct.forms.saving import COMPLETE, DRAFT, VOIDED
from trial.conduct.outcomes import primary_visit
from trial.conduct.reports import bases
from trial.conduct.reports.cut import Cut
from trial.conduct.reports.form_tables import (
    FormTable,
    column_name,
    form_tables,
    records,
    table_name,
)
from trial.conduct.schedule import agreed
from trial.conduct.visits import DONE
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.reporting import GuessPart
from trial.records.frames import Frames, Masks

COSTS = "unit-costs"
MISSING = "missing"
# How many forms there are by form, visit, cluster and state.
Counted = Counter[tuple[str, str, Any, str]]


@dataclass(frozen=True)
class Complete:
    """Of so many forms due, how many are complete, drafts, or not there."""

    due: int
    complete: int
    draft: int
    missing: int

    @property
    def share(self) -> float | None:
        """The share that is complete; None where none is due."""
        return self.complete / self.due if self.due else None


@dataclass(frozen=True)
class Completeness:
    """The forms of visits that were done: all, by form and visit, and by cluster."""

    overall: Complete
    by_form: Mapping[tuple[str, str], Complete]
    by_cluster: Mapping[str, Complete]

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values."""
        told = [
            {"form": form, "visit": visit, **_plain(one)}
            for (form, visit), one in self.by_form.items()
        ]
        clusters = {key: _plain(one) for key, one in self.by_cluster.items()}
        return {**_plain(self.overall), "by_form": told, "by_cluster": clusters}


@dataclass(frozen=True)
class Measured:
    """A score or a cost: its mean and spread at each visit, of everyone and by arm.

    ``together`` is the sum over all visits after the baseline, of a cost.
    """

    form: str
    item: str
    name: str
    unit: str
    by_visit: Mapping[str, Compared]
    together: Compared | None = None

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values."""
        told = {"name": self.name, "unit": self.unit}
        visits = {visit: _numbers(one) for visit, one in self.by_visit.items()}
        together = {} if self.together is None else {"follow_up": _numbers(self.together)}
        return {**told, "by_visit": visits, **together}


@dataclass(frozen=True)
class Guessed:
    """How often each answer was given, of everyone and by arm; Bang's index of each arm.

    ``by_arm`` and ``index`` are empty for whoever is not told which arm is which.
    """

    overall: Mapping[str, int]
    by_arm: Mapping[str, Mapping[str, int]]
    index: Mapping[str, Estimate]


@dataclass(frozen=True)
class FormResults:
    """The tables of every form, and what was worked out from them."""

    tables: tuple[FormTable, ...]
    completeness: Completeness | None = None
    scores: tuple[Measured, ...] = ()
    costs: tuple[Measured, ...] = ()
    guessed: Guessed | None = None

    def table(self, form: FormPlan) -> pd.DataFrame | None:
        """The table of a form, if this reader is told it."""
        name = table_name(form)
        return next((one.frame for one in self.tables if one.name == name), None)


NOTHING = FormResults(())


def read(
    session: Session,
    protocol: Protocol,
    known: Frames,
    told: Masks,
    cut: Cut,
    *,
    arms: Sequence[str],
) -> FormResults:
    """Everything that the forms say to a reader who is told these arms."""
    if not protocol.forms or not told.arms:
        return NOTHING
    rows = records(session, cut)
    found = FormResults(form_tables(rows, protocol, known, told))
    measured = list(_measured(protocol, known, found, arms))
    return FormResults(
        found.tables,
        _completeness(_due(protocol, known, told, rows, _agreed(session, protocol, cut))),
        tuple(one for kind, one in measured if kind != COSTS),
        tuple(one for kind, one in measured if kind == COSTS),
        _guessed(protocol, known, told, rows, arms),
    )


def as_dict(found: FormResults) -> dict[str, Any]:
    """The figures for JSON: completeness, scores, costs, and guesses where there are any."""
    if found.completeness is None:
        return {}
    told: dict[str, Any] = {"forms": {"completeness": found.completeness.as_dict()}}
    for name, measured in (("scores", found.scores), ("costs", found.costs)):
        told[name] = {f"{one.form}.{one.item}": one.as_dict() for one in measured}
    return told if found.guessed is None else told | {"guess": plain(found.guessed)}


def _agreed(session: Session, protocol: Protocol, cut: Cut) -> Mapping[int, frozenset[str]]:
    """The clauses that each participant had agreed to at the cut, where a form hangs on one."""
    if not any(form.clause for form in protocol.forms):
        return {}
    return {person: agreed(given) for person, given in bases.consents(session, cut).items()}


def _due(
    protocol: Protocol,
    known: Frames,
    told: Masks,
    rows: pd.DataFrame,
    agreed_by: Mapping[int, frozenset[str]],
) -> Counted:
    """How many forms of visits that were done, or of which there is a record, are in each state.

    A form for who agreed to a clause is due of them, and wherever there is a record of it.
    """
    rows_of: Any = known.records
    people, visits = rows_of["participant"], rows_of["visit"]
    used = set(people[people["withdrew_data_on"].isna()]["id"])
    visits = visits[visits["participant_id"].isin(used)]
    columns = (visits[name] for name in ("plan", "cluster_id", "state"))
    at = dict(zip(visits["id"], zip(*columns, strict=True), strict=True))
    done = Counter((plan, cluster) for plan, cluster, state in at.values() if state == DONE)
    there: Counted = Counter()
    with_record: Counter[tuple[str, str, int]] = Counter()
    states = _states(rows)
    for (visit, form), state in states.items():
        if visit in at:
            plan, cluster, visit_state = at[visit]
            there[form, plan, cluster, state] += 1
            with_record[form, plan, cluster] += visit_state == DONE
    outside = _outside(protocol, visits, states, agreed_by)
    found: Counted = Counter()
    for row in rows_of["cluster"].itertuples(index=False):
        arm = row.arm if row.revealed_on is not None else None
        for plan, form in _asked(protocol, arm, told.blinded):
            asked = done[plan, row.id] - outside[form, plan, row.id]
            missing = asked - with_record[form, plan, row.id]
            of = {state: there[form, plan, row.id, state] for state in (COMPLETE, DRAFT)}
            for state, number in (of | {MISSING: missing}).items():
                found[form, plan, told.cluster(row.key), state] += number
    return found


def _outside(
    protocol: Protocol,
    visits: pd.DataFrame,
    states: Mapping[tuple[int, str], str],
    agreed_by: Mapping[int, frozenset[str]],
) -> Counter[tuple[str, str, int]]:
    """By form, visit and cluster the visits done of those who agreed to no such form and gave none."""
    found: Counter[tuple[str, str, int]] = Counter()
    some = [form for form in protocol.forms if form.clause is not None]
    done = visits[visits["state"] == DONE] if some else visits[:0]
    columns = (done[name] for name in ("id", "plan", "cluster_id", "participant_id"))
    for visit, plan, cluster, person in zip(*columns, strict=True):
        for form in some:
            asked = (visit, form.key) in states or holds(form, agreed_by.get(person, ()))
            found[form.key, plan, cluster] += plan in form.visits and not asked
    return found


def _asked(protocol: Protocol, arm: str | None, blinded: bool) -> Iterator[tuple[str, str]]:
    """The visits and forms due in a cluster, without those that tell the arm to who must not know it."""
    for visit in protocol.visits:
        for form in protocol.forms:
            hidden = blinded or arm is None or (form.arms and arm not in form.arms)
            if visit.key in form.visits and not (form.telling and hidden):
                yield visit.key, form.key


def _states(rows: pd.DataFrame) -> dict[tuple[int, str], str]:
    """Complete or draft by visit and form; a form of which there are single entries only is a draft."""
    there = rows[(rows["state"] != VOIDED) & rows["visit_id"].notna()]
    found: dict[tuple[int, str], str] = {}
    columns = (there[name] for name in ("visit_id", "form", "entry", "state"))
    for visit, form, entry, state in zip(*columns, strict=True):
        if entry == 0:
            found[visit, form] = state
        else:
            found.setdefault((visit, form), DRAFT)
    return found


def _completeness(due: Counted) -> Completeness:
    by_form: dict[tuple[str, str], Counter[str]] = {}
    by_cluster: dict[str, Counter[str]] = {}
    overall: Counter[str] = Counter()
    for (form, visit, cluster, state), number in due.items():
        if number:
            one = by_form.setdefault((form, visit), Counter())
            for counted in (overall, one, by_cluster.setdefault(cluster, Counter())):
                counted[state] += number
    return Completeness(
        _complete(overall),
        {key: _complete(one) for key, one in by_form.items()},
        {key: _complete(by_cluster[key]) for key in sorted(by_cluster)},
    )


def _complete(states: Counter[str]) -> Complete:
    return Complete(states.total(), *(states[one] for one in (COMPLETE, DRAFT, MISSING)))


def _measured(
    protocol: Protocol, known: Frames, found: FormResults, arms: Sequence[str]
) -> Iterator[tuple[str, Measured]]:
    """Every score of the forms about participants at visits, with the function that worked it out."""
    for form in protocol.forms:
        frame = found.table(form)
        if frame is None or form.about != "participant" or form.occurs != "visit":
            continue
        for item in form.items:
            if isinstance(item, kinds.Score) and column_name(item) in frame.columns:
                yield item.score, _one(protocol, known, form, item, frame, arms)


def _one(
    protocol: Protocol,
    known: Frames,
    form: FormPlan,
    item: kinds.Score,
    frame: pd.DataFrame,
    arms: Sequence[str],
) -> Measured:
    columns = (frame[name] for name in ("visit", "number", column_name(item)))
    values = {(visit, number): value for visit, number, value in zip(*columns, strict=True)}
    done = known.visits[known.visits["state"] == DONE]
    by_visit = {}
    for visit in form.visits:
        seen = done[done["visit"] == visit]
        given = [values.get((visit, number)) for number in seen["number"]]
        by_visit[visit] = _compared(item.label, given, seen["arm"], arms)
    together = _together(protocol, form, item, values, done, arms) if item.score == COSTS else None
    return Measured(form.key, item.key, item.label, item.unit or "", by_visit, together)


def _together(
    protocol: Protocol,
    form: FormPlan,
    item: kinds.Score,
    values: Mapping[Any, Decimal | None],
    done: pd.DataFrame,
    arms: Sequence[str],
) -> Compared | None:
    """The sum over the visits after the baseline, of those whose primary visit was done."""
    first = {visit.key for visit in protocol.visits if visit.baseline}
    after = [visit for visit in form.visits if visit not in first]
    if primary_visit(protocol).key not in after:
        return None
    seen = done[done["visit"] == primary_visit(protocol).key]
    summed: list[Decimal | None] = []
    for number in seen["number"]:
        parts = [values.get((visit, number)) for visit in after]
        known = [one for one in parts if one is not None]
        summed.append(sum(known, Decimal(0)) if len(known) == len(after) else None)
    return _compared(item.label, summed, seen["arm"], arms)


def _compared(
    name: str, values: Sequence[Decimal | None], arm: pd.Series, arms: Sequence[str]
) -> Compared:
    groups = ["" if one is None else str(one) for one in arm]
    numbers = [None if one is None else float(one) for one in values]
    covariate = Covariate(name, Kind.CONTINUOUS, numbers)
    return analysis.balance.compare([covariate], groups, groups=arms).covariates[0]


def _guessed(
    protocol: Protocol, known: Frames, told: Masks, rows: pd.DataFrame, arms: Sequence[str]
) -> Guessed | None:
    """The guesses of the arm; by arm only for who is told which arm is which.

    Of a letter that stands for an arm the guesses would mostly tell which one it is.
    """
    guess = protocol.reporting.guess
    if guess is None:
        return None
    people = known.records["participant"]
    used = people[people["withdrew_data_on"].isna()]
    there = rows[(rows["form"] == guess.form) & (rows["state"] == COMPLETE) & (rows["entry"] == 0)]
    there = there[there["participant_id"].isin(list(used["id"]))]
    clusters = known.records["cluster"]
    names = dict(zip(clusters["id"], _arms(clusters, told), strict=True))
    answers = [one.get(guess.item) for one in there["answers"]]
    placed = [names.get(one) for one in there["cluster_id"]]
    overall = _answered(protocol, guess, answers)
    by_arm = {
        arm: _answered(
            protocol, guess, [a for a, at in zip(answers, placed, strict=True) if at == arm]
        )
        for arm in ([] if told.blinded else arms)
    }
    index = {arm: _index(guess, arm, counts) for arm, counts in by_arm.items()}
    return Guessed(overall, by_arm, index)


def _arms(clusters: pd.DataFrame, told: Masks) -> list[str | None]:
    columns = (clusters["arm"], clusters["revealed_on"])
    return [told.arm(arm, revealed) for arm, revealed in zip(*columns, strict=True)]


def _answered(protocol: Protocol, guess: GuessPart, answers: Sequence[Any]) -> dict[str, int]:
    """How often each code was given; whatever else was answered, or not, is not answered."""
    form = next(form for form in protocol.forms if form.key == guess.form)
    item: Any = form.item(guess.item)
    counts = {code.key: answers.count(code.key) for code in item.codes}
    return counts | {"not answered": len(answers) - sum(counts.values())}


def _index(guess: GuessPart, arm: str, counts: Mapping[str, int]) -> Estimate:
    named = {one.code: one.arm for one in guess.codes}
    right = sum(counts[code] for code, at in named.items() if at == arm)
    wrong = sum(counts[code] for code, at in named.items() if at != arm)
    others = sum(n for code, n in counts.items() if code not in named and code != "not answered")
    made: Estimate = analysis.blinding.bang(right, wrong, others)
    return made


def _plain(one: Complete) -> dict[str, Any]:
    return {
        **{n: getattr(one, n) for n in ("due", "complete", "draft", "missing")},
        "share": one.share,
    }


def _numbers(one: Compared) -> dict[str, Any]:
    """Number, mean and spread of everyone, and by arm where arms are told."""
    return {
        "all": _figures(one.overall),
        "by_arm": {arm: _figures(cell) for arm, cell in one.by_group.items()},
    }


def _figures(cell: Any) -> dict[str, Any]:
    assert isinstance(cell, Numbers)  # scores are numbers
    return {name: getattr(cell, name) for name in ("n", "missing", "mean", "sd", "median")}
