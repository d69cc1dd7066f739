"""The command itself: every command has help and stands in the docs, and bad arguments get a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from trial.cli import COMMANDS, trial

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text()


def leaves(group: click.Group, path: tuple[str, ...] = ()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(("path", "command"), list(leaves(trial)), ids=lambda p: str(p)[:40])
def test_every_command_has_help_and_stands_in_the_docs(path, command):
    assert command.help
    assert f"`trial {' '.join(path)}" in DOCS
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_one_line_of_each_command_is_its_own(name):
    loaded = trial.get_command(click.Context(trial), name)
    assert loaded is not None
    assert loaded.help.split(".")[0].split("\n")[0][:20] == COMMANDS[name][1][:20]


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_bytes_that_are_no_text_get_a_sentence(where):
    environ = dict(os.environ)
    arguments = [sys.executable, "-c", "from trial.cli import main; main()"]
    if where == "argument":
        arguments += [b"--as", b"\xff\xfe", b"trail", b"check"]
    else:
        environ["TRIAL_USER"] = os.fsdecode(b"\xed\xa0\x80")
        arguments += ["trail", "check"]
    done = subprocess.run(arguments, env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "not valid UTF-8" in done.stderr
    assert "Traceback" not in done.stderr


def test_control_characters_in_a_reason_are_refused(run, team):
    done = run("report", "feasibility", "--json", "x.json", "--unblind", "--reason", "a\u202eb")
    assert done.exit_code == 2
    assert "cannot be kept" in done.output
