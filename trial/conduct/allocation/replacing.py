"""A reserve in the place, and the arm, of a cluster that closed after it was allocated.

Its arm is not drawn: it follows from the place. So the protocol has to say that it may happen, who does
it says why, and every report counts it apart.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import schedule, underway
from trial.conduct.access import Act, permit
from trial.conduct.allocation import kept
from trial.conduct.allocation.plan import missing, names
from trial.conduct.dates import not_before
from trial.conduct.reasons import need
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.design import ClusterPlan
from trial.records.database import lock_writers
from trial.records.models import Cluster


def places(session: Session, protocol: Protocol, reserve: Cluster) -> list[Cluster]:
    """The clusters whose place this one can take: allocated, closed, and of its draw and its strata.

    None where the protocol does not allow it, or where this is no reserve that is free.
    """
    free = reserve.allocated_on is None and reserve.closed_on is None
    allowed = protocol.allocation.replace_after_draw and reserve.key in protocol.reserves
    if not free or not allowed:
        return []
    taken = set(
        session.scalars(select(Cluster.replaces_id).where(Cluster.replaces_id.is_not(None)))
    )
    gone = select(Cluster).where(Cluster.allocated_on.is_not(None), Cluster.closed_on.is_not(None))
    own = _place(protocol, reserve.key)
    return [
        one
        for one in session.scalars(gone.order_by(Cluster.id))
        if one.id not in taken and _place(protocol, one.key) == own
    ]


def replace(
    session: Session, protocol: Protocol, reserve: Cluster, gone: Cluster, *, on: date
) -> Cluster:
    """Give a reserve the place and the arm of a cluster; the act's reason says why.

    Where that arm was revealed the reserve's is at once, else it is revealed as others are. Raises
    ``Refused`` where the place is not to be had, or the reserve lacks what a cluster needs for its draw.
    """
    draft = underway.draft(session)
    permit(draft.by, Act.REPLACE_CLUSTER)
    need(session)
    if gone not in places(session, protocol, reserve):
        raise Refused("This place cannot be taken: choose one of those that are offered.", "gone")
    lacks = missing(session, protocol, reserve)
    if lacks is not None:
        raise Refused(lacks)
    not_before(on, gone.closed_on, "gone", "The day on which its place is taken", "its last day")
    reserve.arm, reserve.allocated_on = kept.arms(session)[gone.key], on
    reserve.replaces_id = gone.id
    if gone.revealed_on is not None:
        reserve.revealed_on, reserve.revealed_at = on, draft.at
    lock_writers(session)  # who is being enrolled meanwhile has to have these visits too
    schedule.plan_allocated(session, protocol, [reserve.id])
    return reserve


def told(protocol: Protocol, cluster: Cluster, others: dict[int, Cluster]) -> str:
    """In whose place a cluster is, or which took its place; empty where neither."""
    named = names(protocol)
    if cluster.replaces_id in others:
        return f"Took the place of {named[others[cluster.replaces_id].key]}, and its arm."
    by = next((one for one in others.values() if one.replaces_id == cluster.id), None)
    return "" if by is None else f"Its place was taken by {named[by.key]}."


def _place(protocol: Protocol, key: str) -> tuple[object, ...]:
    """The draw of a cluster with the strata that the draw balances."""
    plan: ClusterPlan = next(one for one in protocol.clusters if one.key == key)
    return plan.draw, *(plan.strata[stratum] for stratum in protocol.allocation.balance)
