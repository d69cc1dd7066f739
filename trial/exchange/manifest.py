"""The manifest of an export: each file with its SHA-256, and what identifies the whole."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "manifest.json"


def manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The manifest as JSON; it holds no time of making, so that the same data give the same bytes."""
    listed = [
        {"file": name, "bytes": len(content), "sha256": sha256(content)}
        for name, content in sorted(files.items())
    ]
    text = json.dumps(dict(about) | {"files": listed}, indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def verify(folder: Path) -> list[str]:
    """What is wrong with the files of an export folder, in words; nothing where all are as written."""
    listed = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
    faults = []
    for one in listed:
        file = folder / one["file"]
        if not file.is_file():
            faults.append(f"{one['file']} is missing.")
        elif sha256(file.read_bytes()) != one["sha256"]:
            faults.append(f"{one['file']} is not the file that was exported.")
    return faults


def sha256(content: bytes) -> str:
    """The SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
