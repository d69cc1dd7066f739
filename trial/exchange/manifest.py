"""The manifest of an export: each file with its SHA-256, and what identifies the whole."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.exchange.tables import size

NAME = "manifest.json"
# What the scripts of an export write beside its files.
REDONE = frozenset({"headline_from_r.csv", "headline_from_stata.csv"})


def manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The manifest as JSON; it holds no time of making, so that the same data give the same bytes."""
    listed = [_described(name, content) for name, content in sorted(files.items())]
    text = json.dumps(dict(about) | {"files": listed}, indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def _described(name: str, content: bytes) -> dict[str, Any]:
    described: dict[str, Any] = {"file": name, "bytes": len(content), "sha256": sha256(content)}
    if name.endswith(".csv"):
        rows, columns = size(content)
        described |= {"rows": rows, "columns": columns}
    return described


def verify(folder: Path) -> list[str]:
    """What is wrong with the files of an export folder, in words; nothing where all are as written."""
    try:
        listed = json.loads((folder / NAME).read_bytes())["files"]
        expected = {str(one["file"]): str(one["sha256"]) for one in listed}
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{NAME} is missing or cannot be read: take the folder as it was exported."]
    present = {
        file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
    }
    faults = [f"{name} is missing." for name in sorted(expected.keys() - present.keys())]
    faults += [
        f"{name} is not the file that was exported."
        for name in sorted(expected.keys() & present.keys())
        if sha256(present[name].read_bytes()) != expected[name]
    ]
    added = sorted(present.keys() - expected.keys() - {NAME} - REDONE)
    return faults + [f"{name} was not exported with the others." for name in added]


def sha256(content: bytes) -> str:
    """The SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
