"""The nightly check: every check over all data, in batches; what is new is raised, the rest settled."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from trial.conduct import amendments, doubts, lateness
from trial.conduct.access import Act
from trial.conduct.agreed import NOTHING, clauses
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.lateness import Late
from trial.conduct.queries import (
    DRAFTED,
    FORM,
    OVERDUE,
    Apart,
    Doubt,
    apart,
    lacking,
    settle,
)
from trial.conduct.refused import Locked, Refused
from trial.protocol import Protocol
from trial.records.actor import COMMAND_LINE
from trial.records.database import lock_writers
from trial.records.holds import LOCKED
from trial.records.models import (
    Cluster,
    Employer,
    Hold,
    Participant,
    Query,
    Record,
    Spell,
    Visit,
)
from trial.records.trail import acting

LOOKED_AT: dict[type[Any], str] = {Participant: "people", Cluster: "clusters", Record: "records"}
AT_ONCE = 50
LEFT_FOR = 14
CHECKS = frozenset({FORM, DRAFTED, OVERDUE, doubts.USUAL_HOURS, doubts.MINIMUM_WAGE})
Place = tuple[str, int]
Owner = Participant | Cluster | Record
Found = dict[Place, list[Doubt]]
Standing = dict[Place, list[Query]]


class _Nothing(Exception):
    """Somebody else did it in the meantime: the act is not made."""


@dataclass
class Checked:
    """What a run of the check did."""

    people: int = 0
    clusters: int = 0
    records: int = 0
    raised: int = 0
    settled: int = 0
    locked: int = 0

    def as_dict(self) -> dict[str, int]:
        """The figures by name, as the trail keeps them."""
        return dict(vars(self))


@dataclass
class _Run:
    """One run: what is asked, up to which day, what is locked, and what was done so far."""

    session: Session
    protocol: Protocol
    on: date
    late: Late
    done: Checked = field(default_factory=Checked)
    locked: set[Place] = field(default_factory=set)
    versions: dict[str, Protocol] = field(default_factory=dict)

    @cached_property
    def ran(self) -> frozenset[str]:
        """The names of the checks that are asked."""
        return CHECKS | {lacking(form.key) for form in self.protocol.forms}

    def version(self, record: Record) -> Protocol:
        """The version of the protocol that a record was entered under."""
        key = record.protocol_sha256
        if key not in self.versions:
            self.versions[key] = amendments.version_of(self.session, key, self.protocol)
        return self.versions[key]


def check(session: Session, protocol: Protocol, *, on: date, days: int = LEFT_FOR) -> Checked:
    """Run every check over all data; ``days`` is how long a draft or a visit's form may be left.

    It reads past the door and so must be given a session without an actor. Each batch is an act of the
    command line, made only where there is something to raise or to settle.
    """
    run = _Run(session, protocol, on, Late(on, days))
    run.locked = _locked(session)
    if ("trial", 0) in run.locked:
        raise Refused("The trial is locked: nothing is asked any more.")
    _each(run, Participant, (), _people)
    _each(run, Cluster, (Cluster.opened_on.is_not(None),), _clusters)
    _each(run, Record, (*_counted(), Record.participant_id.is_(None)), _records)
    session.rollback()
    with acting(session, by=COMMAND_LINE, name=Act.CHECK_QUERIES, note=run.done.as_dict()):
        pass
    return run.done


Reader = Callable[[_Run, Sequence[int]], Iterator[tuple[Owner, Found]]]


def _each(run: _Run, cls: type[Any], rules: tuple[ColumnElement[bool], ...], read: Reader) -> None:
    """Every batch of rows: looked at first, and only where something differs under an act."""
    last = 0
    while True:
        wanted = select(cls.id).where(cls.id > last, *rules).order_by(cls.id).limit(AT_ONCE)
        ids = list(run.session.scalars(wanted))
        if not ids:
            return
        last = ids[-1]
        there, told = _raised(run.session, cls, ids), list(read(run, ids))
        looked = LOOKED_AT[cls]
        setattr(run.done, looked, getattr(run.done, looked) + len(told))
        run.done.locked += len(ids) - len(told)
        differ = [
            owner.id
            for owner, found in told
            if any(_apart(run, there, place, doubted) for place, doubted in found.items())
        ]
        run.session.rollback()
        if differ:
            _act(run, cls, differ, read)


def _act(run: _Run, cls: type[Any], ids: Sequence[int], read: Reader) -> None:
    """Raise and settle for one batch, read again under the lock of the writers."""
    raised = settled = 0
    try:
        with acting(run.session, by=COMMAND_LINE, name=Act.CHECK_QUERIES):
            lock_writers(run.session)
            there = _raised(run.session, cls, ids)
            for owner, found in read(run, ids):
                for place, doubted in found.items():
                    if _apart(run, there, place, doubted):
                        made = _settle(run, owner, place, doubted)
                        raised, settled = raised + len(made.new), settled + len(made.settled)
            if not raised and not settled:
                raise _Nothing
    except _Nothing:
        return
    except Locked:
        run.done.locked += len(ids)  # locked in this moment: the next run leaves it out
        return
    run.done.raised += raised
    run.done.settled += settled


def _apart(run: _Run, there: Standing, place: Place, doubted: list[Doubt]) -> Apart:
    return apart(there.get(place, ()), doubted, run.ran)


def _settle(run: _Run, owner: Owner, place: Place, doubted: list[Doubt]) -> Apart:
    table, row = place
    # A query about a record says of which form it is, and whether that tells the arm.
    of = run.session.get_one(Record, row) if table == Record.__tablename__ else owner
    return settle(run.session, of, table=table, row=row, doubts=doubted, ran=run.ran)


def _raised(session: Session, cls: type[Any], ids: Sequence[int]) -> Standing:
    """What checks asked before about these participants, clusters or records, by row."""
    mine: list[ColumnElement[bool]] = [Query.participant_id.in_(ids)]
    if cls is not Participant:
        mine = [Query.table == cls.__tablename__, Query.row.in_(ids)]
    found: Standing = {}
    for query in session.scalars(select(Query).where(Query.check.is_not(None), *mine)):
        found.setdefault((query.table, query.row), []).append(query)
    return found


def _locked(session: Session) -> set[Place]:
    wanted = select(Hold.level, Hold.row).where(Hold.kind == LOCKED, Hold.lifted_at.is_(None))
    return {(level, row) for level, row in session.execute(wanted)}


def _people(run: _Run, ids: Sequence[int]) -> Iterator[tuple[Owner, Found]]:
    """Participants with the doubts about every row of theirs that is not locked."""
    of = {cls: _of(run.session, cls, ids) for cls in (Visit, Spell, Record)}
    asks = any(form.clause for form in run.protocol.forms)
    agreed = clauses(run.session, Participant.id.in_(ids)) if asks else {}
    for person in run.session.scalars(select(Participant).where(Participant.id.in_(ids))):
        held = {("participant", person.id), ("cluster", person.cluster_id)} & run.locked
        if not held:
            yield (
                person,
                _of_person(
                    run,
                    person,
                    agreed.get(person.id, NOTHING),
                    *(rows.get(person.id, []) for rows in of.values()),
                ),
            )


def _of(session: Session, cls: type[Any], ids: Sequence[int]) -> dict[int, list[Any]]:
    wanted = select(cls).where(cls.participant_id.in_(ids)).order_by(cls.id)
    if cls is Spell:
        wanted = wanted.options(selectinload(Spell.terms))
    if cls is Record:
        wanted = wanted.where(*_counted())
    found: dict[int, list[Any]] = {}
    for row in session.scalars(wanted):
        found.setdefault(row.participant_id, []).append(row)
    return found


def _counted() -> tuple[ColumnElement[bool], ...]:
    return Record.entry == 0, Record.state != saving.VOIDED


def _of_person(
    run: _Run,
    person: Participant,
    agreed: Collection[str],
    visits: list[Visit],
    spells: list[Spell],
    records: list[Record],
) -> Found:
    found: Found = {}
    used = person.withdrew_data_on is None
    cluster = run.session.get_one(Cluster, person.cluster_id)
    filled = {one.form for one in records if one.visit_id is None}
    lacks = lateness.of_person(run.protocol, person, cluster, agreed, filled, run.late)
    found["participant", person.id] = list(lacks) if used else []
    for visit in visits:
        there = {one.form for one in records if one.visit_id == visit.id}
        late = lateness.of_visit(run.protocol, person, visit, cluster.arm, agreed, there, run.late)
        found["visit", visit.id] = list(late) if used else []
    for spell in spells if run.protocol.employment else ():
        for term, told in doubts.doubts_of(run.protocol, person, spell, run.on).items():
            found["term", term] = told if used else []
    by_id = {visit.id: visit for visit in visits}
    for record in records:
        if ("record", record.id) not in run.locked:
            subject = Subject(participant=person, visit=by_id.get(record.visit_id or 0))
            found["record", record.id] = _of_record(run, record, subject) if used else []
    return found


def _clusters(run: _Run, ids: Sequence[int]) -> Iterator[tuple[Owner, Found]]:
    """The clusters with the forms that should be there once and are not."""
    wanted = select(Record.cluster_id, Record.form).where(
        Record.cluster_id.in_(ids), Record.participant_id.is_(None), *_counted()
    )
    there: dict[int | None, set[str]] = {}
    for cluster_id, form in run.session.execute(wanted):
        there.setdefault(cluster_id, set()).add(form)
    for cluster in run.session.scalars(select(Cluster).where(Cluster.id.in_(ids))):
        if ("cluster", cluster.id) not in run.locked:
            filled = there.get(cluster.id, set())
            lacks = lateness.of_cluster(run.protocol, cluster, filled, run.late)
            yield cluster, {("cluster", cluster.id): list(lacks)}


def _records(run: _Run, ids: Sequence[int]) -> Iterator[tuple[Owner, Found]]:
    """The records about clusters, employers and the trial, with the doubts about each."""
    session = run.session
    for record in session.scalars(select(Record).where(Record.id.in_(ids))):
        if {("record", record.id), ("cluster", record.cluster_id)} & run.locked:
            continue
        cluster, employer = record.cluster_id, record.employer_id
        subject = Subject(
            cluster=None if cluster is None else session.get(Cluster, cluster),
            employer=None if employer is None else session.get(Employer, employer),
        )
        yield record, {("record", record.id): _of_record(run, record, subject)}


def _of_record(run: _Run, record: Record, subject: Subject) -> list[Doubt]:
    if record.state == saving.DRAFT:
        return list(lateness.of_draft(record, run.late))
    try:
        form = form_of(run.version(record), record.form)
    except Refused:
        return []  # a form that no version kept asks any more
    return saving.doubts_of(run.session, form, subject, record, run.on)
