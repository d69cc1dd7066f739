"""A participant with a form, and many ways to write about them, for the tests of freezes and locks."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.recruiting import Recruiting
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.protocol.forms import FormPlan
from trial.records.base import Base
from trial.records.models import Cluster, Event, Participant, Query, Record, Spell, Visit
from trial.records.trail import trailed_tables

Attempt = Callable[[Recruiting, Participant, Record, Random], Any]
FORM = FormPlan.model_validate(
    {
        "key": "mood", "name": "Mood", "about": "participant", "occurs": "log",
        "entered_by": ("trial manager",),
        "sections": ({"title": "Mood", "items": (
            {"kind": "whole", "key": "mood", "label": "Mood", "between": (0, 10)},
            {"kind": "text", "key": "note", "label": "Note", "required": False},
        )},),
    }
)  # fmt: skip


def about(trial: Recruiting, cluster: Cluster) -> tuple[Recruiting, Participant, Record, Cluster]:
    """The trial, somebody enrolled, a complete record about them, and their cluster."""
    trial.protocol = trial.protocol.model_copy(update={"forms": (FORM,)})
    person = trial.participant(trial.open(cluster))

    def save(session: Session, protocol: Any, on: date) -> Record:
        return saving.save(
            session, protocol, FORM, Subject(participant=person),
            answers={"mood": 5}, observed_on=on, complete=True, on=on,
        )  # fmt: skip

    return trial, person, trial.does(Act.ENTER_FORM, save), cluster


def attempts(level: str) -> list[Attempt]:
    """Ways to write that a lock at a level must refuse."""
    of_record: list[Attempt] = [_answers, _state, _void, _save, _observed]
    of_person: list[Attempt] = [_birth_year, _visit, _spell, _event, _new_record, _query]
    of_cluster: list[Attempt] = [_step]
    match level:
        case "query":
            return [_query]
        case "record":
            return of_record
        case "participant":
            return of_record + of_person
        case _:
            return of_record + of_person + of_cluster


def snapshot(session: Session, level: str, record: Record, person: Participant) -> Any:
    """Everything that the lock keeps, as the tables hold it."""
    session.rollback()
    connection, told = session.connection(), []
    for name in sorted(trailed_tables() - {"account"}):
        table = Base.metadata.tables[name]
        wanted = select(table)
        if level == "record":
            if name != "record":
                continue
            wanted = wanted.where(table.c.id == record.id)
        elif level == "participant" and "participant_id" in table.c:
            wanted = wanted.where(table.c.participant_id == person.id)
        told.append((name, connection.execute(wanted).all()))
    found = [(name, [tuple(map(str, row)) for row in rows]) for name, rows in told]
    session.rollback()
    return found


def _answers(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    record.answers = {"mood": chance.randint(6, 10)}
    trial.session.flush()


def _state(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    record.state = chance.choice(["draft", "voided"])


def _void(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    saving.void(trial.session, trial.protocol, record)


def _observed(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    record.observed_on = date(2015, 12, chance.randint(1, 28))


def _save(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    saving.save(
        trial.session, trial.protocol, FORM, Subject(participant=person), record=record,
        answers={"mood": chance.randint(6, 10), "note": "later"},
        observed_on=record.observed_on, complete=True, on=trial.on,
    )  # fmt: skip


def _new_record(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    saving.save(
        trial.session, trial.protocol, FORM, Subject(participant=person),
        answers={"mood": chance.randint(0, 10)}, observed_on=trial.on,
        complete=chance.random() < 0.5, on=trial.on,
    )  # fmt: skip


def _birth_year(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    person.birth_year = chance.randint(1950, 1979)


def _visit(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    visits = trial.session.scalars(select(Visit).where(Visit.participant_id == person.id)).all()
    chance.choice(visits).reason = f"tried {chance.random()}"


def _spell(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    trial.session.add(
        Spell(
            participant_id=person.id, cluster_id=person.cluster_id, kind="open",
            source="x", started_on=date(2016, 1, chance.randint(1, 15)),
        )
    )  # fmt: skip


def _event(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    trial.session.add(
        Event(
            participant_id=person.id, cluster_id=person.cluster_id, kind="death",
            happened_on=trial.on,
        )
    )  # fmt: skip


def _query(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    trial.session.add(
        Query(
            participant_id=person.id, cluster_id=person.cluster_id, table="participant",
            row=person.id, item="birth_year", text="Is it right?", state="open",
            raised_at=trial.session.info["clock"].now(), raised_by=trial.by.id,
        )
    )  # fmt: skip


def _step(trial: Recruiting, person: Participant, record: Record, chance: Random) -> None:
    cluster = trial.session.get_one(Cluster, person.cluster_id)
    cluster.permission_by = f"Somebody {chance.random()}"
