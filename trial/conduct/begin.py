"""Beginning a trial: its clusters become records, and its protocol is kept."""

import base64
import json
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol import Kept, Protocol
from trial.records.models import Cluster, ProtocolVersion


def begin(session: Session, protocol: Protocol) -> list[Cluster]:
    """Make a record for every cluster of the protocol that has none yet."""
    there = set(session.scalars(select(Cluster.key)))
    made = [Cluster(key=plan.key) for plan in protocol.clusters if plan.key not in there]
    session.add_all(made)
    session.flush()
    return made


def keep(session: Session, protocol: Protocol, kept: Kept, on: date) -> ProtocolVersion:
    """Keep a version of the protocol whole, so that what is entered under it stays readable."""
    files = {name: base64.b64encode(content).decode() for name, content in kept.files.items()}
    made = ProtocolVersion(
        number=protocol.version,
        sha256=protocol.sha256,
        files=json.dumps({"folder": kept.folder, "files": files}),
        adopted_on=on,
        adopted_by=draft(session).by.id,
    )
    session.add(made)
    session.flush()
    return made


def any_kept(session: Session) -> bool:
    """Whether a version of the protocol is kept already."""
    return session.scalar(select(ProtocolVersion.id).limit(1)) is not None


def cluster_of(session: Session, key: str) -> Cluster:
    """The cluster of a key, if this person may see it."""
    found = session.scalar(select(Cluster).where(Cluster.key == key))
    if found is None:
        raise Refused("There is no such cluster.")
    return found
