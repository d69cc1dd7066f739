"""A small form about participants, and how it is saved, for the tests of queries and verification."""

from datetime import date
from typing import Any

from tests.conduct.recruiting import Recruiting
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.protocol.forms import FormPlan
from trial.records.models import Participant, Record, Visit


def sheet(**rest: Any) -> FormPlan:
    """The form: hours of which many are unusual, a remark, and an answer that tells the arm."""
    told = {
        "key": "sheet", "name": "Sheet", "about": "participant", "occurs": "log",
        "entered_by": ("trial manager", "researcher"), "seen_by": ("data manager",),
        "verified": ("hours",),
        "sections": ({"title": "Week", "items": (
            {"kind": "whole", "key": "hours", "label": "Hours", "between": (0, 168), "usual": (0, 48)},
            {"kind": "text", "key": "remark", "label": "Remark", "required": False},
            {"kind": "whole", "key": "coach", "label": "Meetings with the coach", "required": False,
             "between": (0, 50), "usual": (0, 9), "unblinds": True},
        )},),
    }  # fmt: skip
    return FormPlan.model_validate(told | rest)


def save(
    trial: Recruiting,
    form: FormPlan,
    person: Participant,
    *,
    record: Record | None = None,
    visit: Visit | None = None,
    complete: bool = True,
    why: str | None = None,
    on: date | None = None,
    **answers: Any,
) -> Record:
    """Save the form about somebody, new or changed."""

    def do(session: Any, protocol: Any, on: date) -> Record:
        given = answers if record is None else {**saving.all_answers(record), **answers}
        return saving.save(
            session, protocol, form, Subject(participant=person, visit=visit), record=record,
            answers=given, observed_on=date(2016, 1, 14), complete=complete, on=on,
        )  # fmt: skip

    made: Record = trial.does(Act.ENTER_FORM, do, why=why)
    return made
