"""A reserve takes the place of a cluster that closed after it was allocated."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from trial.conduct import clusters as lives
from trial.conduct.access import Act
from trial.conduct.allocation import replacing
from trial.web import here
from trial.web.fields import Codes, Lines
from trial.web.forms import Form
from trial.web.permission import permission
from trial.web.views.clusters import one_of, step_page

blueprint = Blueprint("replacing", __name__)
EFFECT = (
    "The cluster gets the arm of the one whose place it takes: it is not drawn, and every report says so."
    " This cannot be undone."
)


class Replace(Form):
    """Whose place is taken, and why."""

    gone = Codes("Whose place does it take?", needed="Choose whose place it takes")
    reason = Lines("Why is the place taken?", needed="Say why the place is taken", most=500, rows=2)


@blueprint.route("/clusters/<key>/replace", methods=["GET", "POST"])
@permission(Act.REPLACE_CLUSTER)
def replace(key: str) -> tuple[str, int] | Response:
    """Record that a reserve takes the place, and the arm, of a cluster that closed."""
    session, protocol, reserve = here.session(), here.protocol(), one_of(key)
    places = {one.key: one for one in replacing.places(session, protocol, reserve)}
    if not places:
        abort(404)
    form = Replace()
    form.gone.offer([(key, lives.name_of(protocol, one)) for key, one in places.items()])

    def do() -> Any:
        gone = places[form.gone.data]
        return replacing.replace(session, protocol, reserve, gone, on=here.today())

    if form.validate_on_submit() and form.records(Act.REPLACE_CLUSTER, do, cluster_id=reserve.id):
        flash("The cluster has taken the place.", "done")
        return redirect(url_for("clusters.show", key=key))
    return step_page(form, reserve, "Take the place of a cluster", EFFECT)
