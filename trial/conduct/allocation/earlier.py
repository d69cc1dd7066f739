"""An allocation made elsewhere, kept: two people record it from its source, each without the other's.

There is no draw. What both recorded alike is frozen in the same text as a drawn allocation, with the trial
that it is from and one scheme, so that it is certified, verified and revealed as any other.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct import underway
from trial.conduct.access import Act, permit
from trial.conduct.allocation import ceremony, kept
from trial.conduct.allocation.ceremony import ALL_DRAWN, NONE_YET, UNDER_WAY
from trial.conduct.allocation.frozen import read
from trial.conduct.allocation.plan import drawn_apart, taking_part
from trial.conduct.allocation.schemes import Restriction, Scheme
from trial.conduct.dates import not_future
from trial.conduct.refused import Finding, Refused
from trial.protocol import Protocol
from trial.records.models import Allocation

DIFFERS = (
    "What you recorded is not what {name} recorded. Compare it with the source. If yours is right, the trial"
    " manager abandons this record and begins another. Nothing was recorded now."
)


def record(
    session: Session, protocol: Protocol, arms: Mapping[str, str], *, on: date
) -> Allocation:
    """Record the arm of every cluster that takes part, as its first person."""
    permit(underway.draft(session).by, Act.RECORD_ALLOCATION)
    not_future(drawn_apart(protocol).allocated_on, on, "arms", "The earlier allocation")
    _refuse_begun(session)
    restriction = taking_part(session, protocol)
    scheme = _scheme(restriction, arms)
    made = ceremony.begun(session, protocol, restriction, (scheme,))
    try:
        session.flush()
    except IntegrityError as fault:
        raise Refused(UNDER_WAY) from fault
    return made


def confirm(session: Session, protocol: Protocol, arms: Mapping[str, str]) -> Allocation:
    """Record them again as its second person; where both say the same, the clusters are allocated."""
    person = underway.draft(session).by
    permit(person, Act.CONFIRM_ALLOCATION)
    found = ceremony.locked(session)
    if found is None:
        raise Refused(NONE_YET)
    if found.state == "drawn":
        raise Refused(ALL_DRAWN)
    if found.first_account == person.id:
        raise Refused("You recorded this allocation: its second person must be somebody else.")
    text = read(next(one.frozen for one in kept.ceremonies(session) if one.id == found.id))
    if _scheme(text.restriction, arms) != text.schemes[0]:
        raise Refused(DIFFERS.format(name=found.first_name))
    found.second_account, found.second_name = person.id, person.name
    allocated_on = drawn_apart(protocol).allocated_on
    ceremony.allocate(session, protocol, found, text.arms(0), scheme=0, on=allocated_on)
    return found


def _refuse_begun(session: Session) -> None:
    found = ceremony.locked(session)
    if found is not None:
        raise Refused(ALL_DRAWN if found.state == "drawn" else UNDER_WAY)


def _scheme(restriction: Restriction, arms: Mapping[str, str]) -> Scheme:
    """What somebody recorded as a scheme; refused where a cluster lacks, or an arm has another number."""
    lacking = [key for key in restriction.clusters if not arms.get(key)]
    if lacking:
        raise Refused.of(
            [Finding("Choose the arm of this cluster.", f"arm-{key}") for key in lacking]
        )
    of = {
        arm: tuple(key for key in sorted(restriction.clusters) if arms[key] == arm)
        for arm, _ in restriction.arms
    }
    wrong = [
        (arm, len(of[arm]), number) for arm, number in restriction.arms if len(of[arm]) != number
    ]
    if wrong:
        told = "; ".join(f"{arm} {there} of {number}" for arm, there, number in wrong)
        raise Refused(
            f"The protocol gives each arm a number of clusters, and yours are others: {told}. Correct"
            " what you chose, or amend the protocol's clusters_per_arm."
        )
    return tuple(of[arm] for arm, _ in restriction.arms[:-1])
