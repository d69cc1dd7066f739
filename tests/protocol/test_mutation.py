"""However a protocol is spoilt, loading gives a protocol or its faults, and nothing else."""

import json
import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trial.protocol import Protocol, ProtocolFaults, load

OTHER = Path(__file__).parent / "other.toml"
TABLES = tomllib.loads(OTHER.read_text(), parse_float=Decimal)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(places=3, min_value=-1000, max_value=1000),
    st.sampled_from([Decimal("inf"), Decimal("nan"), Decimal("1e300"), Decimal("-0.0")]),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers()),
)
SLOW = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def written(value: Any) -> str:
    """A value as TOML, everything in line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{written(k)} = {written(v)}" for k, v in value.items()) + "}"
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            return (
                f"{value:f}".lower().replace("infinity", "inf")
                if isinstance(value, Decimal)
                else str(value)
            )


def steps(value: Any, draw: st.DrawFn) -> list[str | int]:
    """A path into the tables, to a random depth."""
    path: list[str | int] = []
    while isinstance(value, dict | list) and value and (not path or draw(st.integers(0, 3))):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        path.append(draw(st.sampled_from(keys)))
        value = value[path[-1]]
    return path


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """The other protocol with some of its values dropped, doubled, renamed or replaced."""
    tables = tomllib.loads(OTHER.read_text(), parse_float=Decimal)
    for _ in range(draw(st.integers(1, 5))):
        *way, last = steps(tables, draw)
        around: Any = tables
        for step in way:
            around = around[step]
        odd = draw(ODD)
        match draw(st.sampled_from(["drop", "replace", "double", "rename"])):
            case "replace" if odd is not None:
                around[last] = odd
            case "double" if isinstance(around, list):
                around.append(around[last])
            case "rename" if isinstance(around, dict):
                around[f"{last}x"] = around.pop(last)
            case _:
                del around[last]
    return tables


def loads_or_tells(content: bytes, folder: Path) -> tuple[str, ...]:
    """The printed faults of this content."""
    file = folder / "spoilt.toml"
    file.write_bytes(content)
    try:
        assert isinstance(load(file), Protocol)
    except ProtocolFaults as wrong:
        assert wrong.faults
        for fault in wrong.faults:
            assert fault.message.endswith((".", "?", '"')), fault
            assert str(fault).isprintable(), fault
        return tuple(str(fault) for fault in wrong.faults)
    return ()


def test_what_this_file_writes_is_what_it_read(tmp_path: Path) -> None:
    content = "\n".join(f"{key} = {written(value)}" for key, value in TABLES.items())
    assert tomllib.loads(content, parse_float=Decimal) == TABLES
    assert loads_or_tells(content.encode(), tmp_path) == ()


@SLOW
@given(spoilt())
def test_spoilt_tables(tmp_path: Path, tables: dict[str, Any]) -> None:
    content = "\n".join(f"{written(key)} = {written(value)}" for key, value in tables.items())
    tomllib.loads(content)
    loads_or_tells(content.encode(), tmp_path)


@SLOW
@given(st.data())
def test_spoilt_text(tmp_path: Path, data: st.DataObject) -> None:
    content = OTHER.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        end = start + data.draw(st.integers(0, 40))
        content = content[:start] + data.draw(st.binary(max_size=6)) + content[end:]
    loads_or_tells(content, tmp_path)


@SLOW
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda s: s.encode("utf-8", "replace"))
    )
)
def test_anything(tmp_path: Path, content: bytes) -> None:
    loads_or_tells(content, tmp_path)


@pytest.mark.parametrize("key", sorted(TABLES))
def test_without_one_table(tmp_path: Path, key: str) -> None:
    content = "\n".join(f"{k} = {written(v)}" for k, v in TABLES.items() if k != key)
    (told,) = loads_or_tells(content.encode(), tmp_path)
    or_outcome = ", or outcome" if key == "employment" else ""
    assert told.startswith(f"{key}: Add this{or_outcome}: it is missing from the protocol")
