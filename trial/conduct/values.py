"""Which saved values a query or a page of history may be about, and how they are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.access import Act, allowed
from trial.conduct.coded import label
from trial.conduct.dates import words
from trial.conduct.forms.plans import may_see
from trial.protocol import Protocol
from trial.protocol.base import Code
from trial.protocol.contact import ContactPlan
from trial.protocol.employment import EmploymentPlan
from trial.protocol.forms import FormPlan, reading
from trial.protocol.forms.items import Item
from trial.protocol.safety import SafetyPlan
from trial.protocol.visits import OWN_REASONS
from trial.protocol.withdrawal import OBJECTED
from trial.records.actor import Actor
from trial.records.base import Base
from trial.records.models import (
    Cluster,
    Consent,
    ContactAttempt,
    ContactWishes,
    Eligibility,
    Event,
    Identity,
    Participant,
    Query,
    Record,
    SafetyEntry,
    Screening,
    SkippedVisit,
    Spell,
    Term,
    Visit,
)

# Each table whose values have a page of history, and what a person must be allowed to see for it.
SEEN_WITH: dict[type[Base], Act] = {
    Cluster: Act.SEE_CLUSTERS,
    SkippedVisit: Act.SEE_CLUSTERS,
    Screening: Act.SEE_SCREENING,
    Eligibility: Act.SEE_SCREENING,
    Consent: Act.SEE_SCREENING,
    Participant: Act.SEE_PARTICIPANTS,
    Identity: Act.SHOW_IDENTITY,
    Visit: Act.SEE_FOLLOW_UP,
    Event: Act.SEE_FOLLOW_UP,
    ContactAttempt: Act.SEE_FOLLOW_UP,
    ContactWishes: Act.SEE_FOLLOW_UP,
    Spell: Act.SEE_PARTICIPANTS,
    Term: Act.SEE_PARTICIPANTS,
    Query: Act.SEE_PARTICIPANTS,
    Record: Act.SEE_FORMS,
    SafetyEntry: Act.SEE_SAFETY,
}
TABLES = {cls.__tablename__: cls for cls in SEEN_WITH}
# What a query can be about: values that somebody at the site can look up again.
QUERIED = (Participant, Consent, Visit, Event, Spell, Term, Record)
ANSWERS = {False: "answers", True: "telling"}  # by whether a question tells the arm
HIDDEN = frozenset({"id", "version", "participant_id", "cluster_id", "unblinds"})


@dataclass(frozen=True)
class Value:
    """One saved value: the record that holds it, and its item."""

    record: Any
    item: str

    @property
    def shown(self) -> Any:
        """The value itself, or None where it may not be shown in clear."""
        base, _, part = self.item.partition(".")
        marks = type(self.record).__mapper__.columns[base].info
        if marks.get("secret") or marks.get("cipher"):
            return None
        found = getattr(self.record, base)
        return (found or {}).get(part) if part else found


def items_of(cls: type[Base], actor: Actor, cluster_id: int | None) -> list[str]:
    """The items of a table that a person may see of a record in a cluster."""
    marked = {a.key: a.columns[0].info for a in cls.__mapper__.column_attrs}
    return [
        key
        for key, marks in marked.items()
        if key not in HIDDEN and not (marks.get("unblinds") and not actor.sees_arm_of(cluster_id))
    ]


def find(
    session: Session,
    actor: Actor,
    table: str,
    row: int,
    item: str,
    protocol: Protocol | None = None,
) -> Value | None:
    """One value, if there is such a value and this person may see it; answers need the ``protocol``."""
    cls = TABLES.get(table)
    if cls is None or not allowed(actor, SEEN_WITH[cls]):
        return None
    record: Any = session.get(cls, row)
    if record is None:
        return None
    cluster_id = record.id if cls is Cluster else record.cluster_id
    base, _, part = item.partition(".")
    if base not in items_of(cls, actor, cluster_id):
        return None
    if isinstance(record, Record):
        return _of_form(actor, record, item, protocol)
    if part and part not in (getattr(record, base) or {}):
        return None
    return Value(record, item)


def _of_form(actor: Actor, record: Record, item: str, protocol: Protocol | None) -> Value | None:
    """A value of a record, for who may read its form; also of a question that is no longer asked."""
    form = _form(protocol, record.form)
    if form is None or not may_see(actor, form, record.cluster_id):
        return None
    base, _, path = item.partition(".")
    asked = question(protocol, record.form, item)
    of_answers = base in ANSWERS.values()
    if of_answers and (asked is None or ANSWERS[asked.unblinds] != base):
        return None
    return Value(record, item) if of_answers == bool(path) else None


def question(protocol: Protocol | None, form: str | None, item: str) -> Item | None:
    """The question of a form that an item such as ``answers.jobs.2.title`` is the answer to."""
    base, _, path = item.partition(".")
    plan = _form(protocol, form)
    if plan is None or base not in ANSWERS.values():
        return None
    return plan.item(path.rpartition(".")[2])


def _form(protocol: Protocol | None, key: str | None) -> FormPlan | None:
    forms = () if protocol is None or key is None else protocol.forms
    return next((one for one in forms if one.key == key), None)


def item_words(item: str, protocol: Protocol | None = None, form: str | None = None) -> str:
    """An item's name as a page says it: “pay period” for ``pay_period``, a question in its form's words."""
    asked = question(protocol, form, item)
    if asked is not None:
        group = item.split(".")[1:-1]
        return f"{asked.label} ({group[1]})" if len(group) == 2 else asked.label
    return item.replace(".", ": ").replace("_", " ")


def codes_of(protocol: Protocol, table: str, item: str) -> Iterable[Code]:
    """The coded list that an item's answers come from; none for other items."""
    people = _codes_of_people(protocol) if protocol.participants else {}
    known = people | _codes_of_contact(protocol.contact) | _codes_of_work(protocol.employment)
    return (known | _codes_of_safety(protocol.safety)).get((table, item), ())


def _codes_of_people(protocol: Protocol) -> dict[tuple[str, str], Iterable[Code]]:
    """The coded lists of participants; none in a trial without any."""
    seen, left = protocol.screening, protocol.withdrawal
    reasons = [
        *(c for v in protocol.visits for c in (*v.missed_reasons, *v.not_needed_reasons)),
        *OWN_REASONS,
    ]
    return {
        ("visit", "reason"): reasons,
        ("skipped_visit", "reason"): [c for v in protocol.visits for c in v.skipped_reasons],
        ("event", "level"): left.levels,
        ("event", "moved_to"): [Code(key=c.key, label=c.name) for c in protocol.clusters],
        ("event", "reason"): [
            *left.reasons,
            OBJECTED,
            *(protocol.contact.lost_reasons if protocol.contact else ()),
        ],
        ("screening", "decided_by"): seen.deciders,
        ("screening", "reason"): seen.not_referred_reasons,
        ("screening", "not_approached_reason"): seen.not_approached_reasons,
        ("screening", "declined_reason"): seen.declined_reasons,
        ("eligibility", "source"): seen.evidence_sources,
        ("consent", "capacity"): protocol.consent.capacity,
        ("consent", "basis"): [Code(key=b.key, label=b.name) for b in protocol.consent.bases],
        ("consent", "relationship"): protocol.consent.relationships or (),
    }


def _codes_of_contact(plan: ContactPlan | None) -> dict[tuple[str, str], Iterable[Code]]:
    """The coded lists of contact; none where the protocol does not say how people are contacted."""
    if plan is None:
        return {}
    return {
        ("contact_attempt", "way"): plan.ways,
        ("contact_attempt", "outcome"): plan.outcomes,
    }


def _codes_of_safety(plan: SafetyPlan | None) -> dict[tuple[str, str], Iterable[Code]]:
    """The coded lists of the log of safety; none where the protocol has no such log."""
    if plan is None:
        return {}
    return {
        ("safety_entry", "term"): (
            *plan.terms,
            *plan.deviations,
            *(plan.disclosure.kinds if plan.disclosure else ()),
        ),
        ("safety_entry", "seriousness"): plan.seriousness,
        ("safety_entry", "related"): plan.relatedness,
        ("safety_entry", "outcome"): plan.outcomes,
    }


def _codes_of_work(work: EmploymentPlan | None) -> dict[tuple[str, str], Iterable[Code]]:
    """The coded lists of spells of work; none in a trial that does not ask about work."""
    if work is None:
        return {}
    return {
        ("spell", "kind"): work.kinds,
        ("spell", "sector"): work.sectors,
        ("spell", "source"): work.evidence_sources,
        ("spell", "ending_reason"): work.ending_reasons,
        ("spell", "disclosed_mental_health"): work.disclosure,
        ("spell", "disclosed_offending"): work.disclosure,
        ("term", "pay_period"): work.pay_periods,
    }


def value_words(
    protocol: Protocol, table: str, item: str, value: Any, form: str | None = None
) -> str:
    """A saved value as a page shows it: labels for codes, dates as people read them."""
    asked = question(protocol, form, item)
    if asked is not None and value is not None:
        return reading.words(asked, value)
    match value:
        case None | "":
            return "empty"
        case bool():
            return "yes" if value else "no"
        case date():
            return words(value)
        case Decimal():
            return f"{value:.2f}"
        case str():
            day = _day(value)
            return words(day) if day else label(codes_of(protocol, table, item), value)
        case _:
            return str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2016-01-15") else None
    except ValueError:
        return None
