"""Filling in the forms of a visit: at once, as a draft first, or by two people; slips and their queries."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from trial.conduct import agreed
from trial.conduct.access import Act
from trial.conduct.demonstration.answering import answers
from trial.conduct.demonstration.stage import Stage
from trial.conduct.demonstration.story import Slip
from trial.conduct.forms import double_entry, entries, saving
from trial.conduct.forms.double_entry import Decision
from trial.conduct.forms.plans import Subject, due_forms, may_enter
from trial.conduct.queries import OPEN, answer, close
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import Answer
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Participant, Query, Record, Visit

MIDDLE = 6
# A trial played many times over fills in the forms of the first so many: enough to look at, and quick.
MOST = 360
SHIFT = 3  # how far a person at a visit lies from the level of the life at most
DRAFTS = 0.02  # the share of forms that are left as a draft
TYPED_WRONG = 0.1  # the share of second entries that differ from the first
LEFT = 0.05  # the share of forms entered twice whose second entry is still to come
SETTLED = "Compared with the paper form."
DAY = timedelta(days=1)


def fill(stage: Stage, participant: Participant, visit: Visit, level: int) -> None:
    """Fill in every form of a visit that the researcher may, on the day of the visit."""
    by = stage.cast.researcher(participant.cluster_id)
    level += stage.chance.randint(-SHIFT, SHIFT)
    subject = Subject(participant=participant, visit=visit)
    held = agreed.by(stage.session, participant)
    for form in due_forms(stage.protocol, visit, None, held):
        if may_enter(by, form, participant.cluster_id):
            _fill_one(stage, by, form, subject, level)


def about_cluster(stage: Stage, key: str) -> None:
    """Fill in the forms that are asked once about a cluster."""
    by, cluster = stage.cast.of(Role.TRIAL_MANAGER), stage.clusters[key]
    for form in stage.protocol.forms:
        if form.about == "cluster" and form.occurs == "once" and may_enter(by, form, cluster.id):
            _save(stage, by, form, Subject(cluster=cluster), answers(stage, form, MIDDLE, {}))


def _fill_one(stage: Stage, by: Actor, form: FormPlan, subject: Subject, level: int) -> None:
    slip = _slip(stage, form, subject)
    told = answers(stage, form, level, {} if slip is None else {slip.item: slip.value})
    if form.double_entry:
        _save(stage, by, form, subject, told, entry=entries.FIRST)
        _enter_again(stage, by, form, subject, told)
        return
    if slip is None and stage.chance.random() < DRAFTS:
        some = dict(list(told.items())[: len(told) // 2])
        _save(stage, by, form, subject, some, complete=False)
        return
    record = _save(stage, by, form, subject, told)
    if slip is not None:
        _look_again(stage, by, form, subject, record, slip)


def _save(
    stage: Stage,
    by: Actor,
    form: FormPlan,
    subject: Subject,
    told: Mapping[str, Answer],
    *,
    record: Record | None = None,
    complete: bool = True,
    entry: int = entries.COUNTS,
    reason: str | None = None,
) -> Record:
    about = subject.participant
    place = {"participant_id": about.id} if about else {"cluster_id": subject.cluster_id}
    seen_on = stage.on if subject.visit is None else subject.visit.done_on
    with stage.act(by, Act.ENTER_FORM, reason, **place):
        return saving.save(
            stage.session, stage.protocol, form, subject, record=record, answers=told,
            observed_on=seen_on, complete=complete, entry=entry, on=stage.on,
        )  # fmt: skip


def _enter_again(
    stage: Stage, by: Actor, form: FormPlan, subject: Subject, told: Mapping[str, Answer]
) -> None:
    """Plan the second entry, by the trial manager, in which something may be typed wrong."""
    second = stage.cast.of(Role.TRIAL_MANAGER)
    if second.id == by.id or not may_enter(second, form, subject.cluster_id):
        return
    if stage.chance.random() < LEFT:
        return
    typed = dict(told)
    if stage.chance.random() < TYPED_WRONG:
        other = answers(stage, form, MIDDLE, {})
        typed |= dict([stage.chance.choice(sorted(other.items()))])
    stage.later(stage.on + DAY, partial(_enter_second, stage, form, subject, typed))


def _enter_second(
    stage: Stage, form: FormPlan, subject: Subject, typed: Mapping[str, Answer]
) -> None:
    by = stage.cast.of(Role.TRIAL_MANAGER)
    _save(stage, by, form, subject, typed, entry=entries.SECOND)
    stage.later(stage.on + DAY, partial(_settle, stage, form, subject))


def _settle(stage: Stage, form: FormPlan, subject: Subject) -> None:
    """The data manager takes the first entry wherever the two differ."""
    pair = entries.pair_of(stage.session, form, subject)
    decided = {one.path: Decision("first", SETTLED) for one in double_entry.differences(form, pair)}
    reason = SETTLED if decided else None
    with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.ADJUDICATE, reason):
        double_entry.settle(stage.session, stage.protocol, form, subject, decided, stage.on)


def _slip(stage: Stage, form: FormPlan, subject: Subject) -> Slip | None:
    """What the story says was told or typed oddly in this form, of those who were enrolled first."""
    person, visit = subject.participant, subject.visit
    if person is None or visit is None:
        return None
    place = (person.id, visit.plan, form.key)
    return next((s for s in stage.story.slips if (s.person, s.visit, s.form) == place), None)


def _look_again(
    stage: Stage, by: Actor, form: FormPlan, subject: Subject, record: Record, slip: Slip
) -> None:
    if slip.becomes is not None:
        scene = partial(_correct, stage, by, form, subject, record, slip)
        stage.later(stage.on + 6 * DAY, scene)
    if slip.answer:
        stage.later(stage.on + 4 * DAY, partial(_answer, stage, by, record, slip))


def _correct(
    stage: Stage, by: Actor, form: FormPlan, subject: Subject, record: Record, slip: Slip
) -> None:
    assert slip.becomes is not None  # only then is it planned
    told = saving.all_answers(record) | {slip.item: slip.becomes}
    _save(stage, by, form, subject, told, record=record, reason=slip.reason)


def _answer(stage: Stage, by: Actor, record: Record, slip: Slip) -> None:
    for query in _open(stage, record):
        with stage.act(by, Act.ANSWER_QUERY):
            answer(stage.session, stage.protocol, query, answer=slip.answer or "", on=stage.on)
        if slip.closed:
            stage.later(stage.on + 5 * DAY, partial(_close, stage, query))


def _close(stage: Stage, query: Query) -> None:
    with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.CLOSE_QUERY):
        close(stage.session, stage.protocol, query, on=stage.on)


def _open(stage: Stage, record: Record) -> list[Query]:
    wanted = select(Query).where(
        Query.table == Record.__tablename__, Query.row == record.id, Query.state == OPEN
    )
    return list(stage.session.scalars(wanted))
