"""What would be frozen today: the clusters that take part, and the schemes that the protocol permits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct.allocation import kept
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
from trial.protocol.design import DrawPlan, EarlierAllocation, drawn_in
from trial.records.models import Cluster, Participant

ALL_DRAWN = "The draw has been made: the clusters are allocated, once and for all."
KEPT = "This trial keeps an allocation made elsewhere: it is recorded by two people, not drawn."
TOO_MANY = (
    f"The protocol permits more than {MOST_SCHEMES:,} schemes, too many to number and to print"
    " one by one. Balance the arms over more strata in the protocol."
)
NONE_FULFILS = (
    "No scheme fulfils the protocol's restriction. Change what it balances, or the number of"
    " clusters in each arm."
)


@dataclass(frozen=True)
class Plan:
    """What would be frozen: the restriction, the permitted schemes, and what to know about them."""

    restriction: Restriction
    schemes: tuple[Scheme, ...]
    warnings: tuple[str, ...]


def plan(session: Session, protocol: Protocol) -> Plan:
    """The plan over the clusters of the next draw that take part.

    Raises ``Refused`` with all that is missing, and where every draw has been made.
    """
    if protocol.allocation.earlier is not None:
        raise Refused(KEPT)
    restriction = taking_part(session, protocol)
    schemes = _schemes(restriction)
    return Plan(restriction, schemes, tuple(warnings(restriction, schemes, names(protocol))))


def taking_part(session: Session, protocol: Protocol) -> Restriction:
    """The clusters of the next draw that take part, with what restricts it; raises as ``plan`` does."""
    draw = next_draw(session, protocol)
    clusters = {cluster.key: cluster for cluster in session.scalars(select(Cluster))}
    enrolled = _enrolled(session)
    members = [
        planned
        for planned in drawn_in(protocol.clusters, draw)
        if not (planned.reserve and _idle(clusters.get(planned.key)))
    ]
    lacks = [
        Finding(sentence)
        for planned in members
        if (sentence := _missing(clusters.get(planned.key), planned.name, protocol, enrolled))
    ]
    if lacks:
        raise Refused.of(lacks)
    there = tuple(p.key for p in members if clusters[p.key].closed_on is None)
    shares = protocol.allocation.shares(draw)
    _refuse_other_number(sum(shares.values()), len(there))
    already = _already(session, protocol) if protocol.allocation.minimise else {}
    return _restriction(protocol, shares, there, already)


def drawn_apart(protocol: Protocol) -> EarlierAllocation:
    """The allocation elsewhere that the trial keeps; refused where it draws its own."""
    if protocol.allocation.earlier is None:
        raise Refused("This trial draws its allocation: freeze it.")
    return protocol.allocation.earlier


def next_draw(session: Session, protocol: Protocol) -> DrawPlan | None:
    """The draw that comes next (None for the only one); raises ``Refused`` after the last."""
    planned, made = protocol.allocation.each_draw, len(kept.drawn(session))
    if made >= len(planned):
        raise Refused(ALL_DRAWN)
    return planned[made]


def more_to_draw(session: Session, protocol: Protocol) -> bool:
    """Whether the protocol plans a draw beyond those that have been made."""
    return len(kept.drawn(session)) < len(protocol.allocation.each_draw)


def _idle(cluster: Cluster | None) -> bool:
    """Whether a reserve has not been called upon: it has not given permission."""
    return cluster is None or cluster.permission_on is None


def _already(session: Session, protocol: Protocol) -> dict[str, str]:
    """The arms of the clusters drawn before, which the frozen text names: none may be hidden still."""
    allocated = select(Cluster).where(Cluster.allocated_on.is_not(None))
    hidden = [one for one in session.scalars(allocated) if one.revealed_on is None]
    if hidden:
        named = names(protocol)
        raise Refused(
            "The next draw minimises imbalance with the clusters drawn before, so that its text names"
            " their arms. First reveal those not revealed yet: "
            + ", ".join(named.get(one.key, one.key) for one in hidden)
            + "."
        )
    return {key: arm for key, arm in kept.arms(session).items() if arm is not None}


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


def missing(session: Session, protocol: Protocol, cluster: Cluster) -> str | None:
    """What a cluster still needs before it can be allocated, in a sentence; None if nothing."""
    name = names(protocol).get(cluster.key, cluster.key)
    return _missing(cluster, name, protocol, _enrolled(session))


def _refuse_other_number(planned: int, number: int) -> None:
    if number > planned:
        raise Refused(
            f"The protocol shares {planned} clusters among the arms, and {number} take part. Close"
            " what is not needed of them, then freeze the allocation."
        )
    if number < planned:
        raise Refused(
            f"The protocol shares {planned} clusters among the arms, and {number} take part. Open a"
            " reserve in place of each that is closed, or amend the protocol's clusters and"
            " clusters_per_arm; then freeze the allocation."
        )


def _restriction(
    protocol: Protocol,
    shares: Mapping[str, int],
    clusters: tuple[str, ...],
    already: Mapping[str, str],
) -> Restriction:
    def values(stratum: str, keys: Collection[str]) -> dict[str, str]:
        return {p.key: p.strata[stratum] for p in protocol.clusters if p.key in keys}

    rules = protocol.allocation
    over = rules.minimise.over if rules.minimise else ()
    return Restriction(
        clusters=tuple(sorted(clusters)),
        arms=tuple((arm.key, shares[arm.key]) for arm in protocol.arms),
        strata={stratum: values(stratum, clusters) for stratum in rules.balance},
        factors={stratum: values(stratum, {*clusters, *already}) for stratum in over},
        at_least=rules.minimise.at_least if rules.minimise else 1,
        already=already,
        earlier=rules.earlier.source if rules.earlier else "",
    )


def _schemes(restriction: Restriction) -> tuple[Scheme, ...]:
    try:
        schemes = permitted(restriction)
    except TooManySchemes:
        raise Refused(TOO_MANY) from None
    if not schemes:
        raise Refused(NONE_FULFILS)
    return schemes
