"""Which questions of a form are asked, given the answers so far, and what is wrong with the answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Condition, Item
from trial.protocol.forms.missing import is_missing
from trial.protocol.forms.plan import FormPlan, Section
from trial.protocol.forms.reading import Answer, doubt, refusal

Answers = Mapping[str, Answer]
UNANSWERED = "Answer this, or say why it is missing"


class Asked(NamedTuple):
    """One question as it is asked: ``path`` is the name of its answer in the document.

    It is the item's key, or in a group that repeats ``group.2.key``; ``row`` is then the 2.
    """

    path: str
    item: Item
    section: int
    row: int | None


class Finding(NamedTuple):
    """What is wrong with the answer at a path; one that ``blocks`` cannot be kept."""

    path: str
    message: str
    blocks: bool


@dataclass(frozen=True)
class Sifted:
    """The questions asked, the answers to them, and the paths of answers that fell away."""

    asked: tuple[Asked, ...]
    answers: dict[str, Answer]
    fallen: tuple[str, ...]


def path_of(section: Section, item: Item, row: int | None) -> str:
    """The name of an answer in the document."""
    return item.key if section.repeats is None else f"{section.repeats}.{row}.{item.key}"


def rows_of(section: Section, answers: Answers) -> int:
    """How often a section that repeats was answered; at least once."""
    start = f"{section.repeats}."
    numbers = [path.split(".")[1] for path in answers if path.startswith(start)]
    rows = [int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) <= 3]
    return min(max(rows, default=1), section.most) or 1


def without_telling(form: FormPlan) -> FormPlan:
    """The form without the questions that tell the arm, for whoever must not know it."""
    if not any(item.unblinds for item in form.items):
        return form
    sections = [
        one.model_copy(update={"items": tuple(i for i in one.items if not i.unblinds)})
        for one in form.sections
    ]
    return form.model_copy(update={"sections": tuple(one for one in sections if one.items)})


def sift(form: FormPlan, answers: Answers) -> Sifted:
    """Ask the form with these answers: each question only if its conditions hold by then.

    Answers to questions not asked, and to none at all, fall away.
    """
    standing: dict[str, Answer] = {}
    asked: list[Asked] = []
    for place, section in enumerate(form.sections):
        for row in range(1, rows_of(section, answers) + 1) if section.repeats else (None,):
            for item in section.items:
                if not _asked(section, item, row, standing):
                    continue
                path = path_of(section, item, row)
                asked.append(Asked(path, item, place, row))
                if path in answers and not isinstance(item, kinds.Score):
                    standing[path] = answers[path]
    fallen = tuple(sorted(set(answers) - set(standing)))
    return Sifted(tuple(asked), standing, fallen)


def findings(form: FormPlan, sifted: Sifted, on: date, *, complete: bool) -> Iterator[Finding]:
    """What is wrong with each answer on its own; unanswered questions only of a ``complete`` form."""
    for path, item, _, row in sifted.asked:
        answer = sifted.answers.get(path)
        if answer is None:
            if complete and item.required and not _empty_row(form, sifted, path, row):
                yield Finding(path, UNANSWERED, blocks=True)
            continue
        refused = refusal(item, answer, on)
        if refused:
            yield Finding(path, refused, blocks=True)
        elif doubted := doubt(item, answer):
            yield Finding(path, doubted, blocks=False)


def _empty_row(form: FormPlan, sifted: Sifted, path: str, row: int | None) -> bool:
    """Whether a repetition holds no answer at all: a page always shows one more than there are."""
    if row is None:
        return False
    start = path.rpartition(".")[0] + "."
    return not any(one.startswith(start) for one in sifted.answers)


def _asked(section: Section, item: Item, row: int | None, standing: Answers) -> bool:
    here = {one.key for one in section.items} if section.repeats else set()
    for condition in (*section.when, *item.when):
        path = condition.item
        if path in here and condition in item.when:
            path = f"{section.repeats}.{row}.{condition.item}"
        if not holds(condition, standing.get(path)):
            return False
    return True


def holds(condition: Condition, answer: Answer | None) -> bool:
    """Whether an answer meets a condition; a missing one meets it only if it is named."""
    if answer is None:
        return False
    chosen = {answer, *str(answer).split()}
    if condition.equals:
        return bool(chosen & set(condition.equals))
    if is_missing(answer):
        return False
    if condition.at_least is None and condition.at_most is None:
        return True
    try:
        value = Decimal(str(answer))
    except InvalidOperation:
        return False
    above = condition.at_least is None or value >= condition.at_least
    return above and (condition.at_most is None or value <= condition.at_most)
