"""Signing off: the trial manager signs forms, one is corrected afterwards, and a cluster is frozen."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from trial.conduct import holds, signing
from trial.conduct.access import Act
from trial.conduct.demonstration.stage import Stage
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of, may_enter
from trial.protocol.roles import Role
from trial.records.holds import FROZEN
from trial.records.models import Participant, Record, Visit

MEANING = "I have reviewed these data and confirm that they are accurate and complete."
MISTYPED = "The interview was a day earlier: the appointment book says so."
CLEANED = "Every visit of this cluster is recorded and its queries are closed."
SIGNED = 6
LAST_WEEKS, CORRECTED = timedelta(days=16), timedelta(days=7)


def plan(stage: Stage) -> None:
    """Plan the signatures for the last weeks, and a correction that makes one of them invalid."""
    if stage.story.fills_forms:
        stage.later(stage.story.today - LAST_WEEKS, partial(_sign, stage))


def freeze(stage: Stage) -> None:
    """Freeze the last cluster of the story: nothing more is to come there."""
    if stage.story.fills_forms:
        cluster = stage.clusters[stage.story.clusters[-1].key]
        with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.HOLD, CLEANED, cluster_id=cluster.id):
            holds.place(stage.session, stage.protocol, cluster, FROZEN)


def _sign(stage: Stage) -> None:
    """Sign the follow-up forms of the last visit that ask for it, as far as they can be."""
    signed = [form.key for form in stage.protocol.forms if form.signed]
    wanted = (
        select(Record)
        .join(Visit, Visit.id == Record.visit_id)
        .where(Record.form.in_(signed), Visit.plan == stage.protocol.visits[-1].key)
        .order_by(Record.id)
    )
    by, made = stage.cast.of(Role.TRIAL_MANAGER), list[Record]()
    for record in stage.session.scalars(wanted).all():
        if len(made) < SIGNED and not signing.obstacles(
            stage.session, stage.protocol, record, stage.on
        ):
            with stage.act(by, Act.SIGN_RECORD):
                signing.sign(stage.session, stage.protocol, record, MEANING)
            made.append(record)
    if made:
        stage.later(stage.on + CORRECTED, partial(_correct, stage, made[0]))


def _correct(stage: Stage, record: Record) -> None:
    assert record.participant_id is not None and record.observed_on is not None
    person = stage.session.get_one(Participant, record.participant_id)
    visit = stage.session.get(Visit, record.visit_id)
    form, by = form_of(stage.protocol, record.form), stage.cast.researcher(person.cluster_id)
    if not may_enter(by, form, person.cluster_id):
        return
    with stage.act(by, Act.ENTER_FORM, MISTYPED, participant_id=person.id):
        saving.save(
            stage.session, stage.protocol, form, Subject(participant=person, visit=visit),
            record=record, answers=saving.all_answers(record),
            observed_on=record.observed_on - timedelta(days=1), complete=True, on=stage.on,
        )  # fmt: skip
