"""What changes for a participant: capacity lost and regained, and a move to another cluster."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import capacity, moves
from trial.conduct.access import Act
from trial.records.models import Event, Participant
from trial.web import here
from trial.web.fields import DateField3, Lines, Pick
from trial.web.forms import Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("changes", __name__, url_prefix="/participants/<int:person>")
Page = tuple[str, int] | Response
NO_NAMES = "Only what others must know. No names, addresses or telephone numbers."


class Capacity(Form):
    """The day on which capacity was assessed."""

    happened_on = DateField3("Day of the assessment", needed="Enter the day of the assessment")
    note = Lines("Note", hint=NO_NAMES, rows=3, most=500)


class Move(Form):
    """To which cluster somebody moved, and when."""

    to = Pick("Cluster that they moved to", needed="Choose the cluster that they moved to")
    happened_on = DateField3("Day of the move", needed="Enter the day of the move")
    note = Lines("Note", hint=NO_NAMES, rows=3, most=500)


@blueprint.route("/capacity-lost", methods=["GET", "POST"])
@permission(Act.RECORD_CAPACITY)
def capacity_lost(person: int) -> Page:
    """Record that a participant lost capacity."""
    return _capacity(person, capacity.lose, "lost", "It is stopped: no visit and no reminder.")


@blueprint.route("/capacity-regained", methods=["GET", "POST"])
@permission(Act.RECORD_CAPACITY)
def capacity_regained(person: int) -> Page:
    """Record that a participant has capacity again."""
    said = "It is saved. Ask them for consent before anything more is collected."
    return _capacity(person, capacity.regain, "regained", said)


@blueprint.route("/move", methods=["GET", "POST"])
@permission(Act.RECORD_MOVE)
def move(person: int) -> Page:
    """Record that a participant moved to another cluster."""
    participant, protocol, session = found(Participant, person), here.protocol(), here.session()
    form, made = Move(), moves.of_participant(session, participant)
    now = moves.at(session, participant, made, here.today())
    form.to.offer([(one.key, one.name) for one in protocol.clusters if one.key != now])

    def do() -> None:
        moves.move(
            session, protocol, participant, to=form.to.data,
            happened_on=form.happened_on.data, note=form.note.data, on=here.today(),
        )  # fmt: skip

    if form.validate_on_submit() and form.records(Act.RECORD_MOVE, do):
        flash("The move is saved.", "done")
        return redirect(url_for("participants.show", person=person))
    return render_template("participants/move.html", form=form, person=participant), form.status


def _capacity(person: int, act: Callable[..., Event], which: str, said: str) -> Page:
    participant, form = found(Participant, person), Capacity()

    def do() -> None:
        act(
            here.session(), here.protocol(), participant,
            happened_on=form.happened_on.data, note=form.note.data, on=here.today(),
        )  # fmt: skip

    if form.validate_on_submit() and form.records(Act.RECORD_CAPACITY, do):
        flash(said, "done")
        return redirect(url_for("participants.show", person=person))
    return render_template(
        "participants/capacity.html", form=form, person=participant, which=which
    ), form.status
