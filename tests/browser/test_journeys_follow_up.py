"""A data manager's Monday and a researcher's day: the work list, contact, calendars, and what goes wrong."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from tests.browser.person import Person
from tests.browser.steps import consents
from trial.protocol.roles import Role

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)
TODAY = date(2017, 1, 20)
TICKED = re.compile("^Choose ")


@BOTH
def test_a_data_manager_s_monday(person: People) -> None:
    manager = person(Role.DATA_MANAGER)
    assert re.search(r"\d+\s*visits? overdue", manager.says())
    manager.goes_to("Follow-up")
    assert manager.heading() == "Follow-up: overdue"
    box = manager.page.get_by_role("checkbox", name=TICKED).first
    number = re.search(r"IPSOH-\d{4}-\w", box.get_attribute("aria-label") or manager.says())
    assert number
    box.check()
    manager.picks("Assign the visits ticked to", "Robin Researcher")
    manager.presses("Assign")
    assert "1 visit changed hands." in manager.says() and "Robin Researcher" in manager.says()

    manager.finds(number[0])
    manager.follows("Contact: attempts, wishes, next steps")
    manager.follows(re.compile("^Record an attempt"))
    manager.chooses("How was it tried?", "Telephone")
    manager.chooses("What came of it?", "No answer")
    manager.presses("Save")
    assert "The attempt is saved." in manager.says() and "tried once" in manager.says()
    rules_out_weekends(manager)

    manager.goes_to("Reminders")
    assert "No reminder failed, came back or is in doubt." in manager.says()
    assert "No mail server is set" in manager.says()

    manager.goes_to("Safety")
    manager.follows("Record a deviation, breach or urgent measure")
    manager.chooses("What is recorded?", "A serious breach of the protocol or of good practice")
    manager.picks("What was not as it should be", "Information seen by somebody who should not")
    manager.dates("Day on which it happened, or the measure was taken", date(2017, 1, 10))
    manager.dates("Day on which the trial team heard of it", date(2017, 1, 11))
    manager.fills("Describe it", "A list was left in a room.")
    manager.presses("Save")
    assert "Overdue" in manager.says() and "18 January 2017" in manager.says()
    manager.goes_to("Today")
    assert re.search(r"1\s*safety report is overdue", manager.says())


@BOTH
def test_somebody_is_lost_found_again_and_withdraws_part_by_part(person: People) -> None:
    manager, researcher = person(Role.DATA_MANAGER), person(Role.RESEARCHER, "forensic")
    manager.finds("IPSOH-0014-B")
    manager.follows("Contact: attempts, wishes, next steps")
    manager.follows("Decide that this person is lost to follow-up")
    manager.dates("Day of the decision", TODAY)
    manager.chooses("Why is this person lost?", "Left the area, nothing further known")
    manager.presses("Save the decision")
    assert manager.page.get_by_text("Say why it is decided although").first.is_visible()
    manager.fills("Note", "Nobody at the service knows.")
    manager.presses("Save the decision")
    assert "is recorded as lost to follow-up" in manager.says()

    researcher.finds("IPSOH-0014-B")
    assert "Lost to follow-up" in researcher.says()
    researcher.follows("Contact: attempts, wishes, next steps")
    researcher.follows("They were found")
    researcher.dates("Day on which they were found", TODAY)
    researcher.presses("Save")
    assert "is found: visits whose window has not closed" in researcher.says()
    researcher.goes_back()
    assert "Open" in researcher.says()

    leaves(person(Role.TRIAL_MANAGER), "IPSOH-0014-B", "The intervention only; follow-up goes on")
    leaves(researcher, "IPSOH-0014-B", "Linkage to routine records only")
    assert "No linkage to routine records since" in researcher.says()
    leaves(researcher, "IPSOH-0014-B", "Being contacted only; records are still used")
    assert "Not to be contacted since" in researcher.says()
    researcher.goes_to("Follow-up")
    researcher.follows("Due now")
    assert "Do not contact them" in researcher.says()
    leaves(
        researcher, "IPSOH-0014-B", "The intervention and follow-up; what was given so far is kept"
    )
    assert "Nothing more is collected since 20 January 2017" in researcher.says()
    leaves(researcher, "IPSOH-0014-B", "Everything; what was given so far is not used")
    assert "no report or export uses it" in researcher.says()
    assert not researcher.page.get_by_role("link", name="Record a withdrawal").count()


def rules_out_weekends(manager: Person) -> None:
    """Record that a participant is never to be contacted on weekends, and why that is changed."""
    manager.follows("Change their wishes")
    manager.chooses("Never contact on", "Weekends")
    manager.presses("Save")
    assert manager.page.get_by_text("Say why").first.is_visible()
    manager.fills("Why is this changed?", "They said so")
    manager.presses("Save")
    assert re.search("Agreed to reminders by: .*E-mail", manager.says())
    assert re.search("Never: .*Weekends", manager.says())


def leaves(somebody: Person, number: str, level: str) -> None:
    """Record that a participant withdraws at one level."""
    somebody.finds(number)
    somebody.follows("Record a withdrawal")
    somebody.chooses("What does the person withdraw from?", level)
    somebody.dates("Day of the withdrawal", TODAY)
    somebody.picks("Reason that the person gave", "Gave no reason")
    somebody.presses("Save the withdrawal")
    assert "The withdrawal is saved and in effect." in somebody.says()


@BOTH
def test_capacity_is_lost_and_regained_and_consent_given_again(person: People) -> None:
    researcher = person(Role.RESEARCHER, "forensic")
    researcher.finds("IPSOH-0014-B")
    researcher.follows("Record that they lost capacity")
    researcher.presses("Stop and save")
    assert researcher.page.get_by_text("Enter the day of the assessment").first.is_visible()
    researcher.dates("Day of the assessment", date(2017, 1, 17))
    researcher.presses("Stop and save")
    assert "Stopped when capacity was lost" in researcher.says()
    assert "nothing is collected since 17 January 2017" in researcher.says()
    researcher.follows("Record that they regained capacity")
    researcher.dates("Day of the assessment", date(2017, 1, 18))
    researcher.presses("Save")
    assert "ask them for consent" in researcher.says()
    researcher.goes_to("Today")
    assert re.search(r"1\s*participant with capacity again", researcher.says())
    researcher.finds("IPSOH-0014-B")
    researcher.follows("Record their consent")
    consents(researcher, date(2017, 1, 19))
    researcher.finds("IPSOH-0014-B")
    assert "In follow-up" in researcher.says() and "Open" in researcher.says()


@BOTH
def test_a_researcher_s_day(person: People) -> None:
    researcher = person(Role.RESEARCHER, "forensic")
    researcher.goes_to("Follow-up")
    researcher.follows("Calendar of the week")
    assert researcher.heading() == "Week from 16 January 2017"
    researcher.follows("IPSOH-0014-B")
    assert researcher.heading() == "Calendar of IPSOH-0014-B"
    researcher.presses("Make an address for a calendar program")
    found = re.search(r"http://\S+(/feeds/\S+\.ics)", researcher.says())
    assert found
    assert "SUMMARY:IPSOH-0014-B: visit due" in researcher.reads(found[1])
    researcher.follows("Your account")
    researcher.presses("Revoke calendar 1")
    assert "its address answers no more" in researcher.says()

    researcher.finds("IPSOH-0014-B")
    researcher.follows("Record an adverse event")
    researcher.picks("What happened?", "Self-harm")
    researcher.dates("Day on which it happened", date(2017, 1, 19))
    researcher.picks("Why is it serious?", "Required or prolonged a stay in hospital")
    researcher.picks("Outcome by now", "Goes on")
    researcher.fills("Describe what happened", "One night on a ward.")
    researcher.presses("Save")
    assert "To be told" in researcher.says() and "the sponsor" in researcher.says()
    researcher.follows("IPSOH-0014-B")
    researcher.presses("They object: stop everything now")
    assert "no visit, no reminder, no contact from now on" in researcher.says()
