"""The history of one value: who changed it from what to what, when and why."""

from functools import partial
from typing import Any

from flask import Blueprint, abort, render_template, url_for

from trial.conduct import amendments, queries, query_list, values
from trial.conduct.access import Act, allowed
from trial.protocol import Protocol
from trial.records.history import history
from trial.records.models import (
    Cluster,
    Participant,
    Query,
    Record,
    SafetyEntry,
    Screening,
    SkippedVisit,
)
from trial.web import here
from trial.web.found import LARGEST
from trial.web.permission import permission

blueprint = Blueprint("history", __name__, url_prefix="/history")


@blueprint.get("/<table>/<int:row>/<item>")
@permission(Act.SEE_HISTORY)
def show(table: str, row: int, item: str) -> str:
    """Show how one value came to be what it is."""
    session, actor = here.session(), here.actor()
    protocol = here.protocol()
    if table == Record.__tablename__ and row <= LARGEST:
        protocol = _protocol_of(row)
    value = values.find(session, actor, table, row, item, protocol) if row <= LARGEST else None
    if value is None:
        abort(404)
    form = getattr(value.record, "form", None)
    return render_template(
        "history/show.html",
        table=table,
        row=row,
        item=item,
        words=values.item_words(item, protocol, form),
        steps=history(session, table, row, item),
        settled=_settled(table, row, item),
        value_words=partial(_value_words, protocol, form),
        back=_record(value),
        person=_participant(value),
        ask=allowed(actor, Act.RAISE_QUERY) and type(value.record) in values.QUERIED,
    )


def _settled(table: str, row: int, item: str) -> dict[int, list[Query]]:
    """The queries about a value by the act whose change settled them, as far as they may be seen."""
    seen = query_list.seen(here.protocol(), here.actor())
    return queries.settled_by(here.session(), table, row, item, *seen)


def _value_words(protocol: Protocol, form: str | None, table: str, item: str, value: Any) -> str:
    return values.value_words(protocol, table, item, value, form)


def _protocol_of(row: int) -> Protocol:
    """The version of the protocol that a record was entered under."""
    record, current = here.session().get(Record, row), here.protocol()
    if record is None:
        return current
    return amendments.version_of(here.session(), record.protocol_sha256, current)


def _participant(value: values.Value) -> Participant | None:
    if isinstance(value.record, Participant):
        return value.record
    number = getattr(value.record, "participant_id", None)
    return here.session().get(Participant, number) if number else None


def _record(value: values.Value) -> tuple[str, str] | None:
    """Where the value stands, and what that page is called."""
    if isinstance(value.record, Record):
        return url_for("forms.show", record=value.record.id), "Record"
    if isinstance(value.record, SafetyEntry):
        return url_for("safety.show", entry=value.record.id), f"Entry {value.record.id}"
    person = _participant(value)
    if person is not None:
        return url_for("participants.show", person=person.id), f"Participant {person.number}"
    if isinstance(value.record, Cluster | SkippedVisit):
        cluster = value.record
        if isinstance(cluster, SkippedVisit):
            cluster = here.session().get_one(Cluster, cluster.cluster_id)
        return url_for("clusters.show", key=cluster.key), "Cluster"
    if isinstance(value.record, Screening):
        return url_for("screening.index"), "Screening"
    return None
