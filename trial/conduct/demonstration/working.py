"""The work of a participant: spells, changes of hours and pay, corrections, scene by scene."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from trial.conduct import employment
from trial.conduct.access import Act
from trial.conduct.demonstration.following import answer, seen_on
from trial.conduct.demonstration.stage import Stage
from trial.conduct.demonstration.story import Life, Raise, Work
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Participant, Query, Spell

TOLD_AFTER = timedelta(days=5)
TWICE = "Entered twice by mistake."
SWAPPED = "The decimal point was in the wrong place; the contract was seen."
PAYSLIP = "A payslip with the day was seen."


@dataclass(frozen=True)
class Job:
    """One spell of one participant, with the days on which somebody hears of it."""

    participant: Participant
    work: Work
    told: tuple[date, ...] | None

    @property
    def started_on(self) -> date:
        """The day on which it began."""
        return self.participant.enrolled_on + timedelta(days=self.work.starts)

    @property
    def ended_on(self) -> date | None:
        """The last day worked, if it ended."""
        lasts = self.work.lasts
        return None if lasts is None else self.started_on + timedelta(days=lasts)

    def heard_on(self, day: date) -> date | None:
        """When the trial hears of a day: soon, or at the next visit; None if there is none."""
        if self.told is None:
            return day + TOLD_AFTER
        return next((visit for visit in self.told if visit >= day), None)


def plan(stage: Stage, participant: Participant, life: Life) -> None:
    """Plan how the work of a participant is heard of: from the employment specialist, or at a visit."""
    told = None if life.intervention else tuple(seen_on(stage, participant, life))
    for work in life.spells:
        job = Job(participant, work, told)
        heard = job.heard_on(job.started_on)
        if heard is not None:
            stage.later(heard, partial(_record, stage, job))


def _by(stage: Stage, job: Job) -> Actor:
    """Who records: the employment specialist where there is one, else the researcher."""
    if job.told is None:
        return stage.cast.of(Role.EMPLOYMENT_SPECIALIST)
    return stage.cast.researcher(job.participant.cluster_id)


def _record(stage: Stage, job: Job) -> None:
    spell = _enter(stage, job)
    if job.ended_on and spell.ended_on is None:
        heard = job.heard_on(job.ended_on)
        if heard is not None:
            stage.later(heard, partial(_end, stage, job, spell))
    for change in job.work.raises:
        heard = job.heard_on(change.on)
        if heard is not None and change.on > job.started_on:
            stage.later(heard, partial(_raise, stage, job, spell, change))
    _plan_corrections(stage, job, spell)


def _plan_corrections(stage: Stage, job: Job, spell: Spell) -> None:
    work = job.work
    if work.mistyped_pay is not None:
        _soon(stage, 6, partial(_correct_pay, stage, job, spell))
    if work.payslip_seen:
        _soon(stage, 20, partial(_correct_start, stage, job, spell))
    if work.entered_twice:
        _soon(stage, 9, partial(_void, stage, job, _enter(stage, job)))
    if work.answer:
        _soon(stage, 12, partial(_answer, stage, job, spell, work.answer))


def _soon(stage: Stage, days: int, scene: Any) -> None:
    stage.later(stage.on + timedelta(days=days), scene)


def _enter(stage: Stage, job: Job) -> Spell:
    work = job.work
    ended = job.ended_on if job.ended_on and job.ended_on <= stage.on else None
    pay = work.mistyped_pay or work.pay
    with stage.act(_by(stage, job), Act.RECORD_SPELL):
        return employment.record_spell(
            stage.session,
            stage.protocol,
            job.participant,
            kind=work.kind,
            job_title=work.title,
            sector=work.sector,
            started_on=job.started_on,
            start_day_known=not work.month_only,
            ended_on=ended,
            end_day_known=ended is None or not work.month_only,
            ending_reason=work.ending_reason if ended else None,
            weekly_hours=work.hours,
            pay=pay,
            pay_period=work.period if pay is not None else None,
            found_with_specialist=work.helped,
            disclosed_mental_health=work.disclosed_mental_health,
            disclosed_offending=work.disclosed_offending,
            source="person",
            on=stage.on,
        )


def _end(stage: Stage, job: Job, spell: Spell) -> None:
    assert job.ended_on is not None
    with stage.act(_by(stage, job), Act.RECORD_SPELL):
        employment.end_spell(
            stage.session,
            stage.protocol,
            spell,
            ended_on=job.ended_on,
            end_day_known=not job.work.month_only,
            ending_reason=job.work.ending_reason,
            on=stage.on,
        )


def _raise(stage: Stage, job: Job, spell: Spell, change: Raise) -> None:
    with stage.act(_by(stage, job), Act.RECORD_SPELL):
        employment.add_term(
            stage.session,
            stage.protocol,
            spell,
            from_on=change.on,
            weekly_hours=change.hours,
            pay=change.pay,
            pay_period=job.work.period,
            on=stage.on,
        )


def _correct_pay(stage: Stage, job: Job, spell: Spell) -> None:
    with stage.act(_by(stage, job), Act.CORRECT_SPELL, SWAPPED):
        employment.correct_term(
            stage.session, stage.protocol, spell.terms[0], pay=job.work.pay, on=stage.on
        )


def _correct_start(stage: Stage, job: Job, spell: Spell) -> None:
    known = {"started_on": job.started_on, "start_day_known": True, "source": "payslip"}
    with stage.act(_by(stage, job), Act.CORRECT_SPELL, PAYSLIP):
        employment.correct_spell(stage.session, stage.protocol, spell, on=stage.on, **known)


def _void(stage: Stage, job: Job, spell: Spell) -> None:
    with stage.act(stage.cast.researcher(spell.cluster_id), Act.VOID_SPELL, TWICE):
        employment.void_spell(stage.session, stage.protocol, spell, on=stage.on)


def _answer(stage: Stage, job: Job, spell: Spell, text: str) -> None:
    terms = [term.id for term in spell.terms]
    wanted = select(Query).where(Query.table == "term", Query.row.in_(terms))
    for query in stage.session.scalars(wanted).all():
        answer(stage, query, text, _by(stage, job).role, close=False)
