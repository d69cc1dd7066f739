"""Reading what comes back: which of our messages a mail server reports as not delivered (RFC 3464)."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Any

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^<>@\s]{1,64})@", re.IGNORECASE | re.MULTILINE)
STATUS = re.compile(r"^([245])\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class Bounce:
    """One report about one message: its own mark, and whether the fault is for good."""

    message: str
    status: str
    for_good: bool


def read(report: bytes) -> Bounce | None:
    """The report of a mail server about one message; None for mail that is none."""
    mail = message_from_bytes(report, policy=default)
    if mail.get_content_type() != "multipart/report":
        return None
    status = next(iter(_statuses(mail)), None)
    about = next(iter(_about(mail)), None)
    if status is None or about is None:
        return None
    return Bounce(about, status, status.startswith("5"))


def _statuses(mail: Mail) -> list[str]:
    found = []
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks: Any = part.get_payload()
            for block in blocks:
                told = STATUS.match(str(block.get("Status", "")).strip())
                found += [told[0]] if told else []
    return found


def _about(mail: Mail) -> list[str]:
    """The marks of the messages that came back, from the part that repeats them or their headers."""
    found = []
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found += [mark.decode() for mark in MESSAGE_ID.findall(part.as_bytes())]
    return found
