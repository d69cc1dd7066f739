"""What the screening log asks, in coded lists only: the person, the criteria, the approach, a decline."""

from collections.abc import Iterable
from typing import Any

from wtforms import HiddenField

from trial.conduct import eligibility
from trial.conduct.screening_log import Stage
from trial.protocol.eligibility import Criterion
from trial.records.models import Eligibility
from trial.web.fields import Codes, DateField3, Pick, Whole
from trial.web.forms import Correction, Filter, Form

YES_NO_UNKNOWN = [(answer, answer.capitalize()) for answer in eligibility.ANSWERS]
REFERRAL = [("referred", "Referred"), ("not referred", "Not referred")]
APPROACH = [("approached", "Approached"), ("not approached", "Not approached")]


class LogFilter(Filter):
    """Which rows of the log a page shows."""

    cluster = Pick("Cluster")
    stage = Pick("Where they stand", options=[(one.value, one.value.capitalize()) for one in Stage])


class Considered(Form):
    """Somebody considered, and what was decided."""

    considered_on = DateField3(
        "When was the person considered?", needed="Enter when the person was considered"
    )
    referral = Codes(
        "Was the person referred to the study?",
        options=REFERRAL,
        needed="Choose whether the person was referred",
    )
    decided_by = Codes(
        "Who decided on that?",
        codes=lambda protocol: protocol.screening.deciders,
        needed="Choose who decided",
    )
    decided_on = DateField3("When was that decided?", hint="Leave empty if this is not known.")
    not_referred_reason = Pick(
        "Why was the person not referred?",
        codes=lambda protocol: protocol.screening.not_referred_reasons,
        hint="Only if not referred: the reason as it was stated.",
    )


class NewRow(Considered):
    """A new row of the log."""

    first = ("cluster",)
    cluster = Codes("Cluster", needed="Choose the cluster")
    earlier_number = Whole(
        "Earlier screening number",
        least=1,
        width=5,
        hint="Only if this person was considered before: the latest number they had.",
    )


class CorrectRow(Correction, Considered):
    """Another account of how somebody was considered."""


class RowForm(Form):
    """A step in one row: it carries the version of the row that it was made from."""

    version = HiddenField()


class Sources(RowForm):
    """When answers to criteria were given, and where they come from."""

    answered_on = DateField3("When were these answered?", needed="Enter when these were answered")
    source = Codes(
        "Where do these answers come from?",
        codes=lambda protocol: protocol.screening.evidence_sources,
        needed="Choose where the answers come from",
    )


def criteria_form(criteria: Iterable[Criterion], version: int) -> Sources:
    """A form that asks these criteria; each may be left open."""
    asked: dict[str, Any] = {
        f"criterion-{one.key}": Codes(one.text, options=YES_NO_UNKNOWN, inline=True)
        for one in criteria
    }
    asked["first"] = tuple(asked)
    made: Sources = type("Criteria", (Sources,), asked)(data={"version": version})
    return made


class OneCriterion(Correction):
    """Another answer to one criterion."""

    answer = Codes(
        "Answer", options=YES_NO_UNKNOWN, inline=True, needed="Answer yes, no or unknown"
    )
    answered_on = DateField3("When was it answered?", needed="Enter when it was answered")
    source = Codes(
        "Where does the answer come from?",
        codes=lambda protocol: protocol.screening.evidence_sources,
        needed="Choose where the answer comes from",
    )


def one_criterion(saved: Eligibility, version: int) -> OneCriterion:
    """The form of one answer as it is saved."""
    known = {name: getattr(saved, name) for name in ("answer", "answered_on", "source")}
    return OneCriterion(data=known | {"version": version})


class Approached(RowForm):
    """Whether somebody was approached."""

    approach = Codes(
        "Was the person approached about the study?",
        options=APPROACH,
        needed="Choose whether the person was approached",
    )
    approached_on = DateField3("When were they approached?", hint="Only if approached.")
    not_approached_reason = Pick(
        "Why were they not approached?",
        codes=lambda protocol: protocol.screening.not_approached_reasons,
        hint="Only if not approached.",
    )


class CorrectApproached(Correction, Approached):
    """Another account of the approach."""


class Declined(RowForm):
    """That somebody declined, and why."""

    outcome_on = DateField3("When did the person decline?", needed="Enter when the person declined")
    declined_reason = Codes(
        "Which reason did they give?",
        codes=lambda protocol: protocol.screening.declined_reasons,
        needed="Choose the reason that they gave",
    )


class CorrectDeclined(Correction, Declined):
    """Another account of the decline."""


class TakenBack(Correction):
    """Why a decline is taken back."""
