"""Journeys of those who meet participants: each signs in and does their main task."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from tests.browser.person import Person
from tests.browser.steps import SIGNED, add_work, enrol
from trial.protocol import load
from trial.protocol.roles import Role

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)


@BOTH
def test_a_researcher_takes_somebody_from_screening_to_work_and_corrects_it(
    person: People,
) -> None:
    researcher = person(Role.RESEARCHER)
    number = enrol(researcher)
    researcher.finds(number.lower().replace("-", " "))
    assert researcher.heading() == f"Participant {number}"
    add_work(researcher, "Kitchen assistant", date(2016, 4, 4))
    assert "The work is saved." in researcher.says()
    researcher.follows(re.compile("^Correct Open employment"))
    researcher.fills("Job title", "Cook")
    researcher.presses("Save the correction")
    assert "Say why this is changed" in researcher.says()
    assert researcher.page.get_by_label("Job title", exact=True).input_value() == "Cook"
    researcher.fills("Why is this changed?", "The contract says otherwise.")
    researcher.presses("Save the correction")
    assert "The work is corrected." in researcher.says()
    researcher.follows("history of job title")
    for words in ("Kitchen assistant", "Cook", "The contract says otherwise."):
        assert words in researcher.says()


@BOTH
def test_a_data_manager_records_visits_and_settles_a_query(person: People) -> None:
    manager = person(Role.DATA_MANAGER)
    overdue = manager.page.get_by_role("region", name="Overdue").get_by_role("row")
    before = overdue.count() - 1  # the first row names the columns
    assert before >= 2
    manager.follows(re.compile("-month follow-up"), within=overdue.nth(1))
    manager.chooses("What became of this visit?", "It was missed")
    manager.picks("Reason", "Could not be reached")
    manager.presses("Save")
    assert "Missed" in manager.says()
    manager.goes_to("Today")
    manager.follows(re.compile("-month follow-up"), within=overdue.nth(1))
    manager.chooses("What became of this visit?", "It was done")
    manager.dates("Day of the visit", date(2017, 1, 19))
    manager.chooses("In open employment on that day?", "No")
    manager.dates("Work history known until", date(2017, 1, 19))
    manager.presses("Save")
    assert "19 January 2017" in manager.says()
    manager.goes_to("Today")
    assert overdue.count() == (before - 1 if before > 2 else 0)

    manager.follows(re.compile("query"), within=manager.page.get_by_role("region", name="Queries"))
    manager.follows("Close")
    manager.presses("Close the query")
    assert "The query is closed." in manager.says()


def test_a_query_goes_from_the_data_manager_to_the_researcher_and_back(person: People) -> None:
    manager, researcher = person(Role.DATA_MANAGER), person(Role.RESEARCHER)
    manager.goes_to("Participants")
    row = manager.page.get_by_role("row").filter(has_text=load(None).clusters[0].name).first
    manager.follows(re.compile("-"), within=row)
    address = manager.page.url.removeprefix(manager.address)
    manager.follows("history of birth year")
    manager.follows("Raise a query about this value")
    manager.fills("What is to be looked into?", "The consent form shows another year.")
    manager.presses("Raise the query")

    researcher.opens(address)
    row = researcher.page.get_by_role("row").filter(has_text="The consent form shows another year.")
    researcher.follows(re.compile("."), within=row)
    researcher.follows("Answer")
    researcher.fills("Answer", "The year is right: seen on the form.")
    researcher.presses("Save the answer")
    answered = researcher.page.url.removeprefix(researcher.address)
    manager.opens(answered)
    assert "The year is right: seen on the form." in manager.says()
    manager.follows("Close")
    manager.presses("Close the query")
    assert "The query is closed." in manager.says()


@BOTH
def test_an_employment_specialist_sees_only_their_own_participants(person: People) -> None:
    manager, specialist = person(Role.TRIAL_MANAGER), person(Role.EMPLOYMENT_SPECIALIST)
    manager.goes_to("Participants")
    specialist.goes_to("Participants")
    everyone, own = _numbers(manager), _numbers(specialist)
    assert (len(everyone), len(own)) == (18, 11)
    assert set(own) < set(everyone)
    other = next(path for number, path in everyone.items() if number not in own)
    assert specialist.opens(other) == 404
    specialist.opens(next(iter(own.values())))
    for hidden in ("Year of birth", "Visits", "Consent", "Identifiers"):
        assert hidden not in specialist.says()
    assert "Work" in specialist.says()


def _numbers(somebody: Person) -> dict[str, str]:
    links = somebody.matter.locator("tbody a").all()
    return {one.inner_text(): one.get_attribute("href") or "" for one in links}


@pytest.mark.parametrize("where", ["forensic", "personality"])
def test_a_researcher_finds_nobody_of_another_cluster(person: People, where: str) -> None:
    manager, researcher = person(Role.TRIAL_MANAGER), person(Role.RESEARCHER, where)
    manager.goes_to("Participants")
    researcher.goes_to("Participants")
    everyone, own = _numbers(manager), _numbers(researcher)
    assert 0 < len(own) < len(everyone)
    number = next(number for number in everyone if number not in own)
    researcher.finds(number)
    assert "No participant whom you can see has this number" in researcher.says()
    assert researcher.opens(everyone[number]) == 404


def test_the_day_of_signing_stands_inside_the_recruitment_window() -> None:
    window = load(None).recruitment
    assert window.opens_on <= SIGNED <= window.closes_on
