"""A visit that a whole cluster skips, and its taking back."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from trial.conduct import skips
from trial.conduct.access import Act
from trial.records.models import Cluster, SkippedVisit
from trial.web import here
from trial.web.fields import Codes, Lines
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission
from trial.web.views.clusters import one_of, step_page

blueprint = Blueprint("skips", __name__)
Page = tuple[str, int] | Response
EFFECT = (
    "The visit is not needed from now on for everyone in the cluster of whom nothing is recorded yet,"
    " and for whoever enrols later. What was done or missed stays. It can be taken back."
)
AGAIN = (
    "Once this is taken back the visit falls due again for everyone in follow-up,"
    " on the days on which it would have."
)


class Skip(Form):
    """Which visit a cluster skips, and why."""

    visit = Codes("Which visit does the cluster skip?", needed="Choose the visit that it skips")
    why = Codes("Why does it skip it?", needed="Choose why the cluster skips this visit")
    note = Lines("Anything to add", most=500, rows=2, hint="Optional. Name no participant.")


class TakeBack(Correction):
    """Why a cluster does not skip a visit after all."""


@blueprint.route("/clusters/<key>/skip-visit", methods=["GET", "POST"])
@permission(Act.SKIP_VISIT)
def skip(key: str) -> Page:
    """Record that a cluster skips a visit."""
    session, protocol, cluster = here.session(), here.protocol(), one_of(key)
    if not any(plan.skipped_reasons for plan in protocol.visits):
        abort(404)
    plans = skips.open_to(session, protocol, cluster)
    if not plans:
        return _back(cluster, "Every visit that the cluster can skip is recorded as skipped.")
    form = Skip()
    form.visit.offer([(plan.key, plan.name) for plan in plans])
    reasons = {code.key: code.label for plan in plans for code in plan.skipped_reasons}
    form.why.offer(list(reasons.items()))

    def do() -> Any:
        return skips.skip(
            session, protocol, cluster, visit=form.visit.data, reason=form.why.data,
            note=form.note.data, on=here.today(),
        )  # fmt: skip

    if form.validate_on_submit() and form.records(Act.SKIP_VISIT, do, cluster_id=cluster.id):
        return _back(cluster, "The cluster skips this visit: nobody in it is expected there.")
    return step_page(form, cluster, "The cluster skips a visit", EFFECT)


@blueprint.route("/skipped-visits/<int:skip>/take-back", methods=["GET", "POST"])
@permission(Act.TAKE_BACK_SKIP)
def take_back(skip: int) -> Page:
    """Take back that a cluster skips a visit, with a reason."""
    session, protocol, record = here.session(), here.protocol(), found(SkippedVisit, skip)
    cluster = session.get_one(Cluster, record.cluster_id)
    if record.taken_back_on is not None:
        return _back(cluster, "This skip is taken back.")
    form = TakeBack(data={"version": record.version})  # its own "reason" is the skip's

    def do() -> Any:
        return skips.take_back(session, record, on=here.today())

    if form.validate_on_submit() and form.records(Act.TAKE_BACK_SKIP, do, of=record):
        return _back(cluster, "The visit falls due again in this cluster.")
    names = {plan.key: plan.name for plan in protocol.visits}
    visit, why = names.get(record.plan, record.plan), skips.reason_label(protocol, record)
    lead = f"{visit}: {why}. {AGAIN}"
    return step_page(form, cluster, "Take back a skipped visit", lead, "Take back")


def _back(cluster: Cluster, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("clusters.show", key=cluster.key))
