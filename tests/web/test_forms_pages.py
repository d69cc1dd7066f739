"""A form as a page: what is shown, sent back untouched, is the same; and what cannot be read is said."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.filling import long_form, plan, plans
from trial.protocol import typed
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of, sift, without_telling
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL
from trial.protocol.forms.reading import read, refusal
from trial.web.boxes import BOTH
from trial.web.pages import (
    OBSERVED,
    Page,
    Question,
    page_of,
    read_page,
    spelled_out,
)

DAY = date(2016, 1, 15)
FORM = plan("everything")
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = st.dates(date(1901, 1, 1), date(2016, 1, 1))


def listed(item: Any) -> st.SearchStrategy[str]:
    keys = [code.key for code in item.codes]
    if isinstance(item, kinds.Choice):
        return st.sampled_from(keys)
    some = st.sets(st.sampled_from(keys), min_size=1)
    return some.map(lambda chosen: " ".join(key for key in keys if key in chosen))


def dated(item: Any) -> st.SearchStrategy[str]:
    lengths = st.sampled_from([4, 7, 10] if item.partial else [10])
    return st.builds(lambda day, length: day.isoformat()[:length], DAYS, lengths)


def worded(item: Any) -> st.SearchStrategy[str]:
    texts = st.text(max_size=60).map(typed.tidy)
    return texts.filter(lambda text: text and not typed.fault(text, item.most, item.long))


def exact(item: Any) -> st.SearchStrategy[str]:
    numbers = st.decimals(*item.between, places=item.places)
    return numbers.map(lambda number: f"{number:.{item.places}f}")


OWN: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "choice": listed,
    "several": listed,
    "yes-no": lambda item: st.sampled_from(["yes", "no"]),
    "whole": lambda item: st.integers(*item.between),
    "scale": lambda item: st.integers(item.least, item.most),
    "decimal": exact,
    "date": dated,
    "time": lambda item: st.times().map(lambda time: f"{time:%H:%M}"),
    "text": worded,
    "score": lambda item: st.none(),
    "file": lambda item: st.none(),
}
assert set(OWN) == kinds.KINDS


def answers_of(item: Item) -> st.SearchStrategy[Any]:
    """Every answer that a question can hold, reserved codes among them."""
    codes = st.none() if item.kind == "score" else st.sampled_from(sorted(ALL))
    return st.none() | OWN[item.kind](item) | codes


@st.composite
def answered(draw: st.DrawFn, form: FormPlan) -> dict[str, Any]:
    """Answers to a form, in a document that may hold some to questions that are not asked."""
    answers: dict[str, Any] = {}
    for section in form.sections:
        rows = range(1, draw(st.integers(1, section.most)) + 1) if section.repeats else (None,)
        for row in rows:
            for item in section.items:
                answers[path_of(section, item, row)] = draw(answers_of(item))
    return {path: answer for path, answer in answers.items() if answer is not None}


def sent(page: Page) -> dict[str, list[str]]:
    """What a browser sends for a page that nobody touches: from its boxes, not from its answers."""
    boxes: dict[str, list[str]] = {}
    for one in page.questions:
        boxes |= sent_of(one)
    for block in page.blocks:
        if block.is_last:
            boxes[f"{block.section.repeats}-rows"] = [str(block.rows)]
    return boxes


def sent_of(one: Question) -> dict[str, list[str]]:
    boxes = {}
    if one.shape == "date":
        boxes = {f"{one.path}-{box}": [text] for box, text in one.texts.items()}
    elif one.shape in ("box", "area"):
        boxes = {one.path: [one.text]}
    chosen = [option.value for option in one.options if option.chosen]
    codes = [code for code in one.codes if code.chosen]
    if one.shape in ("radios", "select"):
        chosen += [code.value for code in codes]
    elif codes:
        boxes[f"{one.path}-missing"] = [codes[0].letter]
    return boxes | ({one.path: chosen} if chosen else {})


@UNHURRIED
@given(answered(FORM), st.none() | DAYS)
def test_the_page_of_some_answers_sent_back_untouched_gives_the_same_answers(answers, day):
    page = page_of(FORM, answers=answers, observed_on=day)
    found = read_page(FORM, sent(page))
    assert found.answers == answers
    assert found.observed_on == day
    assert found.faults == {}
    assert read_page(FORM, spelled_out(FORM, answers, day)).answers == answers


@UNHURRIED
@given(answered(FORM))
def test_what_the_page_asks_is_what_the_form_asks(answers):
    page = page_of(FORM, answers=answers, observed_on=DAY)
    shown = {one.path for one in page.questions if one.asked} - {OBSERVED}
    assert shown == {one.path for one in sift(FORM, answers).asked}


HOSTILE = st.dictionaries(
    st.sampled_from(
        [
            *(item.key for form in plans() for item in form.items),
            *(f"{key}-{box}" for key in ("seen_on", OBSERVED) for box in ("day", "month", "year")),
            "jobs-rows", "jobs.1.title", "jobs.99.title", "jobs.x.y", "jobs", "remark-missing",
            "benefits-missing", "page-reason",
        ]
    ),
    st.lists(st.text(max_size=40) | st.sampled_from(["K", "yes", "9" * 400, "-0", "2016"]), max_size=3),
)  # fmt: skip


@UNHURRIED
@given(HOSTILE)
def test_whatever_is_sent_gives_answers_or_faults_and_the_page_shows_it_again(raw):
    found = read_page(FORM, raw)
    for one in sift(FORM, found.answers).asked:
        answer = found.answers.get(one.path)
        if answer is not None:
            assert refusal(one.item, answer, DAY) is None or one.path not in found.faults
    page = page_of(FORM, answers={}, observed_on=None, typed=raw, faults=found.faults)
    shown = {message.partition(": ")[2] for _, message in page.faults}
    assert shown <= set(found.faults.values())


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        (("7", "3", "2015"), "2015-03-07"),
        (("7", "March", "2015"), "2015-03-07"),
        (("", "3", "2015"), "2015-03"),
        (("", "", "2015"), "2015"),
        (("K", "", ""), "missing: not known"),
        (("r", "", ""), "missing: refused"),
        (("7 3 2015", "", ""), "2015-03-07"),
        (("7", "", "2015"), None),
        (("7", "3", ""), None),
        (("", "3", ""), None),
        (("31", "2", "2015"), None),
    ],
)
def test_three_boxes_make_one_date_and_a_gap_is_never_guessed(boxes, kept):
    raw = {f"left_school-{b}": [t] for b, t in zip(("day", "month", "year"), boxes, strict=True)}
    found = read_page(FORM, raw)
    assert found.answers.get("left_school") == kept
    assert ("left_school" in found.faults) == (kept is None)


def test_an_answer_and_a_reason_for_its_absence_cannot_stand_together():
    found = read_page(FORM, {"remark": ["late"], "remark-missing": ["R"]})
    assert found.faults == {"remark": BOTH}
    assert read_page(FORM, {"remark-missing": ["R"]}).answers == {"remark": "missing: refused"}


def test_every_question_takes_every_reserved_code():
    for form in (FORM, long_form(20)):
        for item in form.items:
            if isinstance(item, kinds.Score):
                continue
            for code in ALL:
                page = page_of(form, answers={item.key: code}, observed_on=None)
                assert read(item, code) == code
                if form.item(item.key) in form.sections[-1].items and form.sections[-1].repeats:
                    continue
                assert read_page(form, sent(page)).answers.get(item.key) == code


def test_one_more_repetition_is_empty_and_no_more_than_the_form_allows():
    answers = {"jobs.1.title": "Porter", "jobs.2.title": "Cook"}
    page = page_of(FORM, answers=answers, observed_on=None, more="jobs")
    blocks = [block for block in page.blocks if block.section.repeats]
    assert [(block.row, block.rows) for block in blocks] == [(1, 3), (2, 3), (3, 3)]
    assert [block.questions[0].text for block in blocks] == ["Porter", "Cook", ""]
    assert blocks[-1].asked and blocks[-1].may_add
    full = {f"jobs.{n}.title": "Porter" for n in range(1, 5)}
    page = page_of(FORM, answers=full, observed_on=None, more="jobs")
    assert not any(block.may_add for block in page.blocks)
    assert len([block for block in page.blocks if block.section.repeats]) == 4


def test_whoever_must_not_know_the_arm_is_not_asked_what_tells_it():
    kept = without_telling(FORM)
    assert kept.item("knows_arm") is None
    assert kept.item("remark") is not None
    page = page_of(kept, answers={"knows_arm": "yes"}, observed_on=None)
    assert "knows_arm" not in {one.path for one in page.questions}
