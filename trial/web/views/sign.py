"""Signing in and out: the password, the second factor, and the one-time link that sets a password."""

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.records.trail import acting
from trial.web import account_acts, here, passwords, signing
from trial.web.accounts import Account, actor_of
from trial.web.fields import Line, Secret
from trial.web.forms import Form
from trial.web.permission import Gate, permission
from trial.web.sessions import CLOCK
from trial.web.signing import Step

blueprint = Blueprint("sign", __name__)
Page = tuple[str, int] | Response

WRONG = (
    "The e-mail address or the password is not right, or there were too many attempts: "
    "check both, wait a few minutes and try again"
)
WRONG_CODE = (
    "This code is not right or was used already: wait for the next one. "
    "After many attempts, wait a few minutes"
)


class SignIn(Form):
    """Who asks to come in."""

    email = Line(
        "E-mail address", needed="Enter your e-mail address", most=254, autocomplete="username"
    )
    password = Secret("Password", needed="Enter your password", autocomplete="current-password")


class Code(Form):
    """The second factor."""

    code = Line(
        "Code",
        needed="Enter the code",
        hint="Six digits from your authenticator app, or one of your recovery codes.",
        most=40,
        width=10,
        autocomplete="one-time-code",
    )


class FirstCode(Code):
    """The first code of an authenticator app that is being set up."""

    code = Line(
        "Code",
        needed="Enter the code",
        hint="The six digits that the app shows now.",
        most=40,
        width=10,
        autocomplete="one-time-code",
    )


class NewPassword(Form):
    """A password set by whoever holds a one-time link."""

    password = Secret(
        "New password",
        needed="Enter a new password",
        hint=f"{passwords.LEAST} characters or more. Three or four words that have nothing to do "
        "with each other are easy to remember and hard to guess.",
        autocomplete="new-password",
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@permission(Gate.PUBLIC)
def sign_in() -> Page:
    """Ask for the name and the password."""
    if here.person() is not None:
        return redirect(url_for("home.index"))
    form = SignIn()
    status = None
    if form.validate_on_submit():
        step = signing.try_password(form.email.data, form.password.data)
        if step is Step.IN:
            return redirect(signing.where_wanted(url_for("home.index")))
        if step in (Step.CODE, Step.ENROL):
            return redirect(url_for(f"sign.{'code' if step is Step.CODE else 'enrol'}"))
        form.refuse(Refused(WRONG, "email"))
        status = 429 if step is Step.WAIT else 422
    return render_template("sign/in.html", form=form), status or form.status


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@permission(Gate.PUBLIC)
def code() -> Page:
    """Ask for a code of the second factor."""
    account = signing.pending()
    if account is None or not account.totp_secret:
        return redirect(url_for("sign.sign_in"))
    form = Code()
    status = None
    if form.validate_on_submit():
        step = signing.try_code(account, form.code.data)
        if step is Step.IN:
            return redirect(signing.where_wanted(url_for("home.index")))
        form.refuse(Refused(WRONG_CODE, "code"))
        status = 429 if step is Step.WAIT else 422
    return render_template("sign/code.html", form=form), status or form.status


@blueprint.route("/sign-in/second-factor", methods=["GET", "POST"])
@permission(Gate.PUBLIC)
def enrol() -> Page:
    """Set up the second factor of whoever has none yet, before anything else can be done."""
    account = signing.pending()
    if account is None or account.totp_secret:
        return redirect(url_for("sign.sign_in"))
    factor = signing.codes()
    secret = session.setdefault("secret", factor.generate_totp_secret())
    form = FirstCode()
    if form.validate_on_submit():
        if factor.fits(form.code.data, secret, account):
            return _enrolled(account, secret)
        form.refuse(Refused(WRONG_CODE, "code"))
    key = factor.get_totp_pretty_key(secret)
    return render_template("sign/enrol.html", form=form, key=key), form.status


@blueprint.get("/sign-in/second-factor.svg")
@permission(Gate.PUBLIC)
def picture() -> Response:
    """The picture that the authenticator app's camera reads."""
    account = signing.pending()
    if account is None or account.totp_secret or "secret" not in session:
        abort(404)
    drawn = signing.codes().picture(account.email, session["secret"])
    return Response(drawn, mimetype="image/svg+xml")


def _enrolled(account: Account, secret: str) -> Page:
    shown, kept = signing.codes().new_recovery_codes()
    actor = actor_of(here.session(), account, here.protocol())
    with acting(here.session(), by=actor, name=Act.OWN_ACCOUNT, note={"what": "second factor"}):
        account_acts.enrol_second_factor(account, secret=secret, recovery_codes=kept)
    signing.complete(account)
    return render_template("sign/recovery.html", codes=shown), 200


@blueprint.route("/set-password/<token>", methods=["GET", "POST"])
@permission(Gate.PUBLIC)
def set_password(token: str) -> Page:
    """Set a password by a one-time link from an administrator."""
    link = account_acts.link_of(here.session(), token, at=CLOCK.now())
    if link is None:
        return render_template("sign/link_used.html"), 404
    form = NewPassword()
    account = here.session().get_one(Account, link.account_id)
    if form.validate_on_submit() and _fits(form, account):
        _set_by_link(token, passwords.kept(form.password.data))
        flash("Your password is set. Sign in with it.", "done")
        return redirect(url_for("sign.sign_in"))
    return render_template("sign/set_password.html", form=form, email=account.email), form.status


def _fits(form: NewPassword, account: Account) -> bool:
    fault = passwords.fault(form.password.data, here.protocol(), account.email, account.name)
    here.session().rollback()  # hashing takes long: nobody else waits for our lock meanwhile
    if fault:
        form.refuse(Refused(fault, "password"))
    return fault is None


def _set_by_link(token: str, kept: str) -> None:
    link = account_acts.link_of(here.session(), token, at=CLOCK.now())
    if link is None:
        abort(404)
    account = here.session().get_one(Account, link.account_id)
    actor = actor_of(here.session(), account, here.protocol())
    with acting(here.session(), by=actor, name=Act.OWN_ACCOUNT, note={"what": "password by link"}):
        account_acts.use_link(here.session(), link, password=kept, at=CLOCK.now())
    signing.leave_everywhere(actor.id)


@blueprint.post("/sign-out")
@permission(Gate.SIGNED_IN)
def sign_out() -> Response:
    """Sign out, on the server as well as in the browser."""
    signing.leave()
    return redirect(url_for("sign.sign_in"))
