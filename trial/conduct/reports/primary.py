"""The primary outcome of each participant or cluster, read from its form: the value, or why there is none."""

from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial.conduct.forms.plans import form_of
from trial.conduct.forms.scores import scores
from trial.conduct.outcomes import primary_visit
from trial.conduct.reports.cut import Cut
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.missing import Missing, is_missing
from trial.protocol.outcome import OutcomePlan
from trial.records.frames import Frames, Masks
from trial.records.models import Record
from trial.records.rows import table_at, table_now

COLUMNS = ("number", "cluster", "arm", "due_on", "observed_on", "value", "reason")
NOT_DUE_YET = "the form is not due yet"
NOT_DUE, NOT_DONE = "the visit is not due yet", "the visit was not done"
OUTSIDE = "the visit lies outside the person's consent"
NOT_FILLED_IN, NOT_ANSWERED = "the form is not complete", "not answered"
Found = tuple[Decimal | None, str]


def frame(
    session: Session, protocol: Protocol, plan: OutcomePlan, known: Frames, cut: Cut
) -> pd.DataFrame:
    """One row for each participant whose data may be used, with the columns of ``COLUMNS``."""
    form, primary = form_of(protocol, plan.form), primary_visit(protocol)
    visits = known.records["visit"]
    seen = {row.participant_id: row for row in _rows(visits[visits["plan"] == primary.key])}
    filled = {row.visit_id: row for row in _rows(_records(session, form, cut))}
    people, outside = known.records["participant"], _outside(known.participants)
    found = []
    placed = zip(
        _rows(people), known.participants["cluster"], known.participants["arm"], strict=True
    )
    for person, cluster, arm in placed:
        if person.withdrew_data_on is not None:
            continue
        visit = seen.get(person.id)
        record = None if visit is None else filled.get(visit.id)
        due_on = None if visit is None else visit.due_on
        value, reason = _value(protocol, plan, form, visit, record, cut)
        if visit is None and primary.key in outside.get(person.number, ()):
            reason = OUTSIDE
        observed_on = None if record is None else record.observed_on
        found.append((person.number, cluster, arm, due_on, observed_on, value, reason))
    return pd.DataFrame(found, columns=list(COLUMNS), dtype=object)


def frame_of_clusters(
    session: Session, protocol: Protocol, plan: OutcomePlan, known: Frames, told: Masks, cut: Cut
) -> pd.DataFrame:
    """One row for each cluster that took part, with the columns of ``COLUMNS``.

    Its ``number`` is the cluster as this reader is told it.
    """
    form = form_of(protocol, plan.form)
    filled = {row.cluster_id: row for row in _rows(_records(session, form, cut))}
    arms = dict(zip(known.clusters["cluster"], known.clusters["arm"], strict=True))
    found = []
    for row in _rows(known.records["cluster"]):
        name, began = told.cluster(row.key), row.opened_on or row.allocated_on
        if began is None or name not in arms:
            continue
        due_on, record = plan.due_on or began, filled.get(row.id)
        if record is not None:
            value, reason = _read(protocol, plan, form, record)
        else:
            value, reason = None, NOT_DUE_YET if due_on > cut.on else NOT_FILLED_IN
        observed_on = None if record is None else record.observed_on
        found.append((name, name, arms[name], due_on, observed_on, value, reason))
    # Under drawn names by name, since the order of the protocol would tell which is which.
    ordered = sorted(found, key=lambda one: one[0]) if told.blinded else found
    return pd.DataFrame(ordered, columns=list(COLUMNS), dtype=object)


def _outside(people: pd.DataFrame) -> dict[str, list[str]]:
    """The visits outside what each person consented to, in a trial with several bases."""
    if "visits_outside" not in people:
        return {}
    told = zip(people["number"], people["visits_outside"], strict=True)
    return {number: (keys or "").split() for number, keys in told}


def _rows(records: pd.DataFrame) -> Any:
    return records.itertuples(index=False, name="Row")


def _records(session: Session, form: FormPlan, cut: Cut) -> pd.DataFrame:
    """The records of the form that count: complete ones, as they stand or stood at the cut."""
    if cut.act is None:
        rows = table_now(session, Record.__tablename__, Record.form == form.key)
    else:
        rows = table_at(session, Record.__tablename__, cut.act)
    counts = (rows["form"] == form.key) & (rows["state"] == "complete") & (rows["entry"] == 0)
    return rows[counts]


def _value(
    protocol: Protocol, plan: OutcomePlan, form: FormPlan, visit: Any, record: Any, cut: Cut
) -> Found:
    if record is None:
        if visit is None or (visit.state == "expected" and visit.opens_on > cut.on):
            return None, NOT_DUE
        return None, NOT_FILLED_IN if visit.state == "done" else NOT_DONE
    return _read(protocol, plan, form, record)


def _read(protocol: Protocol, plan: OutcomePlan, form: FormPlan, record: Any) -> Found:
    """What a record that counts says: the value, or why it says none."""
    answer = record.answers.get(plan.item)
    scored = scores(protocol, form, record.answers).get(plan.item)
    if scored is not None:
        answer = None if scored.value is None else str(scored.value)
    if answer is None:
        return None, NOT_ANSWERED if scored is None else scored.reason
    if is_missing(answer):
        return None, Missing(answer).label.lower()
    return (Decimal(answer) if plan.summary == "mean" else Decimal(counts(plan, answer))), ""


def counts(plan: OutcomePlan, answer: str | int) -> bool:
    """Whether an answer that is not missing counts as the event of a proportion."""
    if plan.at_least is None and plan.at_most is None:
        wanted = [str(one) for one in plan.equals] or ["yes"]
        return str(answer) in wanted
    number = Decimal(answer)
    low = plan.at_least is None or number >= plan.at_least
    return low and (plan.at_most is None or number <= plan.at_most)
