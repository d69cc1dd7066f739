"""What the pages of safety ask: what happened, how it is judged, who was told, and how it went on."""

from datetime import datetime, time
from typing import Any

from trial.conduct.safety import log
from trial.config import LONDON
from trial.protocol.clocks import start_of
from trial.records.models import SafetyEntry
from trial.web.contact_forms import TimeOfDay
from trial.web.fields import Codes, DateField3, Line, Lines, Pick, Tick, YesNo
from trial.web.forms import Correction, Form

NO_NAMES = "No names, addresses or telephone numbers."
TELLS = "These words tell which arm it is"
TELLS_HINT = (
    "Tick it if somebody could learn the arm from them: the blinded do not see the entry then."
)


SERIOUS_HINT = (
    "Needed where it was not serious as recorded: the clocks run from then. Left empty otherwise:"
    " since the team heard of it."
)
SERIOUS_TIME = "Time of day since which it is known"
SERIOUS_TIME_HINT = (
    "Such as 14:05. Left empty: the start of the day, or when the team heard of it on that day."
)


class Adverse(Form):
    """An adverse event of a participant."""

    term = Pick(
        "What happened?", codes=lambda p: p.keeping_safe.terms, needed="Choose what happened"
    )
    happened_on = DateField3(
        "Day on which it happened", needed="Enter the day on which it happened"
    )
    heard_on = DateField3(
        "Day on which the trial team heard of it",
        needed="Enter the day on which the team heard of it",
        hint="The clocks run from then.",
    )
    heard_time = TimeOfDay(
        "Time of day", hint="Such as 14:05. Left empty: the start of the day.", width=5
    )
    seriousness = Pick(
        "Why is it serious?",
        codes=lambda p: p.keeping_safe.seriousness,
        hint="Leave it open if it is not serious.",
    )
    serious_on = DateField3("Known to be serious since", hint=SERIOUS_HINT)
    serious_time = TimeOfDay(SERIOUS_TIME, hint=SERIOUS_TIME_HINT, width=5)
    outcome = Pick(
        "Outcome by now",
        codes=lambda p: p.keeping_safe.outcomes,
        needed="Choose the outcome by now",
    )
    description = Lines(
        "Describe what happened", hint=NO_NAMES, needed="Describe what happened", most=2000
    )
    tells = Tick(TELLS, hint=TELLS_HINT)


class CorrectAdverse(Adverse, Correction):
    """An adverse event put right."""


KINDS = (
    (log.DEVIATION, "A deviation from the protocol"),
    (log.BREACH, "A serious breach of the protocol or of good practice"),
    (log.MEASURE, "An urgent safety measure"),
    (log.DATA, "A breach of personal data"),
)


class Other(Form):
    """A deviation, a serious breach, or an urgent safety measure."""

    kind = Codes("What is recorded?", options=KINDS, needed="Choose what is recorded")
    about = Pick("About which cluster", hint="Leave it open if it is about the whole trial.")
    term = Pick(
        "What was not as it should be",
        codes=lambda p: p.keeping_safe.deviations,
        hint="Of a deviation or a breach.",
    )
    happened_on = DateField3(
        "Day on which it happened, or the measure was taken", needed="Enter the day"
    )
    heard_on = DateField3(
        "Day on which the trial team heard of it",
        needed="Enter the day on which the team heard of it",
        hint="The clocks run from then; of a measure from the day on which it was taken.",
    )
    heard_time = TimeOfDay(
        "Time of day", hint="Such as 14:05. Left empty: the start of the day.", width=5
    )
    serious_on = DateField3("Of a serious breach: known to be one since", hint=SERIOUS_HINT)
    serious_time = TimeOfDay(SERIOUS_TIME, hint=SERIOUS_TIME_HINT, width=5)
    description = Lines("Describe it", hint=NO_NAMES, needed="Describe it", most=2000)
    tells = Tick(TELLS, hint=TELLS_HINT)


class CorrectOther(Other, Correction):
    """The same put right."""


class Disclosure(Form):
    """A disclosure of risk by a participant."""

    term = Codes("What was disclosed?", needed="Choose what was disclosed")
    happened_on = DateField3("Day on which it was disclosed", needed="Enter the day")
    heard_on = DateField3(
        "Day on which the trial team heard of it",
        needed="Enter the day on which the team heard of it",
        hint="The clock runs from then.",
    )
    heard_time = TimeOfDay(
        "Time of day", hint="Such as 14:05. Left empty: the start of the day.", width=5
    )
    description = Lines(
        "What was done, and what the next person must know",
        hint=f"Not what was said word for word. {NO_NAMES}",
        needed="Write what was done",
        most=2000,
    )
    tells = Tick(TELLS, hint=TELLS_HINT)


class CorrectDisclosure(Disclosure, Correction):
    """The same put right."""


class Clinician(Form):
    """Who is told of a disclosure of risk in a cluster."""

    clinician_name = Line(
        "Name and role of the clinician", needed="Enter the name", most=200, autocomplete="off"
    )
    clinician_email = Line(
        "E-mail address", needed="Enter an e-mail address", most=200, autocomplete="off",
        hint="They are asked to telephone; nothing about a participant is sent.",
    )  # fmt: skip


class CorrectClinician(Clinician, Correction):
    """The same, where somebody was named before."""


class Judge(Form):
    """What caused an adverse event, and whether it was expected."""

    related = Codes(
        "Was it caused by taking part?",
        codes=lambda p: p.keeping_safe.relatedness,
        needed="Choose whether taking part caused it",
    )
    expected = YesNo("Was it expected in the people of this trial?", needed="Choose yes or no")
    reason = Lines(
        "Why is the judgment changed?", hint="Only if it was judged before.", rows=2, most=500
    )


class Told(Form):
    """That somebody was told."""

    clock = Codes("What were they told as?", needed="Choose what they were told as")
    told_whom = Line("Who was told?", needed="Enter who was told", hint="The person or the office.")
    told_on = DateField3("Day on which they were told", needed="Enter the day")
    told_time = TimeOfDay(
        "Time of day",
        hint="Such as 14:05. Needed where a clock runs by the hour. Else left empty: now, or the end of"
        " an earlier day.",
        width=5,
    )
    reference = Line("Their reference", hint="Optional.")


class FollowUp(Form):
    """How an entry went on."""

    outcome = Pick("Outcome by now", codes=lambda p: p.keeping_safe.outcomes)
    text = Lines("How did it go on?", hint=NO_NAMES, needed="Write how it went on", most=2000)
    seriousness = Pick(
        "Has it become serious, and why?",
        codes=lambda p: p.keeping_safe.seriousness,
        hint="Leave it open if it is still not serious.",
    )
    serious_on = DateField3(
        "Known to be serious since",
        hint="Only if it has become serious: the clocks run from then.",
    )
    serious_time = TimeOfDay(SERIOUS_TIME, hint=SERIOUS_TIME_HINT, width=5)


class TakeBack(Correction):
    """Something recorded by mistake."""


def heard(form: Adverse | Other) -> datetime:
    """The instant from which the clocks run: without a time the start of the day, which is the stricter."""
    day, clock = form.heard_on.data, form.heard_time.data
    return datetime.combine(day, time.fromisoformat(clock), LONDON) if clock else start_of(day)


def serious(form: Any, heard_at: datetime) -> datetime | None:
    """Since when it was known to be serious, if that is said: never before the team heard of it that day."""
    day, clock = form.serious_on.data, form.serious_time.data
    if day is None:
        return None
    if clock:
        return datetime.combine(day, time.fromisoformat(clock), LONDON)
    same = day == heard_at.astimezone(LONDON).date()
    return heard_at if same else start_of(day)


def told_time(form: Told) -> time | None:
    """The time of day at which they were told, if it is said."""
    clock = form.told_time.data
    return time.fromisoformat(clock) if clock else None


def shown(entry: SafetyEntry) -> dict[str, Any]:
    """What is recorded, as the forms name it."""
    local = entry.heard_at.astimezone(LONDON)
    since = entry.serious_at.astimezone(LONDON) if entry.serious_at else None
    return {
        "version": entry.version, "kind": entry.kind, "term": entry.term,
        "about": str(entry.cluster_id or ""), "happened_on": entry.happened_on,
        "heard_on": local.date(), "heard_time": f"{local:%H:%M}",
        "seriousness": entry.seriousness, "outcome": entry.outcome,
        "serious_on": since.date() if since else None,
        "serious_time": f"{since:%H:%M}" if since else None,
        "description": entry.description, "tells": bool(entry.unblinds),
    }  # fmt: skip
