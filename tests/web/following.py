"""People in follow-up behind the pages, for the tests of those pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.conduct.recruiting import MANAGER, Recruiting
from trial.conduct import begin, employment
from trial.conduct.access import Act
from trial.protocol import Protocol
from trial.records.models import Cluster, Participant, Spell
from trial.records.trail import acting
from trial.web.database import db

JOB = {
    "kind": "open", "started_on": date(2015, 11, 2), "source": "payslip", "job_title": "Porter",
    "weekly_hours": Decimal(20), "pay": Decimal("7.50"), "pay_period": "hour",
}  # fmt: skip


def playing(app: Flask, protocol: Protocol, does: Callable[[Recruiting], Any]) -> Any:
    """Do something in the trial behind the application, and give back what it gives."""
    with app.app_context():
        found = does(Recruiting(db.session(), protocol))
        db.session.remove()
        return found


def enrolled(app: Flask, protocol: Protocol, key: str = "city-forensic") -> int:
    """The number of somebody enrolled on 12 October 2015 in a cluster, opened if need be."""

    def play(trial: Recruiting) -> int:
        cluster = begin.cluster_of(trial.session, key)
        if cluster.opened_on is None:
            trial.open(cluster)
        return trial.participant(cluster).id

    return int(playing(app, protocol, play))


def worked(app: Flask, protocol: Protocol, person: int, **what: Any) -> int:
    """The number of a spell of work of somebody."""

    def play(trial: Recruiting) -> int:
        participant = trial.session.get_one(Participant, person)
        told = JOB | what
        if "found_with_specialist" in told:
            seen = frozenset({participant.cluster_id})
            trial = replace(trial, by=replace(MANAGER, revealed=seen))
        spell: Spell = trial.does(Act.RECORD_SPELL, employment.record_spell, participant, **told)
        return spell.id

    return int(playing(app, protocol, play))


def reveal(app: Flask, protocol: Protocol, key: str, arm: str) -> int:
    """Give a cluster a revealed arm, as the end of an allocation would."""

    def play(trial: Recruiting) -> int:
        cluster = trial.session.scalars(select(Cluster).where(Cluster.key == key)).one()
        with acting(trial.session, by=MANAGER, name=Act.REVEAL_ARM):
            cluster.allocated_on = cluster.revealed_on = date(2015, 12, 1)
            cluster.arm = arm
        return cluster.id

    return int(playing(app, protocol, play))
