"""Revealing the arm, cluster by cluster, after the draw."""

from datetime import date

from sqlalchemy.orm import Session

from trial.conduct import underway
from trial.conduct.access import Act, permit
from trial.conduct.dates import not_before, words
from trial.conduct.refused import Refused
from trial.records.models import Cluster


def reveal(session: Session, cluster: Cluster, *, on: date) -> None:
    """Reveal the arm of one cluster to everyone who is not blinded."""
    draft = underway.draft(session)
    permit(draft.by, Act.REVEAL_ARM)
    if cluster.allocated_on is None:
        raise Refused("This cluster is not allocated yet: its arm is drawn first.")
    if cluster.revealed_on is not None:
        raise Refused(f"The arm of this cluster was revealed on {words(cluster.revealed_on)}.")
    not_before(on, cluster.allocated_on, "on", "The reveal", "the allocation")
    cluster.revealed_on, cluster.revealed_at = on, draft.at
