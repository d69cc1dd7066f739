"""The list of queries: which a person sees, which wait for them, narrowed, and as a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from trial import exchange
from trial.conduct.access import Act, allowed
from trial.conduct.forms.offered import asked_about
from trial.conduct.queries import ANSWERED, CLOSED, OPEN
from trial.conduct.values import item_words
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.models import Cluster, Participant, Query

# What is asked about these tables is shown to who sees no participants, too, and to who sees no visits.
OF_FORMS = ("record", "cluster")
SHOWN_TO_ALL = ("spell", "term", *OF_FORMS)
SITE, OFFICE, MINE = "site", "office", "me"
COLUMNS = (
    "query", "participant", "cluster", "about", "value", "text", "raised_by_check", "state",
    "raised_on", "answer", "answered_on", "closed_on", "days_open", "settled_by_act",
)  # fmt: skip


@dataclass(frozen=True)
class Narrowing:
    """What the list is narrowed to; what is None is not asked. ``about`` is a form's key or a table."""

    state: str | None = None
    cluster: int | None = None
    about: str | None = None
    days: int | None = None
    waits: str | None = None


def seen(protocol: Protocol, actor: Actor) -> list[ColumnElement[bool]]:
    """The rules for the queries that a person may see, besides those of the door."""
    rules = [asked_about(protocol, actor)]
    if not allowed(actor, Act.SEE_FOLLOW_UP):
        rules.append(Query.table.in_(SHOWN_TO_ALL))
    if not allowed(actor, Act.SEE_PARTICIPANTS):
        rules.append(Query.table.in_(OF_FORMS))
    return rules


def waiting(actor: Actor) -> list[ColumnElement[bool]]:
    """The rules for the queries in which a person has the next step."""
    states = [OPEN] if allowed(actor, Act.ANSWER_QUERY) else []
    if allowed(actor, Act.CLOSE_QUERY):
        states.append(ANSWERED)
    return [
        Query.state.in_(states),
        or_(Query.state == OPEN, Query.answered_by != actor.id),
    ]


def listed(protocol: Protocol, actor: Actor, by: Narrowing, on: date) -> Select[Query]:
    """The queries of a list, the oldest first; without a state those that are not closed."""
    wanted = select(Query).where(*seen(protocol, actor))
    if by.state:
        wanted = wanted.where(Query.state == by.state)
    elif by.waits is None:
        wanted = wanted.where(Query.state != CLOSED)
    if by.cluster is not None:
        wanted = wanted.where(Query.cluster_id == by.cluster)
    if by.about:
        of_table = (Query.form.is_(None), Query.table == by.about)
        known = by.about in {form.key for form in protocol.forms}
        wanted = wanted.where(*((Query.form == by.about,) if known else of_table))
    if by.days is not None:
        before = datetime.combine(on - timedelta(days=by.days), time.max, tzinfo=LONDON)
        wanted = wanted.where(Query.raised_at <= before)
    return wanted.where(*_waits(actor, by.waits)).order_by(Query.id)


def _waits(actor: Actor, whom: str | None) -> list[ColumnElement[bool]]:
    if whom == MINE:
        return waiting(actor)
    states = {SITE: OPEN, OFFICE: ANSWERED}
    return [Query.state == states[whom]] if whom in states else []


def age(query: Query, on: date) -> int:
    """For how many days a query has stood, or stood until it was closed."""
    last = on if query.closed_at is None else query.closed_at.astimezone(LONDON).date()
    return (last - query.raised_at.astimezone(LONDON).date()).days


def about(protocol: Protocol, query: Query) -> str:
    """What a query is about, as a list says it: the form's name, or the kind of record."""
    form = next((one for one in protocol.forms if one.key == query.form), None)
    return OF_TABLES.get(query.table, query.table.capitalize()) if form is None else form.name


OF_TABLES = {
    "participant": "Participant",
    "cluster": "Cluster",
    "screening": "Screening",
    "consent": "Consent",
    "visit": "Visit",
    "event": "Withdrawal, move or death",
    "spell": "Work",
    "term": "Hours and pay",
}


OF_WORK = ("spell", "term")


def tables(protocol: Protocol) -> dict[str, str]:
    """The kinds of record besides forms that this trial has, by table."""
    without = set(OF_TABLES) - {"cluster"} if not protocol.participants else set()
    if protocol.employment is None:
        without |= set(OF_WORK)
    return {table: name for table, name in OF_TABLES.items() if table not in without}


def as_csv(
    session: Session, protocol: Protocol, wanted: Select[Query], on: date
) -> tuple[bytes, int]:
    """The queries of a list as a file for spreadsheets, and how many they are."""
    queries = list(session.scalars(wanted))
    people = _named(
        session, Participant.id, Participant.number, {q.participant_id for q in queries}
    )
    clusters = _named(session, Cluster.id, Cluster.key, {q.cluster_id for q in queries})
    rows = _rows(protocol, queries, people, clusters, on)
    return exchange.tables.rows_to_csv(COLUMNS, rows, spreadsheet=True), len(queries)


def _rows(
    protocol: Protocol,
    queries: Iterable[Query],
    people: dict[int | None, str],
    clusters: dict[int | None, str],
    on: date,
) -> Iterator[tuple[Any, ...]]:
    for one in queries:
        yield (
            one.id, people.get(one.participant_id), clusters.get(one.cluster_id),
            about(protocol, one), item_words(one.item, protocol, one.form), one.text,
            one.check is not None, one.state, _day(one.raised_at), one.answer,
            _day(one.answered_at), _day(one.closed_at), age(one, on), one.resolved_by,
        )  # fmt: skip


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(LONDON).date()


def _named(session: Session, key: Any, name: Any, wanted: set[int | None]) -> dict[int | None, str]:
    rows = session.execute(select(key, name).where(key.in_(wanted - {None}))).all()
    return {row[0]: row[1] for row in rows}
