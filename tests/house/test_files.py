"""The house rules that can be read off the files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted(
    [*ROOT.glob("trial/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("migrations/**/*.py")]
)
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
TEMPLATES = sorted(ROOT.glob("trial/web/templates/**/*.html"))
FORBIDDEN = {"utils", "helpers", "common", "core", "services", "manager"}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize(
    "path", [*PYTHON, *SCRIPTS, *TEMPLATES], ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_file_is_over_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_function_is_over_40_lines(path):
    if "migrations" in path.parts:
        return  # a migration is one list of tables, read once
    long = [
        f.name for f in functions(path) if (f.end_lineno or 0) - f.lineno + 1 > 40 + _document(f)
    ]
    assert long == []


def _document(function: ast.FunctionDef) -> int:
    """The lines of the docstring, which do not count."""
    text = ast.get_docstring(function, clean=False)
    return 0 if text is None else text.count("\n") + 1


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_opens_with_one_sentence(path):
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, path
    assert re.search(r"[.!?]$", text.splitlines()[0].strip()) or len(text.splitlines()) > 1


def test_no_module_has_a_name_that_says_nothing():
    names = {path.stem for path in PYTHON if "trial" in path.relative_to(ROOT).parts}
    assert not names & FORBIDDEN


def test_sql_by_hand_stays_in_the_records():
    for path in ROOT.glob("trial/**/*.py"):
        if path.relative_to(ROOT / "trial").parts[0] == "records":
            continue
        names = {
            n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)
        }
        calls = {
            n.func.id
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert "__table__" not in names, path
        assert "text" not in calls or "sqlalchemy" not in path.read_text(), path


def test_nothing_goes_round_the_door_under_another_name():
    """The door's rules are not adapted to aliases of a table, so there are none."""
    for path in ROOT.glob("trial/**/*.py"):
        assert "aliased(" not in path.read_text(), path
