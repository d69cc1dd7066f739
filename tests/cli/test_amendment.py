"""Amending the protocol from the command line: what would change, the adoption, and who may."""

import shutil
from pathlib import Path

import pytest

from trial.protocol import load
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role


@pytest.fixture
def amended(tmp_path: Path) -> Path:
    folder = tmp_path / "amended"
    shutil.copytree(SHIPPED, folder)
    file = folder / "1-design.toml"
    file.write_text(file.read_text().replace('version = "1.0"', 'version = "1.1"', 1))
    return folder


def test_check_tells_what_would_change(run, team, amended):
    visits = amended / "4-follow-up.toml"
    visits.write_text(
        visits.read_text().replace("closes_days_after = 56", "closes_days_after = 42")
    )
    done = run("protocol", "check", str(amended))
    assert done.exit_code == 0, done.output
    assert "  visits: month-12: The visit month-12 changes (closes days after)" in done.output
    assert "cannot be adopted" not in done.output


def test_check_exits_1_where_the_records_do_not_allow_it(run, team, amended):
    design = amended / "1-design.toml"
    design.write_text(
        design.read_text()
        .replace('version = "1.1"', 'version = "1.0"', 1)
        .replace("IPSOH:", "IPSOH :")
    )
    done = run("protocol", "check", str(amended))
    assert done.exit_code == 1
    assert "cannot be adopted: version: Give it a version later than 1.0." in done.output


def test_adoption_is_an_act_of_somebody_who_may(run, team, amended):
    ask = ("protocol", "adopt", str(amended), "--reason", "Amendment 1")
    refused = run(*ask, as_=team[Role.STATISTICIAN])
    assert refused.exit_code == 1
    done = run(*ask, as_=team[Role.TRIAL_MANAGER])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        f"The trial runs under version 1.1, sha256 {load(amended).sha256}."
    )
    again = run(*ask, as_=team[Role.TRIAL_MANAGER])
    assert again.exit_code == 1 and "later than 1.1" in again.output
    assert run("trail", "check").exit_code == 0
