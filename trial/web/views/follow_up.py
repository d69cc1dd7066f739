"""Follow-up: which visits are overdue, closing, due, upcoming or missed, whose they are, and what is next."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from trial.conduct import due
from trial.conduct.access import Act
from trial.conduct.contact import assigning
from trial.conduct.due import Due, Whose
from trial.conduct.refused import Refused
from trial.conduct.visits import plan_of
from trial.web import here, team
from trial.web.clusters_named import names
from trial.web.fields import Pick, Several, Tick
from trial.web.forms import Filter, Form
from trial.web.paging import SIZE, Page, asked_page
from trial.web.permission import permission

blueprint = Blueprint("follow_up", __name__, url_prefix="/follow-up")
LISTS = "any(overdue,closing,due,upcoming,missed):which"
NOBODY = str(due.NOBODY)
NARROWED = ("cluster", "assigned", "visit")


class Narrowed(Filter):
    """Whose visits are listed."""

    cluster = Pick("Cluster")
    assigned = Pick("Assigned to")
    visit = Pick("Visit")


class Assign(Form):
    """Which of the visits shown go to whom."""

    visits = Several("Visits")
    every = Tick("Every visit of this list as it is narrowed, also on its other pages")
    to = Pick("Assign the visits ticked to", needed="Choose to whom")


@blueprint.get("", defaults={"which": Due.OVERDUE.value})
@blueprint.get(f"/<{LISTS}>")
@permission(Act.SEE_FOLLOW_UP)
def index(which: str) -> tuple[str, int]:
    """One list of visits, and how many stand in the others."""
    return _list(Due(which), None)


@blueprint.post(f"/<{LISTS}>/assign")
@permission(Act.ASSIGN_VISITS)
def assign(which: str) -> tuple[str, int] | Response:
    """Assign the visits that were ticked to a member of the team, or to nobody."""
    form, narrowed = _assigning(), _narrowed()
    form.visits.offer([(one, one) for one in request.form.getlist("visits") if _number(one)])
    if form.validate_on_submit():
        people = {str(one.id): one for one in team.assignable(here.session())}

        def do() -> int:
            chosen = _every(Due(which), narrowed) if form.every.data else form.visits.data
            numbers = {int(one) for one in chosen}
            return assigning.assign(here.session(), numbers, people.get(form.to.data))

        if form.records(Act.ASSIGN_VISITS, do):
            changed: int = form.result
            flash(f"{changed} visit{'' if changed == 1 else 's'} changed hands.", "done")
            return redirect(url_for("follow_up.index", which=which, **_asked()))
    return _list(Due(which), form)


def _list(listed: Due, assigning: Assign | None) -> tuple[str, int]:
    form, on, session = _narrowed(), here.today(), here.session()
    whose = _whose(form)
    counted = due.counts(session, on, whose=whose)
    totals = {one: sum(counted[one].values()) for one in Due}
    number = min(asked_page(), max(1, -(-totals[listed] // SIZE)))
    rows = due.due(session, on, listed, whose=whose, offset=(number - 1) * SIZE, limit=SIZE)
    shown = render_template(
        "follow_up/index.html",
        form=assigning or form,
        narrowing=form,
        assigning=assigning or _assigning(),
        which=listed,
        totals=totals,
        page=Page(due.with_steps(session, here.protocol(), rows, on), number, totals[listed], SIZE),
        clusters=names(),
        plan_of=plan_of,
        asked=_asked(),
    )
    return shown, form.status if assigning is None else assigning.status


def _every(listed: Due, narrowed: Narrowed) -> set[int]:
    """The numbers of all visits of a list; refused where it would not be the list that was seen."""
    if not narrowed.validate():
        raise Refused("This list is no longer there as it was narrowed: look at it again.", "every")
    return due.numbers(here.session(), here.today(), listed, whose=_whose(narrowed))


def _narrowed() -> Narrowed:
    form = Narrowed()
    form.cluster.offer([(str(number), name) for number, name in names().items()])
    people = team.assignable(here.session())
    form.assigned.offer([(NOBODY, "Nobody yet"), *((str(one.id), one.name) for one in people)])
    form.visit.offer([(plan.key, plan.name) for plan in here.protocol().visits])
    return form


def _whose(form: Narrowed) -> Whose:
    """Whose visits are asked for; everybody's where what was asked for is not there."""
    if not form.validate():
        return due.ANYBODYS
    return Whose(
        int(form.cluster.data) if form.cluster.data else None,
        int(form.assigned.data) if form.assigned.data else None,
        form.visit.data,
    )


def _assigning() -> Assign:
    form = Assign()
    people = team.assignable(here.session())
    form.to.offer([*((str(one.id), one.name) for one in people), (NOBODY, "Nobody")])
    return form


def _asked() -> dict[str, Any]:
    """What the list is narrowed by, for the way to another list of the same people."""
    return {name: request.args[name] for name in NARROWED if name in request.args}


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
