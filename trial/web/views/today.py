"""Today: what waits for whoever signed in."""

from flask import Blueprint, render_template

from trial.conduct.access import Act
from trial.conduct.standing import plan_of
from trial.conduct.today import today
from trial.web import here
from trial.web.clusters_named import names
from trial.web.permission import permission

blueprint = Blueprint("today", __name__, url_prefix="/today")


@blueprint.get("")
@permission(Act.SEE_TODAY)
def index() -> str:
    """Show what is due, overdue and upcoming, and everything else that waits."""
    waits = today(here.session(), here.actor(), here.today())
    return render_template(
        "today/index.html", waits=waits, clusters=names(), plan_of=plan_of, on=here.today()
    )
