"""What the pages of contact ask: an attempt, a participant's wishes, and who is lost or found."""

from typing import Any

from trial.conduct import visits
from trial.protocol import Protocol
from trial.protocol.forms.reading import time_of_day
from trial.records.models import ContactWishes, Visit
from trial.web.fields import Answer, Codes, DateField3, Lines, Pick, Several
from trial.web.forms import Correction, Form

NO_NAMES = "No names, addresses or telephone numbers."


class TimeOfDay(Answer):
    """A time of day, such as 14:05."""

    def read(self, text: str) -> str:
        return time_of_day(text)


class Attempt(Form):
    """One attempt to reach a participant."""

    visit = Pick("About which visit", hint="Leave it open if it was about none.")
    tried_on = DateField3("Day", needed="Enter the day on which it was tried")
    tried_at = TimeOfDay("Time", hint="Optional, such as 14:05.", width=5)
    way = Codes("How was it tried?", needed="Choose how it was tried")
    outcome = Codes(
        "What came of it?",
        codes=lambda p: p.contacting.outcomes,
        needed="Choose what came of it",
    )
    arranged_for = DateField3("Day arranged for the visit", hint="Only if a day was arranged.")
    next_try_on = DateField3("Next try on", hint="Optional: until then nobody is asked to try.")
    note = Lines("Note", hint=f"Only what the next caller must know. {NO_NAMES}", rows=2, most=500)


class Wishes(Form):
    """How and when a participant wishes to be contacted."""

    preferred_ways = Several("Prefers to be contacted by")
    never_ways = Several("Never contact by")
    preferred_times = Several("Prefers to be contacted on", codes=lambda p: p.contacting.times)
    never_times = Several("Never contact on", codes=lambda p: p.contacting.times)
    reminders = Several(
        "Agreed to reminders by",
        hint="Only if they said so: messages then go to the address or number under Identifiers.",
    )
    note = Lines("Note", hint=f"What a caller must know. {NO_NAMES}", rows=2, most=500)


class CorrectWishes(Wishes, Correction):
    """The same, where something was recorded before."""


class Lost(Form):
    """The decision that a participant is lost to follow-up."""

    happened_on = DateField3("Day of the decision", needed="Enter the day of the decision")
    why = Codes(
        "Why is this person lost?",
        codes=lambda p: p.contacting.lost_reasons,
        needed="Choose why this person is lost",
    )
    note = Lines("Note", hint=f"What was tried last. {NO_NAMES}", rows=3, most=500)


class Found(Form):
    """That a lost participant was found."""

    happened_on = DateField3("Day on which they were found", needed="Enter the day")
    note = Lines("Note", hint=f"How they were found. {NO_NAMES}", rows=3, most=500)


class TakeBackAttempt(Correction):
    """An attempt that was recorded by mistake."""


def ways_offered(protocol: Protocol, never: set[str]) -> list[tuple[str, str]]:
    """The ways, with a word beside those that the person asked never to be used."""
    return [
        (way.key, f"{way.label} (they asked: never)" if way.key in never else way.label)
        for way in protocol.contacting.ways
    ]


def visits_offered(protocol: Protocol, listed: list[Visit]) -> list[tuple[str, str]]:
    """The visits of a participant that are still expected."""
    return [
        (str(visit.id), visits.plan_of(protocol, visit).name)
        for visit in listed
        if visit.state == visits.EXPECTED
    ]


def shown_wishes(wishes: ContactWishes) -> dict[str, Any]:
    """What is recorded, as the form names it."""
    found: dict[str, Any] = {"note": wishes.note, "version": wishes.version}
    found["reminders"] = list(wishes.reminders or {})
    for name in ("ways", "times"):
        for said in ("preferred", "never"):
            kept = getattr(wishes, name)
            found[f"{said}_{name}"] = [key for key, value in kept.items() if value == said]
    return found
