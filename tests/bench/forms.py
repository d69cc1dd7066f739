"""A form of 250 items in a trial with many records: opened, saved, and what the trail adds to a save."""

import gc
import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, event, func, select
from sqlalchemy.orm import Session

from tests.bench.instances import Bench, hidden
from tests.bench.pages import RESEARCHER
from tests.web.filling import told_of
from trial.conduct import amendments
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.config import Clock
from trial.protocol import Protocol, files_of, load
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import read
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role
from trial.records import trail
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import writing
from trial.records.models import Cluster, Hold, Participant, Record, Visit
from trial.records.trail import acting
from trial.web import pages
from trial.web.database import db

VISITS = ["baseline", "month-6", "month-12"]
ITEMS, EACH, BRIEF, TOGETHER = 250, 8, 20, 25
LEAST = 20  # a 95th percentile of fewer says nothing
WARMING = 3
BY = Actor(1, "A researcher", Role.RESEARCHER)
FORENSIC = ("city-forensic", "county-forensic")
TYPED = {
    "yes-no": "yes", "whole": "12", "choice": "c2", "scale": "2", "text": "Some words of an answer",
    "date": "2015-03", "decimal": "12.5", "time": "14:05", "several": "c1 c3",
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Milliseconds at the 95th percentile, and an act in per cent of the same without the trail."""

    opening: float
    saving: float
    cost: float


@dataclass
class _Place:
    """One instance while it is measured: its forms, the visits still free, the times taken."""

    bench: Bench
    protocol: Protocol
    form: FormPlan
    free: list[tuple[int, int]]
    opening: list[float] = field(default_factory=list)
    saving: list[float] = field(default_factory=list)


def measured(benches: Sequence[Bench], times: int) -> list[Measured]:
    """Open and save the long form in each instance in turn, so that all meet the same machine.

    An instance is filled with records first, if it has none yet: every one saved through acts, so that
    the trail is as long as it would be.
    """
    places = [_ready(bench, times) for bench in benches]
    gc.collect()
    gc.freeze()  # as the server does once it is loaded
    for turn in range(WARMING + times):
        for place in places:
            _page(place, turn >= WARMING)
    return [
        Measured(_high(place.opening), _high(place.saving), _cost(place, times)) for place in places
    ]


def _ready(bench: Bench, times: int) -> _Place:
    with bench.app.app_context():
        protocol = _adopt(db.session(), bench)
        form = form_of(protocol, "long")
        _fill(db.session(), protocol, form_of(protocol, "brief"))
        free = _free(db.session(), form)
    if len(free) < 3 * (times + WARMING):
        raise SystemExit("Too few visits are left for the long form: let new instances be played.")
    return _Place(bench, protocol, form, free)


def _adopt(session: Session, bench: Bench) -> Protocol:
    """Let the trial run under a version with the long form, and a brief one with many records."""
    settings = bench.app.extensions["trial_settings"]
    loaded: Protocol = bench.app.extensions["trial_protocol"]
    old = amendments.running(session, loaded)
    if any(form.key == "long" for form in old.forms):
        return old
    folder = bench.folder / "amended"
    shutil.copytree(SHIPPED, folder)
    brief = told_of(BRIEF) | {"key": "brief", "name": "Brief form", "occurs": "log", "visits": []}
    lines = [
        line
        for form in (told_of(ITEMS) | {"visits": VISITS}, brief)
        for line in ("[[forms]]", *(f"{key} = {_inline(value)}" for key, value in form.items()))
    ]
    (folder / "9-long.toml").write_text("\n".join([*lines, ""]))
    design = folder / "1-design.toml"
    design.write_text(design.read_text().replace('version = "1.0"', 'version = "1.1"', 1))
    new, on = load(folder), settings.clock.today()
    session.rollback()
    with acting(session, by=COMMAND_LINE, name=Act.ADOPT_PROTOCOL, reason="Two forms to measure."):
        amendments.adopt(session, old, new, files_of(folder), on=on)
    return new


def _inline(value: Any) -> str:
    """A value as a protocol's file writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ",\n".join(_inline(one) for one in value) + "]"
    return json.dumps(value)


def _answers(form: FormPlan) -> dict[str, Any]:
    return {one.key: read(one, TYPED[one.kind]) for one in form.items}


def _fill(session: Session, protocol: Protocol, form: FormPlan) -> None:
    if session.scalar(select(func.count()).where(Record.form == form.key)):
        return
    everybody = session.scalar(select(func.count(Participant.id))) or 0
    numbers = session.scalars(select(Participant.id).where(*_open()).order_by(Participant.id)).all()
    # The demonstration ends with some of it frozen: the others have as many records as all would.
    each, answers = math.ceil(EACH * everybody / len(numbers)), _answers(form)
    for start in range(0, len(numbers), TOGETHER):
        session.rollback()
        with acting(session, by=BY, name=Act.ENTER_FORM):
            for number in numbers[start : start + TOGETHER]:
                person = session.get_one(Participant, number)
                for _ in range(each):
                    _save(session, protocol, form, Subject(participant=person), answers)
        session.expunge_all()


def _open() -> tuple[ColumnElement[bool], ...]:
    """The rules for participants of whom nothing is frozen or locked."""
    held = select(Hold.row).where(Hold.lifted_at.is_(None))
    return (
        Participant.cluster_id.not_in(held.where(Hold.level == "cluster")),
        Participant.id.not_in(held.where(Hold.level == "participant")),
    )


def _save(
    session: Session, protocol: Protocol, form: FormPlan, about: Subject, answers: dict[str, Any]
) -> None:
    assert about.participant is not None
    day = about.participant.enrolled_on
    saving.save(
        session, protocol, form, about,
        answers=answers, observed_on=day, complete=True, on=date(2017, 12, 31),
    )  # fmt: skip


def _free(session: Session, form: FormPlan) -> list[tuple[int, int]]:
    """Participants in follow-up with the visit at which the long form is still to be filled in."""
    filled = select(Record.visit_id).where(Record.form == form.key)
    wanted = (
        select(Visit.participant_id, Visit.id)
        .join(Participant, Participant.id == Visit.participant_id)
        .join(Cluster, Cluster.id == Participant.cluster_id)
        .where(Visit.plan.in_(form.visits), Visit.id.not_in(filled), *_open())
        .where(Cluster.key.in_(FORENSIC))
        .where(Participant.withdrew_followup_on.is_(None), Participant.died_on.is_(None))
        .order_by(Visit.id)
    )
    return [(person, visit) for person, visit in session.execute(wanted)]


def _page(place: _Place, counts: bool) -> None:
    """Open the long form for somebody, fill it in and save it."""
    form, (person, visit) = place.form, place.free.pop()
    client = place.bench.client(RESEARCHER)
    address = f"/forms/add/{form.key}/{person}?visit={visit}"
    taken, page = _timed(lambda: client.get(address))
    with place.bench.app.app_context():
        day = db.session.get_one(Participant, person).enrolled_on
    around = {name: one for name, one in hidden(page.text).items() if name.startswith("page-")}
    sent = around | pages.spelled_out(form, _answers(form), day) | {"page-save": "complete"}
    spent, answer = _timed(lambda: client.post(address, data=sent))
    if page.status_code != 200 or answer.status_code != 302:
        raise SystemExit(f"{address}: {page.status}, {answer.status}\n{answer.text[:3000]}")
    if counts:
        place.opening.append(taken)
        place.saving.append(spent)


def _cost(place: _Place, times: int) -> float:
    """The act that saves the form, in per cent of the same save without the trail."""
    answers = _answers(place.form)
    taken: dict[Callable[..., None], list[float]] = {_in_an_act: [], _plainly: []}
    with place.bench.app.app_context():
        session = db.session()
        for turn in range(WARMING + times):
            for do, found in taken.items():
                person, visit = place.free.pop()
                session.expunge_all()
                about = Subject(
                    participant=session.get_one(Participant, person),
                    visit=session.get_one(Visit, visit),
                )
                session.rollback()
                begun = perf_counter()
                do(session, place.protocol, place.form, about, answers)
                if turn >= WARMING:
                    found.append((perf_counter() - begun) * 1000)
    return 100 * median(taken[_in_an_act]) / median(taken[_plainly])


def _in_an_act(
    session: Session, protocol: Protocol, form: FormPlan, about: Subject, answers: dict[str, Any]
) -> None:
    with acting(session, by=BY, name=Act.ENTER_FORM):
        _save(session, protocol, form, about, answers)


def _plainly(
    session: Session, protocol: Protocol, form: FormPlan, about: Subject, answers: dict[str, Any]
) -> None:
    """The same save, row and all, as a system without trail would make it."""
    session.info["acting"] = trail.Draft(BY, Act.ENTER_FORM, None, Clock().now())
    event.remove(Session, "after_flush", trail._collect)
    try:
        with writing():
            _save(session, protocol, form, about, answers)
            session.commit()
    finally:
        event.listen(Session, "after_flush", trail._collect)
        session.info.pop("acting")


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    made = do()
    return (perf_counter() - begun) * 1000, made


def _high(taken: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(taken, n=20)[-1]
