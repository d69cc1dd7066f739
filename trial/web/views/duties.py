"""Reports that are due: the list, the days they are counted from, their numbers, and that they were made."""

import io
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from trial import report as told
from trial.conduct import duties, reports
from trial.conduct.access import Act
from trial.conduct.duties import DayOfTrial, Duty
from trial.conduct.refused import Stale
from trial.records.models import DutyDone, Milestone
from trial.web import here
from trial.web.fields import DateField3, Line
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("duties", __name__, url_prefix="/reports-due")
Page = tuple[str, int] | Response


class Made(Form):
    """When a report was made."""

    done_on = DateField3("Day on which it was sent or held", needed="Enter the day")
    reference = Line("Reference", hint="Optional: a number, or where it is filed.", most=200)


class FirstDay(Form):
    """A day of the trial from which reports are counted."""

    happened_on = DateField3("Day", needed="Enter the day")


class CorrectDay(FirstDay, Correction):
    """The same put right."""


class TakeBack(Correction):
    """A report or a day that was recorded by mistake."""


class Print(Form):
    """A button that prints: as often as it is wanted."""

    again = True


@blueprint.get("")
@permission(Act.SEE_DUTIES)
def index() -> str:
    """List what is due to whom and when, and the days from which it is counted."""
    session, protocol, on = here.session(), here.protocol(), here.today()
    return render_template(
        "duties/index.html",
        duties=duties.listed(session, protocol, on),
        days=duties.days_listed(session, protocol),
        counted=_counted,
        on=on,
    )


@blueprint.get("/<key>/<int:number>")
@permission(Act.SEE_DUTIES)
def show(key: str, number: int) -> str:
    """Show one report with its numbers as of today."""
    duty = _one(key, number)
    return render_template(
        "duties/show.html", duty=duty, report=_report(duty), form=Print(formdata=None),
        on=here.today(), counted=_counted,
    )  # fmt: skip


@blueprint.post("/<key>/<int:number>.pdf")
@permission(Act.PRINT_DUTY)
def write(key: str, number: int) -> Response:
    """Print the numbers of one report; that they were printed is an act."""
    duty, form = _one(key, number), Print()
    if not form.validate_on_submit():
        abort(400)
    content = told.pdf.pdf(_report(duty))
    form.records(Act.PRINT_DUTY, lambda: None, note={"report": duty.key})
    return send_file(
        io.BytesIO(content),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{duty.key}.pdf",
    )


@blueprint.route("/<key>/<int:number>/made", methods=["GET", "POST"])
@permission(Act.RECORD_DUTY)
def made(key: str, number: int) -> Page:
    """Record that a report was made."""
    duty, form = _one(key, number), Made()

    def do() -> None:
        duties.record_done(
            here.session(), here.protocol(), duty=key, number=number,
            done_on=form.done_on.data, reference=form.reference.data, on=here.today(),
        )  # fmt: skip

    if form.validate_on_submit() and form.records(Act.RECORD_DUTY, do):
        flash("It is recorded.", "done")
        return redirect(url_for("duties.index"))
    return _asked(form, f"Record: {duty.name}")


@blueprint.route("/made/<int:done>/take-back", methods=["GET", "POST"])
@permission(Act.RECORD_DUTY)
def take_back(done: int) -> Page:
    """Take back that a report was made."""
    one = found(DutyDone, done)
    form = TakeBack(data={"version": one.version})

    def do() -> None:
        duties.take_back(here.session(), one, on=here.today())

    if form.validate_on_submit() and form.records(Act.RECORD_DUTY, do, of=one):
        flash("It is due again.", "done")
        return redirect(url_for("duties.index"))
    listed = duties.listed(here.session(), here.protocol(), here.today())
    name = next((duty.name for duty in listed if duty.done is one), "a report")
    return _asked(form, f"Take back that it was made: {name}", one.done_on)


@blueprint.route("/days/<key>", methods=["GET", "POST"])
@permission(Act.RECORD_DUTY)
def day(key: str) -> Page:
    """Record a day from which reports are counted, or put it right."""
    session, protocol, asked = here.session(), here.protocol(), _day(key)
    kept = asked.recorded
    correcting = kept is not None
    if request.method == "POST":
        # What was sent says which of the two pages it was, whatever somebody else recorded meanwhile.
        correcting = bool(request.form.get("version"))
    data = {"happened_on": kept.happened_on, "version": kept.version} if kept else {}
    form: Any = CorrectDay(data=data) if correcting else FirstDay()

    def do() -> None:
        if correcting != (kept is not None):
            raise Stale("Somebody else recorded this day, or took it back, first.")
        duties.record_day(
            session, protocol, key=key, happened_on=form.happened_on.data, on=here.today()
        )

    if form.validate_on_submit() and form.records(Act.RECORD_DUTY, do, of=kept):
        flash("The day is recorded, and what is counted from it.", "done")
        return redirect(url_for("duties.index"))
    return _asked(form, asked.label)


@blueprint.route("/days/<int:number>/take-back", methods=["GET", "POST"])
@permission(Act.RECORD_DUTY)
def take_back_day(number: int) -> Page:
    """Take back a day that was recorded by mistake."""
    one = found(Milestone, number)
    asked = _day(one.key)
    form = TakeBack(data={"version": one.version})

    def do() -> None:
        duties.take_back_day(here.session(), here.protocol(), one, on=here.today())

    if form.validate_on_submit() and form.records(Act.RECORD_DUTY, do, of=one):
        flash("The day is taken back; it can be recorded again.", "done")
        return redirect(url_for("duties.index"))
    return _asked(form, f"Take back: {asked.label}", one.happened_on)


def _day(key: str) -> DayOfTrial:
    listed = duties.days_listed(here.session(), here.protocol())
    mine = [one for one in listed if one.key == key and not one.told]
    if not mine:
        abort(404)
    return mine[0]


def _counted(duty: Duty) -> str:
    """What a report is counted from, inside a sentence."""
    return duties.words_of(duty.plan.counted_from, here.protocol())


def _one(key: str, number: int) -> Duty:
    listed = duties.listed(here.session(), here.protocol(), here.today())
    mine = [one for one in listed if (one.plan.key, one.number) == (key, number)]
    if not mine:
        abort(404)
    return mine[0]


def _report(duty: Duty) -> Any:
    cut = reports.cut.data_cut(here.session(), here.today())
    return reports.numbers_due.build(here.session(), here.protocol(), duty, cut)


def _asked(form: Form, heading: str, taken_back: date | None = None) -> Page:
    told = {"form": form, "heading": heading, "taken_back": taken_back}
    return render_template("duties/ask.html", **told), form.status
