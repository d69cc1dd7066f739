"""Queries: the list of those that stand, raising one about a value, and its life until it is closed."""

import io

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from trial.conduct import queries, query_list, values
from trial.conduct.access import Act
from trial.conduct.forms.plans import may_see
from trial.records.models import Participant, Query, Record
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Lines, Pick
from trial.web.forms import Filter, Form
from trial.web.found import LARGEST, found
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("queries", __name__, url_prefix="/queries")
Page = tuple[str, int] | Response
STATES = (("open", "Open"), ("answered", "Answered"), ("closed", "Closed"))
WAITS = (("me", "Me"), ("site", "The site: an answer"), ("office", "The office: to be closed"))
AGES = tuple((str(days), f"{days} days ago or earlier") for days in (7, 14, 30, 90))
MOST = 20_000  # rows of a file made while somebody waits


class Narrowed(Filter):
    """Which queries are listed."""

    waits = Pick("Waits for", options=WAITS)
    state = Pick("State", options=STATES)
    cluster = Pick("Cluster")
    about = Pick("Form or record")
    days = Pick("Raised", options=AGES)


class Everything(Form):
    """The list as a file, as often as it is wanted."""

    again = True


class Ask(Form):
    """A question about a value."""

    text = Lines("What is to be looked into?", needed="Write what is to be looked into", most=1000)


class Answer(Form):
    """The site's answer."""

    answer = Lines("Answer", needed="Write the answer", most=1000)
    reason = Lines("Why is the answer changed?", most=500, rows=2)


class Close(Form):
    """The end of a query."""


class Reopen(Form):
    """A query that its answer does not settle."""

    reason = Lines("Why is it opened again?", needed="Say what is still open", most=500, rows=2)


@blueprint.get("")
@permission(Act.SEE_FORMS)
def index() -> tuple[str, int]:
    """List queries, those that stand first."""
    form, clusters = _narrowed(), names()
    page = paged(here.session(), _wanted(form))
    people = select(Participant).where(Participant.id.in_({q.participant_id for q in page.rows}))
    return render_template(
        "queries/index.html",
        form=form,
        page=page,
        people={person.id: person for person in here.session().scalars(people)},
        clusters=clusters,
        values=values,
        listing=query_list,
        file=Everything(formdata=None),
    ), form.status


@blueprint.post("/queries.csv")
@permission(Act.EXPORT)
def export() -> Page:
    """The list, narrowed as it is, as one file."""
    form = Everything()
    if not form.validate_on_submit():
        abort(400)
    wanted = _wanted(_narrowed()).limit(MOST)
    content, number = query_list.as_csv(here.session(), here.protocol(), wanted, here.today())
    form.records(Act.EXPORT, lambda: None, note={"queries": number})
    name = f"{here.protocol().key}-queries.csv"
    return send_file(
        io.BytesIO(content), mimetype="text/csv", as_attachment=True, download_name=name
    )


@blueprint.route("/raise/<table>/<int:row>/<item>", methods=["GET", "POST"])
@permission(Act.RAISE_QUERY)
def ask(table: str, row: int, item: str) -> Page:
    """Ask a question about one value."""
    session = here.session()
    protocol = here.protocol()
    value = (
        values.find(session, here.actor(), table, row, item, protocol) if row <= LARGEST else None
    )
    if value is None or type(value.record) not in values.QUERIED:
        abort(404)
    record = value.record
    if isinstance(record, Record):
        return _ask_about(record, value)
    if "." in item:
        abort(404)
    person = (
        record if isinstance(record, Participant) else found(Participant, record.participant_id)
    )
    form = Ask()
    if form.validate_on_submit():

        def do() -> None:
            told = {"table": table, "row": row, "item": item, "text": form.text.data}
            queries.raise_by_person(session, here.protocol(), person, **told, on=here.today())

        if form.records(Act.RAISE_QUERY, do):
            flash("The query is raised.", "done")
            return redirect(url_for("participants.show", person=person.id, _anchor="queries"))
    return render_template(
        "queries/ask.html", form=form, person=person, value=value, table=table, values=values
    ), form.status


@blueprint.get("/<int:query>")
@permission(Act.SEE_FORMS)
def show(query: int) -> str:
    """Show one query and what can be done with it now."""
    record = _query(query)
    actor = here.actor()
    person = _person(record)
    return render_template(
        "queries/show.html",
        query=record,
        person=person,
        whose=names().get(record.cluster_id or 0, "") if person is None else person.number,
        values=values,
        value=values.find(
            here.session(), actor, record.table, record.row, record.item, here.protocol()
        ),
        answered_by_me=record.answered_by == actor.id,
    )


@blueprint.route("/<int:query>/answer", methods=["GET", "POST"])
@permission(Act.ANSWER_QUERY)
def answer(query: int) -> Page:
    """Answer a query."""
    record = _query(query)
    form = Answer(obj=record)
    if record.state != queries.ANSWERED:
        del form.reason
    if form.validate_on_submit() and form.records(
        Act.ANSWER_QUERY,
        lambda: queries.answer(
            here.session(), here.protocol(), record, answer=form.answer.data, on=here.today()
        ),
    ):
        return _back(query, "The answer is saved.")
    return _page("answer", form, record)


@blueprint.route("/<int:query>/close", methods=["GET", "POST"])
@permission(Act.CLOSE_QUERY)
def close(query: int) -> Page:
    """Close a query."""
    record, form = _query(query), Close()
    if form.validate_on_submit() and form.records(
        Act.CLOSE_QUERY,
        lambda: queries.close(here.session(), here.protocol(), record, on=here.today()),
    ):
        return _back(query, "The query is closed.")
    return _page("close", form, record)


@blueprint.route("/<int:query>/re-open", methods=["GET", "POST"])
@permission(Act.RAISE_QUERY)
def reopen(query: int) -> Page:
    """Open a query again."""
    record, form = _query(query), Reopen()
    if form.validate_on_submit() and form.records(
        Act.RAISE_QUERY,
        lambda: queries.reopen(here.session(), here.protocol(), record, on=here.today()),
    ):
        return _back(query, "The query is open again.")
    return _page("reopen", form, record)


def _ask_about(record: Record, value: values.Value) -> Page:
    """Ask a question about one value of a form's record."""
    form = Ask()
    if form.validate_on_submit() and form.records(
        Act.RAISE_QUERY,
        lambda: queries.raise_about_record(
            here.session(), here.protocol(), record, item=value.item, text=form.text.data
        ),
    ):
        flash("The query is raised.", "done")
        return redirect(url_for("forms.show", record=record.id))
    person = None
    if record.participant_id is not None:
        person = found(Participant, record.participant_id)
    return render_template(
        "queries/ask.html", form=form, person=person, value=value, table="record", values=values
    ), form.status


def _narrowed() -> Narrowed:
    form = Narrowed()
    form.cluster.offer([(str(number), name) for number, name in names().items()])
    actor = here.actor()
    forms = [
        (one.key, one.name)
        for one in here.protocol().forms
        if actor.role in (*one.entered_by, *one.seen_by)
        and (actor.sees_arm_of(None) or not one.telling)
    ]
    form.about.offer([*forms, *query_list.tables(here.protocol()).items()])
    return form


def _wanted(form: Narrowed) -> Select[Query]:
    by = query_list.Narrowing()
    if form.asked and form.validate():
        by = query_list.Narrowing(
            state=form.state.data or None,
            cluster=int(form.cluster.data) if form.cluster.data else None,
            about=form.about.data or None,
            days=int(form.days.data) if form.days.data else None,
            waits=form.waits.data or None,
        )
    return query_list.listed(here.protocol(), here.actor(), by, here.today())


def _query(number: int) -> Query:
    """A query that whoever is signed in may see; no such page for others."""
    rules = query_list.seen(here.protocol(), here.actor())
    wanted = select(Query).where(Query.id == min(number, LARGEST), *rules)
    record = here.session().scalar(wanted)
    if record is None or (record.form is not None and not _reads(record)):
        abort(404)
    return record


def _reads(query: Query) -> bool:
    """Whether whoever is signed in may read the form that a query is about."""
    form = next((one for one in here.protocol().forms if one.key == query.form), None)
    return form is not None and may_see(here.actor(), form, query.cluster_id)


def _person(query: Query) -> Participant | None:
    """Whom a query is about; None where it is about a cluster, an employer or the trial."""
    return None if query.participant_id is None else found(Participant, query.participant_id)


def _back(number: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("queries.show", query=number))


def _page(what: str, form: Form, query: Query) -> tuple[str, int]:
    person = _person(query)
    subject = query_list.about(here.protocol(), query) if person is None else person.number
    return render_template(
        f"queries/{what}.html", form=form, query=query, person=person, subject=subject
    ), form.status
