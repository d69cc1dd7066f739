"""Withdrawal and death of a participant, and taking either back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import withdrawal
from trial.conduct.access import Act
from trial.conduct.coded import label
from trial.records.models import Event, Participant
from trial.web import here
from trial.web.fields import Codes, DateField3, Lines, Pick
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("withdrawal", __name__)
Page = tuple[str, int] | Response


class Withdraw(Form):
    """What a person withdraws from, when and why."""

    levels = Codes("What does the person withdraw from?", needed="Choose what they withdraw from")
    happened_on = DateField3("Day of the withdrawal", needed="Enter the day of the withdrawal")
    why = Pick(
        "Reason that the person gave",
        codes=lambda p: p.withdrawal.reasons,
        needed="Choose the reason that the person gave",
    )
    note = Lines(
        "Note", hint="Only what others must know. No names, addresses or telephone numbers."
    )


class Objects(Form):
    """One press, at once."""


class Death(Form):
    """When a participant died."""

    happened_on = DateField3("Day of death", needed="Enter the day of death")


class TakeBack(Correction):
    """An event that was recorded by mistake."""


@blueprint.route("/participants/<int:person>/withdraw", methods=["GET", "POST"])
@permission(Act.WITHDRAW)
def withdraw(person: int) -> Page:
    """Record a withdrawal; it takes effect at once."""
    participant = found(Participant, person)
    form = Withdraw()
    sees_arm = here.actor().sees_arm_of(participant.cluster_id)
    levels = withdrawal.levels_open_to(here.protocol(), participant, sees_arm)
    form.levels.offer([(level.key, level.label) for level in levels])
    if form.validate_on_submit():

        def do() -> None:
            withdrawal.withdraw(
                here.session(),
                here.protocol(),
                participant,
                levels={form.levels.data},
                happened_on=form.happened_on.data,
                reason=form.why.data,
                note=form.note.data,
                on=here.today(),
            )

        if form.records(Act.WITHDRAW, do):
            return _back(person, "The withdrawal is saved and in effect.")
    return render_template(
        "participants/withdraw.html", form=form, person=participant, levels=levels
    ), form.status


@blueprint.post("/participants/<int:person>/objects")
@permission(Act.WITHDRAW)
def objects(person: int) -> Response:
    """Stop everything at once: the participant shows that they object."""
    participant, form = found(Participant, person), Objects()

    def do() -> None:
        withdrawal.objects(here.session(), here.protocol(), participant, on=here.today())

    if form.validate_on_submit() and form.records(Act.WITHDRAW, do):
        return _back(person, "It is stopped: no visit, no reminder, no contact from now on.")
    flash(" ".join(said for _, said in form.faults) or "Send this again.", "warning")
    return redirect(url_for("participants.show", person=person))


@blueprint.route("/participants/<int:person>/death", methods=["GET", "POST"])
@permission(Act.RECORD_DEATH)
def death(person: int) -> Page:
    """Record that a participant died."""
    participant = found(Participant, person)
    form = Death()
    if form.validate_on_submit():

        def do() -> None:
            withdrawal.record_death(
                here.session(),
                here.protocol(),
                participant,
                happened_on=form.happened_on.data,
                on=here.today(),
            )

        if form.records(Act.RECORD_DEATH, do):
            return _back(person, "The death is saved. No more visits are expected.")
    return render_template("participants/death.html", form=form, person=participant), form.status


@blueprint.route("/events/<int:event>/take-back", methods=["GET", "POST"])
@permission(Act.WITHDRAW)
def take_back(event: int) -> Page:
    """Take back a withdrawal or a death that was recorded by mistake."""
    record = found(Event, event)
    participant = found(Participant, record.participant_id)
    form = TakeBack(data={"version": record.version})  # its own "reason" is the withdrawal's
    if form.validate_on_submit():

        def do() -> None:
            withdrawal.undo(here.session(), here.protocol(), record, on=here.today())

        if form.records(Act.WITHDRAW, do, of=record):
            return _back(participant.id, "It is taken back.")
    return render_template(
        "participants/take_back.html", form=form, person=participant, event=record, label=label
    ), form.status


def _back(person: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("participants.show", person=person))
