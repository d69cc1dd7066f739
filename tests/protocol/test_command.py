"""The command `trial protocol`: what it prints and how it exits."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trial.cli.protocol import commands
from trial.protocol import load

OTHER = Path(__file__).parent / "other.toml"


def run(*arguments: str, instance: Path | None = None) -> Result:
    environ = {"TRIAL_INSTANCE": str(instance)} if instance else {}
    return CliRunner().invoke(commands, arguments, env=environ)


def test_check_of_a_sound_file() -> None:
    done = run("check", str(OTHER))
    assert done.exit_code == 0
    assert done.output == f"ok: HARBOUR version 2.3, sha256 {load(OTHER).sha256}\n"


def test_check_without_a_file_checks_the_protocol_of_the_instance(tmp_path: Path) -> None:
    done = run("check", instance=tmp_path)
    assert done.output == f"ok: IPSOH version 1.0, sha256 {load().sha256}\n"
    (tmp_path / "protocol.toml").write_bytes(OTHER.read_bytes())
    assert run("check", instance=tmp_path).output.startswith("ok: HARBOUR")


def test_check_prints_all_faults_and_exits_1(tmp_path: Path) -> None:
    file = tmp_path / "trial.toml"
    spoilt = (
        OTHER.read_text().replace("target = 240", "target = 0").replace("months = 9", "months = 2")
    )
    file.write_text(spoilt)
    done = run("check", str(file))
    assert done.exit_code == 1
    assert done.stdout.count("trial.toml line ") == 2
    assert "recruitment.target: Enter 1 or more." in done.stdout
    assert "visits[3].months: Put the visits in order of time" in done.stdout
    assert done.stderr == "2 faults\n"


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_missing_file_is_a_fault(command: str, tmp_path: Path) -> None:
    done = run(command, str(tmp_path / "nothing.toml"))
    assert done.exit_code == 1
    assert "There is no such file or folder: check the path." in done.stdout
    assert done.stderr == "1 fault\n"


def test_show_says_what_is_assumed(tmp_path: Path) -> None:
    done = run("show", instance=tmp_path)
    assert done.exit_code == 0
    assert "Recruitment: 1 September 2015 to 29 February 2016, target 40" in done.output
    assert (
        "12-month follow-up: 12 months after enrolment, from 14 days before to 56 days after"
        in done.output
    )
    assert "  progression[4]\n" in done.output
    assert done.output.endswith("  verification\n")


def test_show_where_nothing_is_assumed() -> None:
    done = run("show", str(OTHER))
    assert done.exit_code == 0
    assert done.output.endswith("Nothing is assumed.\n")
