"""The screening log: who was considered, referred or not and why, approached, and who declined."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct.clusters import name_of
from trial.conduct.coded import one_of
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.database import lock_writers
from trial.records.models import Cluster, Consent, Participant, Screening

REFERRED, NOT_REFERRED = "referred", "not referred"
APPROACHED, NOT_APPROACHED = "approached", "not approached"
CONSENTED, DECLINED = "consented", "declined"


def consider(
    session: Session,
    protocol: Protocol,
    cluster: Cluster,
    *,
    considered_on: date,
    referral: str,
    decided_by: str,
    decided_on: date | None = None,
    reason: str | None = None,
    earlier_number: int | None = None,
    on: date,
) -> Screening:
    """Log one person considered, by a number only; a re-referral points to the person's earlier row."""
    values = {
        "considered_on": considered_on,
        "referral": referral,
        "decided_by": decided_by,
        "decided_on": decided_on,
        "reason": reason,
    }
    _check_considered(protocol, cluster, values, on)
    lock_writers(session)
    earlier = _earlier(session, cluster, earlier_number, considered_on)
    made = Screening(
        number=_next_number(session),
        cluster_id=cluster.id,
        earlier_id=earlier.id if earlier else None,
        eligibility="not yet determined",
        **values,
    )
    session.add(made)
    session.flush()
    return made


def correct(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    *,
    considered_on: date,
    referral: str,
    decided_by: str,
    decided_on: date | None = None,
    reason: str | None = None,
    on: date,
) -> Screening:
    """Correct what was logged when somebody was considered; needs a reason."""
    values = {
        "considered_on": considered_on,
        "referral": referral,
        "decided_by": decided_by,
        "decided_on": decided_on,
        "reason": reason,
    }
    _check_considered(protocol, session.get_one(Cluster, screening.cluster_id), values, on)
    if referral == NOT_REFERRED and screening.approach is not None:
        raise Refused("The approach to this person is recorded, so they were referred.", "referral")
    not_before(
        screening.approached_on, considered_on, "considered_on",
        "The day of the approach", "the day on which the person was considered",
    )  # fmt: skip
    if screening.earlier_id is not None:
        earlier = session.get_one(Screening, screening.earlier_id)
        _check_after(earlier, considered_on)
    answered = min((one.answered_on for one in screening.criteria), default=None)
    if answered is not None and considered_on > answered:
        raise Refused(f"A criterion was answered on {words(answered)} already.", "considered_on")
    set_with_reason(session, screening, values)
    session.flush()
    return screening


def approach(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    *,
    approach: str,
    approached_on: date | None = None,
    reason: str | None = None,
    on: date,
) -> Screening:
    """Record that a person who was referred was approached, and when, or not, and why."""
    if screening.referral != REFERRED:
        raise Refused("This person was not referred: correct the referral first.")
    if approach == APPROACHED:
        _check_approached(session, screening, approached_on, on)
        reason = None
    else:
        _check_not_approached(protocol, screening, approach, reason)
        approached_on = None
    values = {
        "approach": approach,
        "approached_on": approached_on,
        "not_approached_reason": reason,
    }
    set_with_reason(session, screening, values)
    session.flush()
    return screening


def decline(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    *,
    declined_on: date,
    reason: str,
    on: date,
) -> Screening:
    """Record that a person who was approached declined, with the reason that they gave."""
    if screening.approach != APPROACHED:
        raise Refused("Record first that this person was approached.")
    if screening.outcome == CONSENTED:
        raise Refused("This person consented: void the consent, or withdraw the participant.")
    not_future(declined_on, on, "outcome_on", "The day of declining")
    not_before(
        declined_on, screening.approached_on, "outcome_on", "The day of declining", "the approach"
    )
    one_of(
        protocol.screening.declined_reasons, reason, "declined_reason",
        "Choose the reason that the person gave.",
    )  # fmt: skip
    values = {"outcome": DECLINED, "outcome_on": declined_on, "declined_reason": reason}
    set_with_reason(session, screening, values)
    session.flush()
    return screening


def take_back_decline(
    session: Session, protocol: Protocol, screening: Screening, *, on: date
) -> Screening:
    """Take back a decline, entered by mistake or thought over since; needs a reason."""
    if screening.outcome != DECLINED:
        raise Refused("This person has not declined.")
    need(session)
    screening.outcome = screening.outcome_on = screening.declined_reason = None
    session.flush()
    return screening


def numbered(session: Session, number: int) -> Screening:
    """The row of a screening number, if this person may see it."""
    found = session.scalar(select(Screening).where(Screening.number == number))
    if found is None:
        raise Refused("There is no screening row of this number.", "number")
    return found


def later_of(session: Session, screening: Screening) -> Screening | None:
    """The row of the same person's next referral, if there was one."""
    return session.scalar(select(Screening).where(Screening.earlier_id == screening.id))


def participant_of(session: Session, screening: Screening) -> Participant | None:
    """The participant whom this row led to, if it did."""
    return session.scalar(select(Participant).where(Participant.screening_id == screening.id))


def _next_number(session: Session) -> int:
    """The next number of the whole trial: counted past the door, which hides other clusters' rows."""
    session.flush()
    return (session.connection().scalar(select(func.max(Screening.number))) or 0) + 1


def _check_considered(
    protocol: Protocol, cluster: Cluster, values: Mapping[str, Any], on: date
) -> None:
    lists = protocol.screening
    _check_considered_on(protocol, cluster, values["considered_on"], on)
    if values["referral"] not in (REFERRED, NOT_REFERRED):
        raise Refused("Choose whether the person was referred.", "referral")
    one_of(lists.deciders, values["decided_by"], "decided_by", "Choose who decided on referral.")
    if values["referral"] == NOT_REFERRED:
        sentence = "Choose the reason that was stated for not referring."
        one_of(lists.not_referred_reasons, values["reason"], "not_referred_reason", sentence)
    elif values["reason"] is not None:
        raise Refused(
            "A reason is given only where a person was not referred.", "not_referred_reason"
        )
    decided = "The day of the decision"
    not_future(values["decided_on"], on, "decided_on", decided)
    not_before(
        values["decided_on"], values["considered_on"], "decided_on", decided,
        "the day on which the person was considered",
    )  # fmt: skip


def _check_considered_on(protocol: Protocol, cluster: Cluster, day: date, on: date) -> None:
    what = "The day on which the person was considered"
    not_future(day, on, "considered_on", what)
    name = name_of(protocol, cluster)
    if cluster.permission_on is None:
        raise Refused(f"{name} has not given permission yet: record that first.", "cluster")
    not_before(day, cluster.permission_on, "considered_on", what, f"the permission of {name}")
    if cluster.closed_on is not None and day > cluster.closed_on:
        raise Refused(
            f"{name} closed to recruitment on {words(cluster.closed_on)}.", "considered_on"
        )


def _earlier(
    session: Session, cluster: Cluster, number: int | None, considered_on: date
) -> Screening | None:
    if number is None:
        return None
    item = "earlier_number"
    wanted = select(Screening).where(Screening.number == number, Screening.cluster_id == cluster.id)
    found = session.scalar(wanted)
    if found is None:
        raise Refused(f"This cluster has no screening number {number}.", item)
    if participant_of(session, found) is not None:
        raise Refused(f"The person of screening number {number} takes part already.", item)
    later = later_of(session, found)
    if later is not None:
        raise Refused(
            f"Number {number} was followed by number {later.number}: enter the latest one.", item
        )
    _check_after(found, considered_on)
    return found


def _check_after(earlier: Screening, considered_on: date) -> None:
    not_before(
        considered_on, earlier.considered_on, "considered_on",
        "The day on which the person was considered", f"that of number {earlier.number}",
    )  # fmt: skip


def _check_approached(
    session: Session, screening: Screening, approached_on: date | None, on: date
) -> None:
    item, what = "approached_on", "The day of the approach"
    if approached_on is None:
        raise Refused("Enter the day on which the person was approached.", item)
    not_future(approached_on, on, item, what)
    considered = "the day on which the person was considered"
    not_before(approached_on, screening.considered_on, item, what, considered)
    if screening.outcome_on is not None and approached_on > screening.outcome_on:
        answer = words(screening.outcome_on)
        raise Refused(f"The person answered on {answer}: the approach came before.", item)
    informed = session.scalar(
        select(func.min(Consent.informed_on)).where(
            Consent.screening_id == screening.id, Consent.voided_on.is_(None)
        )
    )
    if informed is not None and approached_on > informed:
        raise Refused(
            f"The information sheet was given on {words(informed)}: the approach came before.", item
        )


def _check_not_approached(
    protocol: Protocol, screening: Screening, approach: str, reason: str | None
) -> None:
    if approach != NOT_APPROACHED:
        raise Refused("Choose whether the person was approached.", "approach")
    if screening.outcome is not None:
        raise Refused("This person gave an answer, so they were approached.", "approach")
    one_of(
        protocol.screening.not_approached_reasons, reason, "not_approached_reason",
        "Choose why the person was not approached.",
    )  # fmt: skip
