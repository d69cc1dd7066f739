"""Follow-up: which visits are overdue, due, upcoming or missed, by cluster and person."""

from flask import Blueprint, render_template

from trial.conduct import due
from trial.conduct.access import Act
from trial.conduct.due import Due
from trial.conduct.visits import plan_of
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Pick
from trial.web.forms import Filter
from trial.web.paging import SIZE, Page, asked_page
from trial.web.permission import permission

blueprint = Blueprint("follow_up", __name__, url_prefix="/follow-up")


class Narrowed(Filter):
    """Whose visits are listed."""

    cluster = Pick("Cluster")


@blueprint.get("", defaults={"which": Due.OVERDUE.value})
@blueprint.get("/<any(overdue,due,upcoming,missed):which>")
@permission(Act.SEE_FOLLOW_UP)
def index(which: str) -> tuple[str, int]:
    """One list of visits, and how many stand in the others."""
    form, clusters, on, session = Narrowed(), names(), here.today(), here.session()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    chosen = int(form.cluster.data) if form.validate() and form.cluster.data else None
    counted = due.counts(session, on, cluster_id=chosen)
    totals = {one: sum(counted[one].values()) for one in Due}
    listed = Due(which)
    number = min(asked_page(), max(1, -(-totals[listed] // SIZE)))
    rows = due.due(session, on, listed, cluster_id=chosen, offset=(number - 1) * SIZE, limit=SIZE)
    return render_template(
        "follow_up/index.html",
        form=form,
        which=listed,
        totals=totals,
        page=Page(rows, number, totals[listed]),
        clusters=clusters,
        plan_of=plan_of,
        chosen=chosen,
    ), form.status
