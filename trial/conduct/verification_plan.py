"""Whose values are compared with their source: the sample, drawn so that anybody can draw it again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.verification import Risk, VerificationPlan
from trial.records.models import Participant, ProtocolVersion

DRAWN_FROM = 2**64


@dataclass(frozen=True)
class Sample:
    """The participants drawn, and the first of each cluster, by their rows."""

    drawn: frozenset[int]
    first: frozenset[int]

    def reaches(self, participant: int, risk: Risk) -> bool:
        """Whether what has a risk is verified of a participant."""
        if risk == "high" or participant in self.first:
            return True
        return risk == "medium" and participant in self.drawn


def drawn_as(sha256: str, number: str) -> float:
    """The number from 0 to 1 that a participant draws.

    It is the first 16 hexadecimal digits of SHA-256 over the protocol's fingerprint, a colon and the
    study number, as a share of 16^16: ``printf '%s:%s' F N | sha256sum``. Who draws less than the
    protocol's share is in the sample.
    """
    return int(hashlib.sha256(f"{sha256}:{number}".encode()).hexdigest()[:16], 16) / DRAWN_FROM


def sample(session: Session, protocol: Protocol) -> Sample:
    """The sample among the participants that this reader sees.

    Each draws under the version of the protocol that they were enrolled under, so that an amendment
    draws nobody anew.
    """
    plan = protocol.verification
    if plan is None:
        return Sample(frozenset(), frozenset())
    versions = _versions(session)
    drawn, first, counted = set(), set(), dict[int, int]()
    columns = (
        Participant.id, Participant.number, Participant.cluster_id, Participant.protocol_version,
    )  # fmt: skip
    wanted = select(*columns).order_by(Participant.enrolled_on, Participant.id)
    for row, number, cluster, version in session.execute(wanted):
        counted[cluster] = counted.get(cluster, 0) + 1
        if counted[cluster] <= plan.first:
            first.add(row)
        if drawn_as(versions.get(version, protocol.sha256), number) < plan.share:
            drawn.add(row)
    return Sample(frozenset(drawn), frozenset(first))


def items_of(
    plan: VerificationPlan | None, form: FormPlan, of: Sample, participant: int
) -> frozenset[str] | None:
    """The questions of a form that are verified of a participant; None for all of them."""
    if plan is not None and of.reaches(participant, plan.risk_of_form(form.key)):
        return None
    return frozenset(form.verified)


def _versions(session: Session) -> Mapping[str, str]:
    rows = session.execute(select(ProtocolVersion.number, ProtocolVersion.sha256)).all()
    return {row.number: row.sha256 for row in rows}
