"""One visit: recorded as done, missed or not needed, and put right."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import visits
from trial.conduct.access import Act
from trial.conduct.visits import DONE, EXPECTED, MISSED, NOT_NEEDED
from trial.protocol.visits import VisitPlan
from trial.records.models import Participant, Visit
from trial.web import here
from trial.web.fields import Codes, DateField3, Pick
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("visits", __name__, url_prefix="/visits")
STATES = ((DONE, "It was done"), (MISSED, "It was missed"), (NOT_NEEDED, "It is not needed"))


class RecordVisit(Form):
    """What became of a visit."""

    state = Codes("What became of this visit?", options=STATES, needed="Choose what became of it")
    done_on = DateField3("Day of the visit", hint="Only if it was done.")
    working = Codes(
        "In open employment on that day?",
        options=(("yes", "Yes"), ("no", "No"), ("unknown", "Not known")),
        inline=True,
        hint="Only if it was done.",
    )
    history_known_until = DateField3(
        "Work history known until",
        hint="The last day for which this visit made all work known, at the latest the day of the "
        "visit. Leave it empty if it made nothing known.",
    )
    why = Pick("Reason", hint="Only if it was missed or is not needed.")


class CorrectVisit(RecordVisit, Correction):
    """The same, where something is recorded already."""


@blueprint.route("/<int:visit>", methods=["GET", "POST"])
@permission(Act.RECORD_VISIT)
def record(visit: int) -> tuple[str, int] | Response:
    """Record one visit, or correct what is recorded of it."""
    record = found(Visit, visit)
    person = found(Participant, record.participant_id)
    plan = visits.plan_of(here.protocol(), record)
    fresh = record.state == EXPECTED
    form = RecordVisit() if fresh else CorrectVisit(data=_shown(record))
    if here.protocol().employment is None:
        del form.working, form.history_known_until
    form.why.offer(_reasons(plan))
    if not fresh:
        form.state.offer([*STATES, (EXPECTED, "Nothing: the record was a mistake")])
    if form.validate_on_submit():
        does = _recording(form, record) if fresh else _correcting(form, record)
        if form.records(Act.RECORD_VISIT, does, of=record):
            flash(f"{plan.name} is saved as {found(Visit, visit).state}.", "done")
            return redirect(url_for("participants.show", person=person.id))
    return render_template(
        "visits/record.html", form=form, visit=record, person=person, plan=plan, fresh=fresh
    ), form.status


def _shown(visit: Visit) -> dict[str, Any]:
    """What is recorded, as the form names it: its "reason" is why the record changes."""
    names = ("state", "done_on", "working", "history_known_until", "version")
    return {name: getattr(visit, name) for name in names} | {"why": visit.reason}


def _reasons(plan: VisitPlan) -> list[tuple[str, str]]:
    reasons = {c.key: c.label for c in (*plan.missed_reasons, *plan.not_needed_reasons)}
    return list(reasons.items())


def _recording(form: RecordVisit, visit: Visit) -> Callable[[], Any]:
    asked = (here.session(), here.protocol(), visit)
    match form.state.data:
        case "done":
            return lambda: visits.record_done(*asked, **_done(form), on=here.today())
        case "missed":
            return lambda: visits.record_missed(*asked, reason=form.why.data, on=here.today())
        case _:
            return lambda: visits.record_not_needed(*asked, reason=form.why.data, on=here.today())


def _correcting(form: RecordVisit, visit: Visit) -> Callable[[], Any]:
    asked = (here.session(), here.protocol(), visit)
    told = {"state": form.state.data, "reason": form.why.data, **_done(form)}
    return lambda: visits.correct(*asked, **told, on=here.today())


def _done(form: RecordVisit) -> dict[str, Any]:
    return {
        "done_on": form.done_on.data,
        "working": form.working and form.working.data,
        "history_known_until": form.history_known_until and form.history_known_until.data,
    }
