"""Journeys of what is typed: two people at one form, a session lost, a closed tab, a form entered twice."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.browser.person import Person
from tests.browser.steps import SIGNED, enrol
from tests.playing import Server
from trial.protocol.roles import Role
from trial.web.accounts import WebSession
from trial.web.database import db

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)
FORM, TWICE = "Social functioning", "Health-related quality of life"
NOT_SAVED = "This is what you had typed. It is not saved yet."


def opens_form(somebody: Person, number: str, form: str) -> None:
    """Go from the search box to a form of the baseline visit."""
    somebody.finds(number)
    somebody.follows(re.compile(rf"(Fill in|Go on|See) {form}, Baseline"))


def answers(somebody: Person, *values: str) -> None:
    """Type the day and the items of the form."""
    somebody.dates("Day of observation", SIGNED)
    for place, value in enumerate(values, start=1):
        somebody.fills(f"Item {place}", value)


@BOTH
def test_two_people_at_one_form(person: People) -> None:
    researcher, manager = person(Role.RESEARCHER), person(Role.TRIAL_MANAGER)
    number = enrol(researcher)
    opens_form(researcher, number, FORM)
    answers(researcher, "10", "20", "30", "40")
    researcher.presses("Save")
    for somebody in (researcher, manager):
        opens_form(somebody, number, FORM)
        somebody.follows("Change")
    manager.fills("Item 1", "11")
    manager.fills("Item 2", "22")
    manager.fills("Why is this changed?", "The sheet says so.")
    manager.presses("Save the change")
    researcher.fills("Item 1", "15")
    researcher.fills("Why is this changed?", "Asked again.")
    researcher.presses("Save the change")
    assert "Someone else saved this first" in researcher.says()
    rows = researcher.matter.locator("section.trial-conflict tbody tr").all_inner_texts()
    assert [one.split() for one in rows] == [
        ["Item", "1", "10", "theirs:", "11", "mine:", "15"],
        ["Item", "2", "20", "theirs:", "22", "mine:", "20"],
    ]
    researcher.presses("Save the change")
    said = researcher.says()
    for words in ("15", "22", "30", "40"):
        assert words in said
    assert "is saved as complete" in said


@BOTH
def test_a_session_lost_in_the_middle(person: People, server: Server) -> None:
    researcher = person(Role.RESEARCHER)
    number = enrol(researcher)
    opens_form(researcher, number, FORM)
    answers(researcher, "51", "52", "53", "54")
    lapse(server)
    researcher.presses("Save")
    assert "What you had typed is kept for you" in researcher.says()
    researcher.fills("E-mail address", "researcher.forensic@example.org")
    researcher.fills("Password", "copper lantern walks")
    researcher.presses("Sign in")
    assert researcher.heading().startswith(FORM)
    assert NOT_SAVED in researcher.says()
    assert researcher.page.get_by_label("Item 4", exact=True).input_value() == "54"
    researcher.presses("Save")
    assert "is saved as complete" in researcher.says() and "54" in researcher.says()
    assert NOT_SAVED not in researcher.says()


def test_a_closed_tab(person: People) -> None:
    researcher = person(Role.RESEARCHER)
    number = enrol(researcher)
    opens_form(researcher, number, FORM)
    address = researcher.page.url
    with researcher.page.expect_response(re.compile("/typed")) as kept:
        researcher.fills("Item 2", "77")
    assert kept.value.status == 204
    researcher.page.goto("about:blank")
    researcher.page.goto(address)
    assert "and did not save it" in researcher.says()
    assert researcher.page.get_by_label("Item 2", exact=True).input_value() == ""
    researcher.presses("Go on with it")
    assert NOT_SAVED in researcher.says()
    assert researcher.page.get_by_label("Item 2", exact=True).input_value() == "77"
    researcher.page.goto(address)
    researcher.opens("/typed")
    researcher.presses("Leave it")
    assert NOT_SAVED not in researcher.says() and "did not save it" not in researcher.says()


@BOTH
def test_a_form_entered_twice_with_differences(person: People) -> None:
    researcher, manager = person(Role.RESEARCHER), person(Role.TRIAL_MANAGER)
    third = person(Role.DATA_MANAGER)
    number = enrol(researcher)
    for somebody, health in ((researcher, "60"), (manager, "66")):
        opens_form(somebody, number, TWICE)
        assert "This form is entered twice, by two people" in somebody.says()
        somebody.dates("Day of observation", SIGNED)
        for item in range(1, 6):
            somebody.chooses(f"Item {item}", "2: Level 2")
        somebody.fills("Item 6, 0 to 100", health)
        somebody.presses("Save")
        if somebody is researcher:
            assert "It waits for the entry of another person" in somebody.says()
    assert "settles where they differ" in manager.says() and "60" in manager.says()
    third.goes_to("Forms")
    third.follows("Forms entered twice")
    third.follows(re.compile(f"{TWICE} of {number}"))
    third.chooses("What is to stand? Item 6, 0 to 100", "Second entry: 66")
    third.presses("Save as the record that counts")
    assert "Item 6, 0 to 100: Say why" in third.says()
    third.fills("Why? Item 6, 0 to 100", "So it is on the paper.")
    third.presses("Save as the record that counts")
    assert "this is the record that counts" in third.says() and "66" in third.says()


def lapse(server: Server) -> None:
    """Let every session be older than the longest pause."""
    with server.app.app_context(), db.engine.begin() as connection:
        for number, seen in connection.execute(select(WebSession.id, WebSession.seen_at)).all():
            earlier = seen - timedelta(hours=2)
            this = update(WebSession).where(WebSession.id == number).values(seen_at=earlier)
            connection.execute(this)
