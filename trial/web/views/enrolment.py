"""Consent and enrolment: from somebody who was approached to a participant with a study number."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import consent as consents
from trial.conduct import enrolment, screening
from trial.conduct.access import Act
from trial.records.identity import Vault
from trial.records.models import Cluster, Consent
from trial.web import consent_forms as forms
from trial.web import here
from trial.web.clusters_named import names
from trial.web.permission import permission
from trial.web.views.screening import entry_of

blueprint = Blueprint("enrolment", __name__, url_prefix="/screening/<int:number>")
Page = tuple[str, int] | Response


@blueprint.route("/consent", methods=["GET", "POST"])
@permission(Act.TAKE_CONSENT)
def consent(number: int) -> Page:
    """Record consent: first on which basis, where there are several, then what that basis asks."""
    row = entry_of(number).row
    session, protocol = here.session(), here.protocol()
    enrolled = screening.participant_of(session, row)
    bases = consents.offered(session, protocol, row)
    choice = forms.basis_form(bases) if len(protocol.consent.choices) > 1 else None
    if choice is not None and not (choice.asked and choice.validate()):
        page = render_template("enrolment/basis.html", form=choice, row=row, enrolled=enrolled)
        return page, choice.status
    key = choice.basis.data if choice else None
    basis = consents.chosen(protocol, key)
    form = forms.consent_form(row, basis)
    if form.validate_on_submit():

        def take() -> Consent:
            return consents.take(session, protocol, row, basis=key, **form.given(), on=here.today())

        if form.records(Act.TAKE_CONSENT, take, of=row, cluster_id=row.cluster_id):
            flash("The consent is recorded.", "done")
            return redirect(url_for("screening.show", number=number))
    return render_template(
        "enrolment/consent.html", form=form, row=row, enrolled=enrolled, basis=basis
    ), form.status


@blueprint.route("/consent/<int:which>/void", methods=["GET", "POST"])
@permission(Act.TAKE_CONSENT)
def void(number: int, which: int) -> Page:
    """Void a consent that was recorded wrongly."""
    row = entry_of(number).row
    signed = here.session().get(Consent, which)
    if signed is None or signed.screening_id != row.id:
        abort(404)
    form = forms.Voiding(obj=signed)
    if form.validate_on_submit():

        def do() -> Any:
            return consents.void(here.session(), here.protocol(), signed, on=here.today())

        if form.records(Act.TAKE_CONSENT, do, of=signed, cluster_id=row.cluster_id):
            flash("The consent is voided. It stays on record with your reason.", "done")
            return redirect(url_for("screening.show", number=number))
    return render_template("enrolment/void.html", form=form, row=row, signed=signed), form.status


@blueprint.route("/enrol", methods=["GET", "POST"])
@permission(Act.ENROL)
def enrol(number: int) -> Page:
    """Enrol somebody who consented, or say what stands in the way."""
    row = entry_of(number).row
    form = forms.Enrolling(data={"version": row.version})
    if form.validate_on_submit():
        vault = Vault(here.settings().key("identity"))

        def do() -> str:
            made = enrolment.enrol(
                here.session(), here.protocol(), vault, row,
                birth_year=form.birth_year.data, on=here.today(),
            )  # fmt: skip
            return made.number

        if form.records(Act.ENROL, do, of=row, cluster_id=row.cluster_id):
            flash(f"Enrolled as {form.result}.", "done")
            return redirect(url_for("screening.show", number=number))
    return render_template(
        "enrolment/enrol.html",
        form=form,
        row=row,
        name=names()[row.cluster_id],
        cluster=here.session().get_one(Cluster, row.cluster_id),
        signed=consents.standing(here.session(), row),
        obstacles=enrolment.obstacles(here.session(), here.protocol(), row),
    ), form.status
