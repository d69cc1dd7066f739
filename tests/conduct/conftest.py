"""A trial in which one cluster is open, for the tests of what is done in it."""

import pytest
from sqlalchemy.orm import Session

from tests.conduct.recruiting import Recruiting
from trial.protocol import Protocol
from trial.records.models import Cluster, Screening


@pytest.fixture
def play(session: Session, protocol: Protocol) -> Recruiting:
    """The acts of recruitment."""
    return Recruiting(session, protocol)


@pytest.fixture
def cluster(play: Recruiting, clusters: dict[str, Cluster]) -> Cluster:
    """An open cluster."""
    return play.open(clusters["city-forensic"])


@pytest.fixture
def row(play: Recruiting, cluster: Cluster) -> Screening:
    """Somebody who is eligible and was approached."""
    return play.ready(cluster)
