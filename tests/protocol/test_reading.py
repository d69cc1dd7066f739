"""Whatever a path leads to, reading it gives a protocol or faults, never a traceback."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trial.protocol import Fault, ProtocolFaults, load
from trial.protocol.source import LONGEST

Faults = Callable[[str | bytes], tuple[Fault, ...]]
DEEP = 20_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n# nothing but a remark\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xff\xfek\x00e\x00y\x00", "not UTF-8"),
        ('name = "Caf\u00e9"'.encode("latin-1"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
        (b'name = "a\x00b"', "not valid TOML"),
        (b"\x00" * 100, "not valid TOML"),
        (b"name = ", "not valid TOML"),
        (b'name = "a"\nname = "b"', "not valid TOML"),
        (b"day = 2015-02-29", "not valid TOML"),
        (b'name = "\\ud800"', "not valid TOML"),
        (b"[a]\n[a]", "not valid TOML"),
        (b"{}", "not valid TOML"),
        (b"<?xml version='1.0'?>", "not valid TOML"),
        (b"n = " + b"9" * 5000, "too large"),
        (b"n = 1e99999999999999999999", "too large"),
        (b"n = " + b"[\n" * DEEP + b"]\n" * DEEP, "nested too deeply"),
        (b"n = " + b"{a=" * 2000 + b"1" + b"}" * 2000, "nested too deeply"),
        (b".".join([b"a"] * 4000) + b" = 1", "nested too deeply"),
        (b".".join([b"a"] * DEEP) + b" = 1", "longer than 10,000 characters"),
        (b"#" * (LONGEST + 1), "larger than 1 MB"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_unusable_content(faults: Faults, content: bytes, says: str) -> None:
    found = faults(content)
    assert any(says in fault.message for fault in found), found


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('key = "ipsoh"\nname = \n', 2),
        ('key = "ipsoh"\n\nkey = "again"', 3),
        ('a = "x"\nb = """never\nended', 3),
    ],
)
def test_faults_of_syntax_have_a_line(faults: Faults, content: str, line: int) -> None:
    (fault,) = faults(content)
    assert fault.line == line
    assert "correct the line" in fault.message


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(ipsoh: str, faults: Faults) -> None:
    assert faults(b"\xef\xbb\xbf" + ipsoh.replace("\n", "\r\n").encode()) == ()


def test_control_characters_of_a_key_are_not_printed(faults: Faults) -> None:
    texts = [str(fault) for fault in faults('"\\u001b[2J\\u202e" = 1\n[arms]\n"\\u0000" = 2')]
    assert any("\\u001b[2J" in text for text in texts)
    assert all(text.isprintable() for text in texts)


@pytest.mark.parametrize("path", ["nothing.toml", "nothing/there", "a\x00b", "x" * 5000, "\udcff"])
def test_no_such_file(tmp_path: Path, path: str) -> None:
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path / path)
    (fault,) = wrong.value.faults
    assert "check the path" in fault.message
    assert str(fault).isprintable()


def test_what_is_not_a_file(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "a.toml", tmp_path / "b.toml"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    told = {pipe: "name a TOML file", loop: "There is no such file"}
    for path, says in told.items():
        with pytest.raises(ProtocolFaults, match=says):
            load(path)
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path)
    assert [fault.file for fault in wrong.value.faults] == ["a.toml", "b.toml"]


def test_a_folder_without_toml(tmp_path: Path) -> None:
    (tmp_path / ".hidden.toml").write_text('name = "not read"')
    (tmp_path / "notes.txt").write_text("not read")
    with pytest.raises(ProtocolFaults, match="holds no TOML file"):
        load(tmp_path)


def test_a_folder_may_divide_the_tables_as_it_likes(tmp_path: Path, ipsoh: str) -> None:
    at = ipsoh.index("[recruitment]")
    (tmp_path / "a.toml").write_text(ipsoh[:at])
    (tmp_path / "b.toml").write_text(ipsoh[at:])
    divided = load(tmp_path)
    assert divided.model_dump(exclude={"sha256"}) == load().model_dump(exclude={"sha256"})
    assert divided.sha256 != load().sha256


def test_the_same_table_in_two_files(tmp_path: Path, ipsoh: str) -> None:
    (tmp_path / "a.toml").write_text(ipsoh)
    (tmp_path / "b.toml").write_text('\n\nname = "Another"')
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path)
    (fault,) = wrong.value.faults
    assert (fault.file, fault.line, fault.place) == ("b.toml", 3, "name")
    assert "This stands in a.toml too" in fault.message


def test_every_broken_file_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("name = ")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    (tmp_path / "c.toml").write_text("")
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path)
    assert [fault.file for fault in wrong.value.faults] == ["a.toml", "b.toml", "c.toml"]


def test_a_fault_in_a_folder_names_its_file(tmp_path: Path, ipsoh: str) -> None:
    at = ipsoh.index("[recruitment]")
    (tmp_path / "a.toml").write_text(ipsoh[:at])
    (tmp_path / "b.toml").write_text(ipsoh[at:].replace("target = 40", "target = 0"))
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path)
    (fault,) = wrong.value.faults
    assert str(fault).startswith("b.toml line 6: recruitment.target: ")


def test_a_file_name_that_is_not_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\x1b.toml"
    with open(name, "w") as out:  # noqa: PTH123
        out.write("name = ")
    with pytest.raises(ProtocolFaults) as wrong:
        load(tmp_path)
    assert str(wrong.value).isprintable()


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "trial.toml").write_text('name = "x"')
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ProtocolFaults, match="ask for permission"):
        load(tmp_path / "trial.toml")
