"""The ceremony: the trial manager freezes, a second person joins, both commit, and the draw is made.

Every function runs inside an act and takes who acts, and when, from it. An act that is refused leaves
nothing behind, a wrong code included.
"""

from collections.abc import Mapping
from datetime import date
from random import Random

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct import schedule, underway
from trial.conduct.access import Act, permit
from trial.conduct.allocation import frozen, kept
from trial.conduct.allocation.frozen import SYSTEM_CHANCE, Frozen, commitment, hashed, new_code
from trial.conduct.allocation.plan import ALL_DRAWN, KEPT, names, plan
from trial.conduct.allocation.schemes import Restriction, Scheme
from trial.conduct.dates import words
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.database import lock_writers
from trial.records.identity import Unreadable, seal, unseal
from trial.records.models import Allocation, Cluster

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NONE_YET = "No allocation is frozen: the trial manager freezes one first."
UNDER_WAY = (
    "An allocation is frozen already. Finish it, or abandon it with a reason, then freeze another."
)


def freeze(session: Session, protocol: Protocol, *, chance: Random = SYSTEM_CHANCE) -> Allocation:
    """Freeze the clusters, the restriction and the numbered schemes, and begin a ceremony.

    ``chance`` draws the letters and numbers that blinded people see; only tests and the demonstration
    give another than the system's.
    """
    _person(session, Act.FREEZE_ALLOCATION)
    draw = _refuse_second_ceremony(session)
    planned = plan(session, protocol)
    made = begun(
        session, protocol, planned.restriction, planned.schemes, planned.warnings, draw, chance
    )
    try:
        session.flush()
    except IntegrityError as fault:
        raise Refused(UNDER_WAY) from fault
    return made


def begun(
    session: Session,
    protocol: Protocol,
    restriction: Restriction,
    schemes: tuple[Scheme, ...],
    warnings: tuple[str, ...] = (),
    draw: int = 1,
    chance: Random = SYSTEM_CHANCE,
) -> Allocation:
    """A ceremony whose first person is who acts, with its frozen text; not yet flushed."""
    draft = underway.draft(session)
    number = len(kept.ceremonies(session)) + 1
    text = Frozen(
        trial=protocol.key,
        version=protocol.version,
        fingerprint=protocol.sha256,
        ceremony=number,
        frozen_at=frozen.instant(draft.at),
        restriction=restriction,
        schemes=schemes,
    ).text
    made = Allocation(
        state="frozen",
        standing=draw,
        frozen_at=draft.at,
        frozen=text,
        frozen_hash=hashed(text),
        schemes=len(schemes),
        first_account=draft.by.id,
        first_name=draft.by.name,
        masks=_masks(protocol, kept.masks(session), chance),
        warnings=list(warnings),
    )
    session.add(made)
    return made


def join(session: Session) -> Allocation:
    """Join the ceremony as its second person, an administrator outside the trial team."""
    person = _person(session, Act.JOIN_ALLOCATION)
    found = _to_draw(session)
    if found.first_account == person.id:
        raise Refused("You froze this allocation: its second person must be somebody else.")
    if found.second_account is not None:
        raise Refused(
            f"{found.second_name} has joined this allocation as its second person already."
        )
    found.second_account, found.second_name = person.id, person.name
    return found


def commit(session: Session, *, chance: Random = SYSTEM_CHANCE) -> str:
    """Give whoever acts their random code, and keep only the commitment to it.

    The code is returned once and stored nowhere; ``chance`` as for ``freeze``.
    """
    person = _person(session, Act.COMMIT_CODE)
    found = _to_draw(session)
    which = _place(found, person)
    if getattr(found, f"{which}_commitment") is not None:
        raise Refused(
            "You have received your code. It is kept nowhere, so it cannot be shown again: if it is"
            " lost, this allocation has to be abandoned."
        )
    code = new_code(chance)
    setattr(found, f"{which}_commitment", commitment(found.frozen_hash, person.id, code))
    return code


def reveal_code(session: Session, protocol: Protocol, code: str, *, key: bytes, on: date) -> bool:
    """Take the code of whoever acts; with the second one the draw is made in this same act.

    The first code stays sealed under ``key`` until then. Gives True where the draw was made.
    """
    person = _person(session, Act.REVEAL_CODE)
    found = _to_draw(session)
    which = _place(found, person)
    if found.first_commitment is None or found.second_commitment is None:
        raise Refused("Both people must have received their codes before the first one is entered.")
    if found.sealed_by == person.id:
        raise Refused("Your code is in. The draw is made when the other person enters theirs.")
    given = _checked(found, which, person.id, code)
    if found.sealed_code is None:
        found.sealed_code = seal(key, given, _about(found, person.id))
        found.sealed_by = person.id
        return False
    other = "second" if which == "first" else "first"
    codes = {which: given, other: _unsealed(found, other, key)}
    _draw(session, protocol, found, codes, on)
    return True


def abandon(session: Session) -> Allocation:
    """End a ceremony without a draw; the act's reason stands in every later certificate and report."""
    _person(session, Act.ABANDON_ALLOCATION)
    draft = underway.draft(session)
    found = _under_way(session)
    if not draft.reason:
        raise Refused("Say why this allocation is abandoned.", "reason")
    found.state, found.standing = "abandoned", None
    found.abandoned_at, found.abandoned_reason = draft.at, draft.reason
    found.sealed_code = None
    return found


def locked(session: Session) -> Allocation | None:
    """The last standing ceremony as it is now: who came first has finished, others wait their turn."""
    standing = select(Allocation).where(Allocation.standing.is_not(None))
    wanted = standing.order_by(Allocation.standing).with_for_update()
    rows = session.scalars(wanted.execution_options(populate_existing=True)).all()
    return rows[-1] if rows else None


def tidy(code: str) -> str:
    """A code as it was given, whichever way it was typed: without spaces and hyphens, in small letters."""
    return "".join(code.split()).replace("-", "").lower()


def _person(session: Session, act: Act) -> Actor:
    person = underway.draft(session).by
    permit(person, act)
    return person


def _refuse_second_ceremony(session: Session) -> int:
    """The number of the draw that comes next, where none is under way."""
    found = locked(session)
    if found is None:
        return 1
    if found.state != "drawn":
        raise Refused(UNDER_WAY)
    return len(kept.drawn(session)) + 1


def _under_way(session: Session) -> Allocation:
    found = locked(session)
    if found is None:
        raise Refused(NONE_YET)
    if found.state == "drawn":
        raise Refused(ALL_DRAWN)
    return found


def _to_draw(session: Session) -> Allocation:
    """The ceremony under way, where it ends with a draw."""
    found = _under_way(session)
    text = next(one.frozen for one in kept.ceremonies(session) if one.id == found.id)
    if frozen.read(text).restriction.earlier:
        raise Refused(KEPT)
    return found


def _place(found: Allocation, person: Actor) -> str:
    """Whether someone is the first or the second person of a ceremony."""
    if person.id == found.first_account:
        return "first"
    if person.id == found.second_account:
        return "second"
    if found.second_account is None:
        raise Refused("Join this allocation as its second person first.")
    raise Refused(
        f"This allocation is between {found.first_name} and {found.second_name}: only they have codes."
    )


def _checked(found: Allocation, which: str, account: int, code: str) -> str:
    given = tidy(code)
    kept_commitment = getattr(found, f"{which}_commitment")
    if commitment(found.frozen_hash, account, given) != kept_commitment:
        length = len(given)
        raise Refused(
            f"This is not the code that you received. A code has {frozen.CODE_LENGTH} characters, 0 to"
            f" 9 and a to f; you entered {length}. Nothing was recorded: try again.",
            "code",
        )
    return given


def _about(found: Allocation, account: int) -> str:
    return f"code of account {account} for {found.frozen_hash}"


def _unsealed(found: Allocation, which: str, key: bytes) -> str:
    """The code that came first, opened and checked again against its commitment."""
    account = found.first_account if which == "first" else found.second_account
    try:
        code = unseal(key, found.sealed_code or "", _about(found, account or 0))
    except Unreadable as fault:
        raise Refused(
            "The code that was entered first cannot be opened with this instance's key. Put back the"
            " key file, or abandon this allocation."
        ) from fault
    return _checked(found, which, account or 0, code)


def _draw(
    session: Session, protocol: Protocol, found: Allocation, codes: dict[str, str], on: date
) -> None:
    """Compute the scheme, and give every frozen cluster its arm."""
    frozen_now = next(one for one in kept.ceremonies(session) if one.id == found.id)
    text = frozen.read(frozen_now.frozen)
    number = frozen.drawn(found.frozen_hash, codes["first"], codes["second"], len(text.schemes))
    found.first_code, found.second_code = codes["first"], codes["second"]
    allocate(session, protocol, found, text.arms(number), scheme=number, on=on)


def allocate(
    session: Session,
    protocol: Protocol,
    found: Allocation,
    arms: Mapping[str, str],
    *,
    scheme: int,
    on: date,
) -> None:
    """Give every cluster of a ceremony its arm, and end it."""
    found.scheme, found.state, found.sealed_code = scheme, "drawn", None
    found.drawn_at = underway.draft(session).at
    wanted = select(Cluster).where(Cluster.key.in_(arms)).with_for_update()
    allocated = []
    for cluster in session.scalars(wanted.execution_options(populate_existing=True)):
        _refuse_closed(cluster, protocol)
        cluster.arm, cluster.allocated_on = arms[cluster.key], on
        allocated.append(cluster.id)
    lock_writers(session)  # who is being enrolled meanwhile has to have these visits too
    schedule.plan_allocated(session, protocol, allocated)


def _refuse_closed(cluster: Cluster, protocol: Protocol) -> None:
    if cluster.closed_on is not None:
        name = names(protocol).get(cluster.key, cluster.key)
        raise Refused(
            f"{name} closed on {words(cluster.closed_on)}, after the allocation was frozen."
            " Abandon it and freeze another without this cluster."
        )


def _masks(protocol: Protocol, known: Mapping[str, str], chance: Random) -> dict[str, str]:
    """The letter of each arm and the number of each cluster, drawn at random where not ``known``."""
    arms = [f"arm.{arm.key}" for arm in protocol.arms]
    keys = [f"cluster.{planned.key}" for planned in protocol.clusters]
    clusters = [key for key in keys if key not in known]
    free = [n for n in range(1, len(keys) + 1) if str(n) not in known.values()]
    letters = chance.sample(LETTERS[: len(arms)], len(arms))
    numbers = chance.sample(free, len(clusters))
    return {
        **dict(zip(arms, letters, strict=True)),
        **{key: str(number) for key, number in zip(clusters, numbers, strict=True)},
        **known,
    }
