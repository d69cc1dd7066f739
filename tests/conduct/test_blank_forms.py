"""Blank forms for paper: every question with room for its answer, and when it is asked."""

import json
import tomllib
from pathlib import Path

import pytest

from trial import report as told
from trial.conduct.forms import blank
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.report.value import Blank, Heading

FORMS = Path(__file__).parent.parent / "web" / "forms.toml"
OPEN = Actor(1, "A manager", Role.TRIAL_MANAGER, blinded=False, draw_open=True)
BLINDED = Actor(2, "A data manager", Role.DATA_MANAGER)


@pytest.fixture(scope="module")
def everything() -> FormPlan:
    form = tomllib.loads(FORMS.read_text())["forms"][0]
    return FormPlan.model_validate_json(json.dumps(form, default=str))


def test_every_question_but_a_score_has_room_for_its_answer(protocol, everything):
    for form in (everything, *protocol.forms):
        report = blank.sheet(protocol, form)
        asked = {one.label.removesuffix(" (optional)") for one in _blanks(report)}
        for item in form.items:
            assert (item.label in asked) != isinstance(item, kinds.Score), item.label
        for one in _blanks(report):
            assert one.choices or one.boxes or one.lines, one.label
        assert told.pdf.pdf(report) == told.pdf.pdf(blank.sheet(protocol, form))


def test_it_says_when_a_question_is_asked_and_why_there_is_no_answer(protocol, everything):
    report = blank.sheet(protocol, everything)
    by_label = {one.label: one for one in _blanks(report)}
    assert by_label["Hours a week"].hint == "Only if “In paid work?” is Yes. From 0 to 80."
    assert by_label["Hours a week"].boxes == ((2, ""),) and by_label["Hours a week"].unit == "hours"
    assert by_label["Pay an hour (optional)"].hint.startswith(
        "Only if “Hours a week” is at least 1."
    )
    assert by_label["In paid work?"].letters == ("K", "R", "N", "A")
    assert sum(one.label == "Job title" for one in _blanks(report)) == blank.REPETITIONS
    assert protocol.version in report.footer[0] and protocol.sha256 in report.footer[0]
    page = told.page.html(report, lambda figure: "")
    for words in ("Study number", "Day of observation", "Signature", "K not known", "2 Always"):
        assert words in page, words


def test_a_set_holds_the_forms_of_a_visit_each_on_its_own_page(protocol):
    forms = blank.printable(protocol, OPEN)
    for visit, these in blank.sets(forms, protocol):
        report = blank.whole_set(protocol, visit, these)
        turns = [one.turns for one in report.blocks if isinstance(one, Heading) and one.level == 1]
        assert turns == [False] + [True] * (len(these) - 1)


def test_whoever_must_not_know_the_arm_prints_no_question_that_tells_it(protocol, everything):
    changed = protocol.model_copy(update={"forms": (everything,)})
    (seen,) = blank.printable(changed, BLINDED)
    assert "knows_arm" not in {one.key for one in seen.items}
    (whole,) = blank.printable(changed, OPEN)
    assert "knows_arm" in {one.key for one in whole.items}
    telling = protocol.model_copy(
        update={"forms": (everything.model_copy(update={"unblinds": True}),)}
    )
    assert blank.printable(telling, BLINDED) == []


def _blanks(report):
    return [one for one in report.blocks if isinstance(one, Blank)]
