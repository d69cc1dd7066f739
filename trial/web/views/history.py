"""The history of one value: who changed it from what to what, when and why."""

from flask import Blueprint, abort, render_template, url_for

from trial.conduct import values
from trial.conduct.access import Act, allowed
from trial.records.history import history
from trial.records.models import Participant, Screening
from trial.web import here
from trial.web.found import LARGEST
from trial.web.permission import permission

blueprint = Blueprint("history", __name__, url_prefix="/history")


@blueprint.get("/<table>/<int:row>/<item>")
@permission(Act.SEE_HISTORY)
def show(table: str, row: int, item: str) -> str:
    """Show how one value came to be what it is."""
    session, actor = here.session(), here.actor()
    value = values.find(session, actor, table, row, item) if row <= LARGEST else None
    if value is None:
        abort(404)
    return render_template(
        "history/show.html",
        table=table,
        row=row,
        item=item,
        words=values.item_words(item),
        steps=history(session, table, row, item),
        value_words=values.value_words,
        back=_record(value),
        person=_participant(value),
        ask=allowed(actor, Act.RAISE_QUERY) and type(value.record) in values.QUERIED,
    )


def _participant(value: values.Value) -> Participant | None:
    if isinstance(value.record, Participant):
        return value.record
    number = getattr(value.record, "participant_id", None)
    return here.session().get(Participant, number) if number else None


def _record(value: values.Value) -> tuple[str, str] | None:
    """Where the value stands, and what that page is called."""
    person = _participant(value)
    if person is not None:
        return url_for("participants.show", person=person.id), f"Participant {person.number}"
    if isinstance(value.record, Screening):
        return url_for("screening.index"), "Screening"
    return None
