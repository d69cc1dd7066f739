"""One's own account: what it may see, its password and its second factor."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.records.models import Cluster, Participant
from trial.web import account_acts, feeds, here, passwords, signing, throttle
from trial.web.accounts import Account, cluster_names
from trial.web.fields import Secret
from trial.web.forms import Form
from trial.web.permission import permission
from trial.web.sessions import CLOCK

blueprint = Blueprint("own", __name__, url_prefix="/account")
Page = tuple[str, int] | Response


class Proof(Form):
    """Proves again who is at the keyboard."""

    current = Secret(
        "Your present password",
        needed="Enter your present password",
        autocomplete="current-password",
    )


class ChangePassword(Proof):
    """A new password in the place of the old."""

    password = Secret(
        "New password",
        needed="Enter a new password",
        hint=f"{passwords.LEAST} characters or more. Three or four words that have nothing to do "
        "with each other are easy to remember and hard to guess.",
        autocomplete="new-password",
    )


@blueprint.get("")
@permission(Act.OWN_ACCOUNT)
def index() -> Page:
    """Show one's own account: what it may see and when it was last used."""
    account: Account = g.account
    keys = here.session().execute(select(Cluster.id, Cluster.key)).all()
    names = cluster_names(here.protocol(), keys)
    seen = [names[key] for key in sorted(account.clusters_now()) if key in names]
    use = signing.use_of(account)
    left = len((account.recovery_codes or "").split())
    return render_template(
        "own/index.html",
        account=account,
        seen=seen,
        use=use,
        left=left,
        calendars=feeds.of_account(here.session(), account.id),
        people=_numbers(),
        form=Form(formdata=None),
    ), 200


def _numbers() -> dict[int, str]:
    """The study numbers of the participants of whom one has a calendar, as far as one sees them."""
    mine = feeds.of_account(here.session(), here.actor().id)
    people = {one.participant_id for one in mine}
    wanted = select(Participant.id, Participant.number).where(Participant.id.in_(people))
    return {one.id: one.number for one in here.session().execute(wanted)}


@blueprint.route("/password", methods=["GET", "POST"])
@permission(Act.OWN_ACCOUNT)
def password() -> Page:
    """Change one's own password; every other session of the account ends."""
    form = ChangePassword()
    if form.validate_on_submit() and _is_right(form) and _is_fit(form):
        kept = passwords.kept(form.password.data)
        account = here.session().get_one(Account, here.actor().id)
        note = {"what": "password"}
        if form.records(
            Act.OWN_ACCOUNT, lambda: account_acts.set_password(account, password=kept), note=note
        ):
            signing.leave_everywhere(account.id)
            signing.enter(account)
            flash("Your password is changed. Other browsers have been signed out.", "done")
            return redirect(url_for("own.index"))
    return render_template("own/password.html", form=form, email=g.account.email), form.status


@blueprint.route("/recovery-codes", methods=["GET", "POST"])
@permission(Act.OWN_ACCOUNT)
def recovery_codes() -> Page:
    """Make new recovery codes; the old ones stop working."""
    form = Proof()
    if form.validate_on_submit() and _is_right(form):
        shown, kept = signing.codes().new_recovery_codes()
        account = here.session().get_one(Account, here.actor().id)
        note = {"what": "recovery codes"}
        if form.records(
            Act.OWN_ACCOUNT,
            lambda: account_acts.replace_recovery_codes(account, recovery_codes=kept),
            note=note,
        ):
            return render_template("sign/recovery.html", codes=shown), 200
    return render_template("own/recovery_codes.html", form=form), form.status


def _is_right(form: Proof) -> bool:
    """Whether the present password is right; guessing it here is slowed down as at the door."""
    account = here.session().get_one(Account, here.actor().id)
    subjects = [
        throttle.name_subject(here.settings(), account.email),
        throttle.address_subject(here.settings(), request.remote_addr or ""),
    ]
    hashed = account.password
    here.session().rollback()  # hashing takes long: nobody else waits for our lock meanwhile
    waits = throttle.must_wait(subjects, CLOCK.now())
    if not waits and passwords.matches(form.current.data, hashed):
        return True
    if not waits:
        throttle.failed(subjects, CLOCK.now())
    wrong = "This is not your present password, or there were too many attempts: check it, or wait"
    form.refuse(Refused(wrong, "current"))
    return False


def _is_fit(form: ChangePassword) -> bool:
    account = here.session().get_one(Account, here.actor().id)
    fault = passwords.fault(form.password.data, here.protocol(), account.email, account.name)
    here.session().rollback()
    if fault:
        form.refuse(Refused(fault, "password"))
    return fault is None
