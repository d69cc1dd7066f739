"""The proof of an allocation: everything that anyone needs to redo the draw, as one value."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from trial.conduct.allocation import frozen, kept
from trial.conduct.allocation.frozen import NotFrozenText
from trial.conduct.allocation.kept import Abandoned, Ceremony
from trial.conduct.refused import Refused
from trial.records.actor import Actor
from trial.records.canonical import plain

NOT_DRAWN = "There is no certificate yet: the draw has not been made."


@dataclass(frozen=True)
class Proof:
    """A drawn ceremony, the arm that the records give each cluster, and the ceremonies abandoned."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=False)

    ceremony: Ceremony
    arms: dict[str, str | None]
    abandoned: tuple[Abandoned, ...]


def proof(session: Session, number: int | None = None) -> Proof:
    """The proof of the draw of a number, from 1 (None: the last), as the records hold it.

    Its arms are those of every cluster that no other draw had, and that took no other's place. Raises
    ``Refused`` before that draw.
    """
    draws = kept.drawn(session)
    place = len(draws) if number is None else number
    if not 1 <= place <= len(draws):
        raise Refused(NOT_DRAWN)
    made = draws[place - 1]
    others = {key for one in draws if one is not made for key in _clusters(one)}
    others |= kept.places(session).keys()
    arms = {key: arm for key, arm in kept.arms(session).items() if key not in others}
    return Proof(made, arms, tuple(kept.abandoned(session)))


def _clusters(ceremony: Ceremony) -> tuple[str, ...]:
    """The clusters of a frozen text; none where it cannot be read, which its verification tells."""
    try:
        return frozen.read(ceremony.frozen).restriction.clusters
    except NotFrozenText:
        return ()


def may_see(actor: Actor, ceremony: Ceremony) -> bool:
    """Whether someone may see codes and scheme.

    The two who drew know them from the draw on; others only once every arm is revealed, and the
    blinded never.
    """
    if actor.blinded:
        return False
    return actor.id in (ceremony.first_account, ceremony.second_account) or actor.draw_open


def spelled(proved: Proof) -> str:
    """The proof as a JSON file."""
    return json.dumps(plain(_PROOF.dump_python(proved)), indent=2, ensure_ascii=False) + "\n"


def from_file(file: Path) -> Proof:
    """A proof read from such a file; raises ``Refused`` where it is none."""
    try:
        return _PROOF.validate_json(file.read_bytes())
    except ValidationError as fault:
        raise Refused(
            f"{file} is not a certificate of an allocation: make one with"
            " `trial allocation certificate --json FILE`."
        ) from fault


_PROOF = TypeAdapter(Proof)
