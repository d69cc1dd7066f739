"""Case report forms: what there is to fill in, one record, filling it in, its log, its files, voiding it."""

import io

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response

from trial.conduct import agreed, amendments
from trial.conduct.access import Act, allowed
from trial.conduct.forms import attachments, offered, saving, scores
from trial.conduct.forms.plans import Subject, form_of, forms_about, may_enter, may_see
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.reading import words
from trial.records.history import history
from trial.records.models import Cluster, Query, Record, Visit
from trial.web import entered_twice, entering, held, here, subjects
from trial.web.clusters_named import names
from trial.web.entering import Entry, Task
from trial.web.fields import Lines
from trial.web.forms import Correction
from trial.web.found import found
from trial.web.pages import page_of
from trial.web.paging import paged
from trial.web.permission import permission
from trial.web.record_parts import PARTS, Shown

blueprint = Blueprint("forms", __name__, url_prefix="/forms")
Page = tuple[str, int] | Response
LARGEST_UPLOAD = 4 * 1024 * 1024
MOST_BOXES = 20_000
ENTERING = frozenset({"forms.add", "forms.edit"})
DRAFTS, COLUMNS = 20, 3
TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "txt": "text/plain"}


class Void(Correction):
    """The end of a record that was made by mistake."""

    reason = Lines("Why is it voided?", needed="Say why it is voided", most=500, rows=2)


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, values: object) -> None:
    """A page with files may be larger than any other; said before anything reads what was sent."""
    if endpoint in ENTERING:
        request.max_content_length = LARGEST_UPLOAD
        request.max_form_parts = MOST_BOXES


@blueprint.teardown_request
def _close_files(fault: BaseException | None) -> None:
    """Let go of what was uploaded: a larger file lies on the disk until then."""
    request.close()


@blueprint.get("")
@permission(Act.SEE_FORMS)
def index() -> str:
    """Show what this person fills in: their drafts, the trial's forms, those of each cluster."""
    session, protocol, actor = here.session(), here.protocol(), here.actor()
    rows = session.scalars(select(Cluster).order_by(Cluster.id)).all()
    of_clusters = [
        (row, offered.of_one(session, protocol, actor, "cluster", row, Record.cluster_id == row.id))
        for row in rows
    ]
    drafts = offered.drafts_of(session, protocol, actor, DRAFTS)
    return render_template(
        "forms/index.html",
        drafts=[(one, form_of(protocol, one.form), _named(one.id)) for one in drafts],
        of_trial=offered.of_one(session, protocol, actor, "trial", None),
        of_clusters=[(row, these) for row, these in of_clusters if these],
        about={about: _mine(about) for about in ("participant", "employer")},
        names=names(),
    )


@blueprint.route("/add/<form>/<int:subject>", methods=["GET", "POST"])
@permission(Act.ENTER_FORM)
def add(form: str, subject: int) -> Page:
    """Fill in a form for the first time."""
    plan = _plan(here.protocol(), form)
    about = subjects.at(plan, subject, request.args.get("visit", type=int))
    if not may_enter(here.actor(), plan, about.cluster_id):
        abort(404)
    if plan.occurs == "visit" and about.visit is None:
        return _first_visit(plan, about)
    # What was typed before a consent was narrowed is not lost: the save says why it is refused.
    if request.method == "GET" and not agreed.lets(here.session(), plan, about.participant):
        abort(404)
    if plan.double_entry and "double_entry.add" in current_app.view_functions:
        visit = None if about.visit is None else about.visit.id
        return redirect(url_for("double_entry.add", form=form, subject=subject, visit=visit))
    there = _there(plan, about)
    if there is not None and request.method == "GET":
        return redirect(url_for("forms.show", record=there))
    return _enter(Task(here.protocol(), plan, about))


@blueprint.route("/records/<int:record>/edit", methods=["GET", "POST"])
@permission(Act.ENTER_FORM)
def edit(record: int) -> Page:
    """Go on with a draft, or change a record."""
    row, protocol, plan = _record(record)
    if row.state == saving.VOIDED or not may_enter(here.actor(), plan, row.cluster_id):
        abort(404)
    if row.entry and (compared := entered_twice.compared_at(row, plan)):
        return redirect(compared)
    return _enter(Task(protocol, plan, subjects.of(row), row, row.entry))


@blueprint.get("/records/<int:record>")
@permission(Act.SEE_FORMS)
def show(record: int) -> str | Response:
    """Show one record: its answers with their histories, its state, and what can be done with it."""
    row, protocol, plan = _record(record)
    if row.entry and (compared := entered_twice.compared_at(row, plan)):
        return redirect(compared)
    subject = subjects.of(row)
    task = Task(protocol, plan, subject, row, row.entry)
    answers = saving.all_answers(row)
    page = page_of(entering.seen(task), answers=answers, observed_on=row.observed_on)
    mine = may_enter(here.actor(), plan, row.cluster_id) and row.state != saving.VOIDED
    holding = held.told(row)
    mine = mine and not holding["held"]
    parts = {name: part(Shown(row, plan, subject)) for name, part in PARTS.items()}
    return render_template(
        "forms/show.html",
        record=row,
        task=task,
        page=page,
        named=subjects.named(subject),
        scored=scores.scores(protocol, plan, answers),
        files=entering.files_of(row, answers, page),
        steps=history(here.session(), Record.__tablename__, row.id, "state"),
        queries=_queries(row),
        words=words,
        may_change=mine,
        may_void=mine and allowed(here.actor(), Act.VOID_FORM),
        parts=parts,
        **holding,
    )


@blueprint.route("/records/<int:record>/void", methods=["GET", "POST"])
@permission(Act.VOID_FORM)
def void(record: int) -> Page:
    """Void a record that was made by mistake."""
    row, _, plan = _record(record)
    if row.state == saving.VOIDED or not may_enter(here.actor(), plan, row.cluster_id):
        abort(404)
    form = Void(obj=row)
    if form.validate_on_submit() and form.records(
        Act.VOID_FORM, lambda: saving.void(here.session(), here.protocol(), row), of=row
    ):
        flash("The record is voided. It stays in the trail and no longer counts.", "done")
        return redirect(url_for("forms.show", record=record))
    named = subjects.named(subjects.of(row))
    return render_template(
        "forms/void.html", form=form, record=row, plan=plan, named=named
    ), form.status


@blueprint.get("/records/<int:record>/files/<path>")
@permission(Act.SEE_FORMS)
def file(record: int, path: str) -> Response:
    """Give a file of a record to whoever may see the record."""
    row, _, _ = _record(record)
    kept = attachments.of(here.session(), row, saving.all_answers(row).get(path))
    if kept is None:
        abort(404)
    content = attachments.opened(here.settings().key("attachments"), kept)
    kind = TYPES.get(kept.type, "application/octet-stream")
    return send_file(
        io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=kept.name
    )


@blueprint.get("/log/<form>/<int:subject>")
@permission(Act.SEE_FORMS)
def log(form: str, subject: int) -> str:
    """List the records of a form about one subject, the newest first."""
    plan = _plan(here.protocol(), form)
    about = subjects.at(plan, subject, request.args.get("visit", type=int))
    if not may_see(here.actor(), plan, about.cluster_id):
        abort(404)
    wanted = select(Record).where(Record.form == plan.key, Record.entry == 0, *_about(about))
    page = paged(
        here.session(), wanted.order_by(Record.observed_on.desc().nulls_first(), Record.id.desc())
    )
    columns = [one for one in plan.items if _tells_briefly(one)][:COLUMNS]
    return render_template(
        "forms/log.html",
        plan=plan,
        subject=subject,
        named=subjects.named(about),
        page=page,
        columns=columns,
        words=words,
        queried=offered.queried(here.session(), [one.id for one in page.rows]),
        may_enter=may_enter(here.actor(), plan, about.cluster_id),
    )


def _enter(task: Task) -> Page:
    form = Entry(task)
    if form.saves():
        assert form.saved is not None
        return _after(task, form.saved, form.button)
    return entering.shown(form)


def _after(task: Task, record: Record, button: str) -> Response:
    """Where somebody goes once a form is saved, by the button that they pressed."""
    draft = "as a draft" if record.state == saving.DRAFT else "as complete"
    flash(f"“{task.form.name}” is saved {draft}.", "done")
    if button == entering.LOOK:
        return redirect(url_for("forms.edit", record=record.id))
    if button == entering.NEXT:
        return redirect(_next(task))
    if button == entering.DRAFT and record.state == saving.DRAFT:
        return redirect(subjects.named(task.subject).href)
    return redirect(url_for("forms.show", record=record.id))


def _next(task: Task) -> str:
    """The next form due at the visit, else the page of whom the record is about."""
    visit, person = task.subject.visit, task.subject.participant
    if visit is not None and person is not None:
        following = offered.next_form(
            here.session(), here.protocol(), here.actor(), visit, task.form.key
        )
        if following is not None:
            plan, there = following
            if there is not None:
                return url_for("forms.edit", record=there)
            return url_for("forms.add", form=plan.key, subject=person.id, visit=visit.id)
    return subjects.named(task.subject).href


def _first_visit(plan: FormPlan, about: Subject) -> Response:
    """An address without a visit leads to the first one at which the form is still to be filled in."""
    assert about.participant is not None  # only a form about a participant occurs at visits
    filled = {one.visit_id for one in offered.standing(here.session(), {plan.key}, *_about(about))}
    wanted = select(Visit).where(
        Visit.participant_id == about.participant.id, Visit.plan.in_(plan.visits)
    )
    listed = here.session().scalars(wanted.order_by(Visit.due_on)).all()
    visit = next((one for one in listed if one.id not in filled), listed[-1] if listed else None)
    if visit is None:
        abort(404)
    return redirect(
        url_for("forms.add", form=plan.key, subject=about.participant.id, visit=visit.id)
    )


def _plan(protocol: Protocol, key: str) -> FormPlan:
    try:
        return form_of(protocol, key)
    except Refused:
        abort(404)


def _record(number: int) -> tuple[Record, Protocol, FormPlan]:
    """A record with the version of the protocol that it was entered under; no page if not theirs."""
    row = found(Record, number)
    protocol = amendments.version_of(here.session(), row.protocol_sha256, here.protocol())
    plan = _plan(protocol, row.form)
    if not may_see(here.actor(), plan, row.cluster_id):
        abort(404)
    return row, protocol, plan


def _about(subject: Subject) -> list[ColumnElement[bool]]:
    """The rules that find the records of a subject."""
    columns = (
        (Record.participant_id, subject.participant),
        (Record.employer_id, subject.employer),
        (Record.cluster_id, subject.cluster),
        (Record.visit_id, subject.visit),
    )
    return [column == one.id for column, one in columns if one is not None]


def _there(plan: FormPlan, subject: Subject) -> int | None:
    """The record that there is already of a form that is filled in once."""
    if plan.occurs == "log":
        return None
    rules = _about(subject)
    found = offered.standing(here.session(), {plan.key}, *rules, most=1)
    return found[0].id if found else None


def _queries(record: Record) -> dict[str, Query]:
    """The query that stands about each value of a record, by item."""
    wanted = select(Query).where(
        Query.table == Record.__tablename__, Query.row == record.id, Query.state != "closed"
    )
    return {one.item: one for one in here.session().scalars(wanted)}


def _named(record: int) -> subjects.Named:
    return subjects.named(subjects.of(found(Record, record)))


def _mine(about: str) -> list[FormPlan]:
    actor = here.actor()
    return [
        form for form in forms_about(here.protocol(), about)
        if actor.role in form.entered_by and not (form.telling and actor.blinded)
        and (actor.participants or about != "participant")
    ]  # fmt: skip


def _tells_briefly(item: object) -> bool:
    """Whether the answer to a question is short enough for a list, and may stand in one."""
    if not isinstance(item, kinds.Question) or item.unblinds or item.sensitive:
        return False
    long = isinstance(item, kinds.TextQuestion) and item.long
    return not long and not isinstance(item, kinds.File | kinds.Score)
