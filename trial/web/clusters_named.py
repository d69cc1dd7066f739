"""The names of the clusters that whoever asks may see."""

from sqlalchemy import select

from trial.records.models import Cluster
from trial.web import here


def names() -> dict[int, str]:
    """The protocol's name of each cluster, by its number; in the protocol's order."""
    rows = here.session().execute(select(Cluster.id, Cluster.key)).all()
    numbers = {row.key: row.id for row in rows}
    planned = here.protocol().clusters
    return {numbers[plan.key]: plan.name for plan in planned if plan.key in numbers}
