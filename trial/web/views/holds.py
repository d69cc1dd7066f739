"""Freezes and locks: what stands, setting one, lifting one."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import holds
from trial.conduct.access import Act
from trial.conduct.forms.plans import form_of, may_see
from trial.records.holds import FROZEN, LOCKED
from trial.records.models import Cluster, Hold, Participant, Record
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Codes, Lines
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("holds", __name__, url_prefix="/locks")
Page = tuple[str, int] | Response
PAST = 50
LEVELS: dict[str, type[Any]] = {"record": Record, "participant": Participant, "cluster": Cluster}
KINDS = (
    (FROZEN, "Freeze: no value changes; queries, checks against the source and signatures go on"),
    (LOCKED, "Lock: nothing changes at all"),
)


class Place(Form):
    """A freeze or a lock."""

    kind = Codes("What is to be done?", options=KINDS, needed="Choose whether to freeze or to lock")
    reason = Lines("Why?", needed="Say why", most=500, rows=2)


class Lift(Correction):
    """The end of a freeze or a lock."""


@blueprint.get("")
@permission(Act.HOLD)
def index() -> str:
    """List what is frozen or locked now, and what was."""
    session = here.session()
    page = paged(session, holds.standing())
    lifted = holds.told(session, holds.lifted(session, PAST))
    return render_template(
        "holds/index.html",
        page=page,
        rows=[_listed(one) for one in holds.told(session, page.rows)],
        past=[_listed(one) for one in lifted],
    )


@blueprint.route("/place/<level>/<int:row>", methods=["GET", "POST"])
@permission(Act.HOLD)
def place(level: str, row: int) -> Page:
    """Freeze or lock one thing."""
    held = _held(level, row)
    form = Place()
    name, href = _named(level, row)

    def do() -> None:
        holds.place(here.session(), here.protocol(), held, form.kind.data)

    if form.validate_on_submit() and form.records(Act.HOLD, do):
        flash(f"{name} is {form.kind.data}.", "done")
        return redirect(href)
    return render_template("holds/place.html", form=form, name=name, href=href), form.status


@blueprint.route("/<int:hold>/lift", methods=["GET", "POST"])
@permission(Act.LIFT_HOLD)
def lift(hold: int) -> Page:
    """Unfreeze or unlock, with a reason."""
    standing = found(Hold, hold)
    name, href = _named(standing.level, standing.row)
    form = Lift(obj=standing)

    def do() -> None:
        holds.lift(here.session(), standing)

    if form.validate_on_submit() and form.records(Act.LIFT_HOLD, do, of=standing):
        flash(f"{name} is no longer {standing.kind}.", "done")
        return redirect(url_for("holds.index"))
    return render_template(
        "holds/lift.html", form=form, hold=standing, name=name, href=href
    ), form.status


def _listed(one: holds.Told) -> tuple[holds.Told, str, str]:
    return one, *_named(one.hold.level, one.hold.row)


def _held(level: str, row: int) -> Any:
    if level not in LEVELS:
        abort(404)
    held = found(LEVELS[level], row)
    if isinstance(held, Record):
        plan = form_of(here.protocol(), held.form)
        if not may_see(here.actor(), plan, held.cluster_id):
            abort(404)
    return held


def _named(level: str, row: int) -> tuple[str, str]:
    """How a page calls what is held, and its address."""
    if level == holds.TRIAL_LEVEL:
        return "The trial", url_for("holds.index")
    held = _held(level, row)
    match held:
        case Record():
            name = f"“{form_of(here.protocol(), held.form).name}” (record {held.id})"
            return name, url_for("forms.show", record=held.id)
        case Participant():
            return f"Participant {held.number}", url_for("participants.show", person=held.id)
        case _:
            return names().get(held.id, held.key), url_for("clusters.show", key=held.key)
