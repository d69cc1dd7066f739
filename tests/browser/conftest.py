"""A real browser before a copy of the demonstration, served on this machine and watched all the while."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.person import DESK, Person, Watch
from tests.playing import Server, closed, copied, copied_on, email_of, opened, played, served
from trial.config import Settings
from trial.protocol.roles import Role

CHROMIUM = os.environ.get("CHROMIUM", "chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SECONDS = 1000


@pytest.fixture(scope="session")
def template(shared: Path) -> Path:
    """The instance in which the demonstration has been played."""
    return played(shared)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this worker."""
    found = shutil.which(CHROMIUM)
    if found is None:
        pytest.fail("Chromium is missing. Install it with: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(params=["sqlite"])
def demonstration(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """This test's own copy of the demonstration; journeys are played on PostgreSQL too."""
    if request.param == "sqlite":
        yield copied(request.getfixturevalue("template"), tmp_path / "instance")
        return
    address, shared = request.getfixturevalue("postgres"), request.getfixturevalue("shared")
    with copied_on(address, shared, tmp_path / "instance") as settings:
        yield settings


@pytest.fixture
def server(demonstration: Settings) -> Iterator[Server]:
    """The copy of the demonstration, served."""
    app = opened(demonstration)
    with served(app) as server:
        yield server
        assert server.blocked == []
    closed(app)


@pytest.fixture
def person(chromium: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Somebody at a fresh browser: ``person(Role.AUDITOR)`` has signed in, ``person()`` has not."""
    watch = Watch(server.address)
    contexts = []

    def come(role: Role | None = None, where: str = "", **rest: Any) -> Person:
        context = chromium.new_context(viewport=DESK, locale="en-GB", **rest)
        context.set_default_timeout(10 * SECONDS)
        watch.over(context)
        contexts.append(context)
        somebody = Person(context.new_page(), server.address)
        if role is not None:
            somebody.signs_in(email_of(role, where or _usual(role)))
        return somebody

    yield come
    for context in contexts:
        context.close()
    assert watch.faults == []


def _usual(role: Role) -> str:
    return "forensic" if role is Role.RESEARCHER else ""
