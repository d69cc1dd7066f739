"""Who a participant is: recorded under seal, shown once by an act that the trail keeps."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import identities
from trial.conduct.access import Act
from trial.records.identity import Vault
from trial.records.models import Participant
from trial.web import consent_forms as forms
from trial.web import here
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("identities", __name__, url_prefix="/participants/<int:person>/identity")
Page = tuple[str, int] | Response
ITEMS = {
    "name": "Name",
    "date_of_birth": "Date of birth",
    "nhs_number": "NHS number",
    "address": "Address",
    "phone": "Telephone number",
    "email": "E-mail address",
}


@blueprint.route("", methods=["GET", "POST"])
@permission(Act.SHOW_IDENTITY)
def show(person: int) -> Page:
    """Say what is recorded; the button shows it, once."""
    participant, form = found(Participant, person), forms.Showing()
    known = None
    if form.validate_on_submit():
        form.records(
            Act.SHOW_IDENTITY,
            lambda: identities.show(here.session(), _vault(), participant),
            participant_id=participant.id,
            cluster_id=participant.cluster_id,
        )
        known = form.result
    recorded = identities.recorded(identities.of(here.session(), participant))
    return render_template(
        "enrolment/identity.html",
        form=form, person=participant, recorded=recorded, known=known, items=ITEMS,
    ), form.status  # fmt: skip


@blueprint.route("/record", methods=["GET", "POST"])
@permission(Act.RECORD_IDENTITY)
def record(person: int) -> Page:
    """Record identifiers, or correct them."""
    participant = found(Participant, person)
    identity = identities.of(here.session(), participant)
    saved = identities.recorded(identity)
    form = _form(identity, saved)
    if form.validate_on_submit():

        def do() -> Any:
            return identities.record(
                here.session(), _vault(), participant,
                **form.given(), emptied=form.emptied.data if saved else (), on=here.today(),
            )  # fmt: skip

        if form.records(
            Act.RECORD_IDENTITY,
            do,
            of=identity,
            participant_id=participant.id,
            cluster_id=participant.cluster_id,
        ):
            flash("The identity is recorded.", "done")
            return redirect(url_for("identities.show", person=person))
    return render_template(
        "enrolment/identity_form.html", form=form, person=participant, saved=saved, items=ITEMS
    ), form.status


def _form(identity: Any, saved: tuple[str, ...]) -> Any:
    if not saved:
        return forms.IdentityForm()
    form = forms.CorrectIdentity(data={"version": identity.version})
    form.emptied.offer([(item, ITEMS[item]) for item in saved])
    return form


def _vault() -> Vault:
    return Vault(here.settings().key("identity"))
