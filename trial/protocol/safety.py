"""Safety: what may happen to a participant, how it is judged, and within which time whom it is told."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Code, Codes, Key, Table, Text

Number = Annotated[int, Field(ge=1, le=1000)]
# What starts a clock: the kinds of entry in the log, an adverse event by how it is judged.
Starts = Literal[
    "serious", "serious-related-unexpected", "deviation", "serious-breach", "urgent-measure",
    "data-breach", "disclosure",
]  # fmt: skip
# The rule of the message to the named clinician, as it stands in the outbox: no reminder may have it.
DISCLOSURE = "disclosure"
# What starts a clock by why an event is serious, and of these what asks what caused it.
JUDGED = "serious-related-unexpected"
OF_SERIOUS = frozenset({"serious", JUDGED})


class SafetyTerm(Code):
    """One kind of adverse event; ``expected`` in the people of this trial, by the protocol's own list."""

    expected: bool = False


class Relatedness(Code):
    """One judgment of whether an event was caused by taking part; some mean that it was ``related``."""

    related: bool = False


class SafetyOutcome(Code):
    """How an event went on; what is ``resolved`` needs no further report."""

    resolved: bool = False


class ClockPlan(Table):
    """Whom something is told, and within how many hours, days or months of what ``starts`` it.

    Days are calendar days, and a month is one of the calendar, both in Europe/London. With ``seriousness``
    only these codes start it; with ``after`` it is counted from when that other clock's were told.
    """

    key: Key
    label: Text
    starts: Starts | None = None
    seriousness: Annotated[tuple[Key, ...], Field(max_length=200)] = ()
    after: Key | None = None
    to: Text
    hours: Number | None = None
    days: Number | None = None
    months: Number | None = None


class DisclosurePlan(Table):
    """What is done when a participant discloses a risk: what staff read, and what the clinician is sent.

    The message says nothing of what was disclosed, nor of whom: it asks to telephone the research team.
    """

    kinds: Codes
    escalation: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    subject: Text
    text: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]


class SafetyPlan(Table):
    """The log of safety: its codes, its clocks, and what a disclosure of risk asks for."""

    terms: Annotated[tuple[SafetyTerm, ...], Field(min_length=1, max_length=100)]
    seriousness: Codes
    relatedness: Annotated[tuple[Relatedness, ...], Field(min_length=2, max_length=20)]
    outcomes: Annotated[tuple[SafetyOutcome, ...], Field(min_length=2, max_length=20)]
    deviations: Codes
    clocks: Annotated[tuple[ClockPlan, ...], Field(min_length=1, max_length=50)]
    disclosure: DisclosurePlan | None = None

    def first_of(self, clock: ClockPlan) -> ClockPlan:
        """The clock by which another one starts: itself, or the one after whose telling it is counted."""
        return next((one for one in self.clocks if one.key == clock.after), clock)

    def asks_cause(self, clock: ClockPlan) -> bool:
        """Whether a clock runs only where taking part was the cause, so that it may tell the arm."""
        return self.first_of(clock).starts == JUDGED

    def by_the_hour(self, key: str) -> bool:
        """Whether it matters at what time of day somebody was told as a clock asks."""
        return any(one.hours is not None for one in self.clocks if key in (one.key, one.after))

    def term(self, key: str | None) -> SafetyTerm | None:
        """A kind of adverse event by its key."""
        return next((one for one in self.terms if one.key == key), None)

    def judged_related(self, key: str | None) -> bool:
        """Whether a judgment means that taking part caused the event."""
        return any(one.related for one in self.relatedness if one.key == key)

    def resolved(self, key: str | None) -> bool:
        """Whether an outcome needs no further report."""
        return any(one.resolved for one in self.outcomes if one.key == key)
