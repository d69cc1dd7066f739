"""Journeys of those who look after the trial: each signs in and does their main task."""

import re
from collections.abc import Callable

from tests.browser.person import Person
from trial.protocol.roles import Role

People = Callable[..., Person]


def test_an_administrator_adds_an_account_whose_link_sets_a_password(person: People) -> None:
    admin = person(Role.ADMINISTRATOR)
    admin.goes_to("Administration")
    admin.follows("Add an account")
    admin.fills("Name", "Noel Newcomer")
    admin.fills("E-mail address", "newcomer@example.org")
    admin.chooses("Role", "Auditor")
    admin.presses("Add the account")
    (link,) = re.findall(r"http://\S+/set-password/\S+", admin.says())

    newcomer = person()
    newcomer.opens(link.removeprefix(newcomer.address))
    newcomer.fills("New password", "quarry meadow lantern")
    newcomer.presses("Set the password")
    newcomer.signs_in("newcomer@example.org", "quarry meadow lantern")
    newcomer.goes_to("Trail")
    assert newcomer.heading() == "Trail"

    again = person()
    assert again.opens(link.removeprefix(again.address)) == 404
