"""Every key and every list item is found on the line on which it stands."""

import contextlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.protocol.lines import lines
from trial.protocol.loading import SHIPPED

FILES = [*sorted(SHIPPED.glob("*.toml")), Path(__file__).parent / "other.toml"]
AWKWARD = """# comment with [brackets] and = signs
title = "a # no comment, a ] and a \\" quote"
"quoted key" = 'it is'
a.b . "c.d" = 1
long = \"\"\"
[not a table]
key = "neither"\\
\"\"\"\"
raw = '''
[[nor this]]
'''
dates = [ 2015-09-01, 2015-09-01 10:00:00, # first
    2015-09-01T10:00:00Z, 07:30:00,

    1e6, -inf, ]
[table]
inside = { one = 1, two = [ { three = 3 },
    { three = 4 } ], four.five = 5 }
[[rows]]
n = 0
[rows.below]
m = 0
[[rows.under]]
[[rows.under]]
x = 1
[ rows . "be side" ]
[[rows]]
n = 1
[[rows.under]]
x = 2
"""


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path in a value, with the empty one."""
    yield path
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for step, item in pairs:
        yield from paths(item, (*path, step))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_in_a_shipped_file_is_without_a_line(file: Path) -> None:
    text = file.read_text()
    found = lines(text)
    assert set(found) == set(paths(tomllib.loads(text))) - {()}
    for path, line in found.items():
        name = path[-1]
        if isinstance(name, str):
            assert name in text.split("\n")[line - 1], (path, line)


def test_awkward_toml() -> None:
    found = lines(AWKWARD)
    assert set(found) == set(paths(tomllib.loads(AWKWARD))) - {()}
    rows = AWKWARD.split("\n")

    def at(*path: str | int) -> str:
        return rows[found[path] - 1]

    assert at("quoted key").startswith('"quoted key"')
    assert at("a", "b", "c.d").startswith("a.b")
    assert at("long") == 'long = """'
    assert at("raw") == "raw = '''"
    assert at("dates", 1).startswith("dates") and at("dates", 2) == at("dates", 3)
    assert at("dates", 4) == at("dates", 5) == "    1e6, -inf, ]"
    assert at("table", "inside", "two", 0, "three").startswith("inside")
    assert at("table", "inside", "two", 1, "three").startswith("    { three = 4 }")
    assert at("table", "inside", "four", "five").startswith("    { three = 4 }")
    assert (at("rows", 0, "n"), at("rows", 1, "n")) == ("n = 0", "n = 1")
    assert at("rows", 0, "below", "m") == "m = 0"
    assert (at("rows", 0, "under", 1, "x"), at("rows", 1, "under", 0, "x")) == ("x = 1", "x = 2")
    assert at("rows", 0, "be side") == '[ rows . "be side" ]'


@given(st.text(alphabet="ab.=[]{}\"'#,\n ?1", max_size=60))
def test_a_text_that_is_no_toml_ends_too(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert all(line <= text.count("\n") + 1 for line in lines(text).values())


def test_signs_that_no_toml_has() -> None:
    assert lines("? = ?\n} = ]\n") is not None
    assert lines("a = }") == {("a",): 1}
