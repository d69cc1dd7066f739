"""Which forms stand where: a participant's visits by forms, the logs, what is due next, whose drafts wait."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from trial.conduct import agreed
from trial.conduct.forms.entries import pairs
from trial.conduct.forms.plans import due_forms, forms_about, may_enter, may_see
from trial.conduct.forms.saving import COMPLETE, DRAFT, VOIDED
from trial.conduct.visits import MISSED, NOT_NEEDED
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.records.actor import Actor
from trial.records.forms import entered
from trial.records.models import Cluster, Participant, Query, Record, Visit

NOT_AGREED = "outside consent"
NOT_STARTED, QUERIED = "not started", "open query"
BEING_ENTERED, TO_SETTLE = "being entered twice", "two entries to settle"


class Standing(NamedTuple):
    """One record without its answers, which a list does not need."""

    id: int
    form: str
    state: str
    visit_id: int | None
    cluster_id: int | None


@dataclass(frozen=True)
class Cell:
    """One form at one place: its record, if there is one, and what can be done."""

    form: FormPlan
    state: str
    record: int | None = None
    may_enter: bool = False


@dataclass(frozen=True)
class Log:
    """A form that is filled in again and again: how many records there are, and whether one may be added."""

    form: FormPlan
    number: int
    drafts: int
    may_enter: bool


@dataclass(frozen=True)
class Offered:
    """The forms of one participant, cluster, employer or of the trial."""

    visits: tuple[tuple[FormPlan, dict[int, Cell]], ...] = ()
    once: tuple[Cell, ...] = ()
    logs: tuple[Log, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.visits or self.once or self.logs)


def fits(form: FormPlan, cluster: Cluster | None) -> bool:
    """Whether a form is for the arm of a cluster, as far as whoever asks knows it."""
    return not form.arms or cluster is None or cluster.arm in form.arms


def offered(
    protocol: Protocol, actor: Actor, about: str, cluster: Cluster | None
) -> Iterator[FormPlan]:
    """The forms about a participant, cluster, employer or the trial that a person may see there."""
    for form in forms_about(protocol, about):
        if fits(form, cluster) and may_see(actor, form, None if cluster is None else cluster.id):
            yield form


def asked_about(protocol: Protocol, actor: Actor) -> ColumnElement[bool]:
    """The rule for queries: those about a form are there only for who may read the form."""
    mine = [f.key for f in protocol.forms if actor.role in (*f.entered_by, *f.seen_by)]
    return or_(Query.form.is_(None), Query.form.in_(mine))


def of_participant(
    session: Session,
    protocol: Protocol,
    actor: Actor,
    participant: Participant,
    visits: Iterable[Visit],
) -> Offered:
    """Everything that is to be filled in about a participant, visit by visit, and the logs."""
    cluster = session.get(Cluster, participant.cluster_id)
    forms = list(offered(protocol, actor, "participant", cluster))
    found = standing(session, {one.key for one in forms}, Record.participant_id == participant.id)
    asked = queried(session, [one.id for one in found])
    grid = []
    listed = list(visits)
    for form in (one for one in forms if one.occurs == "visit"):
        cells = {
            visit.id: _of_visit(_cell(actor, form, cluster, found, asked, visit.id), visit)
            for visit in listed
            if visit.plan in form.visits
        }
        grid.append((form, cells))
    once, logs = _others(actor, forms, cluster, found, asked)
    if any(form.clause for form in forms):
        held = agreed.by(session, participant)
        once, logs = tuple(_held(c, held) for c in once), tuple(_kept(one, held) for one in logs)
        grid = [(f, {v: _held(c, held) for v, c in cells.items()}) for f, cells in grid]
    twice = _entered_twice(session, forms, participant)
    if twice:
        once = tuple(_of_two(cell, twice, None) for cell in once)
        grid = [(f, {v: _of_two(c, twice, v) for v, c in cells.items()}) for f, cells in grid]
    return Offered(tuple(grid), once, logs)


def of_one(
    session: Session,
    protocol: Protocol,
    actor: Actor,
    about: str,
    cluster: Cluster | None,
    *rules: ColumnElement[bool],
) -> Offered:
    """What is to be filled in about a cluster, an employer (by ``rules``) or the trial."""
    forms = list(offered(protocol, actor, about, cluster))
    if not forms:
        return Offered()
    found = standing(session, {one.key for one in forms}, *rules)
    asked = queried(session, [one.id for one in found])
    return Offered((), *_others(actor, forms, cluster, found, asked))


def next_form(
    session: Session, protocol: Protocol, actor: Actor, visit: Visit, after: str
) -> tuple[FormPlan, int | None] | None:
    """The next form of a visit that is not complete, after the one just saved; its draft if it has one."""
    cluster = session.get(Cluster, visit.cluster_id)
    arm, held = None if cluster is None else cluster.arm, agreed.NOTHING
    if any(form.clause for form in protocol.forms):
        held = agreed.by(session, session.get(Participant, visit.participant_id))
    forms = list(due_forms(protocol, visit, arm, held))
    place = next((n for n, form in enumerate(forms) if form.key == after), -1)
    found = {one.form: one for one in standing(session, None, Record.visit_id == visit.id)}
    for form in (*forms[place + 1 :], *forms[: place + 1]):
        there = found.get(form.key)
        open_still = there is None or there.state == DRAFT
        if open_still and form.key != after and may_enter(actor, form, visit.cluster_id):
            return form, None if there is None else there.id
    return None


def drafts_of(session: Session, protocol: Protocol, actor: Actor, most: int) -> list[Standing]:
    """The drafts that a person began and may go on with, the newest first."""
    mine = [form for form in protocol.forms if actor.role in form.entered_by]
    rules = (Record.entered_by == actor.id, Record.state == DRAFT)
    found = standing(session, {form.key for form in mine}, *rules, most=most)
    by_key = {form.key: form for form in mine}
    return [one for one in found if may_enter(actor, by_key[one.form], one.cluster_id)]


def standing(
    session: Session,
    forms: Collection[str] | None,
    *rules: ColumnElement[bool],
    most: int | None = None,
) -> list[Standing]:
    """The records that count and were not voided, without their answers; the newest first."""
    wanted = select(Record.id, Record.form, Record.state, Record.visit_id, Record.cluster_id)
    wanted = wanted.where(Record.entry == 0, Record.state != VOIDED, *rules)
    if forms is not None:
        wanted = wanted.where(Record.form.in_(sorted(forms)))
    wanted = wanted.order_by(Record.id.desc()).limit(most)
    return [Standing(*row) for row in session.execute(wanted)]


def queried(session: Session, records: Collection[int]) -> set[int]:
    """Which of these records have a query that stands."""
    if not records:
        return set()
    table: Any = Record.__tablename__
    wanted = select(Query.row).where(
        Query.table == table, Query.row.in_(records), Query.state != "closed"
    )
    return set(session.scalars(wanted))


def counts(session: Session, forms: Collection[str]) -> dict[tuple[str, int | None], int]:
    """How many records of each form there are in each cluster."""
    wanted = select(Record.form, Record.cluster_id, func.count()).where(
        Record.form.in_(sorted(forms)), Record.entry == 0, Record.state != VOIDED
    )
    grouped = session.execute(wanted.group_by(Record.form, Record.cluster_id))
    return {(form, cluster): number for form, cluster, number in grouped}


def _entered_twice(
    session: Session, forms: Iterable[FormPlan], person: Participant
) -> dict[tuple[str, int | None], str]:
    """How far the forms have come that two people enter, by form and visit."""
    keys = [form.key for form in forms if form.double_entry]
    if not keys:
        return {}
    told = entered(session, keys, (person.cluster_id, person.id, None))
    return {
        (form, owner[-1]): TO_SETTLE if pair.complete else BEING_ENTERED
        for (form, owner), pair in pairs(told).items()
        if pair.entries
    }


def _of_visit(cell: Cell, visit: Visit) -> Cell:
    """A form that was not filled in at a visit that did not take place is not waited for."""
    if cell.record is None and visit.state in (MISSED, NOT_NEEDED):
        return Cell(cell.form, f"visit {visit.state}")
    return cell


def _held(cell: Cell, held: Collection[str]) -> Cell:
    """A form that somebody did not agree to is not waited for; what was recorded before stays."""
    if cell.record is None and not agreed.holds(cell.form, held):
        return Cell(cell.form, NOT_AGREED)
    return cell


def _kept(log: Log, held: Collection[str]) -> Log:
    return log if agreed.holds(log.form, held) else replace(log, may_enter=False)


def _of_two(cell: Cell, twice: dict[tuple[str, int | None], str], visit: int | None) -> Cell:
    state = twice.get((cell.form.key, visit))
    return replace(cell, state=state) if state and cell.record is None else cell


def _others(
    actor: Actor,
    forms: list[FormPlan],
    cluster: Cluster | None,
    found: list[Standing],
    asked: set[int],
) -> tuple[tuple[Cell, ...], tuple[Log, ...]]:
    once = [_cell(actor, form, cluster, found, asked) for form in forms if form.occurs == "once"]
    logs = [_log(actor, form, cluster, found) for form in forms if form.occurs == "log"]
    return tuple(once), tuple(logs)


def _cell(
    actor: Actor,
    form: FormPlan,
    cluster: Cluster | None,
    found: list[Standing],
    asked: set[int],
    visit: int | None = None,
) -> Cell:
    may = may_enter(actor, form, None if cluster is None else cluster.id)
    there = next((one for one in found if one.form == form.key and one.visit_id == visit), None)
    if there is None:
        return Cell(form, NOT_STARTED, None, may)
    state = QUERIED if there.state == COMPLETE and there.id in asked else there.state
    return Cell(form, state, there.id, may)


def _log(actor: Actor, form: FormPlan, cluster: Cluster | None, found: list[Standing]) -> Log:
    mine = [one for one in found if one.form == form.key]
    drafts = sum(one.state == DRAFT for one in mine)
    return Log(form, len(mine), drafts, may_enter(actor, form, cluster.id if cluster else None))
