"""Verifying an allocation: every step of the draw done again, from the frozen text to the arms."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.allocation import frozen, kept
from trial.conduct.allocation.frozen import Frozen, NotFrozenText
from trial.conduct.allocation.kept import Ceremony
from trial.conduct.allocation.proof import Proof, proof
from trial.conduct.allocation.schemes import TooManySchemes, permitted
from trial.records.models import Change


@dataclass(frozen=True)
class Step:
    """One step of the verification; what it says tells no arm."""

    name: str
    ok: bool


@dataclass(frozen=True)
class Verification:
    """What doing the draw again showed."""

    steps: tuple[Step, ...]

    @property
    def verified(self) -> bool:
        """Whether every step came out as recorded."""
        return all(step.ok for step in self.steps)

    @property
    def word(self) -> str:
        """The whole of it in a word, which is all that blinded people see."""
        return "verified" if self.verified else "not verified"


def verify(session: Session, number: int | None = None) -> Verification:
    """Verify the draw of a number, from 1 (None: the last); raises ``Refused`` before it."""
    proved = proof(session, number)
    steps = (*redone(proved).steps, _recorded_in_order(session, proved.ceremony))
    return Verification((*steps, *_places(session)))


def _places(session: Session) -> Iterator[Step]:
    """Whether whoever took a place after the draw has its arm; nothing to say where nobody did."""
    places, arms = kept.places(session), kept.arms(session)
    if places:
        ok = all(
            arms[taken] is not None and arms[taken] == arms[gone] for taken, gone in places.items()
        )
        yield Step("Each cluster that took a place after the draw has the arm of that place", ok)


def redone(proved: Proof) -> Verification:
    """Do the draw again from its proof alone; of an allocation kept from elsewhere, compare it."""
    made = proved.ceremony
    text = _read(made)
    if text is not None and text.restriction.earlier:
        return _compared(proved, text)
    return Verification(
        (
            Step("The SHA-256 of the frozen text is F", _hash_holds(made)),
            Step(
                "The numbered schemes are those that the restriction permits", _schemes_hold(made)
            ),
            Step("The first code fits its commitment", _fits(made, "first")),
            Step("The second code fits its commitment", _fits(made, "second")),
            Step(
                "The two codes are those of two people", made.first_account != made.second_account
            ),
            Step("F and the two codes give the number of the scheme", _number_holds(made)),
            Step("The scheme gives every cluster the arm on record", _arms_hold(proved)),
        )
    )


def _compared(proved: Proof, text: Frozen) -> Verification:
    """What can be done again of an allocation that was recorded twice and not drawn."""
    made = proved.ceremony
    people = made.second_account is not None and made.first_account != made.second_account
    return Verification(
        (
            Step("The SHA-256 of the frozen text is F", _hash_holds(made)),
            Step("It holds one allocation, with the protocol's numbers", _one_of_numbers(text)),
            Step("Two people recorded it", people),
            Step("It gives every cluster the arm on record", _arms_hold(proved)),
        )
    )


def _one_of_numbers(text: Frozen) -> bool:
    there = Counter(text.arms(0).values())
    return len(text.schemes) == 1 and there == Counter(dict(text.restriction.arms))


def _hash_holds(made: Ceremony) -> bool:
    return frozen.hashed(made.frozen) == made.frozen_hash


def _read(made: Ceremony) -> Frozen | None:
    try:
        found = frozen.read(made.frozen)
    except NotFrozenText:
        return None
    return found if found.schemes else None


def _schemes_hold(made: Ceremony) -> bool:
    found = _read(made)
    if found is None or made.schemes != len(found.schemes):
        return False
    try:
        return permitted(found.restriction) == found.schemes
    except TooManySchemes:
        return False


def _fits(made: Ceremony, which: str) -> bool:
    account, code, committed = (
        getattr(made, f"{which}_{part}") for part in ("account", "code", "commitment")
    )
    if account is None or code is None:
        return False
    return frozen.commitment(made.frozen_hash, account, code) == committed


def _number_holds(made: Ceremony) -> bool:
    if not (made.first_code and made.second_code and made.schemes):
        return False
    number = frozen.drawn(made.frozen_hash, made.first_code, made.second_code, made.schemes)
    return number == made.scheme


def _arms_hold(proved: Proof) -> bool:
    found, number = _read(proved.ceremony), proved.ceremony.scheme
    if found is None or number is None or not 0 <= number < len(found.schemes):
        return False
    recorded = {cluster: arm for cluster, arm in proved.arms.items() if arm is not None}
    return found.arms(number) == recorded


def _recorded_in_order(session: Session, made: Ceremony) -> Step:
    """Whether the trail has the freezing first, then the commitments, then the codes in one act."""
    acts = dict(_acts_of(session, made.id))
    if made.first_code is None:
        first, last = (acts.get(item) for item in ("frozen_hash", "scheme"))
        ok = first is not None and last is not None and first < last
        return Step("The trail has the first person's record first, then the second's", ok)
    committed = [acts.get(item) for item in ("first_commitment", "second_commitment")]
    drawing = {acts.get(item) for item in ("first_code", "second_code", "scheme")}
    ok = False
    if None not in (acts.get("frozen_hash"), *committed, *drawing) and len(drawing) == 1:
        last = drawing.pop()
        ok = all(acts["frozen_hash"] < act < last for act in committed if act and last)
    return Step("The trail has the freezing first, then both commitments, then the codes", ok)


def _acts_of(session: Session, row: int) -> Iterator[tuple[str, int]]:
    """The act that first set each item of a ceremony."""
    columns = select(Change.item, Change.act).where(Change.table == "allocation", Change.row == row)
    seen: set[str] = set()
    for item, act in session.connection().execute(columns.order_by(Change.act, Change.seq)):
        if item not in seen:
            seen.add(item)
            yield item, act
