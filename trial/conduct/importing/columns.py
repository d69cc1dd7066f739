"""The columns of a table to be imported: whom a row is about, and which answer stands in which cell."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from trial.conduct.forms.saving import OBSERVED
from trial.conduct.refused import Finding, Refused
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL, BY_LETTER, Missing
from trial.protocol.forms.plan import Section
from trial.protocol.forms.reading import Answer, read

NUMBER, CLUSTER, EMPLOYER, VISIT, RECORD = "number", "cluster", "employer", "visit", "record"
MISSING = "_missing"
# What our own exports tell besides the answers: known here already, or worked out.
TOLD = frozenset({"arm", "entered_on", "state", "protocol_version", "protocol_sha256", "entry"})
OF_SCORES = ("", "_band", "_missing", "_reason", "_answered", "_items")
ABOUT = {"participant": NUMBER, "cluster": CLUSTER, "employer": EMPLOYER}
BY_NAME = {code.value.removeprefix("missing: "): code for code in Missing}
PATH = re.compile(r"([a-z][a-z0-9_]*)\.([1-9][0-9]{0,2})\.([a-z][a-z0-9_]*)")
DAY = kinds.DateQuestion(key=OBSERVED, label="Day of observation", kind="date")


class Column(NamedTuple):
    """One column of answers: its name, the path of the answer, the question; or why it is missing."""

    name: str
    path: str
    item: Item
    tells_missing: bool


@dataclass(frozen=True)
class Columns:
    """The columns of a file: those of answers, and those that are left out since nobody types them."""

    answers: tuple[Column, ...]
    left: tuple[str, ...]


def needed(form: FormPlan) -> tuple[str, ...]:
    """The columns that say whom a row is about."""
    about = (ABOUT[form.about],) if form.about in ABOUT else ()
    return (*about, VISIT) if form.occurs == "visit" else about


def offered(form: FormPlan, telling: bool) -> list[tuple[str, Item]]:
    """Every column of answers that a template has: the first repetition stands for the others."""
    return [
        (path_of(section, item, 1), item)
        for section in form.sections
        for item in section.items
        if _is_typed(item) and (telling or not item.unblinds)
    ]


def columns(form: FormPlan, names: Sequence[str], telling: bool) -> Columns:
    """What each column of a file holds; ``telling`` says that whoever imports may know the arm.

    Raises ``Refused`` with a finding for each column that is unknown or lacking.
    """
    answers, left, wrong = [], [], []
    own = {*needed(form), OBSERVED, RECORD}
    derived = _derived(form)
    for name in (name for name in names if name not in own):
        found = _column(form, name, telling)
        if found is not None:
            answers.append(found)
        elif name in derived:
            left.append(name)
        else:
            wrong.append(Finding(f"“{form.name}” has no such question: take the column out.", name))
    for name in needed(form):
        if name not in names:
            wrong.append(Finding("This column is needed: it says whom the row is about.", name))
    if wrong:
        raise Refused.of(wrong)
    return Columns(tuple(answers), tuple(left))


def answers_of(
    given: Columns, cells: dict[str, str]
) -> tuple[dict[str, tuple[str, Answer]], list[Finding]]:
    """The answers in a row, by path with the column's name, and what cannot be read, by column."""
    answers: dict[str, tuple[str, Answer]] = {}
    wrong: list[Finding] = []
    for name, path, item, tells_missing in given.answers:
        text = cells[name]
        if not text:
            continue
        try:
            answer = _missing(text) if tells_missing else read(item, text)
        except ValueError as fault:
            wrong.append(Finding(f"{fault}.", name))
            continue
        if path in answers:
            both = "Give an answer or say why it is missing, not both."
            wrong.append(Finding(both, name))
        elif answer is not None:
            answers[path] = (name, answer)
    return answers, wrong


def day_of(cells: dict[str, str]) -> date | None:
    """The day of observation of a row; None where it is left empty. Raises ``Refused``."""
    text = cells.get(OBSERVED, "")
    try:
        answer = read(DAY, text)
    except ValueError as fault:
        raise Refused(f"{fault}.", OBSERVED) from None
    if answer is None:
        return None
    if answer in ALL:
        raise Refused("The day of observation cannot be missing.", OBSERVED)
    return date.fromisoformat(str(answer))


def _is_typed(item: Item) -> bool:
    return not isinstance(item, kinds.Score | kinds.File)


def _column(form: FormPlan, name: str, telling: bool) -> Column | None:
    for tells_missing in (False, True):
        if tells_missing and not name.endswith(MISSING):
            continue
        path = name.removesuffix(MISSING) if tells_missing else name
        item = _item(form, path)
        if item is not None and _is_typed(item) and (telling or not item.unblinds):
            return Column(name, path, item, tells_missing)
    return None


def _item(form: FormPlan, path: str) -> Item | None:
    """The question of a path, if the form can ask it there."""
    group, row, key = _parts(path)
    for section in form.sections:
        if section.repeats == group and (row is None or row <= section.most):
            found = next((one for one in section.items if one.key == key), None)
            if found is not None:
                return found
    return None


def _parts(path: str) -> tuple[str | None, int | None, str]:
    found = PATH.fullmatch(path)
    return (found[1], int(found[2]), found[3]) if found else (None, None, path)


def _derived(form: FormPlan) -> set[str]:
    """Columns of our exports that say what is known here already, or what is worked out."""
    told = set(TOLD) | {CLUSTER, NUMBER, EMPLOYER, VISIT}
    for section in form.sections:
        told |= set(_untyped(section))
    return told


def _untyped(section: Section) -> Iterator[str]:
    for item in section.items:
        if not _is_typed(item):
            for row in range(1, section.most + 1) if section.repeats else (None,):
                yield from (path_of(section, item, row) + suffix for suffix in OF_SCORES)


def _missing(text: str) -> Answer:
    """A reserved code as people or our exports write it: a letter, its value, or its name."""
    if text in ALL:
        return Missing(text).value
    found = BY_LETTER.get(text.upper()) or BY_NAME.get(text.lower())
    if found is None:
        raise ValueError("Write K, R, N or A: not known, refused, not applicable, not asked")
    return found.value
