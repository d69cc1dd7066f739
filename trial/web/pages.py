"""A form of the protocol as a page: what each question shows, and what was typed read back as answers.

Agreed names, for everything that keeps or shows again what was typed:

- a box has the name of its item's path, dots kept: ``hours``, ``jobs.2.title``;
- a date has three boxes: ``path-day``, ``path-month``, ``path-year``;
- why an answer is missing is a letter in a box that takes no words, one more answer among radios and in a
  drop-down, and else ``path-missing`` (K, R, N or A); a file is taken away by ``path-remove``;
- a group that repeats says how many repetitions the page shows: ``jobs-rows``;
- what is not an answer begins ``page-``: ``page-observed_on-day`` and so on, ``page-version``,
  ``page-reason``, ``page-once``, ``page-csrf_token``, and the buttons ``page-save`` and ``page-add``.

``typed`` is always such names with the texts sent under each: ``request.form.to_dict(flat=False)``.
The page of some answers, sent back untouched, reads as the same answers.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trial.protocol import typed as tidying
from trial.protocol.forms import FormPlan, Section
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of, rows_of, sift
from trial.protocol.forms.items import Condition, Item
from trial.protocol.forms.missing import LETTERS, is_missing
from trial.protocol.forms.reading import REAL_DATE, Answer, read
from trial.web import boxes
from trial.web.boxes import BOXES, MISSING, REMOVE, Option, Raw, first

OBSERVED = "page-observed_on"
ROWS, MANY_DIGITS = "rows", 4
Known = Mapping[str, Answer]


@dataclass(frozen=True)
class Question:
    """One question as the page shows it; ``texts`` are what its boxes hold."""

    path: str
    item: Item
    shape: str
    texts: Mapping[str, str]
    options: tuple[Option, ...] = ()
    codes: tuple[Option, ...] = ()
    fault: str = ""
    asked: bool = True
    when: str = ""
    answer: Answer | None = None

    @property
    def focus(self) -> str:
        """The element that a link in the error summary goes to."""
        return f"{self.path}-day" if self.shape == "date" else self.path

    @property
    def name(self) -> str:
        """The question in its own words, with the number of its repetition."""
        group = self.path.split(".")
        return f"{self.item.label} ({group[1]})" if len(group) > 2 else self.item.label

    @property
    def text(self) -> str:
        """What the one box of the question holds."""
        return self.texts.get("", "")

    @property
    def conditional(self) -> bool:
        """Whether the question is asked only after some answers."""
        return bool(self.when)


@dataclass(frozen=True)
class Block:
    """A section, or one repetition of a section that repeats."""

    number: int
    section: Section
    row: int | None
    rows: int
    questions: tuple[Question, ...]
    anchors: tuple[tuple[str, str], ...] = ()

    @property
    def anchor(self) -> str:
        """The name of its heading in the page."""
        return f"section-{self.number}" + (f"-{self.row}" if (self.row or 1) > 1 else "")

    @property
    def asked(self) -> bool:
        """Whether any of its questions is asked."""
        return any(one.asked for one in self.questions)

    @property
    def is_last(self) -> bool:
        """Whether no further repetition is shown after it."""
        return self.row is not None and self.row == self.rows

    @property
    def may_add(self) -> bool:
        """Whether one more repetition can be asked for."""
        return self.is_last and self.rows < self.section.most


@dataclass(frozen=True)
class Page:
    """A whole form, ready to be shown."""

    form: FormPlan
    observed: Question
    blocks: tuple[Block, ...]
    version: int | None = None
    reason: str = ""

    @property
    def questions(self) -> Iterator[Question]:
        """Every question, the day of observation first."""
        yield self.observed
        for block in self.blocks:
            yield from block.questions

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every message with the element that its link goes to, in the order of the page."""
        return [(one.focus, f"{one.name}: {one.fault}") for one in self.questions if one.fault]

    @property
    def has_files(self) -> bool:
        """Whether something is uploaded here, so that the page is sent in parts."""
        return any(one.shape == "file" for one in self.questions)

    @property
    def has_more(self) -> bool:
        """Whether answers decide what is asked next."""
        return any(one.conditional for one in self.questions)


@dataclass(frozen=True)
class Typed:
    """What was typed, as answers; ``faults`` say by path what could not be read."""

    answers: dict[str, Answer]
    observed_on: date | None
    faults: dict[str, str] = field(default_factory=dict)


def page_of(
    form: FormPlan,
    *,
    answers: Known,
    observed_on: date | None,
    typed: Raw | None = None,
    version: int | None = None,
    faults: Mapping[str, str] | None = None,
    more: str = "",
) -> Page:
    """The page of a form: with its answers, or (``typed``) with exactly what was typed.

    ``version`` is that of the record the page is made from. ``faults`` are messages by path, the day
    of observation under ``OBSERVED``. ``more`` is a group that shows one repetition more.
    """
    raw = spelled_out(form, answers, observed_on) if typed is None else typed
    read_now = read_page(form, raw, answers)
    asked = {one.path for one in sift(form, read_now.answers).asked}
    shown = _Shown(raw, read_now.answers, asked, faults or {})
    blocks = tuple(_blocks(form, shown, more))
    return Page(form, _observed(form, shown), blocks, version, _clean(raw, "page-reason"))


def read_page(form: FormPlan, typed: Raw, kept: Known | None = None) -> Typed:
    """What was typed into a page, as answers; questions that are not asked have no faults.

    ``kept`` are the answers that the record holds: its files stay unless they are taken away.
    """
    answers: dict[str, Answer] = {}
    faults: dict[str, str] = {}
    for _, section, row in _places(form, typed):
        for item in section.items:
            path = path_of(section, item, row)
            try:
                answer = _read(item, path, typed, kept or {})
            except ValueError as wrong:
                faults[path] = str(wrong)
                continue
            if answer is not None:
                answers[path] = answer
    asked = {one.path for one in sift(form, answers).asked}
    faults = {path: message for path, message in faults.items() if path in asked}
    day = observed_item(form)
    try:
        observed = read(day, boxes.joined(day, OBSERVED, typed))
        if is_missing(observed):
            raise ValueError(REAL_DATE)
    except ValueError as wrong:
        observed, faults[OBSERVED] = None, str(wrong)
    return Typed(answers, None if observed is None else date.fromisoformat(str(observed)), faults)


def spelled_out(form: FormPlan, answers: Known, observed_on: date | None) -> dict[str, list[str]]:
    """What a browser sends for a page with these answers: the boxes that hold something, by name."""
    raw: dict[str, list[str]] = {}
    for section in form.sections:
        rows: Iterable[int | None] = (None,)
        if section.repeats:
            raw[f"{section.repeats}-{ROWS}"] = [str(rows_of(section, answers))]
            rows = range(1, rows_of(section, answers) + 1)
        for row in rows:
            for item in section.items:
                path = path_of(section, item, row)
                if path in answers:
                    raw |= boxes.sent(item, path, answers[path])
    if observed_on is not None:
        raw |= boxes.sent(observed_item(form), OBSERVED, observed_on.isoformat())
    return raw


def observed_item(form: FormPlan) -> kinds.DateQuestion:
    """The day of observation as a question."""
    return kinds.DateQuestion(kind="date", key="observed_on", label=form.observed)


@dataclass(frozen=True)
class _Shown:
    """What the questions of one page are made from."""

    raw: Raw
    answers: Known
    asked: set[str]
    faults: Mapping[str, str]


def _read(item: Item, path: str, raw: Raw, kept: Known) -> Answer | None:
    text = boxes.joined(item, path, raw)
    if isinstance(item, kinds.File) and not text:
        return None if first(raw, f"{path}-{REMOVE}") else kept.get(path)
    return None if isinstance(item, kinds.Score) else read(item, text)


def _places(form: FormPlan, raw: Raw) -> Iterator[tuple[int, Section, int | None]]:
    """Each section with its place, once for each of its repetitions on the page."""
    for number, section in enumerate(form.sections, start=1):
        if section.repeats is None:
            yield number, section, None
            continue
        for row in range(1, _rows(section, raw) + 1):
            yield number, section, row


def _rows(section: Section, raw: Raw) -> int:
    """How many repetitions a page shows: as it says itself, else as its boxes are named."""
    said = first(raw, f"{section.repeats}-{ROWS}")
    if said.isascii() and said.isdigit() and len(said) < MANY_DIGITS:
        return max(1, min(int(said), section.most))
    return rows_of(section, {name.partition("-")[0]: "" for name in raw})


def _blocks(form: FormPlan, shown: _Shown, more: str) -> Iterator[Block]:
    for number, section, row in _places(form, shown.raw):
        rows = _rows(section, shown.raw) if section.repeats else 1
        anchors = _anchors(section)
        added = bool(section.repeats) and section.repeats == more and rows < section.most
        questions = _questions(section, row, shown)
        yield Block(number, section, row, rows + added, questions, anchors)
        if added and row == rows:
            extra = _Shown({}, {}, shown.asked | _fresh(section, rows + 1), {})
            yield Block(
                number, section, rows + 1, rows + 1, _questions(section, rows + 1, extra), anchors
            )


def _fresh(section: Section, row: int) -> set[str]:
    """The questions of an empty repetition that are asked at once."""
    return {path_of(section, item, row) for item in section.items if not item.when}


def _questions(section: Section, row: int | None, shown: _Shown) -> tuple[Question, ...]:
    return tuple(_question(section, item, row, shown) for item in section.items)


def _question(section: Section, item: Item, row: int | None, shown: _Shown) -> Question:
    path = path_of(section, item, row)
    conditions = [_condition(section, row, one, one in item.when) for one in _when(section, item)]
    return _made(
        item,
        path,
        shown,
        asked=path in shown.asked,
        when=json.dumps(conditions) if conditions else "",
    )


def _made(item: Item, path: str, shown: _Shown, **rest: Any) -> Question:
    shape = boxes.shape(item)
    chosen = set(shown.raw.get(path, ()))
    options = tuple(Option(key, label, key in chosen) for key, label in boxes.choices(item))
    return Question(
        path,
        item,
        shape,
        _texts(shape, path, shown.raw),
        options if shape in ("radios", "select", "ticks") else (),
        _codes(item, shape, path, shown.raw),
        shown.faults.get(path, ""),
        answer=shown.answers.get(path),
        **rest,
    )


def _texts(shape: str, path: str, raw: Raw) -> dict[str, str]:
    if shape == "date":
        return {box: _clean(raw, f"{path}-{box}")[:40] for box in BOXES}
    return {"": _clean(raw, path)}


def _codes(item: Item, shape: str, path: str, raw: Raw) -> tuple[Option, ...]:
    """The reserved codes as answers to choose, where a letter in the box does not say them."""
    if boxes.apart(item):
        chosen = first(raw, f"{path}-{MISSING}").upper()
        return tuple(Option(one, c.label, one == chosen, one) for c, one in LETTERS.items())
    if shape in ("radios", "select"):
        chosen = first(raw, path)
        return tuple(
            Option(c.value, c.label, chosen in (c.value, one), one) for c, one in LETTERS.items()
        )
    return ()


def _clean(raw: Raw, name: str) -> str:
    return tidying.without_unfit(first(raw, name))


def _observed(form: FormPlan, shown: _Shown) -> Question:
    return _made(observed_item(form), OBSERVED, shown)


def _when(section: Section, item: Item) -> tuple[Condition, ...]:
    return (*section.when, *item.when)


def _condition(
    section: Section, row: int | None, condition: Condition, own: bool
) -> dict[str, object]:
    """A condition as the page's script reads it: under the path of the answer that decides."""
    inside = section.repeats and own and any(i.key == condition.item for i in section.items)
    told: dict[str, object] = {
        "path": f"{section.repeats}.{row}.{condition.item}" if inside else condition.item
    }
    if condition.equals:
        told["equals"] = [str(one) for one in condition.equals]
    if condition.at_least is not None:
        told["least"] = str(condition.at_least)
    if condition.at_most is not None:
        told["most"] = str(condition.at_most)
    return told


def _anchors(section: Section) -> tuple[tuple[str, str], ...]:
    """The columns of a matrix; none where the questions cannot stand under the same ones."""
    if section.layout != "matrix":
        return ()
    found = {boxes.choices(item) for item in section.items if boxes.shape(item) == "radios"}
    same = len(found) == 1 and all(isinstance(item, kinds.Scale) for item in section.items)
    return found.pop() if same else ()
