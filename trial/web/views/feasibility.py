"""Feasibility: the results as a page, at a data cut, as this person may be told them."""

from flask import Blueprint, Response, render_template, url_for

from trial import report as told
from trial.conduct.access import Act
from trial.conduct.reports.kinds import FEASIBILITY
from trial.web import results
from trial.web.permission import permission

blueprint = Blueprint("feasibility", __name__, url_prefix="/feasibility")
Page = tuple[str, int]


@blueprint.get("")
@permission(Act.SEE_FEASIBILITY)
def index() -> Page:
    """Tell the feasibility results."""
    form = results.AtCut()
    on, report = results.at_cut(form, FEASIBILITY)
    body = told.page.html(
        report, lambda one: url_for("feasibility.figure", key=one.key, cut=str(on))
    )
    return render_template(
        "feasibility/index.html", form=form, report=report, body=body,
        parts=told.page.contents(report),
    ), form.status  # fmt: skip


@blueprint.get("/figures/<string:key>.svg")
@permission(Act.SEE_FEASIBILITY)
def figure(key: str) -> Response:
    """One figure of the report as a picture."""
    return results.picture(FEASIBILITY, key)
