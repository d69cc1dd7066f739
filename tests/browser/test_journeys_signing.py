"""Journeys of signing and locking: sign, change, signed again; lock, refused, unlock."""

from collections.abc import Callable

import pytest

from tests.browser.person import Person
from tests.playing import PASSWORD
from trial.protocol.roles import Role

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)


def one_that_is(state: str, manager: Person) -> str:
    """The address of the first form that stands so on the page of signatures."""
    manager.goes_to("Signatures")
    row = manager.matter.locator("tr", has_text=state).first
    address = row.get_by_role("link").get_attribute("href") or ""
    return address.replace("/signatures/record/", "/forms/records/")


def signs(manager: Person, link: str) -> None:
    manager.follows(link)
    manager.fills("What your signature means", "I have reviewed this form.")
    manager.fills("Your password", PASSWORD)
    manager.presses("Sign as Morgan Manager")


@BOTH
def test_a_signature_is_invalid_after_a_change_and_the_form_is_signed_again(
    person: People,
) -> None:
    manager = person(Role.TRIAL_MANAGER)
    address = one_that_is("Not signed", manager)
    manager.opens(address)
    manager.follows("Sign this form")
    manager.fills("Your password", "not my password at all")
    manager.presses("Sign as Morgan Manager")
    assert "This password or this code is not right" in manager.says()
    manager.opens(address)
    signs(manager, "Sign this form")
    assert "Signed" in manager.says() and "I have reviewed this form." in manager.says()

    manager.follows("Change")
    day = manager.page.locator("input[name='page-observed_on-day']")
    day.fill(str(int(day.input_value()) + (1 if int(day.input_value()) < 28 else -1)))
    manager.page.locator("[name='page-reason']").fill("The appointment book says otherwise.")
    manager.page.locator("button[name='page-save'][value='complete']").first.click()
    assert "Something changed after it" in manager.says()
    manager.goes_to("Signatures")
    assert "2 invalid" in manager.says()

    manager.opens(address)
    signs(manager, "Sign this form again")
    manager.goes_to("Signatures")
    assert "1 invalid" in manager.says()


@BOTH
def test_a_locked_participant_is_refused_until_the_trial_manager_unlocks(person: People) -> None:
    office, manager = person(Role.DATA_MANAGER), person(Role.TRIAL_MANAGER)
    office.opens("/participants/1")
    manager.opens("/participants/1")
    manager.follows("Add work")  # this page is open still when the lock comes
    office.follows("Freeze or lock this participant")
    office.page.get_by_label("Lock: nothing changes at all").check()
    office.fills("Why?", "All data of this participant are clean.")
    office.presses("Freeze or lock")
    assert "Ask the trial manager to unlock it" in office.says()
    assert "Record a withdrawal" not in office.says()

    manager.page.locator("input[type=radio]").first.check()
    manager.page.get_by_role("button", name="Save").first.click()
    manager.opens("/participants/1")
    assert "All data of this participant are clean." in manager.says()
    assert "Add work" not in manager.says()
    manager.goes_to("Locks")
    manager.follows("Unlock")
    manager.fills("Why is this changed?", "A payslip arrived.")
    manager.presses("Unlock")
    assert "A payslip arrived." in manager.says()
    manager.opens("/participants/1")
    assert "Add work" in manager.says()


@BOTH
def test_the_database_is_locked_under_a_name_that_a_report_is_cut_at(person: People) -> None:
    manager = person(Role.TRIAL_MANAGER)
    manager.goes_to("Locks")
    manager.follows("database lock")
    assert "Queries not closed" in manager.says()
    manager.fills("Name of the lock", "Interim analysis")
    manager.fills("Your password", PASSWORD)
    manager.presses("Lock the trial")
    assert "The checklist has something left" in manager.says()
    manager.page.get_by_label("Lock although the checklist has something left").check()
    manager.fills("Why?", "An interim look for the committee.")
    manager.fills("Your password", PASSWORD)
    manager.presses("Lock the trial")
    assert "Unlock the trial" in manager.says() and "Interim analysis" in manager.says()
    manager.opens("/participants/1")
    assert "Add work" not in manager.says()
    manager.goes_to("Feasibility")
    manager.page.get_by_label("Or at a database lock").select_option("Interim analysis")
    manager.presses("Show at this data cut")
    assert "database lock “Interim analysis”" in manager.page.content()
