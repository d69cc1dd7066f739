"""Enrolment: refused unless everything is in place, and then a participant with a study number and visits."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import consent as consents
from trial.conduct import schedule
from trial.conduct.clusters import is_open, name_of
from trial.conduct.dates import words
from trial.conduct.eligibility import State
from trial.conduct.refused import Finding, Refused
from trial.conduct.screening import CONSENTED, later_of, participant_of
from trial.protocol import Protocol, numbers
from trial.records.database import lock_writers
from trial.records.identity import Vault
from trial.records.models import Cluster, Consent, Participant, ParticipantKey, Screening

OLDEST = 120  # years: beyond it a year of birth is a slip of the keyboard


def enrol(
    session: Session,
    protocol: Protocol,
    vault: Vault,
    screening: Screening,
    *,
    birth_year: int,
    on: date,
) -> Participant:
    """Enrol a person as of the day on which they signed; their study number, key and visits are made."""
    lock_writers(session)
    found = [
        *obstacles(session, protocol, screening),
        *age(protocol, consents.standing(session, screening), birth_year),
    ]
    if found:
        raise Refused.of(found)
    consent = _consent(session, screening)
    cluster = session.get_one(Cluster, screening.cluster_id)
    participant = Participant(
        number=_next_number(session, protocol),
        cluster_id=cluster.id,
        screening_id=screening.id,
        consent_id=consent.id,
        enrolled_on=consent.signed_on,
        birth_year=birth_year,
        after_reveal=after_reveal(cluster, consent.signed_on),
        protocol_version=protocol.version,
        protocol_sha256=protocol.sha256,
        known_until=consent.signed_on,
    )
    session.add(participant)
    session.flush()
    consent.participant_id = participant.id
    screening.outcome, screening.outcome_on = CONSENTED, consent.signed_on
    _give_key(session, vault, participant)
    schedule.plan(session, protocol, participant)
    session.flush()
    return participant


def obstacles(session: Session, protocol: Protocol, screening: Screening) -> list[Finding]:
    """Everything that stands in the way of enrolling this person, in words."""
    there = participant_of(session, screening)
    if there is not None:
        return [Finding(f"This person is enrolled already, as {there.number}.")]
    later = later_of(session, screening)
    if later is not None:
        return [
            Finding(f"This person was considered again: enrol them from number {later.number}.")
        ]
    found = []
    if screening.eligibility != State.ELIGIBLE:
        found.append(
            Finding(f"Eligibility is {screening.eligibility}: every criterion must be met.")
        )
    consent = consents.standing(session, screening)
    if consent is None:
        kind = "consent" if protocol.consent.bases else "written consent"
        return [*found, Finding(f"There is no {kind} yet: record it first.")]
    found += [Finding(one.message) for one in consents.valid(protocol, consent)]
    return [*found, *recruiting(session, protocol, consent)]


def after_reveal(cluster: Cluster, day: date) -> bool:
    """Whether the arm of a cluster was known there when somebody was enrolled."""
    return cluster.revealed_on is not None and day >= cluster.revealed_on


def recruiting(session: Session, protocol: Protocol, consent: Consent) -> list[Finding]:
    """What stands against the day of a consent: the trial or the cluster did not recruit then."""
    found, window, day = [], protocol.recruitment, consent.signed_on
    silent = protocol.consent.basis(consent.basis).opt_out
    done = "The person was included" if silent else "Consent was signed"
    if not window.opens_on <= day <= window.closes_on:
        found.append(
            Finding(
                f"{done} on {words(day)}, outside the recruitment window "
                f"({words(window.opens_on)} to {words(window.closes_on)})."
            )
        )
    cluster = session.get_one(Cluster, consent.cluster_id)
    if not is_open(cluster, day):
        found.append(Finding(_not_open(name_of(protocol, cluster), cluster, day)))
    return found


def _not_open(name: str, cluster: Cluster, day: date) -> str:
    if cluster.opened_on is None:
        return f"{name} is not open to recruitment yet."
    if day < cluster.opened_on:
        return f"{name} opened to recruitment on {words(cluster.opened_on)}, after the consent."
    assert cluster.closed_on is not None
    return f"{name} closed to recruitment on {words(cluster.closed_on)}, before the consent."


def age(protocol: Protocol, consent: Consent | None, birth_year: int) -> list[Finding]:
    """What stands against a year of birth: too young on the day of the consent, or impossibly old."""
    if consent is None:
        return []
    oldest_possible = consent.signed_on.year - birth_year
    least = max((c.least_age or 0 for c in protocol.eligibility), default=0)
    if oldest_possible < least:
        said = f"Nobody born in {birth_year} was {least} on {words(consent.signed_on)}"
        return [Finding(f"{said}: check the year of birth.", "birth_year")]
    if oldest_possible > OLDEST:
        return [Finding("Check the year of birth: it is too long ago.", "birth_year")]
    return []


def _consent(session: Session, screening: Screening) -> Consent:
    found = consents.standing(session, screening)
    assert found is not None  # without one there was an obstacle
    return found


def _next_number(session: Session, protocol: Protocol) -> str:
    """The next study number of the whole trial: counted past the door, which hides other clusters."""
    session.flush()
    there = session.connection().scalar(select(func.count(Participant.id))) or 0
    return numbers.make(protocol.study_number_prefix, there + 1)


def _give_key(session: Session, vault: Vault, participant: Participant) -> None:
    session.add(
        ParticipantKey(
            participant_id=participant.id,
            cluster_id=participant.cluster_id,
            wrapped=vault.new_wrapped(participant.number),
        )
    )
