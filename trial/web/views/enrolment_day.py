"""The day of enrolment put right, with the visits that are counted from it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import enrolment_day
from trial.conduct.access import Act
from trial.records.models import Participant
from trial.web import here
from trial.web.fields import DateField3
from trial.web.forms import Correction
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("enrolment_day", __name__)


class EnrolmentDay(Correction):
    """The right day of the consent, which is that of enrolment."""

    enrolled_on = DateField3("Day of enrolment", needed="Enter the day of enrolment")


@blueprint.route("/participants/<int:person>/enrolment-day", methods=["GET", "POST"])
@permission(Act.CORRECT_PARTICIPANT)
def correct(person: int) -> tuple[str, int] | Response:
    """Correct the day of enrolment; windows of visits follow."""
    participant, session = found(Participant, person), here.session()
    form = EnrolmentDay(
        data={"version": participant.version, "enrolled_on": participant.enrolled_on}
    )
    if form.validate_on_submit():

        def do() -> None:
            enrolment_day.correct(
                session, here.protocol(), participant,
                enrolled_on=form.enrolled_on.data, on=here.today(),
            )  # fmt: skip

        if form.records(Act.CORRECT_PARTICIPANT, do, of=participant):
            flash(
                "The day of enrolment is corrected, and the windows of the visits with it.", "done"
            )
            return redirect(url_for("calendar.participant", person=participant.id))
    return render_template(
        "calendar/enrolment_day.html", form=form, person=participant
    ), form.status
