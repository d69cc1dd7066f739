"""Journeys of fidelity and process: a review to its figure, a draw of employers, extracts to the matrix."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.browser.person import Person
from trial.protocol import load
from trial.protocol.forms import items as kinds
from trial.protocol.roles import Role

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)
DAY = date(2017, 1, 12)
FORM = next(form for form in load(None).forms if form.key == "fidelity-review")
SCALES = [item for item in FORM.items if isinstance(item, kinds.Scale)]


def rated(reviewer: Person, whose: str, rating: str, lacking: int = 0) -> None:
    """Fill in the review at the end: one rating throughout, the last items not assessed."""
    reviewer.dates("Day of the review", DAY)
    reviewer.chooses("When is this review?", "At the end of implementation")
    reviewer.chooses("Whose ratings are these?", whose)
    reviewer.chooses("What the ratings rest on", "Records and logs read")
    for place, item in enumerate(SCALES):
        value = "missing: not applicable" if place >= len(SCALES) - lacking else rating
        box(reviewer, item.key, value).check()


def box(reviewer: Person, key: str, value: str) -> Locator:
    """The radio button of a rating in its matrix."""
    return reviewer.matter.locator(f'input[name="{key}"][value="{value}"]')


def number_of(reviewer: Person) -> str:
    found = re.search(r"Number of this record: (\d+)", reviewer.says())
    assert found, reviewer.says()
    return found[1]


@BOTH
def test_a_fidelity_review_by_two_raters_becomes_the_figure(person: People) -> None:
    reviewer, manager = person(Role.FIDELITY_REVIEWER), person(Role.TRIAL_MANAGER)
    numbers = []
    for somebody, whose, rating in (
        (reviewer, "First rater's", "4"),
        (manager, "Second rater's", "3"),
    ):
        somebody.goes_to("Process")
        somebody.follows("Fidelity review (IPS-25)")
        somebody.follows(re.compile("^Add"))
        rated(somebody, whose, rating)
        somebody.presses("Save")
        numbers.append(number_of(somebody))
    reviewer.goes_to("Process")
    reviewer.follows("Fidelity review (IPS-25)")
    reviewer.follows(re.compile("^Add"))
    rated(reviewer, "Consensus of both", "4", lacking=2)
    reviewer.presses("Save and see what is asked next")
    reviewer.fills("Number of the first rater's review", numbers[0])
    reviewer.fills("Number of the second rater's review", numbers[1])
    for item in SCALES[-2:]:
        question = f"{item.label}: why not assessed?"
        reviewer.chooses(question, "No or too few referrals so far")
    reviewer.presses("Save")
    assert "92 (fair)" in reviewer.says()
    assert "differ on 25 items" in reviewer.says()

    reviewer.goes_to("Process")
    assert "At the last review the total was 92 (fair), over the 23 of 25 items" in reviewer.says()
    picture = reviewer.matter.get_by_role("img").first
    address = picture.get_attribute("src") or ""
    assert "92 (fair), 23 of 25" in reviewer.reads(address)


@BOTH
def test_employers_are_drawn_in_two_steps_and_the_draw_is_done_again(person: People) -> None:
    specialist = person(Role.EMPLOYMENT_SPECIALIST)
    specialist.goes_to("Process")
    specialist.follows("Register of employers")
    specialist.follows("List an employer")
    specialist.fills("Name of the employer", "Umber Street Laundry")
    specialist.picks("Sector", "Hotels, catering and cleaning")
    specialist.presses("Save")
    assert "Listed as number 21." in specialist.says()

    manager = person(Role.TRIAL_MANAGER)
    manager.goes_to("Process")
    manager.follows("Draws of employers for interview")
    manager.fills("How many employers are to be drawn?", "3")
    manager.presses("Keep the list and commit to a seed")
    assert "Say why" in manager.says()
    manager.fills("Why is there another draw?", "Two of the first five moved away.")
    manager.presses("Keep the list and commit to a seed")
    (commitment,) = re.findall(r"[0-9a-f]{64}", manager.says().partition("Draw 2")[2])
    manager.presses("Open the seed and draw")
    second = manager.says().partition("Draw 2")[2]
    assert commitment in second and second.count("Holds") == 3
    assert len(re.findall(r"Employer \d+: ", second)) == 3


@BOTH
def test_extracts_of_two_coders_reach_the_matrix(person: People, tmp_path: Path) -> None:
    reviewer, manager = person(Role.FIDELITY_REVIEWER), person(Role.TRIAL_MANAGER)
    reviewer.goes_to("Process")
    reviewer.follows(re.compile("^Interview$"))
    reviewer.matter.locator("tbody a").first.click()
    interview = number_of(reviewer)
    for somebody, coder, bears in (
        (reviewer, "First coder's", "Barrier"),
        (manager, "Second coder's", "Facilitator"),
        (reviewer, "Agreed by both", "Facilitator"),
    ):
        somebody.goes_to("Process")
        somebody.follows("Coded extract")
        somebody.follows(re.compile("^Add"))
        somebody.dates("Day of the coding", DAY)
        somebody.fills("Number of the interview's record", interview)
        somebody.fills("Number of the extract in this interview", "9")
        somebody.chooses("Whose codes are these?", coder)
        somebody.fills("Theme", "A vocational unit of one")
        somebody.chooses("Barrier or facilitator?", bears)
        somebody.chooses("Which criteria of fidelity does it bear on?", "Vocational unit")
        somebody.chooses("Which domain of the CFIR?", "Inner setting")
        somebody.presses("Save")
        assert "Complete" in somebody.says()
    reviewer.goes_to("Reports and exports")
    kept = reviewer.downloads("Process evaluation as JSON", tmp_path)
    told = json.loads(kept.read_text())["extracts"]
    assert (told["extracts"], told["coded_twice"]) == (45, 45)
    found = [one for one in told["matrix"] if one["criterion"] == "vocational-unit"]
    assert [(one["bears"], one["extracts"]) for one in found] == [("facilitator", 1)]
    assert told["agreement"]["bears"]["agreed"]["count"] == 41
    reviewer.goes_to("Process")
    reviewer.follows("The whole report, with interviews, barriers and facilitators")
    assert "Vocational unit" in reviewer.says()
