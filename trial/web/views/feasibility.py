"""Feasibility: the results as a page, at a data cut, as this person may be told them."""

from datetime import date

from flask import Blueprint, Response, abort, render_template, request, url_for

from trial import report as told
from trial.conduct import reports
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.web import here, results
from trial.web.fields import DateField3
from trial.web.forms import Filter
from trial.web.permission import permission

blueprint = Blueprint("feasibility", __name__, url_prefix="/feasibility")
Page = tuple[str, int]


class AtCut(Filter):
    """The day at whose end the data are cut."""

    cut = DateField3("Data cut: the end of", needed="Enter the day of the data cut")


@blueprint.get("")
@permission(Act.SEE_FEASIBILITY)
def index() -> Page:
    """Tell the feasibility results."""
    form = AtCut()
    if form.asked and form.validate():
        on: date = form.cut.data
    else:
        on = here.today()
        if not form.asked:
            form.cut.process_data(on)
    try:
        found = results.assembled(on, here.actor().blinded)
    except Refused as refused:
        form.refuse(refused)
        found = results.assembled(here.today(), here.actor().blinded)
    made = reports.feasibility.build(here.protocol(), found)
    body = told.page.html(made, lambda figure: _address(figure.key, found.cut.on))
    return render_template("feasibility/index.html", form=form, report=made, body=body), form.status


@blueprint.get("/figures/<string:key>.svg")
@permission(Act.SEE_FEASIBILITY)
def figure(key: str) -> Response:
    """One figure of the report as a picture."""
    try:
        on = date.fromisoformat(request.args.get("cut", ""))
        found = results.assembled(on, here.actor().blinded)
    except (ValueError, Refused):
        abort(404)
    made = reports.feasibility.build(here.protocol(), found)
    if key not in made.figures:
        abort(404)
    return Response(told.svg.svg(made.figures[key]), mimetype="image/svg+xml")


def _address(key: str, on: date) -> str:
    return url_for("feasibility.figure", key=key, cut=on.isoformat())
