"""Trail: every act with its changes, newest first, and the check that it holds."""

import io
from typing import Any

from flask import Blueprint, abort, render_template, request, send_file, url_for
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from trial.conduct import reports
from trial.conduct.access import Act as Acts
from trial.conduct.access import told_of
from trial.protocol.numbers import read
from trial.records.history import changes_of
from trial.records.models import Act, Participant
from trial.records.trail import head
from trial.records.verify import verify
from trial.web import here
from trial.web.fields import Codes, Line
from trial.web.forms import Filter, Form
from trial.web.permission import permission

blueprint = Blueprint("trail", __name__, url_prefix="/trail")
Page = tuple[str, int] | Response
SIZE = 50


class Narrowed(Filter):
    """Which acts to show."""

    participant = Line("Study number", most=40)
    person = Line("Name of who acted", most=200)
    act = Codes("What was done")


class Everything(Form):
    """The whole trail, as often as it is wanted."""

    again = True


class Check(Form):
    """A head that was printed earlier."""

    anchor = Line(
        "Head printed earlier",
        hint="64 characters, from a report or from `trial trail head`",
        most=80,
    )


@blueprint.get("")
@permission(Acts.SEE_TRAIL)
def index() -> Page:
    """List the acts, newest first."""
    form = Narrowed()
    if not here.protocol().participants:
        del form.participant
    form.act.offer(
        [(str(act), str(act).capitalize()) for act in Acts if told_of(here.protocol(), act)]
    )
    wanted = select(Act).order_by(Act.number.desc()).limit(SIZE)
    if form.asked and form.validate():
        wanted = _narrowed(wanted, form)
    before = request.args.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 10:
        wanted = wanted.where(Act.number < int(before))
    acts = here.session().scalars(wanted).all()
    older = _older(acts[-1].number) if len(acts) == SIZE else None
    return render_template(
        "trail/index.html", form=form, acts=acts, older=older, head=head(here.session())
    ), form.status


@blueprint.get("/<int:number>")
@permission(Acts.SEE_TRAIL)
def show(number: int) -> Page:
    """One act with every value that it changed."""
    act = here.session().get(Act, number) if number < 2**31 else None
    if act is None:
        abort(404)
    changes = changes_of(here.session(), number)
    return render_template("trail/show.html", act=act, changes=changes), 200


@blueprint.route("/check", methods=["GET", "POST"])
@permission(Acts.CHECK_TRAIL)
def check() -> Page:
    """Check the chain, every digest and the replay; that it was checked is an act."""
    form, verdict = Check(), None
    if form.validate_on_submit():
        found = verify(here.session(), form.anchor.data or None)
        note = {"holds": found.valid, "acts": found.acts, "head": found.head}
        if form.records(Acts.CHECK_TRAIL, lambda: None, note=note):
            verdict = found
    return render_template("trail/check.html", form=form, verdict=verdict), form.status


@blueprint.post("/trail.csv")
@permission(Acts.EXPORT_TRAIL)
def export() -> Page:
    """The whole trail as one file."""
    form = Everything()
    if not form.validate_on_submit():
        abort(400)
    content = reports.trail_file.as_csv(here.session())
    form.records(Acts.EXPORT_TRAIL, lambda: None, note={"bytes": len(content)})
    name = f"{here.protocol().key}-trail.csv"
    return send_file(
        io.BytesIO(content), mimetype="text/csv", as_attachment=True, download_name=name
    )


def _narrowed(wanted: Select[Act], form: Narrowed) -> Select[Act]:
    if form.participant and form.participant.data:
        number = read(here.protocol().study_number_prefix, form.participant.data)
        person = here.session().scalar(select(Participant.id).where(Participant.number == number))
        wanted = wanted.where(Act.participant_id == (person or -1))
    if form.person.data:
        wanted = wanted.where(Act.by_name.icontains(form.person.data, autoescape=True))
    if form.act.data:
        wanted = wanted.where(Act.name == form.act.data)
    return wanted


def _older(number: int) -> str:
    asked: dict[str, Any] = {k: v for k, v in request.args.items() if k != "before"}
    return url_for("trail.index", **asked, before=number)
