"""Loading a protocol: every fault at once, or one frozen value."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trial.protocol import checks
from trial.protocol.document import OF_PARTICIPANTS, Protocol
from trial.protocol.faults import Fault, ProtocolFaults
from trial.protocol.forms.items import KINDS
from trial.protocol.partial import LOST, annotation, kept
from trial.protocol.sentences import sentence, unknown_key
from trial.protocol.source import TOO_DEEP, Source, opened, read, read_contents

FOLDER = Path(__file__).parent / "shipped"
SHIPPED = FOLDER / "ipsoh"
COMPUTED = "sha256"
OF_PEOPLE = "Leave this out: with participants = false the trial has none."
NO_OUTCOME = "Add this, or outcome: it is missing from the protocol, which has no primary outcome."
TABLES: dict[str, Any] = {
    name: annotation(field) for name, field in Protocol.model_fields.items() if name != COMPUTED
}
ADAPTERS = {name: TypeAdapter(kind) for name, kind in TABLES.items()}


@dataclass(frozen=True)
class Kept:
    """A protocol as its files were, by their names: what an instance keeps of each version."""

    files: Mapping[str, bytes]
    folder: bool


def shipped() -> dict[str, Path]:
    """The protocols that come with the software: their folders by their keys."""
    return {folder.name: folder for folder in sorted(FOLDER.iterdir()) if folder.is_dir()}


def load(path: Path | None = None) -> Protocol:
    """The protocol in a TOML file or a folder of them; None is the shipped IPSOH.

    Raises ``ProtocolFaults`` with everything that is wrong, whatever the file holds.
    """
    path = SHIPPED if path is None else path
    source = opened(path)
    if source.faults:
        return _protocol(read(path))
    return _of(source.folder, tuple(source.contents.items()))


def load_kept(kept: Kept) -> Protocol:
    """The protocol that was kept; raises ``ProtocolFaults`` as ``load`` does."""
    return _of(kept.folder, tuple(kept.files.items()))


@lru_cache(maxsize=16)
def _of(folder: bool, contents: tuple[tuple[str, bytes], ...]) -> Protocol:
    """The protocol that files hold: it is frozen, so the same files give the same value."""
    return _protocol(read_contents(dict(contents), folder=folder))


def files_of(path: Path | None = None) -> Kept:
    """The files of a protocol that loads, to be kept."""
    source = opened(SHIPPED if path is None else path)
    return Kept(source.contents, source.folder)


def _protocol(source: Source) -> Protocol:
    tables = {} if source.faults else _tables(source)
    if source.faults:
        raise ProtocolFaults(tuple(source.faults))
    return Protocol(**tables, sha256=source.sha256)


def _tables(source: Source) -> dict[str, Any]:
    """The tables, after every rule between them has been asked; all sound if there is no fault."""
    tables: dict[str, Any] = {}
    try:
        raw = {key: _frozen(value) for key, value in source.tables.items()}
    except RecursionError:
        source.faults.append(Fault("", TOO_DEEP))
        return {}
    _known(raw, source)
    for key in TABLES:
        if key in raw:
            _table(key, raw[key], source, tables)
    tables = {"participants": True, "forms": (), "days": (), "duties": ()} | tables
    for found in checks.found(tables, complete=not source.faults):
        _add(source, found.path, found.message)
    source.faults.sort(key=lambda fault: (fault.file, fault.line or 0))
    return tables


def _known(raw: Mapping[str, Any], source: Source) -> None:
    """Note tables that do not exist, those that are missing, and those that this trial cannot have."""
    for key in raw.keys() - TABLES.keys():
        _add(source, (key,), unknown_key(key, list(TABLES)))
    there = raw.get("participants", True)
    alone = there is False
    for key in TABLES.keys() - raw.keys():
        if Protocol.model_fields[key].is_required() or (key in OF_PARTICIPANTS and there is True):
            _add(source, (key,), "Add this: it is missing from the protocol.")
    for key in (
        sorted(
            raw.keys() & {*OF_PARTICIPANTS, "contact", "employment", "reminders", "verification"}
        )
        if alone
        else ()
    ):
        _add(source, (key,), OF_PEOPLE)
    if alone and "outcome" not in raw:
        _add(source, ("outcome",), "Add this: it is missing from the protocol.")
    elif not raw.keys() & {"employment", "outcome"}:
        _add(source, ("employment",), NO_OUTCOME)


def _table(key: str, raw: Any, source: Source, tables: dict[str, Any]) -> None:
    """Note what is wrong in one table, and keep what is sound of it."""
    try:
        tables[key] = ADAPTERS[key].validate_python(raw)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            _add(source, (key, *error["loc"]), sentence(error, TABLES[key]))
        rest = kept(TABLES[key], raw)
        if rest is not LOST:
            tables[key] = rest


def _frozen(value: Any) -> Any:
    """The value with its lists as tuples."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def _add(source: Source, path: tuple[str | int, ...], message: str) -> None:
    path = _untagged(tuple(step for step in path if step != "[key]"))
    file, line = source.find(path)
    source.faults.append(Fault(_written(path), message, file=file, line=line))


def _untagged(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path without the kind that pydantic puts behind the place of a question."""
    return tuple(
        step
        for place, step in enumerate(path)
        if not (step in KINDS and place > 1 and path[place - 2] == "items")
        and not (step in ("str", "int") and place > 1 and path[place - 2] == "equals")
    )


def _written(path: tuple[str | int, ...]) -> str:
    """A path as the file writes it: ``visits[2].opens_days_before``, counted from 0."""
    place = ""
    for step in path:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", step)
            place += f".{step}" if bare else f".{json.dumps(step)}"
    return place.removeprefix(".")
