"""What becomes of a participant: visits, queries about them, and withdrawal, scene by scene."""

from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from trial.conduct import queries, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.demonstration import contacting, filling
from trial.conduct.demonstration.stage import Stage, working_day
from trial.conduct.demonstration.story import Leaving, Life, Question, Seen
from trial.protocol.roles import Role
from trial.protocol.visits import SKIPPED
from trial.records.models import Participant, Query, Visit

FIRST_VISIT = Seen(after=3)
MISTYPED = "The day was mistyped: the appointment book says otherwise."


def plan(stage: Stage, participant: Participant, life: Life) -> None:
    """Plan the visits of a participant, and the withdrawal if there is one."""
    for visit in _visits(stage, participant):
        seen = life.visits.get(visit.plan)
        if seen is not None:
            day = _day(visit, seen)
            if stage.enrolled <= filling.MOST:
                contacting.plan(stage, participant, visit, day, bool(seen.missed))
            stage.later(day, partial(_see, stage, participant, visit, life, seen))
    if life.withdrawal:
        day = participant.enrolled_on + timedelta(days=life.withdrawal.after)
        stage.later(day, partial(_withdraw, stage, participant, life.withdrawal))


def plan_first_visit(stage: Stage, participant: Participant) -> None:
    """Plan the baseline visit of somebody whose further life is told when the arms are known."""
    visit, life = _visits(stage, participant)[0], Life(visits={})
    scene = partial(_see, stage, participant, visit, life, FIRST_VISIT)
    stage.later(_day(visit, FIRST_VISIT), scene)


def seen_on(stage: Stage, participant: Participant, life: Life) -> list[date]:
    """The days on which a participant is seen, and can tell what has happened."""
    found = _visits(stage, participant)
    told = {v: life.visits[v.plan] for v in found if v.plan in life.visits}
    return sorted(working_day(_day(v, seen)) for v, seen in told.items() if not seen.missed)


def _visits(stage: Stage, participant: Participant) -> list[Visit]:
    wanted = select(Visit).where(Visit.participant_id == participant.id).order_by(Visit.due_on)
    return list(stage.session.scalars(wanted))


def _day(visit: Visit, seen: Seen) -> date:
    return visit.due_on + timedelta(days=seen.after)


def _see(stage: Stage, participant: Participant, visit: Visit, life: Life, seen: Seen) -> None:
    if visit.reason == SKIPPED.key:
        return
    with stage.act(stage.cast.researcher(participant.cluster_id), Act.RECORD_VISIT):
        if seen.missed:
            visits.record_missed(
                stage.session, stage.protocol, visit, reason=seen.missed, on=stage.on
            )
            return
        day = stage.on - timedelta(days=seen.mistyped_by)
        visits.record_done(
            stage.session,
            stage.protocol,
            visit,
            done_on=day,
            working=_working(stage, participant, life),
            history_known_until=day,
            on=stage.on,
        )
    if stage.story.fills_forms and stage.enrolled <= filling.MOST:
        filling.fill(stage, participant, visit, life.levels.get(visit.plan, filling.MIDDLE))
    _plan_later(stage, participant, visit, life)
    if seen.mistyped_by:
        scene = partial(_correct, stage, participant, visit, stage.on)
        stage.later(stage.on + timedelta(days=6), scene)
    if life.question and life.question.visit == visit.plan:
        scene = partial(_ask, stage, participant, visit, life.question)
        stage.later(stage.on + timedelta(days=3), scene)


def _plan_later(stage: Stage, participant: Participant, done: Visit, life: Life) -> None:
    """Plan the visits of the life that are counted from one that was done just now."""
    counted = {one.key for one in stage.protocol.visits if one.counted_from == done.plan}
    for visit in _visits(stage, participant):
        seen = life.visits.get(visit.plan)
        if seen is not None and visit.plan in counted:
            stage.later(_day(visit, seen), partial(_see, stage, participant, visit, life, seen))


def _working(stage: Stage, participant: Participant, life: Life) -> str | None:
    """Whether the life has an open job on this day; nothing where work is not asked about."""
    if stage.protocol.employment is None:
        return None
    open_kinds = {kind.key for kind in stage.protocol.work.kinds if kind.open}
    passed = (stage.on - participant.enrolled_on).days
    jobs = [one for one in life.spells if one.kind in open_kinds and one.starts <= passed]
    on_going = any(one.lasts is None or passed <= one.starts + one.lasts for one in jobs)
    return "yes" if on_going else "no"


def _correct(stage: Stage, participant: Participant, visit: Visit, done_on: date) -> None:
    by = stage.cast.researcher(participant.cluster_id)
    with stage.act(by, Act.RECORD_VISIT, MISTYPED):
        visits.correct(
            stage.session,
            stage.protocol,
            visit,
            state=visits.DONE,
            done_on=done_on,
            working=visit.working,
            history_known_until=done_on,
            on=stage.on,
        )


def _ask(stage: Stage, participant: Participant, visit: Visit, question: Question) -> None:
    with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.RAISE_QUERY):
        query = queries.raise_by_person(
            stage.session,
            stage.protocol,
            participant,
            table=Visit.__tablename__,
            row=visit.id,
            item=question.item,
            text=question.text,
            on=stage.on,
        )
    if question.answer:
        by = stage.cast.researcher(participant.cluster_id)
        act = partial(answer, stage, query, question.answer, by.role, question.close)
        stage.later(stage.on + timedelta(days=4), act)


def answer(stage: Stage, query: Query, text: str, role: Role, close: bool) -> None:
    """The site answers a query; the data manager may close it some days later."""
    ours = role is Role.RESEARCHER
    assert query.cluster_id is not None  # the story asks about people only
    by = stage.cast.researcher(query.cluster_id) if ours else stage.cast.of(role)
    with stage.act(by, Act.ANSWER_QUERY):
        queries.answer(stage.session, stage.protocol, query, answer=text, on=stage.on)
    if close:
        stage.later(stage.on + timedelta(days=5), partial(_close, stage, query))


def _close(stage: Stage, query: Query) -> None:
    with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.CLOSE_QUERY):
        queries.close(stage.session, stage.protocol, query, on=stage.on)


def _withdraw(stage: Stage, participant: Participant, leaving: Leaving) -> None:
    with stage.act(stage.cast.researcher(participant.cluster_id), Act.WITHDRAW):
        withdrawal.withdraw(
            stage.session,
            stage.protocol,
            participant,
            levels=set(leaving.levels),
            happened_on=stage.on,
            reason=leaving.reason,
            note=leaving.note,
            on=stage.on,
        )
