"""What a rule between tables reports."""

from typing import NamedTuple


class Found(NamedTuple):
    """The path of the value to put right, and what to do about it."""

    path: tuple[str | int, ...]
    message: str
