"""Days of the week and times of the day, as a protocol names them."""

import re
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
MIDNIGHT = "24:00"
CLOCK_TIME = re.compile(rf"([01][0-9]|2[0-3]):[0-5][0-9]|{MIDNIGHT}")


def _clock_time(text: str) -> str:
    if not CLOCK_TIME.fullmatch(text):
        raise ValueError("Enter a time of day, such as 08:00")
    return text


ClockTime = Annotated[str, AfterValidator(_clock_time)]


def within(moment: time, begins: ClockTime, ends: ClockTime) -> bool:
    """Whether a time of day is in a span of it, whose end no longer belongs to it."""
    return begins <= f"{moment:%H:%M}" < ends
