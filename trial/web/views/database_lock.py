"""The database lock: the checklist, the locks that were made, and making one."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import database_lock, holds
from trial.conduct.access import Act
from trial.conduct.checklist import checklist
from trial.records.holds import LOCKED
from trial.records.verify import verify
from trial.web import here
from trial.web.fields import Line, Lines, Tick
from trial.web.permission import permission
from trial.web.proof import Proof

blueprint = Blueprint("database_lock", __name__, url_prefix="/lock")
# Where what is left is done; a line without a page of its own has none.
PAGES = {
    "queries": "queries.index",
    "drafts": "forms.index",
    "missing": "follow_up.index",
    "unsigned": "signatures.index",
    "visits": "follow_up.index",
    "entries": "forms.index",
    "clusters": "clusters.index",
    "unfrozen": "clusters.index",
}


class Lock(Proof):
    """The name of a lock, and why it is made although something is left."""

    name_ = Line(
        "Name of the lock", needed="Name the lock", most=60, hint="Such as Final analysis."
    )
    accepted = Tick("Lock although the checklist has something left")
    reason = Lines("Why?", hint="Needed where the checklist has something left.", most=500, rows=2)


@blueprint.route("", methods=["GET", "POST"])
@permission(Act.LOCK_DATABASE)
def index() -> tuple[str, int] | Response:
    """Show the checklist, and lock the whole trial under a name."""
    session, protocol = here.session(), here.protocol()
    form = Lock(g.account)
    if form.validate_on_submit() and form.proves() and _locks(form):
        flash("The trial is locked. Reports and exports can name this lock as their cut.", "done")
        return redirect(url_for("database_lock.index"))
    found = checklist(session, protocol, here.actor(), here.today())
    if not any(not one.done for one in found):
        del form.accepted
    return render_template(
        "holds/database.html",
        section="holds",
        form=form,
        found=found,
        pages=PAGES,
        kept=database_lock.snapshots(session),
        held=holds.told(session, holds.standing_over(session, None)),
        locked=any(one.kind == LOCKED for one in holds.standing_over(session, None)),
    ), form.status


def _locks(form: Lock) -> bool:
    """Check the trail first, which takes a while in a large trial, and then lock."""
    session = here.session()
    trail = verify(session)
    session.rollback()

    def do() -> None:
        database_lock.lock(
            session, here.protocol(), form.name_.data,
            on=here.today(), accepted=form.accepted.data, trail=trail,
        )  # fmt: skip

    return form.records(Act.LOCK_DATABASE, do)
