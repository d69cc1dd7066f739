"""A query at a real browser: raised by the office, answered from the site, closed by who raised it."""

import re
from collections.abc import Callable

from tests.browser.person import Person
from trial.protocol.roles import Role

People = Callable[..., Person]
ASKED, SAID = "Was this read from the record?", "Yes, from the letter of May."


def test_a_query_is_raised_answered_and_closed(person: People) -> None:
    office, researcher = person(Role.DATA_MANAGER), person(Role.RESEARCHER)
    office.opens("/participants")
    office.page.locator("main table a").first.click()
    office.page.get_by_role("link", name="See Background").first.click()
    title = office.heading()
    office.page.get_by_role("link", name="Raise a query").nth(1).click()
    office.fills("What is to be looked into?", ASKED)
    office.presses("Raise the query")
    assert office.heading() == title

    researcher.goes_to("Queries")
    row = researcher.page.get_by_role("row").filter(has_text=ASKED)
    assert row.count() == 1, researcher.says()
    row.get_by_role("link").first.click()
    researcher.follows(re.compile("^Answer$"))
    researcher.fills("Answer", SAID)
    researcher.presses("Save the answer")
    assert researcher.page.get_by_role("link", name="Close").count() == 0

    office.goes_to("Queries")
    office.page.get_by_text("Narrow the list").click()
    office.picks("Waits for", "Me")
    office.presses("Show")
    office.page.get_by_role("row").filter(has_text=ASKED).get_by_role("link").first.click()
    assert SAID in office.says()
    office.follows(re.compile("^Close$"))
    office.presses("Close the query")
    assert "The query is closed." in office.says()
    office.follows("Open again")
    office.fills("Why is it opened again?", "Which letter?")
    office.presses("Open it again")
    assert "The query is open again." in office.says()
