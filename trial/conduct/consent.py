"""Consent: on a basis, with the documents in force, and all that the basis asks; checked and voided."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import schedule
from trial.conduct.capacity import refuse_consent
from trial.conduct.capacity import settle as settle_capacity
from trial.conduct.consent_asked import asked
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.eligibility import State
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.conduct.screening import APPROACHED, CONSENTED, DECLINED, participant_of
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.consent import Basis
from trial.records.models import Consent, Participant, Screening, Visit


def take(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    *,
    informed_on: date,
    signed_on: date,
    documents: Mapping[str, str],
    clauses: Mapping[str, bool],
    capacity: str | None = None,
    capacity_on: date | None = None,
    basis: str | None = None,
    relationship: str | None = None,
    on: date,
) -> Consent:
    """Record consent: document versions and clauses by their keys; taken by whoever acts.

    Where nobody signs, ``signed_on`` is the day of inclusion. For a participant it is a re-consent: the
    one that they were enrolled under stands beside it, and visits that only this one holds are planned.
    """
    on_basis = chosen(protocol, basis)
    participant = participant_of(session, screening)
    _check_ready(session, protocol, screening, participant, on_basis)
    _check_days(screening, on_basis, informed_on, signed_on, capacity_on, on)
    by, plan = draft(session).by, protocol.consent
    made = Consent(
        screening_id=screening.id, cluster_id=screening.cluster_id,
        participant_id=participant.id if participant else None,
        basis=on_basis.key if plan.bases else None, relationship=relationship,
        informed_on=informed_on, signed_on=signed_on,
        taken_by=by.id, taken_by_name=by.name,
        documents=dict(documents),
        clauses={one.key: bool(clauses.get(one.key)) for one in plan.clauses_of(on_basis)},
        capacity=capacity, capacity_on=capacity_on,
    )  # fmt: skip
    _check_all(session, protocol, participant, screening, made)
    session.add(made)
    if participant is None:
        screening.outcome, screening.outcome_on = CONSENTED, signed_on
    else:
        schedule.plan(session, protocol, participant)
        settle_capacity(session, protocol, participant, on=on)
    session.flush()
    return made


def chosen(protocol: Protocol, key: str | None) -> Basis:
    """The basis that was chosen; the only one where there is no choice."""
    bases = protocol.consent.choices
    if len(bases) == 1 and key is None:
        return bases[0]
    found = next((one for one in protocol.consent.bases if one.key == key), None)
    if found is None:
        raise Refused("Choose on which basis this person takes part.", "basis")
    return found


def offered(session: Session, protocol: Protocol, screening: Screening) -> list[Basis]:
    """The bases on which this person can take part now: silence only where nothing was said before."""
    participant = participant_of(session, screening)
    spoken = objection(session, screening) is not None
    if participant is not None:
        spoken = spoken or _spoke(session, protocol, screening)
    return [one for one in protocol.consent.choices if not (spoken and one.opt_out)]


def objection(session: Session, screening: Screening) -> Screening | None:
    """The row in which this person objected or declined, now or when they were considered before."""
    row: Screening | None = screening
    while row is not None and row.outcome != DECLINED:
        row = session.get_one(Screening, row.earlier_id) if row.earlier_id else None
    return row


def valid(protocol: Protocol, consent: Consent) -> list[Finding]:
    """What is wrong with a consent, item by item; nothing where it is valid."""
    findings = asked(protocol, consent)
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
    if participant is not None:
        _refuse_left_open(session, protocol, participant, screening, consent)
    consent.voided_on = on
    consent.voided_reason = draft(session).reason
    if participant is None:
        screening.outcome = screening.outcome_on = None
    else:
        settle_capacity(session, protocol, participant, on=on)
    session.flush()
    return consent


def standing(session: Session, screening: Screening) -> Consent | None:
    """The newest consent of a row that was not voided."""
    wanted = select(Consent).where(
        Consent.screening_id == screening.id, Consent.voided_on.is_(None)
    )
    return session.scalar(wanted.order_by(Consent.signed_on.desc(), Consent.id.desc()).limit(1))


def _check_ready(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    participant: Participant | None,
    basis: Basis,
) -> None:
    if participant is not None:
        _check_taking_part(participant)
        refuse_consent(session, protocol, participant, basis)
        return
    if screening.approach != APPROACHED:
        raise Refused("Record first that this person was approached.")
    objected = objection(session, screening) if basis.opt_out else None
    if objected is not None:
        raise Refused(
            f"This person objected or declined, under number {objected.number}: "
            "silence does not include them."
        )
    if screening.outcome == DECLINED:
        raise Refused("This person declined: take the decline back first.")
    if screening.eligibility != State.ELIGIBLE:
        raise Refused(
            "Consent is taken from a person who is eligible: answer every criterion first."
        )
    stands = standing(session, screening)
    if stands is not None:
        raise Refused(f"Consent was given on {words(stands.signed_on)} already.")


def _check_taking_part(participant: Participant) -> None:
    if participant.withdrew_followup_on or participant.withdrew_data_on:
        raise Refused(f"{participant.number} has withdrawn.")
    if participant.died_on:
        raise Refused(f"{participant.number} died on {words(participant.died_on)}.")


def _check_days(
    screening: Screening,
    basis: Basis,
    informed_on: date,
    signed_on: date,
    capacity_on: date | None,
    on: date,
) -> None:
    informed = "The day of information"
    signed = "The day of inclusion" if basis.opt_out else "The day of signing"
    not_future(informed_on, on, "informed_on", informed)
    not_future(signed_on, on, "signed_on", signed)
    if capacity_on is not None:
        not_future(capacity_on, on, "capacity_on", "The day of the assessment")
    not_before(informed_on, screening.approached_on, "informed_on", informed, "the approach")
    not_before(signed_on, informed_on, "signed_on", signed, "the day of information")


def _check_all(
    session: Session,
    protocol: Protocol,
    participant: Participant | None,
    screening: Screening,
    made: Consent,
) -> None:
    findings = valid(protocol, made)
    if participant is not None:
        findings += _follows(session, protocol, participant, screening, made)
    if findings:
        raise Refused.of(findings)


def _follows(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    screening: Screening,
    made: Consent,
) -> list[Finding]:
    """What stands against a consent after an earlier one, where it would change the basis."""
    before, basis = standing(session, screening), protocol.consent.basis(made.basis)
    if before is None or made.signed_on < before.signed_on:
        return []
    if basis.opt_out and _spoke(session, protocol, screening):
        told = f"{participant.number} takes part by a consent that was given"
        return [Finding(f"{told}: silence does not replace it.", "basis")]
    left = _left_open(session, protocol, participant, basis, made.clauses)
    if not left:
        return []
    told = f"Visits that this consent does not hold are still expected: {', '.join(left)}"
    return [Finding(f"{told}. Record first that they are not needed.", "basis")]


def _refuse_left_open(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    screening: Screening,
    voided: Consent,
) -> None:
    """A consent stays while visits are expected that the one which would then stand leaves out."""
    wanted = select(Consent).where(
        Consent.screening_id == screening.id, Consent.voided_on.is_(None), Consent.id != voided.id
    )
    before = session.scalars(wanted.order_by(Consent.signed_on.desc(), Consent.id.desc())).first()
    if before is None:
        return
    basis = protocol.consent.basis(before.basis)
    left = _left_open(session, protocol, participant, basis, before.clauses)
    if left:
        raise Refused(
            f"The consent of {words(before.signed_on)} would stand, and visits that it does not hold are"
            f" still expected: {', '.join(left)}. Record first that they are not needed."
        )


def _left_open(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    basis: Basis,
    clauses: Mapping[str, bool],
) -> list[str]:
    """The names of visits still expected that a consent on this basis, with these clauses, leaves out."""
    asked = {visit.key: visit.clause for visit in protocol.visits}
    names = {visit.key: visit.name for visit in protocol.visits}
    wanted = select(Visit).where(Visit.participant_id == participant.id, schedule.OPEN)
    return [
        names.get(one.plan, one.plan)
        for one in session.scalars(wanted.order_by(Visit.due_on))
        if not basis.holds(one.plan)
        or ((clause := asked.get(one.plan)) is not None and not clauses.get(clause))
    ]


def _spoke(session: Session, protocol: Protocol, screening: Screening) -> bool:
    """Whether somebody gave consent for this person, so that silence cannot stand in its place."""
    wanted = select(Consent.basis).where(
        Consent.screening_id == screening.id, Consent.voided_on.is_(None)
    )
    return any(not protocol.consent.basis(key).opt_out for key in session.scalars(wanted))
