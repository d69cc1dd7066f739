"""The report of one entry of the log of safety, as it is sent to whoever is told."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.coded import label
from trial.conduct.dates import words
from trial.conduct.safety import clocks
from trial.conduct.safety.log import ADVERSE, term_words
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.models import Cluster, Participant, SafetyEntry, SafetyNote
from trial.report.value import Blank, Block, Heading, Notice, Report, Table, Text

TITLES = {
    "adverse event": "Report of an adverse event",
    "deviation": "Report of a deviation from the protocol",
    "serious breach": "Report of a serious breach",
    "urgent measure": "Report of an urgent safety measure",
    "data breach": "Report of a breach of personal data",
    "disclosure": "Report of a disclosure of risk",
}


def form(session: Session, protocol: Protocol, entry: SafetyEntry) -> Report:
    """One entry with its clocks and what followed, to be signed; no name of a participant is in it."""
    title = f"Serious: {TITLES[entry.kind].lower()}" if entry.seriousness else TITLES[entry.kind]
    blocks: list[Block] = [
        *_trial(protocol), *_entry(session, protocol, entry), *_clocks(session, protocol, entry),
        *_notes(session, protocol, entry), *_signed(),
    ]  # fmt: skip
    return Report(
        title=title,
        subtitle=f"Entry {entry.id}, as it stands in the log",
        blocks=tuple(blocks),
        footer=(f"Protocol version {protocol.version}", "Confidential"),
        header=(f"Safety report, entry {entry.id}", "To be sent by secure means only"),
    )


def _trial(protocol: Protocol) -> Iterator[Block]:
    yield Heading("The trial")
    numbers = [(one.name, one.value) for one in protocol.identifiers]
    rows = [("Title", protocol.title), ("Sponsor", protocol.sponsor), *numbers]
    yield Table("Trial", ("Item", "Answer"), tuple(rows))


def _entry(session: Session, protocol: Protocol, entry: SafetyEntry) -> Iterator[Block]:
    person = session.get(Participant, entry.participant_id) if entry.participant_id else None
    cluster = session.get(Cluster, entry.cluster_id) if entry.cluster_id else None
    names = {one.key: one.name for one in protocol.clusters}
    adverse = entry.kind == ADVERSE
    rows = [("Study number", person.number)] if person else []
    rows += [
        ("Site", names.get(cluster.key, cluster.key) if cluster else "The whole trial"),
        ("What", term_words(protocol, entry)),
        ("Happened on", words(entry.happened_on)),
        ("The trial team heard of it", _moment(entry.heard_at)),
    ]
    if entry.serious_at is not None:
        rows.append(("Known to be serious since", _moment(entry.serious_at)))
    if adverse:
        rows += _judged(protocol, entry, causes=clocks.causes_seen(session))
    yield Heading("What happened")
    if entry.voided_on is not None:
        yield Notice(f"This entry was taken back on {words(entry.voided_on)}.")
    yield Table("Entry", ("Item", "Answer"), tuple(rows))
    yield Text(entry.description)


def _judged(protocol: Protocol, entry: SafetyEntry, *, causes: bool) -> list[tuple[str, str]]:
    plan = protocol.keeping_safe
    serious = label(plan.seriousness, entry.seriousness) if entry.seriousness else "No"
    related = label(plan.relatedness, entry.related) if entry.related else "Not judged yet"
    return [
        ("Serious", serious),
        *([("Caused by taking part", related)] if causes else []),
        ("Expected in the people of this trial", "Yes" if entry.expected else "No"),
        ("Outcome by now", label(plan.outcomes, entry.outcome)),
    ]


def _clocks(session: Session, protocol: Protocol, entry: SafetyEntry) -> Iterator[Block]:
    found = clocks.running(session, protocol, [entry])
    if not found:
        return
    yield Heading("Whom it is told, and by when")
    rows = []
    for one in found:
        until = _moment(one.until.at) if one.until.at else words(one.until.day)
        if one.provisional:
            until += f", {clocks.UNLESS}"
        told = one.told
        done = "" if told is None else f"{told.told_whom}, {_moment(told.told_at)}"
        rows.append((one.clock.to, until, done))
    yield Table("Clocks", ("Whom", "By", "Told"), tuple(rows))


def _moment(instant: datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{words(local.date())}, {local:%H:%M}"


def _notes(session: Session, protocol: Protocol, entry: SafetyEntry) -> Iterator[Block]:
    wanted = select(SafetyNote).where(SafetyNote.entry_id == entry.id).order_by(SafetyNote.id)
    notes = session.scalars(wanted).all()
    if not notes:
        return
    yield Heading("How it went on")
    outcomes = protocol.keeping_safe.outcomes
    rows = tuple((words(one.noted_on), one.text, label(outcomes, one.outcome)) for one in notes)
    yield Table("Reports", ("Day", "Report", "Outcome"), rows)


def _signed() -> Iterator[Block]:
    yield Heading("Sent by")
    yield Blank("Name and role", lines=1)
    yield Blank("Telephone and e-mail", lines=1)
    yield Blank("Signature", lines=1)
    yield Blank("Day", boxes=((2, "Day"), (2, "Month"), (4, "Year")))
