"""Who sees to a visit: assigned to a member of the team, many at once."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.refused import Refused
from trial.conduct.visits import EXPECTED
from trial.records.models import Visit


class Assignee(NamedTuple):
    """A member of the team who can record visits; ``clusters`` None sees all of them."""

    id: int
    name: str
    clusters: frozenset[int] | None


def assign(session: Session, visits: Collection[int], to: Assignee | None) -> int:
    """Assign visits that are expected to somebody, or to nobody; how many changed hands."""
    if not visits:
        raise Refused("Choose at least one visit.", "visits")
    wanted = select(Visit).where(Visit.id.in_(sorted(visits)), Visit.state == EXPECTED)
    found = session.scalars(wanted.order_by(Visit.id)).all()
    if len(found) != len(set(visits)):
        raise Refused("Some of these visits are no longer expected: choose again.", "visits")
    if to is not None and to.clusters is not None:
        beyond = sum(visit.cluster_id not in to.clusters for visit in found)
        if beyond:
            raise Refused(
                f"{to.name} does not see the clusters of {beyond} of these visits: "
                "choose somebody else, or fewer visits.",
                "to",
            )
    changed = [one for one in found if one.assigned_to != (to.id if to else None)]
    for visit in changed:
        visit.assigned_to, visit.assigned_name = (to.id, to.name) if to else (None, None)
    session.flush()
    return len(changed)
