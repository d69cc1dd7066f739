"""Beginning a trial: its clusters become records."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.models import Cluster


def begin(session: Session, protocol: Protocol) -> list[Cluster]:
    """Make a record for every cluster of the protocol that has none yet."""
    there = set(session.scalars(select(Cluster.key)))
    made = [Cluster(key=plan.key) for plan in protocol.clusters if plan.key not in there]
    session.add_all(made)
    session.flush()
    return made


def cluster_of(session: Session, key: str) -> Cluster:
    """The cluster of a key, if this person may see it."""
    found = session.scalar(select(Cluster).where(Cluster.key == key))
    if found is None:
        raise Refused("There is no such cluster.")
    return found
