"""Search: from a study number, however it is typed, to the participant."""

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.protocol import numbers
from trial.records.models import Participant
from trial.web import here
from trial.web.fields import Line
from trial.web.forms import Filter
from trial.web.permission import permission

blueprint = Blueprint("search", __name__, url_prefix="/search")


class Search(Filter):
    """What is looked for."""

    q = Line("Study number", needed="Enter a study number", most=60, width=20)


@blueprint.get("")
@permission(Act.SEE_PARTICIPANTS)
def index() -> tuple[str, int] | Response:
    """Go to the participant of a study number, or say that there is none."""
    form = Search()
    if form.asked and form.validate():
        person = _person(form.q.data)
        if person is not None:
            return redirect(url_for("participants.show", person=person))
        form.refuse(Refused(_advice(), "q"))
    return render_template("participants/search.html", form=form), form.status


def _person(typed: str) -> int | None:
    prefix = here.protocol().study_number_prefix
    number = numbers.read(prefix, typed) or numbers.read(prefix, prefix + typed)
    found: int | None = here.session().scalar(
        select(Participant.id).where(Participant.number == number)
    )
    return found


def _advice() -> str:
    example = numbers.make(here.protocol().study_number_prefix, 1)
    return f"No participant whom you can see has this number: check it, such as {example}"
