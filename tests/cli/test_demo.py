"""The command that plays the demonstration."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trial.cli import trial
from trial.config import read_settings
from trial.protocol.roles import Role
from trial.records.database import open_engine, sessions
from trial.records.trail import head
from trial.web.app import create_app
from trial.web.database import db

Run = Callable[..., Result]


def runner(folder: Path) -> Run:
    environ = dict.fromkeys(["TRIAL_DATABASE_URL", "TRIAL_OWNER_URL", "TRIAL_USER"], None)
    environ |= {"TRIAL_INSTANCE": str(folder), "TRIAL_PROTOCOL": None}
    return lambda *arguments: CliRunner(env=environ).invoke(trial, list(arguments))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("played") / "instance"
    made.mkdir()
    (made / "README.md").write_text("What git keeps here.")
    return made


@pytest.fixture(scope="module")
def played(folder: Path) -> Result:
    """The demonstration, played once for this module."""
    result = runner(folder)("demo")
    assert result.exit_code == 0, result.output
    return result


def ways(result: Result) -> dict[str, str]:
    return dict(re.findall(r"(\S+@example\.org)\s+(\S+)$", result.stdout, re.MULTILINE))


def test_an_account_of_every_role_is_printed_with_its_password(played: Result) -> None:
    assert {role.value for role in Role} <= set(
        re.findall(r"^(\w+(?: \w+)?)\s\s+\S+@", played.stdout, re.MULTILINE)
    )
    assert len(set(ways(played).values())) == 9


def test_progress_goes_to_the_error_stream(played: Result) -> None:
    assert "Playing October 2015: 2 of 18 enrolled" in played.stderr
    assert "Playing" not in played.stdout


def test_no_password_and_no_place_is_written_to_a_file(played: Result, folder: Path) -> None:
    secrets = [*ways(played).values(), str(folder)]
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [one for one in secrets if one.encode() in content], file


def test_the_instance_is_a_demonstration_with_its_own_today(played: Result, folder: Path) -> None:
    assert (folder / "settings.toml").read_text() == "demonstration = true\ntoday = 2017-01-20\n"


def test_the_trail_holds(played: Result, folder: Path) -> None:
    result = runner(folder)("trail", "check")
    assert result.exit_code == 0, result.output


def test_the_report_tells_the_published_totals(
    played: Result, folder: Path, tmp_path: Path
) -> None:
    result = runner(folder)("report", "feasibility", "--json", str(tmp_path / "report.json"))
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "report.json").read_text())["recruitment"]
    assert (found["enrolled"], found["by_arm"]) == (18, {"IPS": 11, "TAU": 7})


def test_the_process_report_tells_the_published_figures_and_the_draw_verifies(
    played: Result, folder: Path, tmp_path: Path
) -> None:
    made = [str(tmp_path / name) for name in ("process.json", "process.pdf")]
    result = runner(folder)("report", "process", "--json", made[0], "--pdf", made[1])
    assert result.exit_code == 0, result.output
    found = json.loads(Path(made[0]).read_text())
    final, held = found["fidelity"]["final"], found["interviews"]
    assert (final["total"], final["band"], len(final["unassessed"])) == (85, "fair", 3)
    assert [held[group] for group in ("staff", "patient", "employer")] == [11, 3, 5]
    assert Path(made[1]).read_bytes().startswith(b"%PDF")
    verified = runner(folder)("draw", "verify")
    assert verified.exit_code == 0 and verified.output.count("OK  ") == 3
    blinded = runner(folder)(
        "--as", "statistician@example.org", "report", "process", "--json", made[0]
    )
    assert blinded.exit_code == 1 and "may not do this" in blinded.output


def test_everybody_can_sign_in(played: Result, folder: Path) -> None:
    app = create_app(read_settings({"TRIAL_INSTANCE": str(folder)}), WTF_CSRF_ENABLED=False)
    for email, password in ways(played).items():
        answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 302, email
    with app.app_context():
        db.engine.dispose()


def test_it_is_not_played_twice(played: Result, folder: Path) -> None:
    engine = open_engine(f"sqlite:///{folder / 'trial.sqlite'}")
    with sessions(engine)() as session:
        before = head(session)
        session.rollback()
        result = runner(folder)("demo")
        assert result.exit_code == 1
        assert "in use already" in result.output
        assert head(session) == before
    engine.dispose()


@pytest.mark.parametrize(
    "kept, sentence",
    [
        ({"settings.toml": "demonstration = false\n"}, "not a demonstration"),
        ({"trial.sqlite": ""}, "not a demonstration"),
        ({"settings.toml": "demonstration = true\ntoday = 2016-05-01\n"}, "played up to"),
        (
            {
                "settings.toml": 'demonstration = true\ntoday = 2017-01-20\nprotocol = "p.toml"\n',
                "p.toml": (Path(__file__).parents[1] / "protocol" / "other.toml").read_text(),
            },
            "take its protocol.toml away",
        ),
    ],
    ids=["real", "unknown", "too-early", "other-protocol"],
)
def test_it_is_refused_in_words(tmp_path: Path, kept: dict[str, str], sentence: str) -> None:
    for name, content in kept.items():
        (tmp_path / name).write_text(content)
    result = runner(tmp_path)("demo")
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("scale", ["0", "-1", "many"])
def test_a_scale_that_is_no_number_of_times_is_refused(tmp_path: Path, scale: str) -> None:
    assert runner(tmp_path)("demo", "--scale", scale).exit_code == 2
    assert list(tmp_path.iterdir()) == []
