"""Who is considered and how far they come: the screening log, scene by scene."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from trial.conduct import eligibility, screening
from trial.conduct.access import Act
from trial.conduct.demonstration.stage import Stage, working_day
from trial.conduct.demonstration.story import Considered
from trial.protocol.eligibility import Criterion
from trial.records.models import Cluster, Screening

AGAIN_AFTER = timedelta(days=45)
LAST_DAYS = 7  # nobody new is considered in the last week of recruitment
MISREAD = "The clinical team’s note was misread."
Then = Callable[[Screening], None]


@dataclass(frozen=True)
class Candidate:
    """One person on their way through the log: where, when, how far, and whether for a second time."""

    cluster: Cluster
    considered_on: date
    path: Considered
    earlier: int | None = None


def plan(stage: Stage) -> None:
    """Plan everybody who is considered and not enrolled."""
    weights = [life.considered for life in stage.story.clusters]
    keys = [life.key for life in stage.story.clusters]
    for path in stage.story.considered:
        for _ in range(path.count * stage.scale):
            (key,) = stage.chance.choices(keys, weights)
            someone = Candidate(stage.clusters[key], _day(stage, path), path)
            consider(stage, someone, partial(_carry_on, stage, someone), again=path.again)


def _day(stage: Stage, path: Considered) -> date:
    first = max(path.from_on or date.min, *(life.opened_on for life in stage.story.clusters))
    closes_on = stage.protocol.recruitment.closes_on
    last = min(closes_on, *(life.closed_on for life in stage.story.clusters))
    span = (last - first).days - LAST_DAYS
    return working_day(first + timedelta(days=stage.chance.randint(0, span)))


def consider(stage: Stage, someone: Candidate, then: Then, *, again: bool) -> None:
    """Plan that somebody is considered, for the second time if ``again``, and what comes ``then``."""
    if again:
        not_ready = Considered(count=1, not_referred=stage.story.not_ready)
        first = Candidate(someone.cluster, someone.considered_on - AGAIN_AFTER, not_ready)
        consider(stage, first, partial(_consider_again, stage, someone, then), again=False)
        return
    decided = someone.considered_on + timedelta(days=stage.chance.randint(0, 4))
    stage.later(decided, partial(_log, stage, someone, then))


def _consider_again(stage: Stage, someone: Candidate, then: Then, earlier: Screening) -> None:
    path = someone.path
    second = Candidate(someone.cluster, someone.considered_on, path, earlier.number)
    consider(stage, second, then, again=False)


def _log(stage: Stage, someone: Candidate, then: Then) -> None:
    path = someone.path
    refused = path.not_referred is not None
    with stage.act(stage.cast.researcher(someone.cluster.id), Act.SCREEN):
        row = screening.consider(
            stage.session,
            stage.protocol,
            someone.cluster,
            considered_on=someone.considered_on,
            referral=screening.NOT_REFERRED if refused else screening.REFERRED,
            decided_by=path.decided_by if refused else stage.chance.choice(stage.story.referring),
            decided_on=stage.on,
            reason=path.mistaken_for or path.not_referred,
            earlier_number=someone.earlier,
            on=stage.on,
        )
    then(row)


def _carry_on(stage: Stage, someone: Candidate, row: Screening) -> None:
    if someone.path.mistaken_for:
        stage.later(stage.on + timedelta(days=20), partial(_correct, stage, someone, row))
    if row.referral == screening.REFERRED and not someone.path.unanswered:
        after = timedelta(days=stage.chance.randint(2, 6))
        stage.later(stage.on + after, partial(_answer_and_go_on, stage, someone.path, row))


def _correct(stage: Stage, someone: Candidate, row: Screening) -> None:
    by = stage.cast.researcher(row.cluster_id)
    with stage.act(by, Act.CORRECT_SCREENING, MISREAD):
        screening.correct(
            stage.session,
            stage.protocol,
            row,
            considered_on=row.considered_on,
            referral=row.referral,
            decided_by=row.decided_by,
            decided_on=row.decided_on,
            reason=someone.path.not_referred,
            on=stage.on,
        )


def _answer_and_go_on(stage: Stage, path: Considered, row: Screening) -> None:
    answer(stage, path, row)
    after = timedelta(days=stage.chance.randint(2, 10))
    if path.not_approached:
        stage.later(stage.on + after, partial(_leave_be, stage, path, row))
    elif path.approached or path.declined:
        stage.later(stage.on + after, partial(_approach_and_ask, stage, path, row))


def answer(stage: Stage, path: Considered, row: Screening) -> None:
    """Answer every criterion: all met, but for the one that the path names."""
    source = stage.chance.choice(stage.story.sources)
    answers = {
        one.key: (_answered(one, path), stage.on, source) for one in stage.protocol.eligibility
    }
    with stage.act(stage.cast.researcher(row.cluster_id), Act.ANSWER_CRITERIA):
        eligibility.answer(stage.session, stage.protocol, row, answers, on=stage.on)


def _answered(criterion: Criterion, path: Considered) -> str:
    if criterion.key == path.unknown:
        return "unknown"
    met = criterion.key != path.failed
    return "yes" if met is (criterion.kind == "include") else "no"


def _leave_be(stage: Stage, path: Considered, row: Screening) -> None:
    with stage.act(stage.cast.researcher(row.cluster_id), Act.APPROACH):
        screening.approach(
            stage.session,
            stage.protocol,
            row,
            approach=screening.NOT_APPROACHED,
            reason=path.not_approached,
            on=stage.on,
        )


def approach(stage: Stage, row: Screening) -> None:
    """Record that somebody was approached today."""
    with stage.act(stage.cast.researcher(row.cluster_id), Act.APPROACH):
        screening.approach(
            stage.session,
            stage.protocol,
            row,
            approach=screening.APPROACHED,
            approached_on=stage.on,
            on=stage.on,
        )


def _approach_and_ask(stage: Stage, path: Considered, row: Screening) -> None:
    approach(stage, row)
    if path.declined:
        after = timedelta(days=stage.chance.randint(1, 14))
        stage.later(stage.on + after, partial(_decline, stage, path.declined, row))


def _decline(stage: Stage, reason: str, row: Screening) -> None:
    with stage.act(stage.cast.researcher(row.cluster_id), Act.APPROACH):
        screening.decline(
            stage.session, stage.protocol, row, declined_on=stage.on, reason=reason, on=stage.on
        )
