"""A participant's casebook and a single form as they are signed: everything they say, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import agreed, amendments, visits
from trial.conduct.forms.plans import due_forms, form_of, may_see
from trial.conduct.forms.saving import COMPLETE, VOIDED, all_answers
from trial.conduct.refused import Refused
from trial.conduct.values import item_words, items_of, value_words
from trial.protocol import Protocol
from trial.protocol.forms.asking import sift
from trial.protocol.forms.reading import words
from trial.records.actor import Actor
from trial.records.models import Cluster, Consent, Event, Participant, Record, Spell, Term, Visit

# What a page does not put into words: keys of other rows, and what the head of a part says already.
NOT_TOLD = frozenset(
    {"screening_id", "consent_id", "spell_id", "protocol_sha256", "plan", "number", "after_reveal"}
)


@dataclass(frozen=True)
class Part:
    """One part of what is signed: a title, and rows of what and how it stands."""

    title: str
    rows: tuple[tuple[str, str], ...]


def of_form(session: Session, running: Protocol, record: Record) -> Part:
    """One form with every question that was asked and its answer."""
    protocol = amendments.version_of(session, record.protocol_sha256, running)
    form, answers = form_of(protocol, record.form), all_answers(record)
    day = value_words(protocol, "record", "observed_on", record.observed_on)
    rows = [(form.observed, day), ("State", record.state.capitalize())]
    rows.append(("Protocol version", record.protocol_version))
    for asked in sift(form, answers).asked:
        if asked.item.kind != "score":
            label = asked.item.label if asked.row is None else f"{asked.item.label} ({asked.row})"
            rows.append((label, _answer(asked.item, answers.get(asked.path))))
    return Part(form.name, tuple(rows))


def of_participant(
    session: Session, protocol: Protocol, actor: Actor, person: Participant
) -> list[Part]:
    """A casebook: the person, the visits, the work, the events and the forms, as this reader may see them."""
    parts = [Part(f"Participant {person.number}", tuple(_told(protocol, actor, person)))]
    parts += _consents(session, protocol, person)
    names: dict[int | None, str] = {}
    for visit in _of(session, Visit, person):
        names[visit.id] = visits.plan_of(protocol, visit).name
        parts.append(Part(f"Visit: {names[visit.id]}", tuple(_told(protocol, actor, visit))))
    for spell in _of(session, Spell, person):
        parts.append(Part(f"Work, spell {spell.id}", tuple(_told(protocol, actor, spell))))
    for term in _of(session, Term, person):
        title = f"Hours and pay {term.id}, spell {term.spell_id}"
        parts.append(Part(title, tuple(_told(protocol, actor, term))))
    for event in _of(session, Event, person):
        parts.append(Part(f"Event {event.id}", tuple(_told(protocol, actor, event))))
    for record in _of(session, Record, person):
        part = _form(session, protocol, actor, record)
        of_visit = f": {names[record.visit_id]}" if record.visit_id in names else ""
        parts.append(replace(part, title=f"{part.title}{of_visit}"))
    return parts


def lacking(session: Session, protocol: Protocol, person: Participant, on: date) -> list[str]:
    """What a casebook lacks before it can be signed, in words."""
    found, listed = [], list(_of(session, Visit, person))
    records = [one for one in _of(session, Record, person) if one.state != VOIDED]
    if drafts := sum(one.state != COMPLETE for one in records):
        found.append("one form is a draft" if drafts == 1 else f"{drafts} forms are drafts")
    if missing := list(_missing(session, protocol, person, listed, records)):
        found.append(f"not filled in: {', '.join(missing)}")
    late = [one for one in listed if one.state == "expected" and one.closes_on < on]
    return found + [f"no word of {visits.plan_of(protocol, one).name}" for one in late]


def _missing(
    session: Session,
    protocol: Protocol,
    person: Participant,
    listed: Iterable[Visit],
    records: Iterable[Record],
) -> Iterator[str]:
    """The forms of visits that were done and of which there is no record."""
    there = {(one.visit_id, one.form) for one in records}
    arm, held = session.get_one(Cluster, person.cluster_id).arm, agreed.by(session, person)
    for visit in listed:
        for form in due_forms(protocol, visit, arm, held) if visit.state == "done" else ():
            if (visit.id, form.key) not in there:
                yield f"{form.name} of {visits.plan_of(protocol, visit).name}"


def _consents(session: Session, protocol: Protocol, person: Participant) -> Iterator[Part]:
    """On which basis a person takes part, in a trial that has more than their own consent."""
    for one in _of(session, Consent, person):
        if one.basis is None:
            continue
        told = [
            (name.capitalize(), value_words(protocol, "consent", item, getattr(one, item)))
            for name, item in (
                ("basis", "basis"), ("relationship", "relationship"), ("informed on", "informed_on"),
                ("holds from", "signed_on"), ("capacity", "capacity"), ("voided on", "voided_on"),
            )
            if getattr(one, item) is not None
        ]  # fmt: skip
        yield Part(f"Consent {one.id}", tuple(told))


def _form(session: Session, protocol: Protocol, actor: Actor, record: Record) -> Part:
    """A form of a casebook, where this reader may see it; else that there is one."""
    try:
        plan = form_of(
            amendments.version_of(session, record.protocol_sha256, protocol), record.form
        )
    except Refused:
        return Part(f"Form {record.id}", (("Form", record.form),))
    if not may_see(actor, plan, record.cluster_id):
        return Part(plan.name, (("Answers", "Not shown to your role"),))
    return of_form(session, protocol, record)


def _of(session: Session, cls: type[Any], person: Participant) -> Iterable[Any]:
    return session.scalars(select(cls).where(cls.participant_id == person.id).order_by(cls.id))


def _told(protocol: Protocol, actor: Actor, row: Any) -> Iterator[tuple[str, str]]:
    for item in items_of(type(row), actor, row.cluster_id):
        if item not in NOT_TOLD:
            value = value_words(protocol, row.__tablename__, item, getattr(row, item))
            yield item_words(item).capitalize(), value.capitalize() if value == "empty" else value


def _answer(item: Any, answer: Any) -> str:
    return "Not answered" if answer is None else words(item, answer)
