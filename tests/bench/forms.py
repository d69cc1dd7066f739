"""A form of 250 items in a trial with many records: opened, saved, and what the trail adds to a save."""

import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from tests.bench.instances import Bench, hidden
from tests.bench.pages import RESEARCHER
from tests.web.filling import told_of
from trial.conduct import amendments
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.protocol import Protocol, files_of, load
from trial.protocol.forms import FormPlan
from trial.protocol.forms.asking import sift
from trial.protocol.forms.reading import read
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.models import Cluster, Hold, Participant, Record, Visit
from trial.records.trail import acting
from trial.web import pages
from trial.web.database import db

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


def measured(bench: Bench, times: int) -> Measured:
    """Fill the instance with records if it has none yet, then open and save the long form.

    Every record is saved through acts, so that the trail is as long as it would be.
    """
    with bench.app.app_context():
        protocol = _adopt(db.session(), bench)
        long, brief = form_of(protocol, "long"), form_of(protocol, "brief")
        _fill(db.session(), protocol, brief)
        free = _free(db.session(), long)
    if len(free) < 3 * times + 2 * WARMING:
        times = (len(free) - 2 * WARMING) // 3
    opening, saved = _pages(bench, long, free[: times + WARMING])
    with bench.app.app_context():
        cost = _cost(db.session(), protocol, long, free[times + WARMING :], times)
    return Measured(_high(opening), _high(saved), cost)


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
        for form in (told_of(ITEMS), brief)
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
        .where(Visit.plan == form.visits[0], Visit.id.not_in(filled), *_open())
        .where(Cluster.key.in_(FORENSIC))
        .where(Participant.withdrew_followup_on.is_(None), Participant.died_on.is_(None))
        .order_by(Visit.id)
    )
    return [(person, visit) for person, visit in session.execute(wanted)]


def _pages(
    bench: Bench, form: FormPlan, free: list[tuple[int, int]]
) -> tuple[list[float], list[float]]:
    client = bench.client(RESEARCHER)
    opening, saved = [], []
    for turn, (person, visit) in enumerate(free):
        address = f"/forms/add/{form.key}/{person}?visit={visit}"
        taken, page = _timed(lambda at=address: client.get(at))  # type: ignore[misc]
        with bench.app.app_context():
            day = db.session.get_one(Participant, person).enrolled_on
        sent = pages.spelled_out(form, _answers(form), day)
        told = hidden(re.sub(r'<input[^>]*name="(?!page-)[^>]*>', "", page.text)) | sent
        told = {
            name: value for name, value in told.items() if name.startswith("page-") or name in sent
        }
        spent, answer = _timed(
            lambda at=address, told=told: client.post(at, data=told | {"page-save": "complete"})  # type: ignore[misc]
        )
        if page.status_code != 200 or answer.status_code != 302:
            raise SystemExit(f"{address}: {page.status}, {answer.status}\n{answer.text[:3000]}")
        if turn >= WARMING:
            opening.append(taken)
            saved.append(spent)
    return opening, saved


def _cost(
    session: Session, protocol: Protocol, form: FormPlan, free: list[tuple[int, int]], times: int
) -> float:
    """The act that saves the form, in per cent of the same checks and insert without the trail."""
    answers = _answers(form)
    with_trail, without = [], []
    for turn in range(WARMING + times):
        for number, taken in enumerate((with_trail, without)):
            person, visit = free[2 * turn + number]
            session.rollback()
            session.expunge_all()
            about = Subject(
                participant=session.get_one(Participant, person),
                visit=session.get_one(Visit, visit),
            )
            do = _plainly if number else _in_an_act
            session.rollback()
            spent, _ = _timed(lambda: do(session, protocol, form, about, answers))  # noqa: B023
            if turn >= WARMING:
                taken.append(spent)
    return 100 * median(with_trail) / median(without)


def _in_an_act(
    session: Session, protocol: Protocol, form: FormPlan, about: Subject, answers: dict[str, Any]
) -> None:
    with acting(session, by=BY, name=Act.ENTER_FORM):
        _save(session, protocol, form, about, answers)


def _plainly(
    session: Session, protocol: Protocol, form: FormPlan, about: Subject, answers: dict[str, Any]
) -> None:
    """The same questions sifted and checked, and one row inserted, as a system without trail would."""
    assert about.participant is not None and about.visit is not None
    day, sifted = about.participant.enrolled_on, sift(form, answers)
    found = saving.check(session, form, about, sifted, day, complete=True, on=date(2017, 12, 31))
    if found.blocks:
        raise SystemExit(str(found.blocks))
    row = {
        "form": form.key, "cluster_id": about.cluster_id, "participant_id": about.participant.id,
        "visit_id": about.visit.id, "entry": 0, "observed_on": day, "entered_on": day,
        "entered_by": BY.id, "state": "complete", "answers": sifted.answers, "telling": {},
        "unblinds": False, "protocol_version": protocol.version,
        "protocol_sha256": protocol.sha256, "version": 1,
    }  # fmt: skip
    session.connection().execute(insert(Record.__mapper__.local_table), row)
    # What a page does after any save: the queries about the record are looked up.
    saving.check(session, form, about, sifted, day, complete=False, on=date(2017, 12, 31))
    session.commit()


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    made = do()
    return (perf_counter() - begun) * 1000, made


def _high(taken: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(taken, n=20)[-1]
