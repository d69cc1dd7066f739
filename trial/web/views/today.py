"""Today: what waits for whoever signed in."""

from flask import Blueprint, render_template

from trial.conduct.access import Act, allowed
from trial.conduct.allocation import stage
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
    session, actor = here.session(), here.actor()
    may = allowed(actor, Act.SEE_ALLOCATION)
    turn = stage.waiting(session, here.protocol(), actor) if may else None
    return render_template(
        "today/index.html",
        waits=today(session, actor, here.protocol(), here.today(), here.settings().clock.now()),
        turn=turn,
        clusters=names(),
        plan_of=plan_of,
        on=here.today(),
    )
