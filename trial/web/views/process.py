"""The process evaluation as an overview: fidelity, the log against its benchmarks, and what to fill in."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for
from sqlalchemy import func, select

from trial import report as told
from trial.conduct import reports
from trial.conduct.access import Act, allowed
from trial.conduct.forms.plans import may_enter, may_see
from trial.conduct.forms.saving import COMPLETE
from trial.protocol.forms import FormPlan
from trial.records.models import Record
from trial.web import here, results, subjects
from trial.web.permission import permission

blueprint = Blueprint("process", __name__, url_prefix="/process")


@blueprint.get("")
@permission(Act.SEE_PROCESS)
def index() -> str:
    """Show the overview, and the forms of the process evaluation that this person sees."""
    report = _overview()
    body = told.page.html(report, lambda one: url_for("process.figure", key=one.key))
    return render_template(
        "process/index.html",
        report=report,
        body=body,
        parts=told.page.contents(report),
        forms=[_form(one) for one in _forms()],
        may_report=allowed(here.actor(), Act.REPORT_PROCESS),
    )


@blueprint.get("/figures/<string:key>.svg")
@permission(Act.SEE_PROCESS)
def figure(key: str) -> Response:
    """One figure of the overview as a picture."""
    report = _overview()
    if key not in report.figures:
        abort(404)
    return Response(told.svg.svg(report.figures[key]), mimetype="image/svg+xml")


def _overview() -> Any:
    found = results.evaluated(here.today())
    return reports.process_report.overview(here.protocol(), found)


def _forms() -> list[FormPlan]:
    """The forms that play a part and that whoever is signed in may read somewhere."""
    plan, actor = here.protocol().process, here.actor()
    wanted = plan.forms if plan else frozenset()
    places = (None, *sorted(actor.revealed))
    return [
        form
        for form in here.protocol().forms
        if form.key in wanted and any(may_see(actor, form, place) for place in places)
    ]


def _form(form: FormPlan) -> dict[str, Any]:
    counted = select(func.count()).where(
        Record.form == form.key, Record.state == COMPLETE, Record.entry == 0
    )
    return {
        "plan": form,
        "complete": here.session().scalar(counted),
        "href": _address(form),
        "enters": any(
            may_enter(here.actor(), form, place) for place in (None, *sorted(here.actor().revealed))
        ),
    }


def _address(form: FormPlan) -> str:
    """Where the records of a form are: its own log, or the pages of whom it is about."""
    match form.about:
        case "trial":
            return url_for("forms.log", form=form.key, subject=0)
        case "employer":
            return subjects.employers()
        case "participant":
            return url_for("participants.index")
        case _:
            return url_for("forms.index")
