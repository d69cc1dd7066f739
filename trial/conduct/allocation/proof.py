"""The proof of an allocation: everything that anyone needs to redo the draw, as one value."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from trial.conduct.allocation import kept
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


def proof(session: Session) -> Proof:
    """The proof as the records hold it; raises ``Refused`` before the draw."""
    found = kept.standing(session)
    if found is None or found.state != "drawn":
        raise Refused(NOT_DRAWN)
    return Proof(found, kept.arms(session), tuple(kept.abandoned(session)))


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
