"""The draw redone by hand, with openssl and bc and nothing of ours, from the docs and from certificates."""

import io
import re
import subprocess
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, TODAY, Ceremony
from trial import report as told
from trial.conduct import begin
from trial.conduct.access import Act
from trial.conduct.allocation import certificate, kept
from trial.protocol import Protocol, load
from trial.records.actor import COMMAND_LINE
from trial.records.models import Cluster
from trial.records.trail import acting

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
FURNITURE = re.compile(
    r"Page \d+ of \d+|F [0-9a-f]{64}|Trail head .*"
    r"|Lines of the frozen text.*|Line|Text|Line Text|A long line.*"
)


def blocks() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "allocation.md").read_text()
    return BLOCK.findall(text[text.index("## A worked example") :])


def run(folder: Path, *scripts: str) -> str:
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail"],
        input="\n".join(scripts),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_the_example_of_the_docs_gives_what_it_says(tmp_path: Path) -> None:
    (_, given), (_, commands), (kind, printed) = blocks()[:3]
    assert kind == "text"
    assert run(tmp_path, given, commands) == printed


def lines_of(content: bytes) -> list[str]:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines()]


def frozen_lines(lines: list[str]) -> list[str]:
    """The lines of the frozen text, found by their numbers; a long one goes on below itself."""
    start = lines.index("Lines of the frozen text")
    found: list[str] = []
    for line in lines[start : lines.index("How to redo the draw by hand")]:
        number, _, text = line.partition(" ")
        if number == str(len(found) + 1):
            found.append(text)
        elif found and line and not FURNITURE.fullmatch(line):
            found[-1] = f"{found[-1]} {line}".strip()
    return found


def given_by(content: bytes) -> tuple[str, dict[str, str]]:
    """What a certificate says, as the shell script with which the docs begin."""
    lines = lines_of(content)

    def after(what: str) -> str:
        found = re.search(rf"^{re.escape(what)}\s+(\S+)$", "\n".join(lines), re.MULTILINE)
        assert found, what
        return found[1]

    said = {
        "first_account": after("First person, account"),
        "first_code": after("First person, code"),
        "second_account": after("Second person, account"),
        "second_code": after("Second person, code"),
        "schemes": after("Schemes"),
    }
    text = "\n".join(frozen_lines(lines))
    script = f"cat > frozen.txt <<'END'\n{text}\nEND\n" + "".join(
        f"{name}={value}\n" for name, value in said.items()
    )
    told_there = {
        "F": after("F, the SHA-256 of the frozen text"),
        "first commitment": after("First person, commitment"),
        "second commitment": after("Second person, commitment"),
        "scheme": after("Scheme drawn, counted from 0"),
    }
    return script, told_there


def redo(folder: Path, content: bytes) -> dict[str, str]:
    script, said = given_by(content)
    printed = run(folder, script, blocks()[1][1])
    redone = dict(line.split(": ", 1) for line in printed.splitlines())
    assert {name: redone[name] for name in said} == said
    return redone


def issued(session: Session, protocol: Protocol) -> bytes:
    _, made = certificate.issue(session, protocol, MANAGER, on=TODAY)
    content: bytes = told.pdf.pdf(made)
    return content


def test_a_certificate_alone_is_enough(
    session: Session, protocol: Protocol, tmp_path: Path
) -> None:
    played = Ceremony(session, protocol)
    played.drawn()
    content = issued(session, protocol)
    redone = redo(tmp_path, content)
    arms = kept.arms(session)
    chosen = sorted(key for key, arm in arms.items() if arm == redone["first arm"])
    assert redone["its clusters"].split(" ") == chosen
    assert issued(session, protocol) == content


def test_a_certificate_of_hundreds_of_schemes_is_enough_too(
    session: Session, tmp_path: Path
) -> None:
    other = load(ROOT / "tests" / "protocol" / "other.toml")
    with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
        for cluster in session.scalars(select(Cluster)):
            cluster.closed_on = TODAY
        begin.begin(session, other)
    played = Ceremony(session, other)
    played.drawn()
    redone = redo(tmp_path, issued(session, other))
    arms = kept.arms(session)
    chosen = sorted(key for key, arm in arms.items() if arm == redone["first arm"])
    assert redone["its clusters"].split(" ") == chosen
    assert len(chosen) == 6


def test_an_abandoned_ceremony_stands_in_the_certificate(
    session: Session, protocol: Protocol
) -> None:
    played = Ceremony(session, protocol)
    played.committed()
    played.abandon("A code was read aloud")
    played.drawn()
    said = " ".join(lines_of(issued(session, protocol)))
    assert "A code was read aloud" in said


@pytest.mark.parametrize("tool", ["openssl", "bc"])
def test_the_certificate_says_with_which_tools(
    session: Session, protocol: Protocol, tool: str
) -> None:
    Ceremony(session, protocol).drawn()
    assert any(tool in line for line in lines_of(issued(session, protocol)))
