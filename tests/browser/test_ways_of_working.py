"""Without scripts, by keyboard alone: the pages work all the same."""

from collections.abc import Callable
from datetime import date

from tests.browser.person import Person
from tests.browser.steps import add_work, enrol
from tests.playing import PASSWORD, email_of
from trial.protocol.roles import Role

People = Callable[..., Person]
FOCUSED = """() => { const one = document.activeElement; return (one.labels && one.labels.length
    ? one.labels[0].innerText : one.innerText || '').trim() }"""


def test_without_scripts_a_researcher_enrols_and_adds_work(person: People) -> None:
    researcher = person(Role.RESEARCHER, java_script_enabled=False)
    number = enrol(researcher)
    researcher.finds(number)
    add_work(researcher, "Gardener", date(2016, 5, 2))
    assert "The work is saved." in researcher.says()
    assert "Gardener" in researcher.says()
    researcher.follows("Add work")
    researcher.presses("Save work")
    assert "Choose the kind of work" in researcher.says()
    researcher.signs_out()
    assert researcher.heading() == "Sign in"


def test_by_keyboard_alone_somebody_signs_in_and_puts_a_form_right(person: People) -> None:
    researcher = person()
    researcher.opens("/")
    tab_to(researcher, "E-mail address")
    researcher.page.keyboard.type(email_of(Role.RESEARCHER, "forensic"))
    tab_to(researcher, "Password")
    researcher.page.keyboard.type(PASSWORD)
    send(researcher, "Enter")
    assert researcher.heading() == "Today"
    researcher.page.keyboard.press("Tab")
    assert focused(researcher) == "Skip to main content"
    tab_to(researcher, "Screening")
    send(researcher, "Enter")
    tab_to(researcher, "Add somebody considered")
    send(researcher, "Enter")

    tab_to(researcher, "Save")
    send(researcher, "Enter")
    assert researcher.heading() == "Add somebody considered"
    assert "There is a problem" in focused(researcher)
    tab_to(researcher, "Choose the cluster")
    researcher.page.keyboard.press("Enter")
    first = (
        researcher.page.get_by_role("group", name="Cluster", exact=True).get_by_role("radio").first
    )
    assert first.evaluate("one => one === document.activeElement")
    researcher.page.keyboard.press("Space")
    assert first.is_checked()
    for label, typed in (("Day", "11"), ("Month", "January"), ("Year", "2016")):
        tab_to(researcher, label)
        researcher.page.keyboard.type(typed)
    tab_to(researcher, "Referred")
    researcher.page.keyboard.press("Space")
    tab_to(researcher, "Care coordinator", skip="ArrowDown")
    tab_to(researcher, "Save")
    send(researcher, "Enter")
    assert researcher.heading().startswith("Screening number"), researcher.says()


def focused(somebody: Person) -> str:
    """What stands on whatever has the focus."""
    found: str = somebody.page.evaluate(FOCUSED)
    return found


def tab_to(somebody: Person, words: str, skip: str = "") -> None:
    """Press Tab until something of this name has the focus; ``skip`` moves on inside a list of answers."""
    question = "input[type=radio][name=decided_by]"
    for _ in range(120):
        inside = skip and somebody.page.evaluate(f"document.activeElement.matches('{question}')")
        somebody.page.keyboard.press(skip if inside else "Tab")
        if focused(somebody).startswith(words):
            return
    raise AssertionError(f"The keyboard does not reach {words}.")


def send(somebody: Person, key: str) -> None:
    """Press a key that leads to another page."""
    with somebody.page.expect_navigation():
        somebody.page.keyboard.press(key)
