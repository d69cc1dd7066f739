"""Blank forms for paper: one form, or all forms of a visit, printed as a PDF or told as a page."""

import io

from flask import Blueprint, abort, render_template, send_file, url_for
from werkzeug.wrappers import Response

from trial import report as told
from trial.conduct.access import Act
from trial.conduct.forms import blank
from trial.report.value import Report
from trial.web import here
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("blank_forms", __name__, url_prefix="/forms/blank")


class Print(Form):
    """A button that prints: as often as it is wanted."""

    again = True


@blueprint.get("")
@permission(Act.PRINT_FORM)
def index() -> str:
    """List the forms that this person may print, and the sets of forms of each visit."""
    forms = blank.printable(here.protocol(), here.actor())
    sets = blank.sets(forms, here.protocol())
    return render_template(
        "forms/blank.html", forms=forms, sets=sets, form=Print(), section="forms"
    )


@blueprint.get("/<key>")
@permission(Act.PRINT_FORM)
def show(key: str) -> str:
    """Tell a blank form as a page."""
    report = _sheet(key)
    return render_template(
        "reports/report.html",
        section="forms",
        back={"text": "Blank forms", "href": url_for("blank_forms.index")},
        report=report,
        body=told.page.html(report, lambda figure: ""),
        parts=told.page.contents(report),
    )


@blueprint.post("/<key>.pdf")
@permission(Act.PRINT_FORM)
def write(key: str) -> Response:
    """Print one blank form; that it was printed is an act."""
    return _printed(_sheet(key), key)


@blueprint.post("/visit/<key>.pdf")
@permission(Act.PRINT_FORM)
def write_set(key: str) -> Response:
    """Print all forms of a visit."""
    protocol = here.protocol()
    sets = blank.sets(blank.printable(protocol, here.actor()), protocol)
    found = next(((plan, forms) for plan, forms in sets if plan.key == key), None)
    if found is None:
        abort(404)
    return _printed(blank.whole_set(protocol, *found), key)


def _sheet(key: str) -> Report:
    protocol = here.protocol()
    forms = blank.printable(protocol, here.actor())
    form = next((one for one in forms if one.key == key), None)
    if form is None:
        abort(404)
    return blank.sheet(protocol, form)


def _printed(report: Report, key: str) -> Response:
    form, protocol = Print(), here.protocol()
    if not form.validate_on_submit():
        abort(400)
    content = told.pdf.pdf(report)
    note = {"blank form": key, "protocol": protocol.version}
    form.records(Act.PRINT_FORM, lambda: None, note=note)
    name = f"{protocol.key}-blank-{key}.pdf"
    return send_file(
        io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name
    )
