"""Written consent: the documents in force, capacity, and every mandatory clause; checked and voided."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.dates import not_before, not_future, words
from trial.conduct.eligibility import State
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.conduct.screening import APPROACHED, CONSENTED, DECLINED, participant_of
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.records.models import Consent, Participant, Screening


def take(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    *,
    informed_on: date,
    signed_on: date,
    documents: Mapping[str, str],
    clauses: Mapping[str, bool],
    capacity: str,
    capacity_on: date,
    on: date,
) -> Consent:
    """Record written consent: document versions and clauses by their keys; taken by whoever acts.

    For a participant it is a re-consent: the consent that they were enrolled under stands beside it.
    """
    participant = participant_of(session, screening)
    _check_ready(session, screening, participant)
    _check_days(screening, informed_on, signed_on, capacity_on, on)
    by = draft(session).by
    made = Consent(
        screening_id=screening.id,
        cluster_id=screening.cluster_id,
        participant_id=participant.id if participant else None,
        informed_on=informed_on,
        signed_on=signed_on,
        taken_by=by.id,
        taken_by_name=by.name,
        documents=dict(documents),
        clauses={clause.key: bool(clauses.get(clause.key)) for clause in protocol.consent.clauses},
        capacity=capacity,
        capacity_on=capacity_on,
    )
    findings = valid(protocol, made)
    if findings:
        raise Refused.of(findings)
    session.add(made)
    if participant is None:
        screening.outcome, screening.outcome_on = CONSENTED, signed_on
    session.flush()
    return made


def valid(protocol: Protocol, consent: Consent) -> list[Finding]:
    """What is wrong with a consent, item by item; nothing where it is valid."""
    findings = [*_documents(protocol, consent), *_clauses(protocol, consent)]
    may = {code.key: code.may_consent for code in protocol.consent.capacity}
    if consent.capacity not in may:
        findings.append(Finding("Choose whether the person had capacity.", "capacity"))
    elif not may[consent.capacity]:
        findings.append(
            Finding(
                "Consent can be taken only from a person who has capacity to give it.", "capacity"
            )
        )
    if consent.capacity_on > consent.signed_on:
        findings.append(
            Finding("Capacity is assessed on or before the day of signing.", "capacity_on")
        )
    if consent.voided_on is not None:
        findings.append(Finding(f"This consent was voided on {words(consent.voided_on)}."))
    return findings


def void(session: Session, protocol: Protocol, consent: Consent, *, on: date) -> Consent:
    """Void a consent that was recorded wrongly, before enrolment; the act's reason is kept with it."""
    if consent.voided_on is not None:
        raise Refused(f"This consent was voided on {words(consent.voided_on)} already.")
    need(session)
    screening = session.get_one(Screening, consent.screening_id)
    participant = participant_of(session, screening)
    if participant is not None and participant.consent_id == consent.id:
        raise Refused(
            f"{participant.number} was enrolled under this consent: record a withdrawal instead."
        )
    consent.voided_on = on
    consent.voided_reason = draft(session).reason
    if participant is None:
        screening.outcome = screening.outcome_on = None
    session.flush()
    return consent


def standing(session: Session, screening: Screening) -> Consent | None:
    """The newest consent of a row that was not voided."""
    wanted = select(Consent).where(
        Consent.screening_id == screening.id, Consent.voided_on.is_(None)
    )
    return session.scalar(wanted.order_by(Consent.signed_on.desc(), Consent.id.desc()).limit(1))


def _check_ready(session: Session, screening: Screening, participant: Participant | None) -> None:
    if participant is not None:
        if participant.withdrew_followup_on or participant.withdrew_data_on:
            raise Refused(f"{participant.number} has withdrawn.")
        return
    if screening.approach != APPROACHED:
        raise Refused("Record first that this person was approached.")
    if screening.outcome == DECLINED:
        raise Refused("This person declined: take the decline back first.")
    if screening.eligibility != State.ELIGIBLE:
        raise Refused(
            "Consent is taken from a person who is eligible: answer every criterion first."
        )
    stands = standing(session, screening)
    if stands is not None:
        raise Refused(f"Consent was given on {words(stands.signed_on)} already.")


def _check_days(
    screening: Screening, informed_on: date, signed_on: date, capacity_on: date, on: date
) -> None:
    informed, signed = "The day of information", "The day of signing"
    not_future(informed_on, on, "informed_on", informed)
    not_future(signed_on, on, "signed_on", signed)
    not_future(capacity_on, on, "capacity_on", "The day of the assessment")
    not_before(informed_on, screening.approached_on, "informed_on", informed, "the approach")
    not_before(signed_on, informed_on, "signed_on", signed, "the day of information")


def _documents(protocol: Protocol, consent: Consent) -> list[Finding]:
    """Exactly the documents in force on the day of signing, each in the version then approved."""
    day = consent.signed_on
    in_force = {one.key: one for one in protocol.consent.documents_in_force(day)}
    findings = [
        Finding(
            f"Version {one.version} of the {_lower(one.name)} was in force on {words(day)}: "
            "consent counts only on that one.",
            f"document-{key}",
        )
        for key, one in in_force.items()
        if consent.documents.get(key) != one.version
    ]
    if not in_force:
        findings.append(Finding(f"No consent document was in force on {words(day)}.", "signed_on"))
    findings += [
        Finding(f"This document was not in force on {words(day)}.", f"document-{key}")
        for key in consent.documents
        if key not in in_force
    ]
    return findings


def _clauses(protocol: Protocol, consent: Consent) -> list[Finding]:
    return [
        Finding(f"Consent needs agreement to: {clause.text}.", f"clause-{clause.key}")
        for clause in protocol.consent.clauses
        if clause.mandatory and not consent.clauses.get(clause.key)
    ]


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
