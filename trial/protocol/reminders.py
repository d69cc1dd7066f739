"""Reminders: to whom, how long before or after which day of a visit, by which channel, and in which words."""

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Key, Table, Text
from trial.protocol.contact import Channel
from trial.protocol.week import WEEKDAYS, ClockTime, Weekday, within

# The key under which the digest stands in the outbox: no rule may have it.
DIGEST = "digest"
GAP = re.compile(r"\{([^{}]*)\}")
DAYS_OF_A_VISIT = ("opens", "due", "closes")
# The gaps that a text may have: a participant's names days alone, so that nobody else learns more from it.
GAPS = {
    "participant": frozenset(DAYS_OF_A_VISIT),
    "staff": frozenset({*DAYS_OF_A_VISIT, "number", "visit"}),
}
Paragraphs = Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]


class ReminderRule(Table):
    """One reminder of every visit (or of those named), so many days after a day of it; before: negative."""

    key: Key
    label: Text
    to: Literal["staff", "participant"]
    channel: Channel
    visits: tuple[Key, ...] = ()
    counted_from: Literal["opens", "due", "closes"]
    days: Annotated[int, Field(ge=-365, le=365)]
    subject: Text | None = None
    text: Paragraphs

    @property
    def gaps(self) -> frozenset[str]:
        """What its text leaves to be filled in."""
        return frozenset(gap for line in self.text for gap in GAP.findall(line))

    def is_of(self, visit: str) -> bool:
        """Whether it reminds of a visit, by its key."""
        return not self.visits or visit in self.visits


class ReminderPlan(Table):
    """The rules, between which hours anything is sent, and which words never stand in it.

    A reminder not sent within ``late_days`` of its day is out of date and is not sent any more.
    ``how_to_stop`` ends every message to a participant.
    """

    sender_name: Text
    send_from: ClockTime
    send_until: ClockTime
    late_days: Annotated[int, Field(ge=0, le=60)]
    never_words: Annotated[tuple[Text, ...], Field(max_length=200)]
    how_to_stop: Text | None = None
    digest_on: Weekday | None = None
    rules: Annotated[tuple[ReminderRule, ...], Field(min_length=1, max_length=50)]

    def rule(self, key: str) -> ReminderRule | None:
        """A rule by its key."""
        return next((one for one in self.rules if one.key == key), None)

    def sends_at(self, moment: time) -> bool:
        """Whether anything is sent at a time of day."""
        return within(moment, self.send_from, self.send_until)

    def digest_falls(self, on: date) -> bool:
        """Whether the digest is sent on a day."""
        return self.digest_on is not None and WEEKDAYS[on.weekday()] == self.digest_on
