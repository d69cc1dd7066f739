"""Reports and exports: every way out is a button, an act, and a file that says what it is."""

import io
import json
import re
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, send_file, url_for
from werkzeug.wrappers import Response

from trial import report as told
from trial.conduct import reports
from trial.conduct.access import Act, allowed
from trial.conduct.refused import Refused
from trial.conduct.reports.kinds import ASSEMBLED, FEASIBILITY, KINDS, Kind
from trial.web import here, results
from trial.web.fields import DateField3, Lines, Pick, Tick
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
Page = tuple[str, int] | Response
FORMATS = {"pdf": "application/pdf", "json": "application/json"}
# The feasibility report has a page of its own, in the navigation.
PAGES = tuple(name for name in ASSEMBLED if name != FEASIBILITY.name)
NAMES, TOLD = (",".join(f'"{name}"' for name in names) for names in (KINDS, PAGES))


class Wanted(Form):
    """At which data cut, and whether a blinded person is to see the arms."""

    again = True

    def __init__(self) -> None:
        super().__init__()
        self.lock.offer(results.locks())

    @property
    def at(self) -> date | str | None:
        """The cut: a database lock by its name, a day, or today."""
        found: date | str | None = self.lock.data or self.cut.data
        return found

    cut = DateField3("Data cut: the end of", hint="Leave empty for today")
    lock = Pick("Or at a database lock", hint="Leave empty for the day above")
    unblind = Tick("Show me the arms: I am to be unblinded for this file")
    reason = Lines(
        "Why must you see the arms?", hint="Only if you ticked the box", most=500, rows=2
    )


@blueprint.get("")
@permission(Act.SEE_REPORTS)
def index() -> Page:
    """List the reports and exports that this person may write."""
    return _listed(Wanted())


@blueprint.post(f"/<any({NAMES}):name>.<any(pdf,json):kind>")
@permission(Act.SEE_REPORTS)
def write(name: str, kind: str) -> Page:
    """Write one report as a file; that it was written is an act."""
    if not _kind(name).json and kind == "json":
        abort(404)
    form = Wanted()
    if not form.validate_on_submit():
        return _listed(form)
    made = _made(form, name)
    if made is None:
        return _listed(form)
    content = _content(made, kind)

    def record() -> None:
        """Writing a file changes no record; the act itself is what the trail keeps."""

    if not form.records(made.act, record, note=made.note(), unblinds=made.unblinded):
        return _listed(form)
    return _download(content, f"{_stem(name, made)}.{kind}", FORMATS[kind])


@blueprint.post("/datasets.zip")
@permission(Act.EXPORT)
def export() -> Page:
    """Write the analysis datasets as one archive."""
    form = Wanted()
    if not form.validate_on_submit():
        return _listed(form)
    try:
        made = reports.datasets.make(
            here.session(), here.protocol(), here.actor(),
            reports.request.Request("datasets", form.at, form.unblind.data, form.reason.data),
            here.today(),
        )  # fmt: skip
    except Refused as refused:
        form.refuse(refused)
        return _listed(form)

    def record() -> None:
        """As above: the act is all that is recorded."""

    if not form.records(made.act, record, note=made.note(), unblinds=made.unblinded):
        return _listed(form)
    return _download(made.archive(), f"{here.protocol().key}-datasets.zip", "application/zip")


@blueprint.get("/audit")
@permission(Act.REPORT_AUDIT)
def audit() -> Page:
    """Tell the audit report as a page."""
    cut = reports.cut.data_cut(here.session(), here.today())
    report = reports.audit.build(here.session(), here.protocol(), cut, here.actor(), checked=False)
    body = told.page.html(report, lambda figure: "")
    return _told(report, body), 200


@blueprint.get(f"/<any({TOLD}):name>")
@permission(Act.SEE_REPORTS)
def page(name: str) -> Page:
    """Tell a report as a page, at today's data cut or another."""
    kind = _kind(name)
    form = results.AtCut()
    on, report = results.at_cut(form, kind)
    body = told.page.html(
        report, lambda one: url_for("reports.figure", name=name, key=one.key, cut=str(on))
    )
    return _told(report, body, form=form), form.status


@blueprint.get(f"/<any({TOLD}):name>/figures/<string:key>.svg")
@permission(Act.SEE_REPORTS)
def figure(name: str, key: str) -> Response:
    """One figure of a report as a picture."""
    return results.picture(_kind(name), key)


def _told(report: Any, body: str, **rest: Any) -> str:
    parts = told.page.contents(report)
    return render_template("reports/report.html", report=report, body=body, parts=parts, **rest)


def _kind(name: str) -> Kind:
    kind = KINDS[name]
    if not _offered(kind):
        abort(404)
    return kind


def _offered(kind: Kind) -> bool:
    return allowed(here.actor(), kind.act) and kind.told_of(here.protocol())


def _made(form: Wanted, name: str) -> Any:
    asked = reports.request.Request(name, form.at, form.unblind.data, form.reason.data)
    try:
        return reports.request.make(
            here.session(), here.protocol(), here.actor(), asked, here.today()
        )
    except Refused as refused:
        form.refuse(refused)
        return None


def _content(made: Any, kind: str) -> bytes:
    if kind == "pdf":
        printed: bytes = told.pdf.pdf(made.report)
        return printed
    return (json.dumps(made.results, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _stem(name: str, made: Any) -> str:
    lock = re.sub(r"[^a-z0-9]+", "-", made.results.get("database_lock", "").lower())
    return "-".join(filter(None, (here.protocol().key, name, made.results["data_cut"], lock)))


def _download(content: bytes, name: str, kind: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)


def _listed(form: Wanted) -> Page:
    actor = here.actor()
    pages = {name: url_for("reports.page", name=name) for name in PAGES}
    pages |= {"feasibility": url_for("feasibility.index"), "audit": url_for("reports.audit")}
    return render_template(
        "reports/index.html",
        form=form,
        pages=pages,
        kinds=[kind for kind in KINDS.values() if _offered(kind)],
        may_export=allowed(actor, Act.EXPORT),
        may_unblind=actor.blinded and allowed(actor, Act.UNBLIND),
        may_export_trail=allowed(actor, Act.EXPORT_TRAIL),
    ), form.status
