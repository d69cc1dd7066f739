"""Decisions on the progression criteria: what the rules give, what was decided, and recording it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import decisions, reports
from trial.conduct.access import Act, allowed
from trial.conduct.refused import Refused
from trial.web import here, results
from trial.web.fields import Codes, DateField3, Line, Lines
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("decisions", __name__, url_prefix="/feasibility/decisions")
WHOLE = "whole-trial"  # in an address, the trial in the place of a criterion


class Decide(Form):
    """What was decided on one criterion."""

    decided = Codes("What was decided?", needed="Choose what was decided")
    because = Lines(
        "Why", needed="Say why it was decided so", most=2000, rows=4,
        hint="Blinded people are not shown these words.",
    )  # fmt: skip
    decided_by = Line(
        "Who decided", needed="Enter who decided", hint="A committee or a person", most=200
    )
    decided_on = DateField3("Day of the decision", needed="Enter the day of the decision")


@blueprint.get("")
@permission(Act.SEE_FEASIBILITY)
def index() -> str:
    """Show each criterion with what its rule gives today and what was decided."""
    found = _found()
    rules = {
        light.key: reports.decided.given(light) for light in found.results.progression.criteria
    }
    rules[""] = str(found.results.progression.overall).lower()
    names = {"": "The trial as a whole"} | {c.key: c.label for c in here.protocol().progression}
    return render_template(
        "feasibility/decisions.html",
        rules=rules,
        names=names,
        held=found.decisions,
        whole=WHOLE,
        may_decide=allowed(here.actor(), Act.RECORD_DECISION),
    )


@blueprint.route("/<string:key>", methods=["GET", "POST"])
@permission(Act.RECORD_DECISION)
def decide(key: str) -> tuple[str, int] | Response:
    """Record what was decided on a criterion or on the trial as a whole."""
    criterion = decisions.WHOLE if key == WHOLE else key
    try:
        about = decisions.criterion_of(here.protocol(), criterion)
    except Refused:
        abort(404)
    rule_gave = _rule(criterion)
    form = Decide()
    form.decided.offer([(one, one) for one in decisions.options(here.protocol(), criterion)])
    if form.validate_on_submit():

        def do() -> Any:
            return decisions.decide(
                here.session(), here.protocol(), criterion, rule_gave=rule_gave,
                decided=form.decided.data, because=form.because.data,
                decided_by=form.decided_by.data, decided_on=form.decided_on.data, on=here.today(),
            )  # fmt: skip

        if form.records(Act.RECORD_DECISION, do):
            flash("The decision is recorded.", "done")
            return redirect(url_for("decisions.index"))
    return render_template(
        "feasibility/decide.html",
        form=form,
        name="the trial as a whole" if about is None else f"“{about.label}”",
        rule_gave=rule_gave,
        judged=about is not None and about.judged,
    ), form.status


def _found() -> Any:
    return results.assembled(None, here.actor().blinded)


def _rule(criterion: str) -> str:
    """What the rule gives today."""
    progression = _found().results.progression
    if criterion == decisions.WHOLE:
        return str(progression.overall).lower()
    return next(reports.decided.given(one) for one in progression.criteria if one.key == criterion)
