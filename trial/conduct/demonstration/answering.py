"""Invented answers to any form: as the story says they are told, else whatever the question takes."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from trial.conduct.demonstration.stage import Stage
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of, sift
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import Missing
from trial.protocol.forms.reading import Answer

MISSING = 0.01  # the share of questions that somebody does not answer
WHY = (Missing.REFUSED, Missing.REFUSED, Missing.NOT_KNOWN, Missing.NOT_ASKED)
APART = 2  # how far an answer on a scale lies from the level of the person at most
SAID = "Told in the person’s own words."
Answers = Mapping[str, Answer]


def answers(stage: Stage, form: FormPlan, level: int, said: Answers) -> dict[str, Answer]:
    """An answer to every question that is asked given the others; some are missing.

    ``level`` is how the person fares, from 0 to 10; ``said`` are answers that the story wants.
    """
    turned = {key for item in form.items if isinstance(item, kinds.Score) for key in item.reverse}
    made: dict[str, Answer] = {}
    for section in form.sections:
        for item in section.items:
            if not isinstance(item, kinds.Score | kinds.File):
                row = 1 if section.repeats else None
                made[path_of(section, item, row)] = _answer(stage, form, item, level, turned)
    return sift(form, {**made, **said}).answers


def _answer(
    stage: Stage, form: FormPlan, item: Item, level: int, turned: Collection[str]
) -> Answer:
    if stage.chance.random() < MISSING:
        return stage.chance.choice(WHY).value
    likely = stage.story.answers.get(form.key, {}).get(item.key, ())
    if likely:
        return stage.chance.choice(likely)
    fares = 10 - level if item.key in turned else level
    return ANSWERS[item.kind](stage, item, fares)


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
