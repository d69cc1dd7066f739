"""Filling in forms at a real browser: a long one by keyboard alone, and what scripts add to a page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.person import Person
from tests.playing import Server
from tests.web.filling import told_of
from trial.conduct import amendments
from trial.conduct.access import Act
from trial.protocol import files_of, load
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Participant, Record, Visit
from trial.records.trail import acting
from trial.web.database import db

People = Callable[..., Person]
ITEMS = 250
FOCUSED = """() => { const one = document.activeElement;
    return [one.type || one.tagName, one.name || "", (one.value || "") + "", one.innerText || ""] }"""
TYPED = {"1": "12", "4": "words", "6": "7.5", "7": "1405"}  # by the last digit of the question


@pytest.fixture
def long_form(server: Server, tmp_path: Path) -> str:
    """Adopt a version of the protocol with a form of 250 items; the address of its first page."""
    folder = tmp_path / "ipsoh"
    shutil.copytree(SHIPPED, folder)
    lines = [f"{key} = {inline(value)}" for key, value in told_of(ITEMS).items()]
    (folder / "9-long.toml").write_text("\n".join(["[[forms]]", *lines, ""]))
    design = folder / "1-design.toml"
    design.write_text(design.read_text().replace('version = "1.0"', 'version = "1.1"', 1))
    with server.app.app_context():
        session, old = db.session(), server.app.extensions["trial_protocol"]
        clock = server.app.extensions["trial_settings"].clock
        session.info["clock"] = clock
        with acting(session, by=COMMAND_LINE, name=Act.ADOPT_PROTOCOL, reason="One form more."):
            amendments.adopt(session, old, load(folder), files_of(folder), on=clock.today())
        wanted = select(Visit).join(Participant, Participant.id == Visit.participant_id)
        followed = (Participant.withdrew_followup_on.is_(None), Participant.died_on.is_(None))
        visit = session.scalars(
            wanted.where(Visit.plan == "baseline", Visit.cluster_id == 1, *followed)
        ).first()
        assert visit is not None
        found = f"/forms/add/long/{visit.participant_id}?visit={visit.id}"
        db.session.remove()
    return found


def inline(value: Any) -> str:
    """A value as a protocol's file writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ",\n".join(inline(one) for one in value) + "]"
    return json.dumps(value)


def test_a_form_of_250_items_is_filled_in_and_saved_by_keyboard_alone(
    person: People, server: Server, long_form: str
) -> None:
    researcher = person(Role.RESEARCHER)
    researcher.opens(long_form)
    page, today = researcher.page, server.app.extensions["trial_settings"].clock.today()
    day = {"day": f"{today.day}", "month": f"{today.month}", "year": f"{today.year}"}
    for _ in range(2000):
        kind, name, value, words = page.evaluate(FOCUSED)
        if kind == "submit" and words == "Save":
            break
        answer(page, kind, name, value, day)
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert researcher.heading().startswith("Long form"), researcher.says()
    assert "is saved as complete" in researcher.says(), researcher.says()[:500]
    with server.app.app_context():
        (record,) = db.session.scalars(select(Record).where(Record.form == "long")).all()
        assert len(record.answers) == ITEMS
        told = [record.answers[path] for path in ("q0", "q1", "q5", "q7", "q249")]
        assert told == ["yes", 12, "2011-04-03", "14:05", 0]
        assert {record.answers["q40"], record.answers["q44"]} == {"missing: refused"}


def answer(page: Page, kind: str, name: str, value: str, day: dict[str, str]) -> None:
    """Answer whatever has the focus, as somebody who reads its label would."""
    path, _, box = name.partition("-")
    if path == "page":
        typed = day.get(name.rpartition("-")[2], "")
        if kind == "text" and typed:
            page.keyboard.type(typed)
    elif not path[1:].isdigit():
        return
    elif path in ("q40", "q44"):
        # One keystroke where an answer is missing: a radio, and a text.
        page.keyboard.press("Alt+Shift+R")
    elif kind == "radio" or (kind == "checkbox" and value == "c1"):
        page.keyboard.press("Space")
    elif box in ("day", "month", "year"):
        page.keyboard.type({"day": "3", "month": "April", "year": "2011"}[box])
    elif kind == "text":
        page.keyboard.type(TYPED[path[-1]])


def test_scripts_show_what_is_asked_at_once_and_letters_say_what_is_missing(
    person: People, long_form: str
) -> None:
    researcher = person(Role.RESEARCHER)
    researcher.opens(long_form)
    page = researcher.page
    hours = page.locator("#q1")
    assert not hours.is_visible()
    page.locator("#q0").check()
    assert hours.is_visible()
    page.locator("#q0").focus()
    page.keyboard.press("Alt+Shift+N")
    assert not hours.is_visible()
    assert page.locator("#q0-N").is_checked()
    page.keyboard.press("Delete")
    assert page.locator("[name=q0]:checked").count() == 0
    page.locator("#q5-month").focus()
    page.keyboard.press("Alt+Shift+K")
    assert page.locator("#q5-day").input_value() == "K"
    page.locator("#q4").fill("words")
    page.keyboard.press("Alt+Shift+A")
    assert (page.locator("#q4").input_value(), page.locator("#q4-missing").input_value()) == (
        "",
        "A",
    )
    page.locator("#q8").check()
    page.keyboard.press("Alt+Shift+R")
    assert page.locator("[name=q8]:checked").count() == 0
    assert page.locator("#q8-missing").input_value() == "R"
