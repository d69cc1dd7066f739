"""The log of safety: what happened, its clocks, who was told, and how it went on."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial import report as told
from trial.conduct.access import Act, allowed
from trial.conduct.coded import label
from trial.conduct.safety import clocks, disclosing, log
from trial.conduct.safety.form import form as report_of
from trial.records.models import Cluster, Participant, SafetyEntry, SafetyNote, SafetyTold
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Pick
from trial.web.forms import Filter, Form
from trial.web.found import found
from trial.web.paging import paged
from trial.web.permission import permission
from trial.web.safety_forms import (
    Adverse,
    CorrectAdverse,
    CorrectDisclosure,
    CorrectOther,
    FollowUp,
    Judge,
    Other,
    TakeBack,
    Told,
    heard,
    serious,
    shown,
    told_time,
)

blueprint = Blueprint("safety", __name__)
Page = tuple[str, int] | Response
KINDS = tuple((one, one.capitalize()) for one in log.KINDS)
UNJUDGED = ("unjudged", "Serious, to be judged")


class Print(Form):
    """A button that prints: as often as it is wanted."""

    again = True


class Narrowed(Filter):
    """Which entries are listed."""

    kind = Pick("Kind", options=KINDS)
    cluster = Pick("Cluster")
    standing = Pick("Standing", options=(("open", "Not resolved yet"),))


@blueprint.get("/safety")
@permission(Act.SEE_SAFETY)
def index() -> tuple[str, int]:
    """The clocks that run, and every entry, the newest first."""
    form, clusters, session = Narrowed(), names(), here.session()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    if allowed(here.actor(), Act.JUDGE_SAFETY):
        form.standing.offer([*form.standing.options, UNJUDGED])
    wanted = select(SafetyEntry).order_by(SafetyEntry.heard_at.desc(), SafetyEntry.id.desc())
    if form.validate():
        if form.kind.data:
            wanted = wanted.where(SafetyEntry.kind == form.kind.data)
        if form.cluster.data:
            wanted = wanted.where(SafetyEntry.cluster_id == int(form.cluster.data))
        if form.standing.data:
            unjudged = form.standing.data == UNJUDGED[0]
            wanted = wanted.where(
                log.to_be_judged() if unjudged else log.unresolved(here.protocol())
            )
    page = paged(session, wanted)
    waiting = clocks.waiting(session, here.protocol())
    return render_template(
        "safety/index.html",
        form=form,
        page=page,
        waiting=waiting,
        people=_numbers({*page.rows, *(one.entry for one in waiting)}),
        clusters=clusters,
        **_words(),
    ), form.status


@blueprint.get("/safety/<int:entry>")
@permission(Act.SEE_SAFETY)
def show(entry: int) -> str:
    """Show one entry: what happened, its clocks, who was told, and how it went on."""
    one, session, protocol = found(SafetyEntry, entry), here.session(), here.protocol()
    notes = select(SafetyNote).where(SafetyNote.entry_id == one.id).order_by(SafetyNote.id)
    return render_template(
        "safety/show.html",
        entry=one,
        running=clocks.running(session, protocol, [one]),
        notes=list(session.scalars(notes)),
        disclosure=_disclosure(one),
        form=Print(formdata=None),
        people=_numbers({one}),
        clusters=names(),
        **_words(),
    )


@blueprint.post("/safety/<int:entry>.pdf")
@permission(Act.PRINT_SAFETY)
def write(entry: int) -> Response:
    """Print the report of one entry; that it was printed is an act."""
    one, form = found(SafetyEntry, entry), Print()
    if not form.validate_on_submit():
        abort(400)
    content = told.pdf.pdf(report_of(here.session(), here.protocol(), one))
    form.records(
        Act.PRINT_SAFETY, lambda: None, note={"entry": one.id}, cluster_id=one.cluster_id,
        participant_id=one.participant_id,
    )  # fmt: skip
    return send_file(
        io.BytesIO(content),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"safety-report-{one.id}.pdf",
    )


@blueprint.route("/participants/<int:person>/safety/add", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def add_event(person: int) -> Page:
    """Record an adverse event of a participant."""
    participant, at = found(Participant, person), _now()
    form = Adverse(data={"heard_on": here.today()})
    _without_since(form)
    if form.validate_on_submit():

        def do() -> SafetyEntry:
            return log.record(
                here.session(), here.protocol(), kind=log.ADVERSE, about=participant,
                **_event(form), at=at,
            )  # fmt: skip

        if form.records(Act.RECORD_SAFETY, do):
            return _to(form.result.id, "The event is saved. See below by when whom it is told.")
    return _asked("event", form, person=participant)


@blueprint.route("/safety/add", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def add() -> Page:
    """Record a deviation, a serious breach or an urgent safety measure."""
    form, at = Other(data={"heard_on": here.today()}), _now()
    _without_since(form)
    form.about.offer([(str(number), name) for number, name in names().items()])
    if form.validate_on_submit():

        def do() -> SafetyEntry:
            about = here.session().get(Cluster, int(form.about.data)) if form.about.data else None
            return log.record(
                here.session(), here.protocol(), kind=form.kind.data, about=about,
                **_other(form), at=at,
            )  # fmt: skip

        if form.records(Act.RECORD_SAFETY, do):
            return _to(form.result.id, "It is saved. See below by when whom it is told.")
    return _asked("other", form)


@blueprint.route("/safety/<int:entry>/correct", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def correct(entry: int) -> Page:
    """Put an entry right, with a reason."""
    one, at = found(SafetyEntry, entry), _now()
    if one.voided_on is not None:
        abort(404)
    adverse = one.kind == log.ADVERSE
    data = shown(one)
    form = _correcting(one, data)
    if form.validate_on_submit():
        values = _event(form) if adverse else _other(form)
        if "serious_on" in form:
            values["serious_at"] = serious(form, values["heard_at"])
        kind = form.kind.data if "kind" in form else one.kind

        def do() -> None:
            log.correct(here.session(), here.protocol(), one, at=at, kind=kind, **values)

        if form.records(Act.RECORD_SAFETY, do, of=one):
            return _to(entry, "The correction is saved.")
    return _asked("correct", form, entry=one)


@blueprint.route("/safety/<int:entry>/judge", methods=["GET", "POST"])
@permission(Act.JUDGE_SAFETY)
def judge(entry: int) -> Page:
    """Say what caused an adverse event, and whether it was expected."""
    one = found(SafetyEntry, entry)
    known = None if one.expected is None else "yes" if one.expected else "no"
    form = Judge(data={"related": one.related, "expected": known})

    def do() -> None:
        log.judge(
            here.session(), here.protocol(), one, related=form.related.data,
            expected=form.expected.data in (True, "yes"),
        )  # fmt: skip

    return _done("judge", Act.JUDGE_SAFETY, form, one, do, "The judgment is saved.")


@blueprint.route("/safety/<int:entry>/told", methods=["GET", "POST"])
@permission(Act.TELL_SAFETY)
def tell(entry: int) -> Page:
    """Record that somebody was told."""
    one, session, protocol = found(SafetyEntry, entry), here.session(), here.protocol()
    left = [run.clock for run in clocks.running(session, protocol, [one]) if run.told is None]
    form, at = Told(data={"told_on": here.today()}), _now()
    form.clock.offer([(clock.key, f"{clock.label}: {clock.to}") for clock in left])

    def do() -> None:
        told_at = clocks.told_at(protocol, form.clock.data, form.told_on.data, told_time(form), at)
        clocks.tell(
            session, protocol, one, clock=form.clock.data, told_at=told_at,
            told_whom=form.told_whom.data, reference=form.reference.data, at=at,
        )  # fmt: skip

    return _done("told", Act.TELL_SAFETY, form, one, do, "It is saved that they were told.")


@blueprint.route("/safety/<int:entry>/follow-up", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def follow_up(entry: int) -> Page:
    """Note how an entry went on."""
    one = found(SafetyEntry, entry)
    form: Any = FollowUp(data={"outcome": one.outcome})
    if one.kind != log.ADVERSE:
        del form.outcome
    if one.kind != log.ADVERSE or one.seriousness is not None:
        del form.seriousness
        _without_since(form)

    def do() -> None:
        outcome = form.outcome.data if one.kind == log.ADVERSE else None
        became = {}
        if "seriousness" in form:
            since = serious(form, one.heard_at)
            became = {"seriousness": form.seriousness.data, "serious_at": since}
        log.follow_up(
            here.session(), here.protocol(), one, text=form.text.data, outcome=outcome,
            on=here.today(), **became,
        )  # fmt: skip

    return _done("follow_up", Act.RECORD_SAFETY, form, one, do, "The report is saved.")


@blueprint.route("/safety/<int:entry>/take-back", methods=["GET", "POST"])
@permission(Act.RECORD_SAFETY)
def take_back(entry: int) -> Page:
    """Take back an entry that was recorded by mistake."""
    one = found(SafetyEntry, entry)
    form = TakeBack(data={"version": one.version})

    def do() -> None:
        log.take_back(here.session(), one, on=here.today())

    return _done("take_back", Act.RECORD_SAFETY, form, one, do, "The entry is taken back.", of=one)


@blueprint.route("/safety/told/<int:telling>/take-back", methods=["GET", "POST"])
@permission(Act.TELL_SAFETY)
def untell(telling: int) -> Page:
    """Take back that somebody was told."""
    telling_of = found(SafetyTold, telling)
    one = found(SafetyEntry, telling_of.entry_id)
    form = TakeBack(data={"version": telling_of.version})

    def do() -> None:
        clocks.take_back(here.session(), here.protocol(), telling_of, on=here.today())

    return _done(
        "take_back", Act.TELL_SAFETY, form, one, do, "The clock runs again.", of=telling_of
    )


def _without_since(form: Any) -> None:
    """Leave out since when it is known to be serious: what is recorded so is so from the start."""
    del form.serious_on
    del form.serious_time


def _correcting(entry: SafetyEntry, data: dict[str, Any]) -> Any:
    """The form that puts an entry right."""
    if entry.kind == log.ADVERSE:
        return CorrectAdverse(data=data)
    if entry.kind == log.DISCLOSED:
        form: Any = CorrectDisclosure(data=data)
        plan = here.protocol().keeping_safe.disclosure
        form.term.offer([(code.key, code.label) for code in plan.kinds] if plan else [])
        return form
    form = CorrectOther(data=data)
    del form.about
    return form


def _disclosure(entry: SafetyEntry) -> dict[str, Any]:
    """Of a disclosure the cluster with its clinician, and the message to them; else nothing."""
    plan = here.protocol().keeping_safe.disclosure
    if entry.kind != log.DISCLOSED or entry.participant_id is None or plan is None:
        return {}
    session, person = here.session(), found(Participant, entry.participant_id)
    return {
        "cluster": disclosing.cluster_of(session, person, entry.happened_on),
        "message": disclosing.message_about(session, entry),
        "waits": entry in disclosing.unsent(session),
    }


def _event(form: Any) -> dict[str, Any]:
    return {
        "happened_on": form.happened_on.data, "heard_at": heard(form), "term": form.term.data,
        "seriousness": form.seriousness.data, "outcome": form.outcome.data,
        "description": form.description.data, "tells": bool(form.tells.data),
    }  # fmt: skip


def _other(form: Any) -> dict[str, Any]:
    return {
        "happened_on": form.happened_on.data, "heard_at": heard(form), "term": form.term.data,
        "description": form.description.data, "tells": bool(form.tells.data),
    }  # fmt: skip


def _done(
    page: str,
    act: Act,
    form: Form,
    entry: SafetyEntry,
    do: Callable[[], Any],
    said: str,
    of: Any = None,
) -> Page:
    if entry.voided_on is not None:
        abort(404)
    if form.validate_on_submit() and form.records(act, do, of=of):
        return _to(entry.id, said)
    return _asked(page, form, entry=entry)


def _asked(page: str, form: Form, **rest: Any) -> Page:
    return render_template(f"safety/{page}.html", form=form, **rest, **_words()), form.status


def _words() -> dict[str, Any]:
    return {"label": label, "log": log, "now": _now(), "unless": clocks.UNLESS}


def _numbers(entries: set[SafetyEntry]) -> dict[int, str]:
    people = {one.participant_id for one in entries if one.participant_id is not None}
    wanted = select(Participant.id, Participant.number).where(Participant.id.in_(people))
    return {one.id: one.number for one in here.session().execute(wanted)}


def _now() -> datetime:
    return here.settings().clock.now()


def _to(entry: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("safety.show", entry=entry))
