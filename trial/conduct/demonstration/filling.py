"""Filling in the forms of a visit with plausible answers, whatever the protocol asks."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from trial.conduct.access import Act
from trial.conduct.demonstration.stage import Stage
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, due_forms, may_enter
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import sift
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import Missing
from trial.protocol.forms.reading import Answer
from trial.protocol.roles import Role
from trial.records.models import Participant, Visit

MIDDLE = 6
# A trial played many times over fills in the forms of the first so many: enough to look at, and quick.
MOST = 360
MISSING = 0.03  # the share of questions that somebody does not answer
SHIFT = 3  # how far a person at a visit lies from the level of the life at most
APART = 2  # how far an answer on a scale lies from that at most
SAID = "Told in the person’s own words."


def fill(stage: Stage, participant: Participant, visit: Visit, level: int) -> None:
    """Fill in every form of a visit that the researcher may, on the day of the visit."""
    by = stage.cast.researcher(participant.cluster_id)
    level += stage.chance.randint(-SHIFT, SHIFT)
    for form in due_forms(stage.protocol, visit, None):
        if not may_enter(by, form, participant.cluster_id):
            continue
        with stage.act(by, Act.ENTER_FORM, participant_id=participant.id):
            saving.save(
                stage.session, stage.protocol, form,
                Subject(participant=participant, visit=visit),
                answers=_answers(stage, form, level), observed_on=visit.done_on, complete=True,
                on=stage.on,
            )  # fmt: skip


def about_cluster(stage: Stage, key: str) -> None:
    """Fill in the forms that are asked once about a cluster."""
    by, cluster = stage.cast.of(Role.TRIAL_MANAGER), stage.clusters[key]
    for form in stage.protocol.forms:
        if form.about == "cluster" and form.occurs == "once" and may_enter(by, form, cluster.id):
            with stage.act(by, Act.ENTER_FORM, cluster_id=cluster.id):
                saving.save(
                    stage.session, stage.protocol, form, Subject(cluster=cluster),
                    answers=_answers(stage, form, MIDDLE), observed_on=stage.on, complete=True,
                    on=stage.on,
                )  # fmt: skip


def _answers(stage: Stage, form: FormPlan, level: int) -> Mapping[str, Answer]:
    """An answer to every question that is asked given the others; some are missing."""
    made: dict[str, Answer] = {}
    for section in form.sections:
        for item in section.items:
            if isinstance(item, kinds.Score | kinds.File):
                continue
            path = f"{section.repeats}.1.{item.key}" if section.repeats else item.key
            given = _answer(stage, item, level)
            missing = stage.chance.random() < MISSING
            made[path] = Missing.REFUSED.value if missing else given
    asked: Mapping[str, Answer] = sift(form, made).answers
    return asked


def _answer(stage: Stage, item: Item, level: int) -> Answer:
    return ANSWERS[item.kind](stage, item, level)


def _scale(stage: Stage, item: Any, level: int) -> Answer:
    share = min(max(level + stage.chance.randint(-APART, APART), 0), 10) / 10
    return int(item.least + round(share * (item.most - item.least)))


def _within(stage: Stage, item: Any, level: int) -> Answer:
    low, high = item.usual or item.between
    return stage.chance.randint(int(low), int(low + (high - low) / 3))


def _decimal(stage: Stage, item: Any, level: int) -> Answer:
    low, high = (Decimal(end) for end in item.usual or item.between)
    value = low + (high - low) * Decimal(stage.chance.randint(0, 400)) / 1000
    return f"{value:.{item.places}f}"


ANSWERS: Mapping[str, Callable[[Stage, Any, int], Answer]] = {
    "choice": lambda stage, item, level: stage.chance.choice(item.codes).key,
    "several": lambda stage, item, level: stage.chance.choice(item.codes).key,
    "yes-no": lambda stage, item, level: stage.chance.choice(("yes", "no")),
    "whole": _within,
    "decimal": _decimal,
    "date": lambda stage, item, level: stage.on.isoformat(),
    "time": lambda stage, item, level: f"{stage.chance.randint(9, 16):02d}:30",
    "text": lambda stage, item, level: SAID,
    "scale": _scale,
}
