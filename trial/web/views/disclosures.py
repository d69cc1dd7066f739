"""A disclosure of risk by a participant, and the clinician of a cluster who is told of it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct.access import Act
from trial.conduct.safety import disclosing, log
from trial.protocol.safety import DisclosurePlan
from trial.records.models import Participant, SafetyEntry
from trial.web import here
from trial.web.found import found
from trial.web.permission import permission
from trial.web.safety_forms import Clinician, CorrectClinician, Disclosure, heard
from trial.web.views.clusters import one_of

blueprint = Blueprint("disclosures", __name__)
Page = tuple[str, int] | Response


@blueprint.route("/participants/<int:person>/disclosure", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def add(person: int) -> Page:
    """Show what to do at once, then record that a risk was disclosed."""
    plan, participant = _plan(), found(Participant, person)
    form, at = Disclosure(data={"heard_on": here.today()}), here.settings().clock.now()
    form.term.offer([(code.key, code.label) for code in plan.kinds])

    def do() -> SafetyEntry:
        return log.record(
            here.session(), here.protocol(), kind=log.DISCLOSED, about=participant,
            happened_on=form.happened_on.data, heard_at=heard(form), term=form.term.data,
            description=form.description.data, tells=bool(form.tells.data), at=at,
        )  # fmt: skip

    if form.validate_on_submit() and form.records(Act.RECORD_SAFETY, do):
        flash("It is saved. Now telephone the named clinician.", "warning")
        return redirect(url_for("safety.show", entry=form.result.id))
    return render_template(
        "safety/disclosure.html", form=form, person=participant, plan=plan,
        cluster=disclosing.cluster_of(here.session(), participant, here.today()), entry=None,
    ), form.status  # fmt: skip


@blueprint.route("/clusters/<key>/clinician", methods=["GET", "POST"])
@permission(Act.NAME_CLINICIAN)
def clinician(key: str) -> Page:
    """Name who is told of a disclosure of risk in a cluster."""
    _plan()
    cluster = one_of(key)
    given = {name: getattr(cluster, name) for name in ("clinician_name", "clinician_email")}
    named = cluster.clinician_name is not None
    form: Any = (
        CorrectClinician(data=given | {"version": cluster.version}) if named else Clinician()
    )

    def do() -> None:
        disclosing.name_clinician(
            here.session(), here.protocol(), cluster, named=form.clinician_name.data,
            email=form.clinician_email.data, on=here.today(),
        )  # fmt: skip

    told = {"of": cluster} if named else {}
    if form.validate_on_submit() and form.records(
        Act.NAME_CLINICIAN, do, cluster_id=cluster.id, **told
    ):
        flash("The clinician is named.", "done")
        return redirect(url_for("clusters.show", key=key))
    return render_template("clusters/clinician.html", form=form, cluster=cluster), form.status


def _plan() -> DisclosurePlan:
    safety = here.protocol().safety
    if safety is None or safety.disclosure is None:
        abort(404)
    return safety.disclosure
