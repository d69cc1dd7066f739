"""The application over a test's own database, and people who sign in to it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conduct.recruiting import Recruiting
from tests.playing import closed, copied, opened, played
from tests.web.recruited import recruiting
from trial.conduct import begin
from trial.conduct.access import Act
from trial.config import Settings
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Cluster
from trial.records.trail import acting
from trial.web import account_acts, passwords
from trial.web.accounts import ASSIGNED
from trial.web.app import create_app
from trial.web.database import db

PASSWORD = "copper lantern walks"
CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


class Dirty(AssertionError):
    """A request ended with something unsaved in its session."""


@dataclass
class Browser:
    """One person's browser: it sends the hidden fields of the page that it last opened."""

    client: FlaskClient
    page: TestResponse | None = None

    def get(self, address: str, **rest: Any) -> TestResponse:
        self.page = self.client.get(address, **rest)
        return self.page

    def post(self, address: str, form: dict[str, Any] | None = None, **rest: Any) -> TestResponse:
        """Send a form with the hidden fields of the page at hand (or of the page at the address)."""
        if self.page is None or "csrf_token" not in self.page.text:
            self.get(address)
        self.page = self.client.post(address, data={**self.hidden(), **(form or {})}, **rest)
        return self.page

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page at hand."""
        assert self.page is not None
        return hidden(self.page.text)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page by name."""
    found = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [
        (re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in found
    ]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


@pytest.fixture
def app(settings: Settings, protocol: Protocol) -> Iterator[Flask]:
    """The application; the trial has begun, and a request that ends dirty fails its test."""
    app = create_app(settings, TESTING=True, SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP)

    @app.after_request
    def refuse_dirty(response: Any) -> Any:
        if db.session.new or db.session.dirty or db.session.deleted:
            raise Dirty("the request left something unsaved")
        return response

    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
        begin.begin(db.session(), protocol)
    passwords.common.cache_clear()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def variant(app: Flask, settings: Settings) -> Iterator[Callable[..., Flask]]:
    """The same instance under other settings: ``variant(second_factor=True)``."""
    made: list[Flask] = []

    def make(**changed: Any) -> Flask:
        other = create_app(
            replace(settings, **changed),
            TESTING=True,
            SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP,
        )
        made.append(other)
        return other

    yield make
    for other in made:
        with other.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def template(shared: Path) -> Path:
    """The instance in which the demonstration has been played."""
    return played(shared)


@pytest.fixture
def demonstration(template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application over this test's own copy of the demonstration."""
    app = opened(copied(template, tmp_path / "copy"))
    yield app
    closed(app)


@pytest.fixture(scope="module")
def shown(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over one copy of the demonstration for tests that only look."""
    app = opened(copied(template, tmp_path_factory.mktemp("shown") / "copy"))
    yield app
    closed(app)


@pytest.fixture
def play(app: Flask, protocol: Protocol, settings: Settings) -> Iterator[Recruiting]:
    """The acts of recruitment behind the pages."""
    with recruiting(app, protocol, settings) as play:
        yield play


@pytest.fixture
def own(play: Recruiting) -> Cluster:
    """An open cluster, the researcher's own."""
    wanted = select(Cluster).where(Cluster.key == "city-forensic")
    return play.open(play.session.scalars(wanted).one())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app.test_client())


@pytest.fixture
def account(app: Flask) -> Callable[..., int]:
    """Makes an account of a role and gives its number: ``account(Role.RESEARCHER, clusters={1})``."""

    def make(
        role: Role = Role.TRIAL_MANAGER,
        clusters: set[int] | None = None,
        email: str | None = None,
        password: str | None = PASSWORD,
    ) -> int:
        seen = clusters if clusters is not None else ({1, 2} if role in ASSIGNED else set())
        with app.app_context():
            kept = passwords.kept(password) if password else None
            session = db.session()
            with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
                made = account_acts.make(
                    session,
                    email=email or f"{role.value.replace(' ', '.')}@example.org",
                    name=f"A {role.value}",
                    role=role,
                    clusters=seen,
                    password=kept,
                    at=app.extensions["trial_settings"].clock.now(),
                )
            number: int = made.id
        return number

    return make


@pytest.fixture
def sign_in(app: Flask, account: Callable[..., int]) -> Callable[..., Browser]:
    """Makes an account and signs it in: ``browser = sign_in(Role.RESEARCHER, clusters={1})``."""

    def enter(
        role: Role = Role.TRIAL_MANAGER, clusters: set[int] | None = None, email: str | None = None
    ) -> Browser:
        name = email or f"{role.value.replace(' ', '.')}@example.org"
        account(role, clusters, name)
        browser = Browser(app.test_client())
        answer = browser.post("/sign-in", {"email": name, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        browser.page = None
        return browser

    return enter


@pytest.fixture
def researcher(sign_in: Callable[..., Browser], own: Cluster) -> Browser:
    """A researcher of the open cluster."""
    return sign_in(Role.RESEARCHER, clusters={own.id})
