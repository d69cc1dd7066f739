"""The command that runs every check over all data."""

from click.testing import CliRunner

from trial.cli import trial
from trial.protocol.roles import Role


def test_the_check_says_what_it_did_and_runs_again(team, settings, monkeypatch):
    monkeypatch.setenv("TRIAL_INSTANCE", str(settings.instance))
    monkeypatch.setenv("TRIAL_DATABASE_URL", settings.database_url)
    run = CliRunner()
    for role, status in ((Role.DATA_MANAGER, 0), (Role.ADMINISTRATOR, 0), (Role.AUDITOR, 1)):
        done = run.invoke(trial, ["--as", team[role], "queries", "check", "--days", "7"])
        assert done.exit_code == status, done.output
        said = "Raised 0 queries, settled 0." if status == 0 else "may not do this: check queries"
        assert said in done.output
    assert run.invoke(trial, ["queries", "check", "--days", "-1"]).exit_code == 2
