"""One person at one browser: what they do in their own words, and everything that goes wrong meanwhile."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Download,
    Locator,
    Page,
    Request,
    Response,
)

from tests.playing import PASSWORD

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
REFUSED = "Failed to load resource"  # what a browser notes of every answer that is not a 200
TELL = """document.addEventListener('securitypolicyviolation', e =>
    console.error('blocked: ' + e.violatedDirective + ' ' + e.blockedURI))"""


@dataclass
class Watch:
    """Notes whatever must not happen in any of our pages."""

    address: str
    faults: list[str] = field(default_factory=list)
    context: BrowserContext | None = None

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a browser."""
        context.add_init_script(TELL)
        context.on("console", self._note_console)
        context.on("weberror", lambda fault: self.faults.append(f"script: {fault.error}"))
        context.on("dialog", self._note_dialog)
        context.on("request", self._note_request)
        context.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.faults.append(f"console: {message.text}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, request: Request) -> None:
        if f"{urlsplit(request.url).scheme}://{urlsplit(request.url).netloc}" != self.address:
            self.faults.append(f"request to another host: {request.url[:200]}")

    def _note_response(self, response: Response) -> None:
        page = response.request.resource_type == "document"
        if response.status >= (500 if page else 400):
            self.faults.append(f"{response.status}: {response.url}")


@dataclass
class Person:
    """Somebody who uses the pages as people do: by what is written on them."""

    page: Page
    address: str

    def opens(self, path: str) -> int:
        """Open a page by its address; gives the status of the answer."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    def signs_in(self, email: str, password: str = PASSWORD) -> None:
        """Sign in from the first page."""
        self.opens("/")
        self.fills("E-mail address", email)
        self.fills("Password", password)
        self.presses("Sign in")
        assert self.page.get_by_text("Signed in as").count() == 1, self.says()

    def signs_out(self) -> None:
        """Sign out."""
        self.presses("Sign out")

    def follows(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Follow the first link of a name in the page's own matter, also one that looks like a button."""
        place = within or self.matter
        link = place.get_by_role("link", name=name)
        link.or_(place.locator("a").and_(place.get_by_role("button", name=name))).first.click()

    def goes_back(self) -> None:
        """Follow the link above the page's matter."""
        self.page.locator(".govuk-back-link").click()

    def goes_to(self, section: str) -> None:
        """Go to a section by the navigation."""
        sections = self.page.get_by_role("navigation", name="Sections")
        # What waits in a section stands behind its name.
        named = re.compile(rf"^{re.escape(section)}( \d+ .*)?$")
        wanted = sections.get_by_role("link", name=named)
        if not wanted.is_visible():
            sections.get_by_text("More").click()
        wanted.click()

    def finds(self, number: str) -> None:
        """Go to a participant by the search box."""
        self.fills("Study number", number)
        self.presses("Search")

    def fills(self, label: str, value: str) -> None:
        """Type into a box by its label."""
        self.page.get_by_role("textbox", name=label, exact=True).fill(value)

    def dates(self, question: str, day: date) -> None:
        """Type a date into its three boxes."""
        for box in ("Day", "Month", "Year"):
            boxes = self._question(question).get_by_label(box, exact=True)
            boxes.fill(str(getattr(day, box.lower())))

    def chooses(self, question: str, *answers: str) -> None:
        """Choose one or several of the answers to a question."""
        for answer in answers:
            self._question(question).get_by_label(answer, exact=True).check()

    def ticks_all(self, question: str) -> None:
        """Tick every box of a question."""
        for box in self._question(question).get_by_role("checkbox").all():
            box.check()

    def picks(self, label: str, answer: str) -> None:
        """Pick from a drop-down."""
        self.page.get_by_label(label, exact=True).select_option(label=answer)

    def presses(self, name: str) -> None:
        """Press a button and wait for what it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).first.click()

    def downloads(self, name: str, to: Path) -> Path:
        """Press a button that gives a file, and keep the file."""
        with self.page.expect_download() as expected:
            self.page.get_by_role("button", name=name, exact=True).first.click()
        given: Download = expected.value
        assert given.failure() is None
        kept = to / given.suggested_filename
        given.save_as(kept)
        return kept

    def _question(self, question: str) -> Locator:
        return self.page.get_by_role("group", name=question, exact=True)

    @property
    def matter(self) -> Locator:
        """The page without what stands around it on every page."""
        return self.page.locator("main")

    def heading(self) -> str:
        """The page's heading."""
        return self.page.locator("h1").inner_text()

    def says(self) -> str:
        """What the page says."""
        return self.matter.inner_text()

    def reads(self, path: str) -> str:
        """The text of something else than a page, asked for as this person."""
        return self.page.request.get(self.address + path).text()
