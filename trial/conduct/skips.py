"""A cluster that skips a visit: nobody in it is expected there, until that is taken back."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct import schedule, visits
from trial.conduct.access import Act, permit
from trial.conduct.coded import label, one_of
from trial.conduct.dates import words
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.conduct.values import codes_of
from trial.protocol import Protocol
from trial.protocol.visits import VisitPlan
from trial.records.door import past_the_door
from trial.records.models import Cluster, Participant, SkippedVisit, Visit


def open_to(session: Session, protocol: Protocol, cluster: Cluster) -> list[VisitPlan]:
    """The visits that a cluster can skip and does not skip yet."""
    skips = schedule.set_apart(session).skips
    return [
        plan
        for plan in protocol.visits
        if plan.skipped_reasons and (cluster.id, plan.key) not in skips
    ]


def skip(
    session: Session,
    protocol: Protocol,
    cluster: Cluster,
    *,
    visit: str,
    reason: str,
    note: str | None = None,
    on: date,
) -> SkippedVisit:
    """Record that a cluster skips a visit: of whom it is still expected, it is not needed from now on.

    What was recorded as done or missed stays. Whoever is planned the visit later does not need it.
    """
    permit(draft(session).by, Act.SKIP_VISIT)
    found = [one for one in open_to(session, protocol, cluster) if one.key == visit]
    if not found:
        raise Refused("Choose a visit that the cluster can skip.", "visit")
    one_of(found[0].skipped_reasons, reason, "why", "Choose why the cluster skips this visit.")
    made = SkippedVisit(
        cluster_id=cluster.id, plan=visit, reason=reason, note=(note or "").strip() or None,
        recorded_on=on,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as fault:
        raise Refused("Somebody recorded this skip at the same moment.") from fault
    apart = schedule.set_apart(session)
    for planned, person in _open_visits(session, made):
        schedule.expect(planned, apart)
        visits.settle(session, person, planned, on)
    session.flush()
    return made


def take_back(session: Session, skipped: SkippedVisit, *, on: date) -> SkippedVisit:
    """Take back that a cluster skips a visit: it falls due again as it would have."""
    permit(draft(session).by, Act.TAKE_BACK_SKIP)
    need(session)
    if skipped.taken_back_on is not None:
        raise Refused(f"This was taken back on {words(skipped.taken_back_on)}.")
    skipped.taken_back_on = on
    apart = schedule.set_apart(session)
    for planned, _ in _open_visits(session, skipped):
        schedule.expect(planned, apart)
    session.flush()
    return skipped


def listed(session: Session, cluster: Cluster) -> list[SkippedVisit]:
    """What a cluster skips or skipped, the newest first, as the door lets this person see it."""
    wanted = select(SkippedVisit).where(SkippedVisit.cluster_id == cluster.id)
    return list(session.scalars(wanted.order_by(SkippedVisit.id.desc())))


def _open_visits(session: Session, skipped: SkippedVisit) -> list[tuple[Visit, Participant]]:
    """The visits that are expected or skipped, of everyone in the cluster, each with its participant."""
    wanted = (
        select(Visit, Participant)
        .join(Participant, Participant.id == Visit.participant_id)
        .where(Visit.cluster_id == skipped.cluster_id, Visit.plan == skipped.plan, schedule.OPEN)
        .order_by(Visit.id)
    )
    with past_the_door(session):
        return [(visit, person) for visit, person in session.execute(wanted)]


def reason_label(protocol: Protocol, skipped: SkippedVisit) -> str:
    """Why a cluster skips a visit, in the protocol's words."""
    return label(codes_of(protocol, SkippedVisit.__tablename__, "reason"), skipped.reason)
