"""The random draw of employers for interview: the list and the seed's commitment first, then the draw.

Whoever has the seed can do the draw again with ``sha256sum``: docs/allocation.md, "Drawing employers".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random, SystemRandom

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.process.employers import drawing, refuse_before_reveal
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.conduct.underway import draft
from trial.records.identity import Unreadable, seal, unseal
from trial.records.models import Change, Draw, Employer

WHAT = "employers for interview"
SYSTEM_CHANCE = SystemRandom()
MOST = 1000


@dataclass(frozen=True)
class Step:
    """One step of doing a draw again, and whether it came out as recorded."""

    name: str
    ok: bool


@dataclass(frozen=True)
class Drawn:
    """What a draw comes to: those drawn, and behind them the others in the order of replacement."""

    first: tuple[int, ...]
    replacements: tuple[int, ...]


def commitment(seed: str, size: int, listed: Sequence[int]) -> str:
    """SHA-256 of ``seed|size|numbers``, the numbers of the list separated by spaces."""
    return _hashed(f"{seed}|{size}|{_spelled(listed)}")


def order(seed: str, listed: Sequence[int]) -> tuple[int, ...]:
    """The list in its drawn order: by the SHA-256 of ``seed|number``, the lowest first."""
    return tuple(sorted(listed, key=lambda number: _hashed(f"{seed}|{number}")))


def freeze(
    session: Session,
    *,
    size: int,
    key: bytes,
    chance: Random = SYSTEM_CHANCE,
) -> Draw:
    """Freeze the list of employers and commit to a random seed, which stays sealed until the draw.

    ``chance`` makes the seed; only tests and the demonstration give another than the system's. One
    draw at a time; a further one after the first needs a reason.
    """
    person = draft(session).by
    permit(person, Act.DRAW_EMPLOYERS)
    refuse_before_reveal(session)
    # Whoever comes second waits here for the first, and then sees the first one's draw.
    locked = select(Employer).order_by(Employer.number).with_for_update()
    rows = session.scalars(locked.execution_options(populate_existing=True)).all()
    listed = [one.number for one in rows if one.struck_on is None]
    if drawing(session) is not None:
        raise Refused("A draw is committed already: make it first.")
    if not 1 <= size <= len(listed):
        message = f"Draw from 1 to {len(listed)}: so many employers are on the register."
        raise Refused.of([Finding(message if listed else "List employers first.", "size")])
    if len(listed) > MOST:
        raise Refused(f"A draw is from at most {MOST} employers.")
    if draws(session):
        need(session)
    seed = f"{chance.getrandbits(256):064x}"
    bound = commitment(seed, size, listed)
    made = Draw(
        what=WHAT,
        size=size,
        listed=_spelled(listed),
        commitment=bound,
        sealed_seed=seal(key, seed, _about(bound)),
        committed_at=draft(session).at,
        unblinds=True,
    )
    session.add(made)
    session.flush()
    return made


def make(session: Session, made: Draw, *, key: bytes) -> Drawn:
    """Open the seed and draw; a draw is made once, whoever asks at the same moment."""
    permit(draft(session).by, Act.DRAW_EMPLOYERS)
    wanted = select(Draw).where(Draw.id == made.id).with_for_update()
    found = session.scalars(wanted.execution_options(populate_existing=True)).one()
    if found.drawn is not None:
        raise Refused("This draw has been made: it stands as it is.")
    try:
        seed = unseal(key, found.sealed_seed, _about(found.commitment))
    except Unreadable as fault:
        raise Refused(
            "The seed cannot be opened with this instance's key. Put back the key file."
        ) from fault
    listed = numbers(found.listed)
    if commitment(seed, found.size, listed) != found.commitment:
        raise Refused("The seed does not fit its commitment: nothing was drawn.")
    found.seed, found.drawn_at = seed, draft(session).at
    found.drawn = _spelled(order(seed, listed)[: found.size])
    session.flush()
    return drawn(found)


def draws(session: Session) -> list[Draw]:
    """Every draw, the oldest first."""
    return list(session.scalars(select(Draw).where(Draw.what == WHAT).order_by(Draw.id)))


def drawn(made: Draw) -> Drawn:
    """Those drawn and the replacements behind them, from the opened seed; empty before the draw."""
    if made.seed is None:
        return Drawn((), ())
    found = order(made.seed, numbers(made.listed))
    return Drawn(found[: made.size], found[made.size :])


def verify(session: Session, made: Draw) -> tuple[Step, ...]:
    """Do a draw again from its seed and its list, and compare every step with the records."""
    if made.seed is None or made.drawn is None:
        raise Refused("This draw has not been made yet: there is nothing to verify.")
    listed = numbers(made.listed)
    return (
        Step("Seed, size and list give the commitment", _fits(made, listed)),
        Step("The seed and the list give the employers on record", _same(made, listed)),
        Step(
            "The trail has the commitment before the seed, in another act", _in_order(session, made)
        ),
    )


def numbers(text: str) -> tuple[int, ...]:
    """Numbers kept as a text, read back."""
    return tuple(int(one) for one in text.split())


def _fits(made: Draw, listed: Sequence[int]) -> bool:
    return commitment(made.seed or "", made.size, listed) == made.commitment


def _same(made: Draw, listed: Sequence[int]) -> bool:
    return numbers(made.drawn or "") == order(made.seed or "", listed)[: made.size]


def _in_order(session: Session, made: Draw) -> bool:
    """Whether the list and the commitment came in one act, the seed in a later one, and none twice."""
    columns = select(Change.item, Change.act).where(
        Change.table == Draw.__tablename__, Change.row == made.id
    )
    acts: dict[str, list[int]] = {}
    for item, act in session.connection().execute(columns):
        acts.setdefault(item, []).append(act)
    first = [acts.get(item, []) for item in ("listed", "size", "commitment")]
    last = [acts.get(item, []) for item in ("seed", "drawn")]
    if any(len(one) != 1 for one in (*first, *last)):
        return False
    committed, opened = {one[0] for one in first}, {one[0] for one in last}
    return len(committed) == len(opened) == 1 and max(committed) < min(opened)


def _spelled(listed: Sequence[int]) -> str:
    return " ".join(str(number) for number in listed)


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _about(bound: str) -> str:
    return f"seed of the draw {bound}"
