"""What leaves the system as a message, and how a way of sending says that it could not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def could_be_address(text: str) -> bool:
    """Whether text has the shape of an e-mail address; only a message tells whether there is one."""
    return ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True)
class Letter:
    """One message, ready to go; a text message has no subject."""

    to: str = field(repr=False)
    subject: str | None
    paragraphs: Sequence[str]
    message_id: str
    sender_name: str
    at: datetime
    again: bool = False


class Undelivered(Exception):
    """It was not taken for now: try this one again later."""


class Refused(Undelivered):
    """It will never be taken at this address."""


class BrokenOff(Undelivered):
    """It may or may not have been taken: the connection broke while it was being handed over."""


class Unreachable(Undelivered):
    """Nothing can be sent at present: the run ends."""


class Post(Protocol):
    """One way of sending letters."""

    def send(self, letter: Letter) -> None:
        """Hand over one letter; raises ``Undelivered`` or one of its kinds, with words that name nobody."""

    def close(self) -> None:
        """Let go of the connection."""
