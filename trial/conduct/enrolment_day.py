"""The correction of the day on which somebody was enrolled: every visit counted from it is counted anew."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import consent as consents
from trial.conduct import enrolment, schedule, visits
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.protocol import Protocol
from trial.records.door import past_the_door
from trial.records.models import Cluster, Consent, Event, Participant, Screening, Visit

ITEM = "enrolled_on"


def correct(
    session: Session, protocol: Protocol, participant: Participant, *, enrolled_on: date, on: date
) -> Participant:
    """Put right the day of the consent, which is that of enrolment; windows of visits follow.

    A visit that was done stays done: whether it was in its window is judged by the new one.
    """
    need(session)
    if enrolled_on == participant.enrolled_on:
        raise Refused("This is the day that is recorded: enter the right one.", ITEM)
    not_future(enrolled_on, on, ITEM, "Enrolment")
    consent = session.get_one(Consent, participant.consent_id)
    not_before(enrolled_on, consent.informed_on, ITEM, "Enrolment", "the day of information")
    _refuse_later_than_what_followed(session, participant, consent, enrolled_on)
    consent.signed_on = participant.enrolled_on = enrolled_on
    found = [
        *consents.valid(protocol, consent),
        *enrolment.recruiting(session, protocol, consent),
        *enrolment.age(protocol, consent, participant.birth_year),
    ]
    if found:
        raise Refused.of([Finding(one.message, ITEM) for one in found])
    cluster = session.get_one(Cluster, participant.cluster_id)
    participant.after_reveal = enrolment.after_reveal(cluster, enrolled_on)
    session.get_one(Screening, participant.screening_id).outcome_on = enrolled_on
    session.flush()
    schedule.count_anew(session, protocol, participant)
    participant.known_until = visits.known_until(session, participant)
    session.flush()
    return participant


def _refuse_later_than_what_followed(
    session: Session, participant: Participant, consent: Consent, day: date
) -> None:
    """Nothing that is recorded of somebody in the trial came before they entered it."""
    mine = participant.id
    later = select(Consent.signed_on).where(
        Consent.screening_id == participant.screening_id, Consent.id != consent.id,
        Consent.voided_on.is_(None),
    )  # fmt: skip
    done = select(Visit.done_on).where(Visit.participant_id == mine, Visit.done_on.is_not(None))
    happened = select(Event.happened_on).where(
        Event.participant_id == mine, Event.voided_on.is_(None)
    )
    with past_the_door(session):
        first = {
            "a visit was done": session.scalar(done.order_by(Visit.done_on).limit(1)),
            "an event happened": session.scalar(happened.order_by(Event.happened_on).limit(1)),
            "consent was given again": session.scalar(later.order_by(Consent.signed_on).limit(1)),
        }
    for what, when in first.items():
        if when is not None and when < day:
            raise Refused(
                f"{what.capitalize()} on {words(when)}, before this day: correct that first.", ITEM
            )
