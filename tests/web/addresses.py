"""Which addresses there are for the records of some clusters, by the shape of a route's arguments."""

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter

from trial.protocol.forms import FormPlan
from trial.records.base import Base
from trial.records.models import (
    Attachment,
    Cluster,
    Consent,
    ContactAttempt,
    Eligibility,
    Employer,
    Event,
    Hold,
    Message,
    Participant,
    Query,
    Record,
    SafetyEntry,
    SafetyTold,
    Screening,
    SkippedVisit,
    Spell,
    Term,
    Visit,
)
from trial.web.database import db

Arguments = dict[str, Any]
# Arguments that name nothing of one cluster: a day's list, a kind of file, an account, an act, a link.
UNSCOPED = {"version", "kind", "name", "token", "filename", "step", "number", "which", "key"}
OF_PEOPLE = frozenset({"screening", "enrolment"})
OF_CLUSTERS = frozenset({"clusters", "allocation", "skips", "replacing"})


def _rows(session: Session, cls: type[Any], clusters: set[int]) -> Iterator[Any]:
    column = cls.id if cls is Cluster else cls.cluster_id
    yield from session.scalars(select(cls).where(column.in_(clusters)).order_by(cls.id.desc()))


def _of(name: str, cls: type[Any]) -> Callable[[Session, set[int]], Iterator[Arguments]]:
    def found(session: Session, clusters: set[int]) -> Iterator[Arguments]:
        for row in _rows(session, cls, clusters):
            yield {name: row.id}

    return found


def _screening(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for row in _rows(session, Screening, clusters):
        yield {"number": row.number}


def _consents(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for row in _rows(session, Consent, clusters):
        yield {"number": session.get_one(Screening, row.screening_id).number, "which": row.id}


def _criteria(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for row in _rows(session, Eligibility, clusters):
        number = session.get_one(Screening, row.screening_id).number
        yield {"number": number, "criterion": row.criterion}


def _clusters(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for row in _rows(session, Cluster, clusters):
        yield {"key": row.key}


def _values(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for mapper in Base.registry.mappers:
        if mapper.class_.scope not in ("participant", "cluster", "form"):
            continue
        for row in islice(_rows(session, mapper.class_, clusters), 2):
            for one in mapper.column_attrs:
                yield {"table": mapper.class_.__tablename__, "row": row.id, "item": one.key}


def _held(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    for cls in (Record, Participant, Cluster):
        for row in islice(_rows(session, cls, clusters), 1):
            yield {"level": cls.__tablename__, "row": row.id}


def _files(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    kept = {row.id for row in _rows(session, Attachment, clusters)}
    for row in _rows(session, Record, clusters) if kept else ():
        for path, answer in row.answers.items():
            if answer in kept:
                yield {"record": row.id, "path": path}


def _records(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    """One record of each form, as not everybody may open each form."""
    newest = {row.form: row.id for row in reversed(list(_rows(session, Record, clusters)))}
    for number in newest.values():
        yield {"record": number}


def _forms(session: Session, clusters: set[int]) -> Iterator[Arguments]:
    """Forms entered twice come first: they have pages of their own, which no other form opens."""
    people = [row.id for row in islice(_rows(session, Participant, clusters), 1)]
    numbers = {"participant": people, "cluster": sorted(clusters)}
    forms = sorted(
        current_app.extensions["trial_protocol"].forms, key=lambda form: not form.double_entry
    )
    for form in forms:
        for number in numbers.get(form.about, ()):
            yield {"form": form.key, "subject": number, **_at_visit(session, form, number)}


def _at_visit(session: Session, form: FormPlan, person: int) -> Arguments:
    """The visit that the address of a form names, where it is filled in at one."""
    wanted = select(Visit.id).where(Visit.participant_id == person, Visit.plan.in_(form.visits))
    visit = session.scalar(wanted.limit(1)) if form.visits else None
    return {} if visit is None else {"visit": visit}


# Of these every one is another case, so none is left out.
EACH = {("item", "row", "table"), ("form", "subject"), ("record",)}
FINDERS = {
    ("record",): _records,
    ("path", "record"): _files,
    ("form", "subject"): _forms,
    ("person",): _of("person", Participant),
    ("employer",): _of("employer", Employer),
    ("spell",): _of("spell", Spell),
    ("term",): _of("term", Term),
    ("visit",): _of("visit", Visit),
    ("event",): _of("event", Event),
    ("attempt",): _of("attempt", ContactAttempt),
    ("entry",): _of("entry", SafetyEntry),
    ("telling",): _of("telling", SafetyTold),
    ("message",): _of("message", Message),
    ("query",): _of("query", Query),
    ("number",): _screening,
    ("number", "which"): _consents,
    ("criterion", "number"): _criteria,
    ("key",): _clusters,
    ("hold",): _of("hold", Hold),
    ("skip",): _of("skip", SkippedVisit),
    ("level", "row"): _held,
    ("item", "row", "table"): _values,
}


def shape(rule: Rule) -> tuple[str, ...]:
    """The arguments of a route that may name a record, in order of the alphabet."""
    fixed = {name for name, kind in rule._converters.items() if isinstance(kind, AnyConverter)}
    names = set(rule.arguments) - fixed
    section = rule.endpoint.partition(".")[0]
    if section not in OF_PEOPLE:
        names -= {"number", "which"}
    if section not in OF_CLUSTERS:
        names -= {"key"}
    return tuple(sorted(names - (UNSCOPED - {"number", "which", "key"})))


def addresses(app: Flask, rule: Rule, clusters: set[int], most: int) -> list[str]:
    """Addresses of a route for records of these clusters; raises for an argument that nobody knows."""
    names = shape(rule)
    fixed = {n: k.items for n, k in rule._converters.items() if isinstance(k, AnyConverter)}
    choices = [dict(zip(fixed, one, strict=True)) for one in product(*map(sorted, fixed.values()))]
    with app.app_context(), app.test_request_context():
        found = list(FINDERS[names](db.session(), clusters))
    if names not in EACH:
        found = found[:most]
    adapter = app.url_map.bind("localhost")
    return [adapter.build(rule.endpoint, one | rest) for one in found for rest in choices]


def scoped_rules(app: Flask) -> list[Rule]:
    """Every route whose address names a record of one cluster."""
    return [rule for rule in app.url_map.iter_rules() if shape(rule)]
