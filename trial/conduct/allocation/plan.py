"""What would be frozen today: the clusters that take part, and the schemes that the protocol permits."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct.allocation.schemes import (
    MOST_SCHEMES,
    Restriction,
    Scheme,
    TooManySchemes,
    permitted,
    warnings,
)
from trial.conduct.dates import words
from trial.conduct.refused import Finding, Refused
from trial.protocol import Protocol
from trial.records.models import Cluster, Participant


@dataclass(frozen=True)
class Plan:
    """What would be frozen: the restriction, the permitted schemes, and what to know about them."""

    restriction: Restriction
    schemes: tuple[Scheme, ...]
    warnings: tuple[str, ...]


def plan(session: Session, protocol: Protocol) -> Plan:
    """The plan over all clusters that take part; raises ``Refused`` with all that is missing."""
    clusters = {cluster.key: cluster for cluster in session.scalars(select(Cluster))}
    enrolled = _enrolled(session)
    missing = [
        Finding(sentence)
        for planned in protocol.clusters
        if (sentence := _missing(clusters.get(planned.key), planned.name, protocol, enrolled))
    ]
    if missing:
        raise Refused.of(missing)
    taking_part = tuple(p.key for p in protocol.clusters if clusters[p.key].closed_on is None)
    _refuse_other_number(protocol, len(taking_part))
    restriction = _restriction(protocol, taking_part)
    schemes = _schemes(restriction)
    return Plan(restriction, schemes, tuple(warnings(restriction, schemes, names(protocol))))


def names(protocol: Protocol) -> dict[str, str]:
    """The protocol's name of each cluster by its key."""
    return {planned.key: planned.name for planned in protocol.clusters}


def _enrolled(session: Session) -> dict[int, int]:
    """How many participants each cluster has: counted past the door, which hides them from some."""
    wanted = select(Participant.cluster_id, func.count()).group_by(Participant.cluster_id)
    session.flush()
    return {cluster: number for cluster, number in session.connection().execute(wanted)}


def _missing(
    cluster: Cluster | None, name: str, protocol: Protocol, enrolled: dict[int, int]
) -> str | None:
    """What a cluster still needs before it can be allocated, in a sentence."""
    if cluster is None:
        return f"{name} is not a record of this trial yet: run `trial begin`."
    if cluster.closed_on is not None:
        return None
    if cluster.permission_on is None:
        return f"{name} has not given permission: record its permission, or close it."
    if protocol.allocation.after_opening and cluster.opened_on is None:
        return f"{name} is not open: open it first. It gave permission on {words(cluster.permission_on)}."
    least, there = protocol.allocation.least_enrolled, enrolled.get(cluster.id, 0)
    if there < least:
        return f"{name} has {there} of the {least} participants it needs before it is allocated."
    return None


def _refuse_other_number(protocol: Protocol, number: int) -> None:
    planned = sum(protocol.allocation.clusters_per_arm.values())
    if number != planned:
        raise Refused(
            f"The protocol shares {planned} clusters among the arms, and {number} take part. Amend"
            " the protocol's clusters and clusters_per_arm, then freeze the allocation."
        )


def _restriction(protocol: Protocol, clusters: tuple[str, ...]) -> Restriction:
    shares = protocol.allocation.clusters_per_arm
    return Restriction(
        clusters=tuple(sorted(clusters)),
        arms=tuple((arm.key, shares[arm.key]) for arm in protocol.arms),
        strata={
            stratum: {p.key: p.strata[stratum] for p in protocol.clusters if p.key in clusters}
            for stratum in protocol.allocation.balance
        },
    )


def _schemes(restriction: Restriction) -> tuple[Scheme, ...]:
    try:
        schemes = permitted(restriction)
    except TooManySchemes:
        raise Refused(
            f"The protocol permits more than {MOST_SCHEMES:,} schemes, too many to number and to print"
            " one by one. Balance the arms over more strata in the protocol."
        ) from None
    if not schemes:
        raise Refused(
            "No scheme fulfils the protocol's restriction. Change what it balances, or the number of"
            " clusters in each arm."
        )
    return schemes
