"""One spelling for every value, so that two machines compute the same hash of it."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

# Every value of the trail passes here several times, so that most of them are let through at once.
AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
GRAIN = 16  # bytes of a salt
CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates as ISO text, instants in UTC, decimals as exact text."""
    return value if type(value) in AS_THEY_ARE else _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return plain(value.value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize() if value else Decimal(0), "f")
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return value


def spelled(value: Any) -> str:
    """The canonical JSON of a value: sorted keys, no spaces, non-ASCII kept."""
    if type(value) is int:  # the encoder takes ten times as long to write the same
        return str(value)
    return CANONICAL.encode(plain(value))


def sha256(text: str) -> str:
    """SHA-256 of a UTF-8 text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def salts(number: int) -> Iterator[str]:
    """So many fresh salts, asked of the machine at once."""
    drawn = secrets.token_bytes(GRAIN * number)
    return (drawn[at : at + GRAIN].hex() for at in range(0, len(drawn), GRAIN))


def digest(salted: str, old: str | None, new: str | None) -> str:
    """The salted digest of one change, given its values as they are spelled (None: no value)."""
    return sha256(f"{salted}[{'null' if old is None else old},{'null' if new is None else new}]")


def read(text: str | None) -> Any:
    """The value of a spelled text; None where there is none."""
    if text is None:
        return None
    if text[0] == '"' and "\\" not in text:
        return text[1:-1]  # most values are such texts, and parsing them takes ten times as long
    return json.loads(text)
