"""Reading a protocol's TOML from one file or a folder, and its fingerprint."""

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trial.protocol.faults import Fault
from trial.protocol.lines import lines

LONGEST = 1_000_000
LONGEST_LINE = 10_000  # TOML's reader is slow on very long keys, and nobody can read such a line
# Lists that are long enough to fill several files.
JOINED = frozenset({"forms", "costs"})
Steps = tuple[str | int, ...]
TOO_DEEP = "This is nested too deeply to be a protocol: flatten it."


@dataclass
class Source:
    """What was read: the tables, the fingerprint, where each path stands, and faults so far.

    ``contents`` are the files as they were, by their names.
    """

    tables: dict[str, object] = field(default_factory=dict)
    sha256: str = ""
    places: dict[tuple[str | int, ...], tuple[str, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    folder: bool = False

    def find(self, path: tuple[str | int, ...]) -> tuple[str, int | None]:
        """File and line of a path, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return "", None


def opened(path: Path) -> Source:
    """What the file, or the folder's ``*.toml`` files in order, hold; nothing of it is read yet."""
    source = Source()
    try:
        contents = _folder(path, source) if path.is_dir() else _single(path, source)
    except OSError as refused:
        source.faults.append(Fault("", _unreadable(refused), file=_shown(str(path))))
        return source
    source.contents, source.folder = contents, path.is_dir()
    return source


def read(path: Path) -> Source:
    """Everything that the file, or the folder's ``*.toml`` files in order, says."""
    source = opened(path)
    _take_all(source)
    return source


def read_contents(contents: Mapping[str, bytes], *, folder: bool) -> Source:
    """The same of what files held when they were kept, by their names."""
    source = Source(contents=dict(contents), folder=folder)
    _take_all(source)
    return source


def _take_all(source: Source) -> None:
    """Read every file that there is, and give the whole its fingerprint.

    That of a folder is that of the text which ``sha256sum *.toml`` prints in it.
    """
    printed = []
    for name, content in source.contents.items():
        _take(_shown(name), content, source)
        digest = hashlib.sha256(content).hexdigest()
        printed.append(os.fsencode(f"{digest}  {name}\n"))
        source.sha256 = digest
    if source.folder:
        source.sha256 = hashlib.sha256(b"".join(printed)).hexdigest()


def _single(path: Path, source: Source) -> dict[str, bytes]:
    return _file(path, path.name, _shown(str(path)), source)


def _file(path: Path, name: str, shown: str, source: Source) -> dict[str, bytes]:
    """What one file holds by its name; nothing, and a fault, where it cannot be read."""
    try:
        return {name: _content(path)}
    except (OSError, ValueError) as refused:
        source.faults.append(Fault("", _unreadable(refused), file=shown))
        return {}


def _unreadable(refused: Exception) -> str:
    match refused:
        case FileNotFoundError():
            return "There is no such file or folder: check the path."
        case PermissionError():
            return "This file cannot be read: ask for permission to read it."
        case OSError():
            return f"This file cannot be read ({refused.strerror or 'not a file'}): check the path."
        case _:
            return f"{refused}"


def _shown(name: str) -> str:
    """A name as it can be printed, even where it is not UTF-8 or holds control characters."""
    text = name.encode(errors="surrogateescape").decode(errors="replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _content(path: Path) -> bytes:
    if not path.exists():
        raise FileNotFoundError
    if not path.is_file():
        raise ValueError("This is not a file: name a TOML file or a folder of them.")
    if path.stat().st_size > LONGEST:
        raise ValueError("This file is larger than 1 MB: name the protocol's TOML file.")
    return path.read_bytes()


def _folder(folder: Path, source: Source) -> dict[str, bytes]:
    """What every file of a folder holds, in the order of their names."""
    files = sorted(
        (file for file in folder.glob("*.toml") if not file.name.startswith(".")),
        key=lambda file: os.fsencode(file.name),
    )
    if not files:
        message = "This folder holds no TOML file: name a folder with the protocol in it."
        source.faults.append(Fault("", message, file=_shown(str(folder))))
    contents: dict[str, bytes] = {}
    for file in files:
        contents |= _file(file, file.name, _shown(file.name), source)
    return contents


def _take(name: str, content: bytes, source: Source) -> None:
    try:
        text = content.decode("utf-8-sig")
        _refuse_long_lines(text)
        tables = tomllib.loads(text, parse_float=_decimal)
        places = lines(text)
    except UnicodeDecodeError:
        message = "This is not UTF-8 text: save the protocol as a plain text file in UTF-8."
        source.faults.append(Fault("", message, file=name))
    except RecursionError:
        source.faults.append(Fault("", TOO_DEEP, file=name))
    except ValueError as wrong:
        source.faults.append(_syntax(name, str(wrong), content.count(b"\n") + 1))
    else:
        _merge(name, tables, places, source)


def _refuse_long_lines(text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(
                f"A line is longer than 10,000 characters (at line {number}, column 1)"
            )


def _merge(
    name: str,
    tables: dict[str, object],
    places: dict[Steps, int],
    source: Source,
) -> None:
    if not tables:
        message = "This file is empty: write the protocol into it."
        source.faults.append(Fault("", message, file=name))
    joined = _join(name, tables, places, source)
    tables = {key: tables[key] for key in tables if key not in joined}
    twice = tables.keys() & source.tables.keys()
    for key in sorted(twice):
        first, _ = source.find((key,))
        message = f"This stands in {first} too: keep it in one file."
        source.faults.append(Fault(key, message, file=name, line=places.get((key,))))
    source.tables.update((key, tables[key]) for key in tables if key not in twice)
    source.places.update(
        (path, (name, line)) for path, line in places.items() if path[0] not in twice | joined
    )


def _join(
    name: str, tables: dict[str, object], places: dict[Steps, int], source: Source
) -> set[str]:
    """Put lists that may stand in several files behind what earlier files say; their names."""
    joined: set[str] = set()
    for key in JOINED & tables.keys() & source.tables.keys():
        earlier, more = source.tables[key], tables[key]
        if not isinstance(earlier, list) or not isinstance(more, list):
            continue
        for path, line in places.items():
            if path[0] == key and len(path) > 1 and isinstance(path[1], int):
                moved = (key, path[1] + len(earlier), *path[2:])
                source.places[moved] = (name, line)
        source.tables[key] = [*earlier, *more]
        joined.add(key)
    return joined


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("A number in this file is too large or too small to be used") from None


def _syntax(name: str, wrong: str, last: int) -> Fault:
    at = re.search(r"\(at line (\d+), column \d+\)", wrong)
    line = int(at.group(1)) if at else last if "at end of document" in wrong else None
    said = re.sub(r" \(at .*\)$", "", wrong)
    if "integer string conversion" in said:
        said = "A number in this file is too large to be used"
    message = f"This is not valid TOML ({said}): correct the line, or the one before it."
    return Fault("", message, file=name, line=line)
