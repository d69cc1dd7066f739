"""The trail from the command line: check, head, redaction by two people, and who acts."""

from datetime import date

import pytest
from sqlalchemy import text

from tests.cli.conftest import PASSWORD
from trial.conduct.access import Act
from trial.config import SETTINGS_FILE
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.database import open_engine, sessions
from trial.records.models import Change, Cluster
from trial.records.trail import acting


@pytest.fixture
def mistyped(settings, team):
    """A cluster whose gatekeeper's box once held somebody's private matter, corrected since."""
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        cluster = session.get(Cluster, 1)
        for words in ("private matter", "The gatekeeper"):
            with acting(session, by=COMMAND_LINE, name=Act.RECORD_CLUSTER, reason="letter seen"):
                cluster.permission_by = words
                cluster.identified_on = date(2015, 6, 1)
    engine.dispose()


def test_the_check_prints_the_head_that_reports_can_be_held_against(run, team):
    checked = run("trail", "check")
    assert checked.exit_code == 0, checked.output
    newest = checked.output.rsplit("Head: ", 1)[1].strip()
    assert run("trail", "head").output.split()[1] == newest
    assert run("trail", "check", "--anchor", newest).exit_code == 0
    assert run("trail", "check", "--anchor", "0" * 64).exit_code == 1


def test_a_redaction_empties_the_history_and_leaves_the_trail_valid(run, team, mistyped, settings):
    done = run(
        "trail", "redact", "cluster", "1", "permission_by", "--reason", "private matter typed",
        "--second", team[Role.ADMINISTRATOR], "--second-password", PASSWORD,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert run("trail", "check").exit_code == 0
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT old, new FROM change")).all()
        assert not any("private matter" in str(row) for row in kept)
    with sessions(engine)() as session:
        assert session.query(Change).filter(Change.redacted_by.is_not(None)).count() == 2
    engine.dispose()


@pytest.mark.parametrize(
    ("second", "password", "sentence"),
    [
        (Role.ADMINISTRATOR, "not the password", "not right"),
        (Role.TRIAL_MANAGER, PASSWORD, "another than the first"),
    ],
)
def test_a_redaction_needs_two_people(run, team, mistyped, second, password, sentence):
    done = run(
        "trail", "redact", "cluster", "1", "permission_by", "--reason", "typed by mistake",
        "--second", team[second], "--second-password", password,
    )  # fmt: skip
    assert done.exit_code == 1
    assert sentence in done.output


def test_a_value_that_still_stands_is_not_redacted(run, team, mistyped):
    done = run(
        "trail", "redact", "cluster", "1", "identified_on", "--reason", "typed by mistake",
        "--second", team[Role.ADMINISTRATOR], "--second-password", PASSWORD,
    )  # fmt: skip
    assert done.exit_code == 1
    assert "Correct the value itself first" in done.output


def test_outside_a_demonstration_somebody_must_be_named(run, team, settings):
    (settings.instance / SETTINGS_FILE).write_text("demonstration = false\n")
    nobody = run("trail", "check")
    assert nobody.exit_code == 2
    assert "Say who acts" in nobody.output
    assert run("trail", "check", as_=team[Role.AUDITOR]).exit_code == 0
    assert run("trail", "check", as_="nobody@example.org").exit_code == 2


def test_a_role_that_may_not_check_is_told_so(run, team):
    done = run("trail", "check", as_=team[Role.STATISTICIAN])
    assert done.exit_code == 1
    assert "may not do this" in done.output
