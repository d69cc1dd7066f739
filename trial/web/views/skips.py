"""A visit that a whole cluster skips, and its taking back."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import clusters as lives
from trial.conduct import skips
from trial.conduct.access import Act
from trial.records.models import Cluster, SkippedVisit
from trial.web import here
from trial.web.fields import Codes, Lines
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission
from trial.web.views.clusters import one_of

blueprint = Blueprint("skips", __name__)
Page = tuple[str, int] | Response


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
    plans = skips.open_to(session, protocol, cluster)
    if not plans:
        abort(404)
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
        flash("The cluster skips this visit: nobody in it is expected there.", "done")
        return redirect(url_for("clusters.show", key=key))
    name = lives.name_of(protocol, cluster)
    return render_template("skips/skip.html", form=form, cluster=cluster, name=name), form.status


@blueprint.route("/skipped-visits/<int:skip>/take-back", methods=["GET", "POST"])
@permission(Act.TAKE_BACK_SKIP)
def take_back(skip: int) -> Page:
    """Take back that a cluster skips a visit, with a reason."""
    session, record = here.session(), found(SkippedVisit, skip)
    if record.taken_back_on is not None:
        abort(404)
    cluster = session.get_one(Cluster, record.cluster_id)
    form = TakeBack(data={"version": record.version})  # its own "reason" is the skip's

    def do() -> Any:
        return skips.take_back(session, record, on=here.today())

    if form.validate_on_submit() and form.records(Act.TAKE_BACK_SKIP, do, of=record):
        flash("The visit falls due again in this cluster.", "done")
        return redirect(url_for("clusters.show", key=cluster.key))
    names = {plan.key: plan.name for plan in here.protocol().visits}
    return render_template(
        "skips/take_back.html",
        form=form,
        cluster=cluster,
        name=lives.name_of(here.protocol(), cluster),
        visit=names.get(record.plan, record.plan),
        why=skips.reason_label(here.protocol(), record),
    ), form.status
