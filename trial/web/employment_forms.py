"""The questions about a spell of work and about its hours and pay."""

from typing import Any

from trial.conduct.employment import CORRECTABLE
from trial.records.models import Participant, Spell
from trial.web import here
from trial.web.days import DayOrMonth
from trial.web.fields import Amount, Codes, DateField3, Line, Pick
from trial.web.forms import Correction, Form

HELPED = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known"))
MONTH_ONLY = "Leave the day empty if only the month is known."


class Amounts(Form):
    """Hours and pay."""

    weekly_hours = Amount("Hours a week", most="168", width=5)
    pay = Amount("Pay before tax", prefix="£", most="999999", width=10)
    pay_period = Codes("The pay is for", codes=lambda p: p.work.pay_periods, inline=True)

    def amounts(self) -> dict[str, Any]:
        """Hours and pay as the acts take them."""
        return {
            "weekly_hours": self.weekly_hours.data,
            "pay": self.pay.data,
            "pay_period": self.pay_period.data,
        }


class Work(Form):
    """What is asked about a spell of work, apart from hours and pay."""

    kind = Codes("Kind of work", codes=lambda p: p.work.kinds, needed="Choose the kind of work")
    started_on = DayOrMonth("Started", hint=MONTH_ONLY, needed="Enter when it started")
    ended_on = DayOrMonth(
        "Last day worked", hint=f"Leave it all empty while it goes on. {MONTH_ONLY}"
    )
    ending_reason = Pick("Why it ended", codes=lambda p: p.work.ending_reasons)
    job_title = Line("Job title", hint="What the job is called. No names of people.")
    sector = Pick("Sector of the employer", codes=lambda p: p.work.sectors)
    found_with_specialist = Codes(
        "Found with the employment specialist’s help?", options=HELPED, inline=True
    )
    disclosed_mental_health = Pick(
        "Was mental health disclosed to the employer?", codes=lambda p: p.work.disclosure
    )
    disclosed_offending = Pick(
        "Was offending disclosed to the employer?", codes=lambda p: p.work.disclosure
    )
    source = Codes(
        "Source of the evidence",
        codes=lambda p: p.work.evidence_sources,
        needed="Choose the source of the evidence",
    )

    def for_participant(self, participant: Participant) -> None:
        """Leave out what only those who know the allocation are asked."""
        if not here.actor().sees_arm_of(participant.cluster_id):
            del self.found_with_specialist

    def answers(self) -> dict[str, Any]:
        """The answers as the acts take them."""
        given = {name: self[name].data for name in CORRECTABLE if name in self}
        given["start_day_known"] = self.started_on.day_known
        given["end_day_known"] = self.ended_on.day_known
        return given


class AddSpell(Work, Amounts):
    """A new spell with its first hours and pay."""


class CorrectSpell(Work, Correction):
    """What was recorded of a spell, put right."""

    def show(self, spell: Spell) -> None:
        """Put the days in their boxes as they are known."""
        if not self.is_submitted():
            self.started_on.tell(spell.started_on, spell.start_day_known)
            self.ended_on.tell(spell.ended_on, spell.end_day_known)


class EndSpell(Form):
    """The end of a spell that was running."""

    ended_on = DayOrMonth("Last day worked", hint=MONTH_ONLY, needed="Enter the last day worked")
    ending_reason = Pick("Why it ended", codes=lambda p: p.work.ending_reasons)


class AddTerm(Amounts):
    """Other hours or another pay from a day on."""

    from_on = DateField3("From", needed="Enter the day from which this holds")


class CorrectTerm(AddTerm, Correction):
    """Hours and pay put right."""


class Void(Correction):
    """Something taken back."""


def nothing_answered(form: AddTerm) -> bool:
    """Whether neither hours nor pay were entered."""
    return form.weekly_hours.data is None and form.pay.data is None
