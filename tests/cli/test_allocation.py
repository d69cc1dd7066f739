"""The allocation from the command line: verified step by step, its certificate, its text."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, Ceremony
from trial.config import Settings
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.database import open_engine, sessions
from trial.records.models import Cluster
from trial.web.accounts import by_email

Run = Callable[..., Result]
Team = dict[Role, str]


@pytest.fixture
def opened(settings: Settings, team: Team) -> Iterator[Session]:
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield session
    engine.dispose()


@pytest.fixture
def played(opened: Session, protocol: Protocol, team: Team) -> Ceremony:
    """A ceremony whose two people are the accounts of this instance."""
    number = {role: by_email(opened, email) for role, email in team.items()}
    manager, second = number[Role.TRIAL_MANAGER], number[Role.ADMINISTRATOR]
    assert manager is not None
    assert second is not None
    return Ceremony(
        opened, protocol, replace(MANAGER, id=manager.id), replace(SECOND, id=second.id)
    )


def draw(played: Ceremony) -> None:
    played.drawn()
    played.session.close()


def test_every_step_of_a_draw_is_told_ok(played: Ceremony, run: Run, team: Team) -> None:
    draw(played)
    done = run("allocation", "verify", as_=team[Role.AUDITOR])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[-1] == "The allocation is verified."
    assert len(lines) == 9
    assert all(line.startswith("OK    ") for line in lines[:-1])


def test_a_changed_arm_is_told_with_status_one(played: Ceremony, run: Run, team: Team) -> None:
    played.drawn()
    table = Cluster.__table__
    played.session.connection().execute(
        update(table).where(table.c.key == "city-forensic").values(arm="X")
    )
    played.session.connection().commit()
    played.session.close()
    done = run("allocation", "verify", as_=team[Role.TRIAL_MANAGER])
    assert done.exit_code == 1
    assert "FAIL  The scheme gives every cluster the arm on record" in done.output
    assert "The allocation is not verified." in done.output
    blinded = run("allocation", "verify", as_=team[Role.STATISTICIAN])
    assert (blinded.exit_code, blinded.output) == (1, "not verified\n")


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.DATA_MANAGER])
def test_a_blinded_account_is_told_one_word(
    played: Ceremony, run: Run, team: Team, role: Role
) -> None:
    draw(played)
    done = run("allocation", "verify", as_=team[role])
    assert (done.exit_code, done.output) == (0, "verified\n")
    text = run("allocation", "text", as_=team[role])
    assert text.exit_code == 1
    assert "a blinded account is not shown it" in text.output
    certificate = run("allocation", "certificate", "--json", "c.json", as_=team[role])
    assert certificate.exit_code == 1
    assert not Path("c.json").exists()


def test_before_the_draw_each_command_says_so(run: Run, team: Team, played: Ceremony) -> None:
    played.session.close()
    manager = team[Role.TRIAL_MANAGER]
    for words, said in (
        (("verify",), "The draw has not been made"),
        (("certificate", "--json", "c.json"), "The draw has not been made"),
        (("text",), "No allocation is frozen"),
    ):
        done = run("allocation", *words, as_=manager)
        assert done.exit_code == 1
        assert said.lower() in done.output.lower()


def test_the_text_has_the_fingerprint_f(played: Ceremony, run: Run, team: Team) -> None:
    played.open()
    f = played.freeze().frozen_hash
    played.session.close()
    done = run("allocation", "text", as_=team[Role.TRIAL_MANAGER])
    assert done.exit_code == 0
    assert hashlib.sha256(done.stdout_bytes).hexdigest() == f


def test_a_certificate_verifies_without_an_instance(
    played: Ceremony, run: Run, team: Team, tmp_path: Path
) -> None:
    draw(played)
    json_, pdf = tmp_path / "c.json", tmp_path / "c.pdf"
    written = run(
        "allocation", "certificate", "--json", str(json_), "--pdf", str(pdf),
        as_=team[Role.TRIAL_MANAGER],
    )  # fmt: skip
    assert written.exit_code == 0, written.output
    assert "It tells the arms" in written.output
    assert pdf.read_bytes().startswith(b"%PDF")
    done = run("allocation", "verify", "--certificate", str(json_))
    assert done.exit_code == 0
    assert "The allocation is verified." in done.output
    json_.write_text(json_.read_text().replace('"scheme": ', '"scheme": 9'))
    changed = run("allocation", "verify", "--certificate", str(json_))
    assert changed.exit_code == 1
    assert "FAIL  F and the two codes give the number of the scheme" in changed.output
    last = run("trail", "check", as_=team[Role.TRIAL_MANAGER])
    assert last.exit_code == 0


def test_what_is_no_certificate_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    missing = run("allocation", "verify", "--certificate", str(file))
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output
    file.write_bytes(b"\xff\xfe")
    for content in (b"\xff\xfe", b"[]", b"{", b'{"ceremony": {}}'):
        file.write_bytes(content)
        done = run("allocation", "verify", "--certificate", str(file))
        assert done.exit_code == 1
        assert "is not a certificate of an allocation" in done.output


def test_a_certificate_needs_a_place(run: Run, team: Team) -> None:
    done = run("allocation", "certificate", as_=team[Role.TRIAL_MANAGER])
    assert done.exit_code == 2
    assert "Say where to write it" in done.output


def test_the_certificate_is_for_the_two_who_drew(
    played: Ceremony, run: Run, team: Team, tmp_path: Path
) -> None:
    draw(played)
    file = tmp_path / "c.json"
    early = run("allocation", "certificate", "--json", str(file), as_=team[Role.AUDITOR])
    assert early.exit_code == 1
    assert "only for the two people who drew" in early.output
    assert not file.exists()
