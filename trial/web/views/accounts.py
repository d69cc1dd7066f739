"""Administration: who has an account, with which role and clusters, since when and until when."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct.access import Act, allowed
from trial.protocol.roles import Role
from trial.records.models import Cluster
from trial.web import access_list, account_acts, here, signing
from trial.web.accounts import Account, AccountUse, cluster_names
from trial.web.fields import Codes, DateField3, Line, Lines, Several
from trial.web.forms import Correction, Filter, Form
from trial.web.paging import paged
from trial.web.permission import permission
from trial.web.sessions import CLOCK

blueprint = Blueprint("accounts", __name__, url_prefix="/administration")
Page = tuple[str, int] | Response
CLUSTERS_HINT = (
    "Only for a researcher, an employment specialist or a fidelity reviewer; the others see all."
)
ASSIGNED_HINT = "Only for a researcher or a fidelity reviewer; the others see all."


class AddAccount(Form):
    """A new person."""

    name = Line("Name", needed="Enter the person's name", autocomplete="off")
    email = Line(
        "E-mail address",
        needed="Enter the person's e-mail address",
        hint="The name to sign in with. It is never used again for anybody else.",
        most=254,
        autocomplete="off",
    )
    role = Codes("Role", needed="Choose a role")
    clusters = Several("Clusters", hint=CLUSTERS_HINT)


class ChangeAccount(Correction):
    """Another name, role or set of clusters."""

    name = Line("Name", needed="Enter the person's name", autocomplete="off")
    role = Codes("Role", needed="Choose a role")
    clusters = Several("Clusters", hint=CLUSTERS_HINT)


class Confirm(Form):
    """A step that needs a reason."""

    reason = Lines("Reason", needed="Enter a reason", most=500, rows=2)


class OnDay(Filter):
    """The day that the access list is for."""

    on = DateField3("Show who had access on", needed="Enter a date")


@blueprint.get("")
@permission(Act.SEE_ACCOUNTS)
def index() -> Page:
    """List the accounts."""
    page = paged(here.session(), select(Account).order_by(Account.active.desc(), Account.name))
    uses = {use.account_id: use for use in here.session().scalars(select(AccountUse))}
    names = _clusters()
    return render_template("accounts/index.html", page=page, uses=uses, names=names), 200


@blueprint.route("/add", methods=["GET", "POST"])
@permission(Act.MANAGE_ACCOUNTS)
def add() -> Page:
    """Make an account and show its one-time link."""
    form = AddAccount()
    _offer(form)
    if form.validate_on_submit():
        session, now = here.session(), here.settings().clock.now()

        def make() -> tuple[str, str]:
            made = account_acts.make(
                session,
                email=form.email.data,
                name=form.name.data,
                role=Role(form.role.data),
                clusters=_numbers(form.clusters),
                at=now,
            )
            by = here.actor().id
            return made.name, account_acts.make_link(session, made, by=by, at=CLOCK.now())

        if form.records(Act.MANAGE_ACCOUNTS, make, note={"what": "new account"}):
            return _link_page(*form.result)
    return render_template("accounts/add.html", form=form), form.status


@blueprint.get("/<int:number>")
@permission(Act.SEE_ACCOUNTS)
def show(number: int) -> Page:
    """Show one account and what can be done to it."""
    account = _account(number)
    rights = [r for r in access_list.rights(here.session(), here.protocol()) if r.account == number]
    return render_template(
        "accounts/show.html",
        account=account,
        rights=rights,
        use=signing.use_of(account),
        may_change=allowed(here.actor(), Act.MANAGE_ACCOUNTS) and account.active,
    ), 200


@blueprint.route("/<int:number>/change", methods=["GET", "POST"])
@permission(Act.MANAGE_ACCOUNTS)
def change(number: int) -> Page:
    """Change a name, a role or clusters."""
    account = _account(number)
    form = ChangeAccount(obj=account, data={"clusters": [str(n) for n in account.clusters_now()]})
    _offer(form)
    if form.validate_on_submit():

        def apply() -> None:
            account_acts.change(
                here.session(),
                account,
                name=form.name.data,
                role=Role(form.role.data),
                clusters=_numbers(form.clusters),
                at=here.settings().clock.now(),
            )

        if form.records(Act.MANAGE_ACCOUNTS, apply, of=account, note={"what": "rights"}):
            flash("The account is changed.", "done")
            return redirect(url_for("accounts.show", number=number))
    return render_template("accounts/change.html", form=form, account=account), form.status


@blueprint.route("/<int:number>/<any(end,link,sessions,factor):step>", methods=["GET", "POST"])
@permission(Act.MANAGE_ACCOUNTS)
def take(number: int, step: str) -> Page:
    """End an account, make a link, end its sessions, or remove its second factor: each with a reason."""
    account, form = _account(number), Confirm()
    if form.validate_on_submit():
        name, does = account.name, STEPS[step]
        if form.records(Act.MANAGE_ACCOUNTS, lambda: does(account), note={"what": DONE[step]}):
            signing.leave_everywhere(number)
            if step == "link":
                return _link_page(name, form.result)
            flash(f"Done: {DONE[step]}.", "done")
            return redirect(url_for("accounts.show", number=number))
    return render_template("accounts/take.html", form=form, account=account, step=step), form.status


@blueprint.get("/access")
@permission(Act.SEE_ACCOUNTS)
def access() -> Page:
    """Show who had which right on a day."""
    form = OnDay()
    on = here.today()
    if form.asked and form.validate():
        on = form.on.data
    elif not form.asked:
        form.on.process_data(on)
    rights = access_list.rights(here.session(), here.protocol())
    held = [right for right in rights if right.held_on(on)]
    return render_template("accounts/access.html", form=form, on=on, rights=held), form.status


def _end(account: Account) -> None:
    now = here.settings().clock.now()
    account_acts.deactivate(here.session(), account, by=here.actor().id, at=now)


def _link(account: Account) -> str:
    by = here.actor().id
    return account_acts.make_link(here.session(), account, by=by, at=CLOCK.now())


def _remove_factor(account: Account) -> None:
    account_acts.remove_second_factor(here.session(), account, by=here.actor().id)


STEPS = {
    "end": _end,
    "link": _link,
    "sessions": account_acts.end_sessions,
    "factor": _remove_factor,
}
DONE = {
    "end": "the account has ended",
    "link": "a one-time link is made",
    "sessions": "all its sessions have ended",
    "factor": "its second factor is removed",
}


def _account(number: int) -> Account:
    account = here.session().get(Account, number)
    if account is None:
        abort(404)
    return account


def _clusters() -> dict[int, str]:
    keys = here.session().execute(select(Cluster.id, Cluster.key).order_by(Cluster.id)).all()
    return cluster_names(here.protocol(), keys)


def _options() -> list[tuple[str, str]]:
    return [(str(number), name) for number, name in _clusters().items()]


def _offer(form: AddAccount | ChangeAccount) -> None:
    """The clusters and the roles of this trial: one that does not ask about work has no specialist in it."""
    roles = list(Role)
    if here.protocol().employment is None:
        roles.remove(Role.EMPLOYMENT_SPECIALIST)
        form.clusters.description = ASSIGNED_HINT
    form.role.offer([(role.value, role.value.capitalize()) for role in roles])
    form.clusters.offer(_options())


def _numbers(field: Several) -> list[int]:
    return [int(key) for key in field.data]


def _link_page(name: str, token: str) -> Page:
    link = url_for("sign.set_password", token=token, _external=True)
    return render_template("accounts/link.html", name=name, link=link), 200
