"""The command line over a test's own instance."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from trial.cli import trial
from trial.conduct import begin
from trial.conduct.access import Act
from trial.config import Settings
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.database import open_engine, sessions
from trial.records.trail import acting
from trial.web import account_acts, passwords
from trial.web.app import create_app
from trial.web.database import db

PASSWORD = "copper lantern walks"
CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


@pytest.fixture
def team(settings: Settings, protocol: Protocol) -> dict[Role, str]:
    """An account of each role that needs no cluster, by e-mail address."""
    engine = open_engine(settings.database_url)
    app = create_app(settings, SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP)
    roles = (
        Role.TRIAL_MANAGER,
        Role.ADMINISTRATOR,
        Role.STATISTICIAN,
        Role.AUDITOR,
        Role.DATA_MANAGER,
    )
    with sessions(engine)() as session, app.app_context():
        session.info["clock"] = settings.clock
        with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
            begin.begin(session, protocol)
            for role in roles:
                _make(session, settings, role)
        db.engine.dispose()
    engine.dispose()
    return {role: _email(role) for role in roles}


def _make(session: Session, settings: Settings, role: Role) -> None:
    made = account_acts.make(
        session,
        email=_email(role),
        name=f"A {role.value}",
        role=role,
        clusters=[],
        at=settings.clock.now(),
    )
    account_acts.set_password(made, password=passwords.kept(PASSWORD))


def _email(role: Role) -> str:
    return f"{role.value.replace(' ', '.')}@example.org"


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    """Runs a command: ``run("trail", "check", as_=email)``."""

    def invoke(*arguments: str, as_: str | None = None, **rest: str) -> Result:
        environ = {
            "TRIAL_INSTANCE": str(settings.instance),
            "TRIAL_DATABASE_URL": settings.database_url,
            "TRIAL_OWNER_URL": settings.owner_url,
            "TRIAL_USER": None,
        }
        who = ["--as", as_] if as_ else []
        return CliRunner(env=environ).invoke(trial, [*who, *arguments], **rest)

    return invoke
