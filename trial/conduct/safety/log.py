"""Entries of the log of safety: recorded, judged, corrected with a reason, taken back; never deleted."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from trial.conduct.coded import label, one_of
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.models import Cluster, Participant, SafetyEntry, SafetyNote

ADVERSE, DEVIATION, BREACH, MEASURE, DATA, DISCLOSED = (
    "adverse event", "deviation", "serious breach", "urgent measure", "data breach", "disclosure",
)  # fmt: skip
KINDS = (ADVERSE, DEVIATION, BREACH, MEASURE, DATA, DISCLOSED)
SERIOUS_ON = "serious_on"  # the question beside which a fault of that day is shown
SINCE = "Enter the day since which it is known to be serious."
WORDS = {MEASURE: "Urgent safety measure", DATA: "Breach of personal data"}


def record(
    session: Session,
    protocol: Protocol,
    *,
    kind: str,
    about: Participant | Cluster | None,
    happened_on: date,
    heard_at: datetime,
    description: str,
    term: str | None = None,
    seriousness: str | None = None,
    outcome: str | None = None,
    tells: bool = False,
    at: datetime,
) -> SafetyEntry:
    """Record what happened. Whether it was expected is said by the protocol's list of events.

    With ``tells`` its words tell the arm: then nobody who is blinded sees the entry.
    """
    person = about if isinstance(about, Participant) else None
    values = {
        "kind": kind, "happened_on": happened_on, "heard_at": heard_at,
        "description": description, "term": term, "seriousness": seriousness, "outcome": outcome,
    }  # fmt: skip
    _check(protocol, person, values, at)
    made = SafetyEntry(
        participant_id=person.id if person else None,
        cluster_id=_cluster_of(about),
        unblinds=arm_told(session, _cluster_of(about)) if tells else None,
        recorded_by_name=draft(session).by.name,
        **_cleared(protocol, values),
    )
    session.add(made)
    session.flush()
    return made


def correct(
    session: Session,
    protocol: Protocol,
    entry: SafetyEntry,
    *,
    tells: bool = False,
    at: datetime,
    **values: Any,
) -> SafetyEntry:
    """Put an entry right, with the reason of the act; a deviation may prove a serious breach.

    What becomes serious by it says since when that is known, ``serious_at``: its clocks run from then.
    """
    need(session)
    _standing(entry)
    person = session.get(Participant, entry.participant_id) if entry.participant_id else None
    values.setdefault("serious_at", entry.serious_at)
    _check(protocol, person, values, at)
    kept = _cleared(protocol, values)
    if kept["term"] == entry.term and "expected" in kept:
        kept["expected"] = entry.expected  # as it was judged
    _check_became(entry, kept, values["serious_at"])
    kept["unblinds"] = arm_told(session, entry.cluster_id) if tells else None
    set_with_reason(session, entry, kept)
    session.flush()
    return entry


def judge(
    session: Session, protocol: Protocol, entry: SafetyEntry, *, related: str, expected: bool
) -> SafetyEntry:
    """Say whether taking part caused an adverse event, and whether it was expected."""
    _standing(entry)
    if entry.kind != ADVERSE:
        raise Refused("Only an adverse event is judged so.")
    plan = protocol.keeping_safe
    one_of(plan.relatedness, related, "related", "Choose whether taking part caused it.")
    if entry.related is not None:
        need(session)
    set_with_reason(session, entry, {"related": related})
    entry.expected = expected
    session.flush()
    return entry


def take_back(session: Session, entry: SafetyEntry, *, on: date) -> SafetyEntry:
    """Take back an entry that was recorded by mistake: it stays in the log, and no clock runs."""
    need(session)
    _standing(entry)
    entry.voided_on = on
    session.flush()
    return entry


def follow_up(
    session: Session,
    protocol: Protocol,
    entry: SafetyEntry,
    *,
    text: str,
    outcome: str | None,
    seriousness: str | None = None,
    serious_at: datetime | None = None,
    on: date,
) -> SafetyNote:
    """Note how an entry went on, its outcome by then, and that an event became serious."""
    _standing(entry)
    if not text.strip():
        raise Refused("Write how it went on.", "text")
    if entry.kind == ADVERSE:
        one_of(protocol.keeping_safe.outcomes, outcome, "outcome", "Choose the outcome by now.")
        entry.outcome = outcome
    if seriousness or serious_at:
        _became_serious(session, protocol, entry, seriousness, serious_at)
    made = SafetyNote(
        entry_id=entry.id, participant_id=entry.participant_id, cluster_id=entry.cluster_id,
        unblinds=entry.unblinds, noted_on=on, text=text.strip(), outcome=outcome,
        noted_by_name=draft(session).by.name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def term_words(protocol: Protocol, entry: SafetyEntry) -> str:
    """What an entry is about, in the words of its code; else its kind."""
    plan = protocol.keeping_safe
    codes = plan.terms if entry.kind == ADVERSE else plan.deviations
    if entry.kind == DISCLOSED:
        codes = plan.disclosure.kinds if plan.disclosure else ()
    return label(codes, entry.term) or WORDS.get(entry.kind, entry.kind.capitalize())


def arm_told(session: Session, cluster_id: int | None) -> bool | None:
    """True where the arm of a cluster is known there, so that words can tell it; else None."""
    cluster = session.get(Cluster, cluster_id) if cluster_id else None
    return True if cluster is not None and cluster.revealed_on is not None else None


def to_be_judged() -> ColumnElement[bool]:
    """The serious adverse events of which nobody has judged yet what caused them."""
    serious = (SafetyEntry.kind == ADVERSE) & SafetyEntry.seriousness.is_not(None)
    return serious & SafetyEntry.voided_on.is_(None) & SafetyEntry.related.is_(None)


def unresolved(protocol: Protocol) -> ColumnElement[bool]:
    """The adverse events on which a further report is awaited."""
    going_on = [one.key for one in protocol.keeping_safe.outcomes if not one.resolved]
    return SafetyEntry.voided_on.is_(None) & SafetyEntry.outcome.in_(going_on)


def _check(
    protocol: Protocol, person: Participant | None, values: dict[str, Any], at: datetime
) -> None:
    plan, today = protocol.keeping_safe, at.astimezone(LONDON).date()
    if values["kind"] not in KINDS:
        raise Refused("Choose what kind of entry this is.", "kind")
    not_future(values["happened_on"], today, "happened_on", "The event")
    if values["heard_at"] > at:
        raise Refused("When the team heard of it cannot be in the future.", "heard_on")
    heard = values["heard_at"].astimezone(LONDON).date()
    not_before(heard, values["happened_on"], "heard_on", "When the team heard of it", "the event")
    _check_since(values.get("serious_at"), values["heard_at"], at)
    if not (values["description"] or "").strip():
        raise Refused("Describe what happened.", "description")
    if values["kind"] == ADVERSE:
        _check_adverse(protocol, person, values)
    elif values["kind"] == DISCLOSED:
        _check_disclosure(protocol, person, values)
    elif values["kind"] not in (MEASURE, DATA):
        one_of(plan.deviations, values["term"], "term", "Choose what was not as it should be.")


def _check_since(since: datetime | None, heard_at: datetime, at: datetime) -> None:
    if since is None:
        return
    if since > at:
        raise Refused("When it was known to be serious cannot be in the future.", SERIOUS_ON)
    if since < heard_at:
        message = "It cannot have been known to be serious before the team heard of it."
        raise Refused(message, SERIOUS_ON)


def _check_became(entry: SafetyEntry, kept: dict[str, Any], since: datetime | None) -> None:
    """What becomes serious later says since when: from when it was heard of, clocks were over at once."""
    becomes = _serious(kept["kind"], kept["seriousness"])
    if _serious(entry.kind, entry.seriousness):
        return
    if becomes and since is None:
        raise Refused(SINCE, SERIOUS_ON)
    if since is not None and not becomes:
        raise Refused("Leave this empty: as it stands here, it is not serious.", SERIOUS_ON)


def _became_serious(
    session: Session,
    protocol: Protocol,
    entry: SafetyEntry,
    seriousness: str | None,
    since: datetime | None,
) -> None:
    if entry.kind != ADVERSE or entry.seriousness is not None:
        raise Refused("Correct the entry to change why it is serious.", "seriousness")
    codes = protocol.keeping_safe.seriousness
    one_of(codes, seriousness, "seriousness", "Choose why it is serious.")
    if since is None:
        raise Refused(SINCE, SERIOUS_ON)
    _check_since(since, entry.heard_at, draft(session).at)
    entry.seriousness = seriousness
    entry.serious_at = since if since != entry.heard_at else None


def _serious(kind: str, seriousness: str | None) -> bool:
    """Whether an entry is one whose clocks run from when it was known to be serious."""
    return kind == BREACH or seriousness is not None


def _check_disclosure(
    protocol: Protocol, person: Participant | None, values: dict[str, Any]
) -> None:
    plan = protocol.keeping_safe.disclosure
    if plan is None:
        raise Refused("The protocol of this trial does not say what a disclosure asks for.")
    if person is None:
        raise Refused("A disclosure is recorded on the participant's page.")
    one_of(plan.kinds, values["term"], "term", "Choose what was disclosed.")


def _check_adverse(protocol: Protocol, person: Participant | None, values: dict[str, Any]) -> None:
    plan = protocol.keeping_safe
    if person is None:
        raise Refused("An adverse event is recorded on the participant's page.")
    what = "The event"
    not_before(values["happened_on"], person.enrolled_on, "happened_on", what, "enrolment")
    one_of(plan.terms, values["term"], "term", "Choose what happened.")
    one_of(plan.outcomes, values["outcome"], "outcome", "Choose the outcome by now.")
    if values["seriousness"]:
        one_of(plan.seriousness, values["seriousness"], "seriousness", "Choose why it is serious.")


def _cleared(protocol: Protocol, values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept: none that its kind does not have."""
    kept = dict(values) | {"description": values["description"].strip()}
    kept["seriousness"] = values.get("seriousness") or None
    if kept["kind"] != ADVERSE:
        kept |= {"seriousness": None, "outcome": None}
    else:
        term = protocol.keeping_safe.term(kept["term"])
        kept["expected"] = term is not None and term.expected
    since = values.get("serious_at")
    stands = _serious(kept["kind"], kept["seriousness"]) and since != kept["heard_at"]
    kept["serious_at"] = since if stands else None
    return kept


def _cluster_of(about: Participant | Cluster | None) -> int | None:
    if isinstance(about, Participant):
        return about.cluster_id
    return about.id if about is not None else None


def _standing(entry: SafetyEntry) -> None:
    if entry.voided_on is not None:
        raise Refused(f"This was taken back on {words(entry.voided_on)}.")
