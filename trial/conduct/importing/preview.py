"""What an import would do, and did: its numbers, changes value by value, refusals by row and column."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_REFUSALS, FIRST = 1_000, 100


class Change(NamedTuple):
    """One value that a row of the file changes; ``record`` is None for a new one."""

    row: int
    about: str
    record: int | None
    path: str
    old: Any
    new: Any


class Refusal(NamedTuple):
    """Why a row is not taken in, under the name of its column; the row is None for the whole file."""

    row: int | None
    column: str | None
    message: str


@dataclass(frozen=True)
class Preview:
    """What a file does; ``done`` says that it was done, and not only tried.

    ``fingerprint`` is the same for two runs only if they change the same values in the same way.
    """

    new: int
    changed: int
    unchanged: int
    refused: int
    values: int
    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...]
    left: tuple[str, ...]
    needs_reason: bool
    fingerprint: str
    done: bool

    @property
    def rows(self) -> int:
        """The rows that were read."""
        return self.new + self.changed + self.unchanged + self.refused


@dataclass
class Tally:
    """What is noted while the rows go by: the first changes, all refusals up to a limit, a fingerprint."""

    tell: Callable[[Change], None] | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    values: int = 0
    left: tuple[str, ...] = ()
    needs_reason: bool = False
    changes: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    seen: Any = field(default_factory=hashlib.sha256)

    @property
    def full(self) -> bool:
        """Whether so much is refused that it is not worth going on."""
        return len(self.refusals) >= MOST_REFUSALS

    def note(self, change: Change, version: int | None) -> None:
        """One value more."""
        self.values += 1
        self.seen.update(f"{tuple(change)!r} {version}\n".encode())
        if len(self.changes) < FIRST:
            self.changes.append(change)
        if self.tell is not None:
            self.tell(change)

    def refuse(self, row: int | None, column: str | None, message: str) -> None:
        """One refusal more."""
        found = Refusal(row, column, message)
        if not self.full and found not in self.refusals[-1:]:
            self.refusals.append(found)

    def preview(self, done: bool) -> Preview:
        """All of it."""
        return Preview(
            self.new, self.changed, self.unchanged, self.refused, self.values,
            tuple(self.changes), tuple(self.refusals), self.left, self.needs_reason,
            self.seen.hexdigest(), done,
        )  # fmt: skip
