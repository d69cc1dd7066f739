"""The scripts: what each promises, and what it says on a machine that lacks something."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted([*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"])
RUNNABLE = [script for script in SCRIPTS if script.suffix != ".sh"]
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+")

FAKE_TRIAL = """#!/usr/bin/env bash
echo "$*" >>"{calls}"
if [[ $1 == demo ]]; then
    touch "$TRIAL_INSTANCE/trial.sqlite"
    [[ ! -e {breaks} ]] || exit 3
fi
"""


def normal(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    return {normal(line.split("==")[0]): line for line in pins}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_sound_short_and_says_its_purpose(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash" or script not in RUNNABLE
    assert lines[1].startswith("# ") and lines[1].endswith((".", ",", ":", ";"))
    assert len(lines) <= 400
    assert os.access(script, os.X_OK) == (script in RUNNABLE)
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("script", RUNNABLE, ids=lambda script: script.name)
def test_a_script_stops_at_an_unset_name_and_a_broken_pipe(script: Path) -> None:
    assert re.search(r"^set -e?uo pipefail$", script.read_text(), re.MULTILINE)


def test_every_python_package_is_pinned_to_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {normal(re.split(r"[\[<>=~! ]", line)[0]) for line in wanted}
    assert names - set(pinned()) == set()
    assert [line for line in pinned().values() if not PIN.fullmatch(line)] == []


def test_every_package_of_the_pages_is_pinned_without_an_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [v for v in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert {n: locked[f"node_modules/{n}"]["version"] for n in versions} == versions
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_the_framework_is_the_version_that_its_macros_target() -> None:
    macros = metadata("govuk-frontend-jinja")
    text = macros["Description"] or str(macros.get_payload())
    row = re.search(rf"\[{re.escape(macros['Version'])}\]\S* *\| *\[(\d+\.\d+\.\d+)\]", text)
    assert row is not None
    assert json.loads((ROOT / "package.json").read_text())["dependencies"] == {
        "govuk-frontend": row[1]
    }


def test_the_readme_opens_with_the_two_commands_and_ci_runs_the_tests_and_the_checks() -> None:
    opening = (ROOT / "README.md").read_text().split("\n## ")[0]
    assert "scripts/run" in opening and "scripts/test" in opening
    ci = (ROOT / ".ci" / "run").read_text()
    assert "scripts/test" in ci and "scripts/check" in ci


def test_the_guide_to_installing_names_every_setting() -> None:
    config = (ROOT / "trial" / "config.py").read_text()
    settings = set(re.findall(r'env\.get\("(\w+)"\)', config))
    settings |= set(re.findall(r'kept\.get\("(\w+)"', config))
    guide = (ROOT / "docs" / "installing.md").read_text()
    assert len(settings) > 8
    assert sorted(setting for setting in settings if f"`{setting}`" not in guide) == []


def run(script: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script], env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )


def test_the_tests_name_the_one_command_that_installs_a_missing_browser() -> None:
    ran = run(ROOT / "scripts" / "test", CHROMIUM="/nowhere/chromium")
    assert ran.returncode == 1
    assert ran.stderr.endswith("Install it with: sudo apt-get install chromium\n")


def copied(folder: Path) -> Path:
    """A project of nothing but its scripts."""
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    return folder / "scripts"


def test_setup_names_the_one_command_that_installs_what_an_environment_needs(
    tmp_path: Path,
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
    python.chmod(0o755)
    ran = run(copied(tmp_path) / "setup", PYTHON=str(python))
    assert ran.returncode == 1
    assert ran.stderr.endswith("Install what is missing with: sudo apt-get install python3-venv\n")
    assert not (tmp_path / ".venv").exists()


def test_setup_refuses_an_old_python(tmp_path: Path) -> None:
    ran = run(copied(tmp_path) / "setup", PYTHON="/bin/false")
    assert ran.returncode == 1
    assert ran.stderr == (
        "Python 3.11 or newer is needed. Install it with: sudo apt-get install python3\n"
    )


class Start:
    """`scripts/run` in a project of its own, with a `trial` that only writes down what is asked."""

    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls"
        self.breaks = folder / "breaks"
        self.instance = folder / "instance"
        self.script = copied(folder) / "run"
        (folder / "scripts" / "setup").write_text("#!/bin/sh\n")
        trial = folder / ".venv" / "bin" / "trial"
        trial.parent.mkdir(parents=True)
        trial.write_text(FAKE_TRIAL.format(calls=self.calls, breaks=self.breaks))
        trial.chmod(0o755)

    def __call__(self, **environ: str) -> list[str]:
        """Start once; give the commands that were asked for."""
        self.calls.write_text("")
        run(self.script, TRIAL_INSTANCE=str(self.instance), TRIAL_DATABASE_URL="", **environ)
        return self.calls.read_text().splitlines()


def test_the_first_start_plays_the_demonstration_and_the_second_keeps_it(tmp_path: Path) -> None:
    start = Start(tmp_path)
    assert start() == ["demo", "serve"]
    assert [kept.name for kept in start.instance.iterdir()] == ["trial.sqlite"]
    assert start() == ["migrate", "serve"]


def test_a_demonstration_cut_short_is_played_anew(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.breaks.touch()
    assert start() == ["demo"]
    assert not (start.instance / "trial.sqlite").exists()
    start.breaks.unlink()
    assert start() == ["demo", "serve"]
