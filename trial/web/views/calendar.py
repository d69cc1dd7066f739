"""The calendar of follow-up: week by week for the team, as a whole for one participant, and subscribed."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from trial.conduct import bank_holidays, calendar
from trial.conduct.access import Act
from trial.conduct.due import ANYBODYS, NOBODY, Whose
from trial.conduct.visits import in_window, plan_of, standing
from trial.records.models import Cluster, Participant, Visit
from trial.web import feeds, here, team
from trial.web.accounts import CalendarFeed
from trial.web.clusters_named import names
from trial.web.fields import Pick
from trial.web.forms import Filter, Form
from trial.web.found import found
from trial.web.permission import Gate, permission

blueprint = Blueprint("calendar", __name__)
WEEK = timedelta(days=7)


class Narrowed(Filter):
    """Whose visits are shown."""

    cluster = Pick("Cluster")
    assigned = Pick("Assigned to")


class Subscribe(Form):
    """One press makes a secret address."""


@blueprint.get("/calendar")
@permission(Act.SEE_FOLLOW_UP)
def week() -> tuple[str, int]:
    """Show one week of follow-up, with bank holidays."""
    form, clusters, session = Narrowed(), names(), here.session()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    people = team.assignable(session)
    form.assigned.offer([(str(NOBODY), "Nobody yet"), *((str(one.id), one.name) for one in people)])
    whose = ANYBODYS
    if form.validate():
        cluster, assigned = form.cluster.data, form.assigned.data
        whose = Whose(int(cluster) if cluster else None, int(assigned) if assigned else None)
    monday = _monday()
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("cluster", "assigned") if name in request.args
    }
    countries = _countries(whose.cluster_id)
    days = calendar.week(session, monday, whose)
    return render_template(
        "calendar/week.html",
        form=form,
        days=days,
        holidays={one.day: bank_holidays.holiday(one.day, countries) for one in days},
        known_until=bank_holidays.known_until(),
        clusters=clusters,
        plan_of=plan_of,
        before=url_for("calendar.week", week=monday - WEEK, **kept),
        after=url_for("calendar.week", week=monday + WEEK, **kept),
        now=url_for("calendar.week", **kept),
        subscribe=Subscribe(formdata=None),
    ), form.status


@blueprint.get("/participants/<int:person>/calendar")
@permission(Act.SEE_FOLLOW_UP)
def participant(person: int) -> str:
    """Show every visit of one participant with its days, and the bank holidays among them."""
    one, session = found(Participant, person), here.session()
    wanted = select(Visit).where(Visit.participant_id == one.id)
    listed = list(session.scalars(wanted.order_by(Visit.due_on, Visit.id)))
    countries = _countries(one.cluster_id)
    days = {day for visit in listed for day in (visit.opens_on, visit.due_on, visit.closes_on)}
    arranged = calendar.arranged_for(session, [visit.id for visit in listed])
    return render_template(
        "calendar/participant.html",
        person=one,
        visits=listed,
        arranged=arranged,
        holidays={
            day: bank_holidays.holiday(day, countries) for day in days | set(arranged.values())
        },
        plan_of=plan_of,
        standing=standing,
        in_window=in_window,
        subscribe=Subscribe(formdata=None),
    )


@blueprint.post("/calendar/subscribe", defaults={"person": None})
@blueprint.post("/participants/<int:person>/calendar/subscribe")
@permission(Act.SEE_FOLLOW_UP)
def subscribe(person: int | None) -> str | Answer:
    """Make a secret address for the team's calendar, one's own visits, or one participant."""
    one = None if person is None else found(Participant, person)
    form, session, at = Subscribe(), here.session(), here.settings().clock.now()
    mine = request.form.get("mine") == "yes"

    def do() -> str:
        return feeds.make(session, here.actor(), one, mine=mine, at=at)

    if form.validate_on_submit() and form.records(Act.OWN_ACCOUNT, do):
        address = url_for("calendar.feed", token=form.result, _external=True)
        return render_template("calendar/made.html", address=address, person=one)
    flash(" ".join(said for _, said in form.faults) or "Send this again.", "warning")
    return redirect(url_for("calendar.week"))


@blueprint.post("/account/calendars/<int:number>/revoke")
@permission(Act.OWN_ACCOUNT)
def revoke(number: int) -> Answer:
    """End one of one's own addresses."""
    mine = feeds.of_account(here.session(), here.actor().id)
    feed: CalendarFeed | None = next((one for one in mine if one.id == number), None)
    if feed is None:
        abort(404)
    form, at = Subscribe(), here.settings().clock.now()
    if form.validate_on_submit() and form.records(Act.OWN_ACCOUNT, lambda: feeds.revoke(feed, at)):
        flash("The calendar is revoked: its address answers no more.", "done")
    return redirect(url_for("own.index"))


@blueprint.get("/feeds/<token>.ics")
@permission(Gate.PUBLIC)
def feed(token: str) -> Response:
    """Answer a calendar program that knows a secret address."""
    if not here.protocol().participants:
        abort(404)
    found_there = feeds.read(
        here.session(),
        here.protocol(),
        token,
        on=here.today(),
        at=here.settings().clock.now(),
    )
    if found_there is None:
        abort(404)
    return Response(found_there, mimetype="text/calendar")


def _monday() -> date:
    """The Monday of the week asked for, or of this one."""
    asked = request.args.get("week", "")
    try:
        day = date.fromisoformat(asked) if len(asked) == len("2016-01-01") else here.today()
    except ValueError:
        day = here.today()
    day = min(max(day, date(1990, 1, 1)), date(2099, 12, 1))
    return day - timedelta(days=day.weekday())


def _countries(cluster_id: int | None) -> tuple[bank_holidays.Country, ...]:
    wanted = select(Cluster.key)
    if cluster_id is not None:
        wanted = wanted.where(Cluster.id == cluster_id)
    return bank_holidays.countries(here.protocol(), set(here.session().scalars(wanted)))
