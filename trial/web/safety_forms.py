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
        "Time of day", hint="Such as 14:05. Left empty: now, or noon of an earlier day.", width=5
    )
    reference = Line("Their reference", hint="Optional.")


class FollowUp(Form):
    """How an entry went on."""

    outcome = Pick("Outcome by now", codes=lambda p: p.keeping_safe.outcomes)
    text = Lines("How did it go on?", hint=NO_NAMES, needed="Write how it went on", most=2000)


class TakeBack(Correction):
    """Something recorded by mistake."""


def heard(form: Adverse | Other) -> datetime:
    """The instant from which the clocks run: without a time the start of the day, which is the stricter."""
    day, clock = form.heard_on.data, form.heard_time.data
    return datetime.combine(day, time.fromisoformat(clock), LONDON) if clock else start_of(day)


def told_at(form: Told, now: datetime) -> datetime:
    """The instant at which they were told: without a time now, or noon of an earlier day."""
    day, clock = form.told_on.data, form.told_time.data
    if not clock and day == now.astimezone(LONDON).date():
        return now
    return datetime.combine(day, time.fromisoformat(clock or "12:00"), LONDON)


def shown(entry: SafetyEntry) -> dict[str, Any]:
    """What is recorded, as the forms name it."""
    local = entry.heard_at.astimezone(LONDON)
    return {
        "version": entry.version, "kind": entry.kind, "term": entry.term,
        "about": str(entry.cluster_id or ""), "happened_on": entry.happened_on,
        "heard_on": local.date(), "heard_time": f"{local:%H:%M}",
        "seriousness": entry.seriousness, "outcome": entry.outcome,
        "description": entry.description, "tells": bool(entry.unblinds),
    }  # fmt: skip
