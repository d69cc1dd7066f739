"""The clusters: all of them, one with its life as dated steps, and the next step."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from trial.conduct import clusters as lives
from trial.conduct import screening_log, skips
from trial.conduct.access import Act, allowed
from trial.conduct.allocation import replacing
from trial.conduct.forms import offered
from trial.conduct.screening_log import Stage
from trial.records.models import Cluster, Participant, Record, SkippedVisit
from trial.web import held, here
from trial.web.cluster_forms import StepForm, form_for, steps_of
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("clusters", __name__, url_prefix="/clusters")
Page = tuple[str, int] | Response


@blueprint.get("")
@permission(Act.SEE_CLUSTERS)
def index() -> Page:
    """List the clusters with where each stands."""
    session, protocol = here.session(), here.protocol()
    rows = session.scalars(select(Cluster).order_by(Cluster.id)).all()
    return render_template(
        "clusters/index.html",
        clusters=[
            (row, lives.name_of(protocol, row), lives.standing(protocol, row)) for row in rows
        ],
        names={key: name for key, (name, _) in lives.steps_of(protocol).items()},
        reserves=protocol.reserves,
        enrolled=_counted() if _sees_people() else None,
        arms=_arms(rows),
        strata=_strata(),
    ), 200


@blueprint.get("/<key>")
@permission(Act.SEE_CLUSTERS)
def show(key: str) -> Page:
    """Show one cluster: its life, what comes next, and how many people stand where."""
    cluster = one_of(key)
    holding = held.told(cluster)
    return render_template(
        "clusters/show.html",
        cluster=cluster,
        name=lives.name_of(here.protocol(), cluster),
        standing=lives.standing(here.protocol(), cluster),
        strata=_strata().get(cluster.key, {}),
        reserve=cluster.key in here.protocol().reserves and cluster.allocated_on is None,
        place=_place(cluster),
        can_replace=bool(replacing.places(here.session(), here.protocol(), cluster)),
        life=lives.life(here.protocol(), cluster),
        steps=[] if holding["held"] else _steps(cluster),
        undo=steps_of(here.protocol())["reopen"].button,
        arm=_arms([cluster]).get(cluster.id),
        counts=screening_log.counts(here.session(), cluster.id) if _sees_people() else None,
        forms=offered.of_one(
            here.session(),
            here.protocol(),
            here.actor(),
            "cluster",
            cluster,
            Record.cluster_id == cluster.id,
        ),
        Stage=Stage,
        skips=_skips(cluster),
        can_skip=skips.open_to(here.session(), here.protocol(), cluster),
        **holding,
    ), 200


@blueprint.route(
    "/<key>/<any(identified,approached,permission,open,close,reopen):step>", methods=["GET", "POST"]
)
@permission(Act.RECORD_CLUSTER)
def take(key: str, step: str) -> Page:
    """Record one step in the life of a cluster, or correct it with a reason."""
    cluster, what = one_of(key), steps_of(here.protocol())[step]
    saved = getattr(cluster, what.item) is not None
    if step == "reopen" and not saved:
        abort(404)
    form: StepForm = form_for(here.protocol(), step, saved)(obj=cluster)
    if form.validate_on_submit():
        act = what.act

        def do() -> Any:
            return what.does(here.session(), here.protocol(), cluster, form, here.today())

        if form.records(act, do, of=cluster, cluster_id=cluster.id):
            flash(what.done, "done")
            return redirect(url_for("clusters.show", key=key))
    corrects = saved and step != "reopen"
    return step_page(form, cluster, f"Correct: {what.button.lower()}" if corrects else what.button)


def step_page(
    form: Form, cluster: Cluster, title: str, lead: str = "", done_with: str = "Save"
) -> Page:
    """The page of something that is recorded about a cluster: what it is, what it brings, its form."""
    return render_template(
        "clusters/take.html",
        form=form,
        cluster=cluster,
        name=lives.name_of(here.protocol(), cluster),
        title=title,
        lead=lead,
        done_with=done_with,
    ), form.status


def _skips(cluster: Cluster) -> list[tuple[SkippedVisit, str, str]]:
    """What the cluster skips or skipped, each with the visit and why."""
    protocol = here.protocol()
    names = {plan.key: plan.name for plan in protocol.visits}
    return [
        (one, names.get(one.plan, one.plan), skips.reason_label(protocol, one))
        for one in skips.listed(here.session(), cluster)
    ]


def _place(cluster: Cluster) -> str:
    """In whose place the cluster is, or which took its place."""
    others = {one.id: one for one in here.session().scalars(select(Cluster))}
    return replacing.told(here.protocol(), cluster, others)


def one_of(key: str) -> Cluster:
    """The cluster of an address; there is none for whoever may not see it."""
    # Compared here, not in the database: an address may hold what PostgreSQL cannot even look for.
    found = next((row for row in here.session().scalars(select(Cluster)) if row.key == key), None)
    if found is None:
        abort(404)
    return found


def _sees_people() -> bool:
    return here.actor().participants and allowed(here.actor(), Act.SEE_SCREENING)


def _steps(cluster: Cluster) -> list[tuple[str, str, bool]]:
    """What can be done now: the step, the words of its button, and whether it is the next."""
    if not allowed(here.actor(), Act.RECORD_CLUSTER):
        return []
    nexts = lives.next_steps(here.protocol(), cluster)
    steps = steps_of(here.protocol()).items()
    can = {key: one for key, one in steps if one.item in nexts and key != "reopen"}
    return [(key, one.button, key != "close") for key, one in can.items()]


def _counted() -> dict[int, int]:
    """How many are enrolled in each cluster."""
    counted = select(Participant.cluster_id, func.count()).group_by(Participant.cluster_id)
    return {number: count for number, count in here.session().execute(counted)}


def _arms(rows: Any) -> dict[int, str]:
    """The arm of each cluster whose arm this person may know."""
    names = {arm.key: arm.name for arm in here.protocol().arms}
    return {row.id: names.get(row.arm, row.arm) for row in rows if row.arm is not None}


def _strata() -> dict[str, Any]:
    return {plan.key: plan.strata for plan in here.protocol().clusters}
