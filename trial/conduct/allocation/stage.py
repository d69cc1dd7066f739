"""Where the ceremony stands, and what the person who looks can do next."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.access import Act, allowed
from trial.conduct.allocation.plan import Plan, more_to_draw, plan
from trial.conduct.refused import Finding, Refused
from trial.protocol import Protocol
from trial.protocol.design import EarlierAllocation
from trial.records.actor import Actor
from trial.records.models import Allocation, Cluster


class Offer(StrEnum):
    """What a person can do about the allocation; the value is the end of the page's address."""

    FREEZE = "freeze"
    RECORD = "record"
    CONFIRM = "confirm"
    JOIN = "join"
    CODE = "code"
    ENTER = "enter"
    ABANDON = "abandon"
    REVEAL = "reveal"


@dataclass(frozen=True)
class Stage:
    """The standing ceremony as the door shows it, what is offered to this person, and what comes next."""

    made: Allocation | None
    offers: frozenset[Offer]
    says: str


@dataclass(frozen=True)
class Draw:
    """One draw that was made, its number counted from 1, as the door shows it to this person."""

    number: int
    made: Allocation
    certified: bool


@dataclass(frozen=True)
class Outlook:
    """What freezing would bring: a plan, or what is still missing for one."""

    plan: Plan | None
    missing: tuple[Finding, ...] = ()


def outlook(session: Session, protocol: Protocol) -> Outlook:
    """What would be frozen today, or what has to be done first."""
    try:
        return Outlook(plan(session, protocol))
    except Refused as refused:
        return Outlook(None, refused.findings)


def stage(session: Session, protocol: Protocol, actor: Actor) -> Stage:
    """Where the ceremony stands for one person: the one under way, or else the last."""
    standing = select(Allocation).where(Allocation.standing.is_not(None))
    made = session.scalars(standing.order_by(Allocation.standing.desc())).first()
    if made is not None and made.state == "drawn":
        return _after(session, protocol, made, actor)
    if protocol.allocation.earlier is not None:
        return _kept(protocol.allocation.earlier, made, actor)
    return _before(actor) if made is None else _during(session, made, actor)


def draws(session: Session, actor: Actor) -> list[Draw]:
    """The draws that were made, in their order."""
    drawn = select(Allocation).where(Allocation.state == "drawn").order_by(Allocation.standing)
    found = enumerate(session.scalars(drawn), start=1)
    return [Draw(number, made, certified(made, actor)) for number, made in found]


def waiting(session: Session, protocol: Protocol, actor: Actor) -> str | None:
    """What waits for this person in the ceremony, or None where it is not their turn."""
    found = stage(session, protocol, actor)
    turn = {Offer.CONFIRM, Offer.JOIN, Offer.CODE, Offer.ENTER}
    return found.says if found.offers & turn else None


def _kept(earlier: EarlierAllocation, made: Allocation | None, actor: Actor) -> Stage:
    """Where it stands with an allocation made elsewhere, until two people have recorded it."""
    says = f"This trial keeps the allocation of {earlier.source}."
    if made is None and allowed(actor, Act.RECORD_ALLOCATION):
        return Stage(
            None,
            frozenset({Offer.RECORD}),
            f"{says} Record the arm of each cluster from its source.",
        )
    if made is None:
        return Stage(None, frozenset(), f"{says} The trial manager records it.")
    if allowed(actor, Act.CONFIRM_ALLOCATION) and actor.id != made.first_account:
        return Stage(
            made,
            frozenset({Offer.CONFIRM}),
            f"{says} {made.first_name} recorded it. Record it from its source too, as its second"
            " person.",
        )
    may_end = {Offer.ABANDON} if allowed(actor, Act.ABANDON_ALLOCATION) else set()
    return Stage(
        made,
        frozenset(may_end),
        f"{says} {made.first_name} recorded it. An administrator records it too, without seeing what"
        " was recorded.",
    )


def _before(actor: Actor) -> Stage:
    if allowed(actor, Act.FREEZE_ALLOCATION):
        return Stage(
            None,
            frozenset({Offer.FREEZE}),
            "Nothing is frozen yet. When every cluster has given permission and is open, freeze the"
            " allocation.",
        )
    return Stage(
        None, frozenset(), "Nothing is frozen yet: the trial manager freezes the allocation."
    )


def _during(session: Session, made: Allocation, actor: Actor) -> Stage:
    offer, says = _turn(made, actor)
    offers = {offer} if offer else set()
    if allowed(actor, Act.ABANDON_ALLOCATION):
        offers.add(Offer.ABANDON)
    # The arms of the draws before can be revealed while the next one goes on.
    return Stage(made, frozenset(offers | _reveals(session, actor)), says)


def _reveals(session: Session, actor: Actor) -> set[Offer]:
    """The reveal, for who makes it, while an arm that was drawn is not revealed."""
    hidden = select(Cluster.id).where(
        Cluster.allocated_on.is_not(None), Cluster.revealed_on.is_(None)
    )
    may = allowed(actor, Act.REVEAL_ARM) and session.scalars(hidden).first() is not None
    return {Offer.REVEAL} if may else set()


def _turn(made: Allocation, actor: Actor) -> tuple[Offer | None, str]:
    """What one person can do in a ceremony that is under way, and in which words."""
    if made.second_account is None and _can_join(made, actor):
        return (
            Offer.JOIN,
            "The trial manager has frozen the allocation. Join it as its second person.",
        )
    if actor.id == made.first_account:
        return _holder(made, actor, made.first_commitment, made.second_name or "the second person")
    if actor.id == made.second_account:
        return _holder(made, actor, made.second_commitment, made.first_name)
    return None, _told_to_others(made)


def _can_join(made: Allocation, actor: Actor) -> bool:
    return allowed(actor, Act.JOIN_ALLOCATION) and actor.id != made.first_account


def _holder(
    made: Allocation, actor: Actor, own: str | None, other: str
) -> tuple[Offer | None, str]:
    if own is None:
        return Offer.CODE, "Receive your code. It is shown once, so have pen and paper ready."
    if made.sealed_by == actor.id:
        return None, f"Your code is in. The draw is made as soon as {other} enters theirs."
    if made.first_commitment is None or made.second_commitment is None:
        return None, f"You have your code. Wait until {other} has received theirs."
    if made.sealed_by is not None:
        return (
            Offer.ENTER,
            f"{other} has entered their code. Enter yours: the draw is made at once.",
        )
    return Offer.ENTER, "Both codes are out. Enter yours."


def _told_to_others(made: Allocation) -> str:
    if made.second_account is None:
        return "The allocation is frozen. Its second person, an administrator, joins next."
    return f"The allocation is between {made.first_name} and {made.second_name}. The draw is still to come."


def certified(made: Allocation, actor: Actor) -> bool:
    """Whether this person may print the certificate of a draw."""
    both = (made.first_account, made.second_account)
    drawn = made.state == "drawn" and allowed(actor, Act.PRINT_CERTIFICATE)
    return drawn and (actor.id in both or actor.sees_arm_of(None))


def _after(session: Session, protocol: Protocol, made: Allocation, actor: Actor) -> Stage:
    offers = set()
    allocated, next_one = "The clusters are allocated.", ""
    if more_to_draw(session, protocol):
        allocated = "The clusters of this draw are allocated."
        next_one = " The next draw is still to come: the trial manager freezes it."
        if allowed(actor, Act.FREEZE_ALLOCATION):
            offers.add(Offer.FREEZE)
            next_one = " Freeze the next draw when its clusters are ready."
    reveals = _reveals(session, actor)
    if reveals:
        allocated += " Reveal each arm when its cluster is told."
    return Stage(made, frozenset(offers | reveals), allocated + next_one)


@dataclass(frozen=True)
class Leg:
    """One step on the way of the ceremony: what, by whom, and whether it is done."""

    what: str
    who: str
    done: bool


def way(protocol: Protocol, made: Allocation | None) -> tuple[Leg, ...]:
    """The steps of the ceremony up to the draw, or until an allocation made elsewhere is kept."""
    if protocol.allocation.earlier is not None:
        drawn = made is not None and made.state == "drawn"
        return (
            Leg(
                "Record the allocation",
                made.first_name if made else "the trial manager",
                bool(made),
            ),
            Leg("Record it again", (made and made.second_name) or "the second person", drawn),
        )
    first = made.first_name if made else "the trial manager"
    second = (made.second_name if made else None) or "the second person"
    drawn = made is not None and made.state == "drawn"
    inside = {made.sealed_by} - {None} if made else set()
    return (
        Leg("Freeze the clusters and the numbered schemes", first, made is not None),
        Leg("Join as the second person", second, bool(made and made.second_account)),
        Leg("Receive a code", first, bool(made and made.first_commitment)),
        Leg("Receive another code", second, bool(made and made.second_commitment)),
        Leg("Enter that code", first, drawn or bool(made and made.first_account in inside)),
        Leg("Enter that code", second, drawn or bool(made and made.second_account in inside)),
        Leg("Draw", "at once, with the code that comes last", drawn),
    )
