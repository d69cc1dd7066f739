"""Looking after people and duties: reminders agreed to, adverse events, named clinicians, reports made."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from trial.conduct import duties
from trial.conduct.access import Act, permit
from trial.conduct.contact import wishes
from trial.conduct.demonstration.stage import Stage
from trial.conduct.demonstration.story import Harm, ReportMade
from trial.conduct.safety import clocks, disclosing, log
from trial.protocol.contact import EMAIL
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Participant, SafetyEntry
from trial.records.trail import acting

LATER = timedelta(minutes=1)  # no chance is drawn here: the rest of the story stays what it was


def plan(stage: Stage) -> None:
    """Plan what the story tells of harms, clinicians and reports; each is played once."""
    for key, day in stage.story.milestones.items():
        stage.later(day, partial(_day, stage, key))
    for report in stage.story.reports:
        stage.later(report.on, partial(_report, stage, report))
    for harm in stage.story.harms:
        stage.later(harm.heard_on, partial(_harm, stage, harm))
    for key, name in stage.story.clinicians.items():
        stage.later(stage.story.allocation.frozen_on, partial(_clinician, stage, key, name))


def agree(stage: Stage, participant: Participant) -> None:
    """Record by which channels somebody agreed to be reminded; every fourth is not asked yet."""
    plan, number = stage.protocol.contact, stage.enrolled
    if plan is None or not plan.channels or number % 4 == 0:
        return
    channels = [way.channel for way in plan.channels if way.channel == EMAIL or number % 3 == 0]
    with _act(stage, stage.cast.researcher(participant.cluster_id), Act.RECORD_WISHES):
        wishes.record(
            stage.session, stage.protocol, participant, on=stage.on,
            reminders=[one for one in channels if one],
        )  # fmt: skip


@contextmanager
def _act(stage: Stage, by: Actor, name: Act) -> Iterator[None]:
    permit(by, name)
    stage.at += LATER
    with acting(stage.session, by=by, name=name, at=stage.at):
        yield


def _day(stage: Stage, key: str) -> None:
    with _act(stage, stage.cast.of(Role.TRIAL_MANAGER), Act.RECORD_DUTY):
        day = stage.story.milestones[key]
        duties.record_day(stage.session, stage.protocol, key=key, happened_on=day, on=stage.on)


def _report(stage: Stage, made: ReportMade) -> None:
    with _act(stage, stage.cast.of(Role.TRIAL_MANAGER), Act.RECORD_DUTY):
        duties.record_done(
            stage.session, stage.protocol, duty=made.duty, number=made.number, done_on=made.on,
            reference=made.reference, on=stage.on,
        )  # fmt: skip


def _clinician(stage: Stage, key: str, name: str) -> None:
    with _act(stage, stage.cast.of(Role.TRIAL_MANAGER), Act.NAME_CLINICIAN):
        disclosing.name_clinician(
            stage.session, stage.protocol, stage.clusters[key], named=name,
            email=f"clinician.{key}@example.org", on=stage.on,
        )  # fmt: skip


def _harm(stage: Stage, harm: Harm) -> None:
    wanted = select(Participant).order_by(Participant.id).offset(harm.person - 1).limit(1)
    person = stage.session.scalars(wanted).one()
    with _act(stage, stage.cast.researcher(person.cluster_id), Act.RECORD_SAFETY):
        entry = log.record(
            stage.session, stage.protocol, kind=log.ADVERSE, about=person,
            happened_on=harm.happened_on, heard_at=stage.at, term=harm.term,
            seriousness=harm.seriousness, outcome=harm.outcome, description=harm.description,
            at=stage.at,
        )  # fmt: skip
    manager = stage.cast.of(Role.TRIAL_MANAGER)
    with _act(stage, manager, Act.JUDGE_SAFETY):
        expected = bool(entry.expected)
        log.judge(stage.session, stage.protocol, entry, related=harm.related, expected=expected)
    for clock in [one.clock for one in clocks.running(stage.session, stage.protocol, [entry])]:
        with _act(stage, manager, Act.TELL_SAFETY):
            clocks.tell(
                stage.session, stage.protocol, entry, clock=clock.key, told_at=stage.at,
                told_whom="The office, by secure mail", at=stage.at,
            )  # fmt: skip
    if harm.ended_on:
        by = stage.cast.researcher(person.cluster_id)
        stage.later(harm.ended_on, partial(_end, stage, entry.id, by))


def _end(stage: Stage, entry: int, by: Actor) -> None:
    found = stage.session.get_one(SafetyEntry, entry)
    with _act(stage, by, Act.RECORD_SAFETY):
        log.follow_up(
            stage.session, stage.protocol, found, text="Back at home.", outcome="recovered",
            on=stage.on,
        )  # fmt: skip
