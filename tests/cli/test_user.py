"""Accounts from the command line."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from trial.cli import trial as command
from trial.config import Settings
from trial.records.database import sessions
from trial.records.models import Act
from trial.web.accounts import Account

ADMIN = ("user", "add", "--email", "a@example.org", "--name", "A", "--role", "administrator")
SOMEBODY = ("user", "add", "--email", "r@example.org", "--name", "R", "--role", "researcher")


@pytest.fixture
def run(settings: Settings, session: object) -> Callable[..., Result]:
    """Runs the command against this test's instance, in which the trial has begun."""

    def call(*arguments: str) -> Result:
        env = {
            "TRIAL_INSTANCE": str(settings.instance),
            "TRIAL_DATABASE_URL": settings.database_url,
            "TRIAL_USER": None,
        }
        session.rollback()  # type: ignore[attr-defined]
        return CliRunner().invoke(command, list(arguments), env=env)

    return call


def test_the_first_account_is_an_administrator_made_by_the_command_line(
    run: Callable[..., Result], engine: Engine
) -> None:
    refused = run(*SOMEBODY, "--cluster", "city-forensic")
    assert refused.exit_code == 1 and "first account is an administrator" in refused.output
    made = run(*ADMIN)
    assert made.exit_code == 0, made.output
    assert "/set-password/" in made.output and "password is" not in made.output
    with sessions(engine)() as session:
        last = session.scalars(select(Act).order_by(Act.number.desc())).first()
        assert last is not None and (last.by, last.by_name) == (0, "the command line")


def test_afterwards_an_administrator_acts(run: Callable[..., Result], engine: Engine) -> None:
    run(*ADMIN)
    assert run(*SOMEBODY, "--cluster", "city-forensic").exit_code == 2
    made = run("--as", "a@example.org", *SOMEBODY, "--cluster", "city-forensic")
    assert made.exit_code == 0, made.output
    assert run("--as", "r@example.org", "user", "list").exit_code == 1
    listed = run("--as", "a@example.org", "user", "list").output
    assert "r@example.org  R  researcher  active  City Community Forensic Service" in listed


def test_resetting_and_ending_need_a_reason_and_end_at_once(
    run: Callable[..., Result], engine: Engine
) -> None:
    run(*ADMIN)
    run("--as", "a@example.org", *SOMEBODY, "--cluster", "city-forensic")
    link = run("--as", "a@example.org", "user", "reset", "r@example.org", "--reason", "lost it")
    assert link.exit_code == 0 and "/set-password/" in link.output
    ended = run("--as", "a@example.org", "user", "deactivate", "r@example.org", "--reason", "left")
    assert ended.exit_code == 0, ended.output
    with sessions(engine)() as session:
        account = session.scalars(select(Account).where(Account.email == "r@example.org")).one()
        assert not account.active and account.clusters_now() == frozenset()
        reasons = set(session.scalars(select(Act.reason)))
        assert {"lost it", "left"} <= reasons


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("--cluster", "nowhere"), "No such cluster: nowhere"),
        ((), "Choose at least one cluster"),
        (("--cluster", "city-forensic", "--name", "bad\x07name"), "cannot be kept"),
        (("--cluster", "city-forensic", "--email", "a@example.org"), "never used again"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Callable[..., Result], changed: tuple[str, ...], says: str
) -> None:
    run(*ADMIN)
    refused = run("--as", "a@example.org", *SOMEBODY, *changed)
    assert refused.exit_code in (1, 2)
    assert says in refused.output and "Traceback" not in refused.output
