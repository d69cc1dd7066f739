"""Contact between visits: how participants are reached, what comes of it, and who is looked for."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field

from trial.config import LONDON
from trial.protocol.base import Code, Codes, Table
from trial.protocol.week import MIDNIGHT, WEEKDAYS, ClockTime, Weekday, within

# What the system itself can send: an e-mail, or a text message to a telephone.
Channel = Literal["email", "text"]
EMAIL: Channel = "email"
TEXT: Channel = "text"


class Way(Code):
    """One way of reaching a participant; with ``tracing`` it is a step of looking for who was not reached.

    With a ``channel`` it is one by which participants who agreed are sent reminders.
    """

    tracing: bool = False
    channel: Channel | None = None


class AttemptOutcome(Code):
    """What came of one attempt: the person was ``reached``, and perhaps a day for the visit ``arranged``."""

    reached: bool = False
    arranged: bool = False


class TimeOfWeek(Code):
    """A time of the week: on each of its ``days`` from ``begins`` until ``ends``.

    Without ``days``, as protocols were kept before they had any, people alone know when it is.
    """

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    begins: ClockTime = "00:00"
    ends: ClockTime = MIDNIGHT

    def covers(self, moment: datetime) -> bool:
        """Whether an instant is in it, by the clock in London."""
        local = moment.astimezone(LONDON)
        on_day = WEEKDAYS[local.weekday()] in self.days
        return on_day and within(local.time(), self.begins, self.ends)

    def over(self, moment: datetime) -> datetime:
        """When it ends on the day of an instant in London."""
        day = moment.astimezone(LONDON).date()
        if self.ends == MIDNIGHT:
            return datetime.combine(day + timedelta(days=1), time.min, LONDON)
        return datetime.combine(day, time.fromisoformat(self.ends), LONDON)


class ContactPlan(Table):
    """How participants are contacted, and when somebody who is not reached is looked for.

    After ``tracing_after`` attempts for a visit that did not reach the person, the ways marked as tracing
    are gone through in their order; then a named person decides whether the participant is lost.
    """

    ways: Annotated[tuple[Way, ...], Field(min_length=1, max_length=30)]
    outcomes: Annotated[tuple[AttemptOutcome, ...], Field(min_length=2, max_length=30)]
    times: Annotated[tuple[TimeOfWeek, ...], Field(min_length=1, max_length=30)]
    tracing_after: Annotated[int, Field(ge=1, le=50)]
    lost_reasons: Codes

    @property
    def usual_ways(self) -> tuple[Way, ...]:
        """The ways in which a participant is contacted while they are not looked for."""
        return tuple(way for way in self.ways if not way.tracing)

    @property
    def tracing_ways(self) -> tuple[Way, ...]:
        """The steps of looking for somebody, in their order."""
        return tuple(way for way in self.ways if way.tracing)

    @property
    def channels(self) -> tuple[Way, ...]:
        """The ways by which participants can be sent reminders."""
        return tuple(way for way in self.ways if way.channel is not None)

    def way_by(self, channel: Channel) -> Way | None:
        """The way that is this channel."""
        return next((way for way in self.ways if way.channel == channel), None)

    def outcome(self, key: str) -> AttemptOutcome | None:
        """What came of an attempt, by its key."""
        return next((one for one in self.outcomes if one.key == key), None)
