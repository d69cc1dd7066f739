"""Queries: the list of those that stand, raising one about a value, and its life until it is closed."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct import queries, values
from trial.conduct.access import Act, allowed
from trial.records.models import Participant, Query
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Lines, Pick
from trial.web.forms import Filter, Form
from trial.web.found import LARGEST, found
from trial.web.one_participant import OF_WORK
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("queries", __name__, url_prefix="/queries")
Page = tuple[str, int] | Response
STATES = (("open", "Open"), ("answered", "Answered"), ("closed", "Closed"))


class Narrowed(Filter):
    """Which queries are listed."""

    state = Pick("State", options=STATES)
    cluster = Pick("Cluster")


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
@permission(Act.SEE_PARTICIPANTS)
def index() -> tuple[str, int]:
    """List queries, those that stand first."""
    form, clusters = Narrowed(), names()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    wanted = select(Query)
    if not allowed(here.actor(), Act.SEE_FOLLOW_UP):
        wanted = wanted.where(Query.table.in_(OF_WORK))
    if not form.asked:
        wanted = wanted.where(Query.state.in_([queries.OPEN, queries.ANSWERED]))
    elif form.validate():
        if form.state.data:
            wanted = wanted.where(Query.state == form.state.data)
        if form.cluster.data:
            wanted = wanted.where(Query.cluster_id == int(form.cluster.data))
    page = paged(here.session(), wanted.order_by(Query.id))
    people = select(Participant).where(Participant.id.in_({q.participant_id for q in page.rows}))
    return render_template(
        "queries/index.html",
        form=form,
        page=page,
        people={person.id: person for person in here.session().scalars(people)},
        clusters=clusters,
        values=values,
    ), form.status


@blueprint.route("/raise/<table>/<int:row>/<item>", methods=["GET", "POST"])
@permission(Act.RAISE_QUERY)
def ask(table: str, row: int, item: str) -> Page:
    """Ask a question about one value."""
    session = here.session()
    value = values.find(session, here.actor(), table, row, item) if row <= LARGEST else None
    if value is None or type(value.record) not in values.QUERIED or "." in item:
        abort(404)
    record = value.record
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
@permission(Act.SEE_PARTICIPANTS)
def show(query: int) -> str:
    """Show one query and what can be done with it now."""
    record = _query(query)
    actor = here.actor()
    return render_template(
        "queries/show.html",
        query=record,
        person=_person(record),
        values=values,
        value=values.find(here.session(), actor, record.table, record.row, record.item),
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


def _query(number: int) -> Query:
    record = found(Query, number)
    if record.table not in OF_WORK and not allowed(here.actor(), Act.SEE_FOLLOW_UP):
        abort(404)
    return record


def _person(query: Query) -> Participant | None:
    """Whom a query is about; None where it is about a cluster, an employer or the trial."""
    return None if query.participant_id is None else found(Participant, query.participant_id)


def _back(number: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("queries.show", query=number))


def _page(what: str, form: Form, query: Query) -> tuple[str, int]:
    person = _person(query)
    return render_template(
        f"queries/{what}.html", form=form, query=query, person=person
    ), form.status
