"""Every page of every role, as it is and in its error state: WCAG 2.2 AA by axe, and fit for a phone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.person import DESK, PHONE, Person
from tests.playing import Server, email_of
from tests.web.crawling import crawl, signed_in
from trial.config import ROOT
from trial.protocol.roles import Role

People = Callable[..., Person]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {
    runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']},
    resultTypes: ['violations'],
}).then(found => found.violations.map(one =>
    one.id + ': ' + one.help + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' | ')))"""
WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [document.documentElement.scrollWidth + ' wide: ' + [...document.querySelectorAll('main *')]
        .filter(one => one.getBoundingClientRect().right > window.innerWidth)
        .slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(' | ')]"""
# How many forms of a role show errors when nothing is answered, at least.
ERRORS = {Role.RESEARCHER: 12, Role.TRIAL_MANAGER: 14, Role.DATA_MANAGER: 3,
          Role.ADMINISTRATOR: 2, Role.EMPLOYMENT_SPECIALIST: 2}  # fmt: skip


@pytest.fixture(scope="session")
def axe() -> str:
    assert AXE.exists(), f"{AXE} is missing. Install it with: scripts/setup"
    return AXE.read_text()


@pytest.mark.parametrize("role", list(Role))
def test_every_page_is_accessible_and_fits_a_phone(
    person: People, server: Server, axe: str, role: Role
) -> None:
    somebody = person(role)
    faults, erroneous = list[str](), 0
    pages = addresses_of(server, role)
    assert len(pages) >= 5
    for address in pages:
        assert somebody.opens(address) == 200
        faults += [f"{address}: {one}" for one in faults_of(somebody, axe)]
        if submits_nothing(somebody):
            erroneous += 1
            faults += [f"{address}, with errors: {one}" for one in faults_of(somebody, axe)]
    assert not faults, "\n".join(faults)
    assert erroneous >= ERRORS.get(role, 0)


def test_the_pages_for_signing_in_are_accessible_and_fit_a_phone(
    person: People, axe: str, tmp_path: Path
) -> None:
    somebody = person()
    for address in ("/sign-in", "/set-password/unknown", "/nowhere"):
        somebody.opens(address)
        assert list(faults_of(somebody, axe)) == []
    somebody.opens("/sign-in")
    somebody.presses("Sign in")
    assert somebody.page.get_by_role("alert").is_visible()
    assert list(faults_of(somebody, axe)) == []


def addresses_of(server: Server, role: Role) -> list[str]:
    """One address of each page that a role reaches by following links."""
    client = signed_in(server.app, email_of(role, "forensic" if role is Role.RESEARCHER else ""))
    first: dict[str, str] = {}
    for one in crawl(server.app, client, most=1):
        if one.is_page:
            first.setdefault(one.endpoint, one.address)
    return list(first.values())


def faults_of(somebody: Person, axe: str) -> Iterator[str]:
    """What axe finds on the page at hand at a desk, and what is too wide on a phone."""
    page = somebody.page
    page.evaluate(axe)
    yield from page.evaluate(RUN)
    page.set_viewport_size(PHONE)
    yield from page.evaluate(WIDE)
    page.set_viewport_size(DESK)


def submits_nothing(somebody: Person) -> bool:
    """Send the page's form without answering; whether that shows an error summary."""
    form = somebody.matter.locator("form[method=post]:not(:has([formaction]))").filter(
        has=somebody.page.locator("input:not([type=hidden]), select, textarea")
    )
    if form.count() == 0:
        return False
    for box in form.first.locator("input[type=text], textarea").all():
        if box.is_visible():
            box.fill("")
    with somebody.page.expect_navigation():
        form.first.locator("button[type=submit]:not([aria-hidden])").first.click()
    summary = somebody.page.get_by_role("alert").filter(has_text="There is a problem")
    if summary.count() == 0:
        return False
    assert somebody.page.title().startswith("Error: ")
    assert summary.evaluate("one => document.activeElement.contains(one)")
    assert summary.evaluate("() => document.activeElement.matches('.govuk-error-summary')")
    return True
