"""How the clusters were allocated, as a report may say it: the draws, not what was drawn."""

from dataclasses import dataclass
from datetime import date, datetime
from math import prod

from sqlalchemy.orm import Session

from trial.conduct.allocation import kept
from trial.conduct.reports.cut import Cut
from trial.config import LONDON


@dataclass(frozen=True)
class Draw:
    """One ceremony as it stood at a cut; ``drawn_on`` is None where the draw was not yet made."""

    frozen_on: date
    drawn_on: date | None
    schemes: int
    fingerprint: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """The ceremonies that stood at a cut, in the order of the draws, and how many were abandoned."""

    draws: tuple[Draw, ...] = ()
    abandoned: int = 0

    @property
    def schemes(self) -> int:
        """How many allocations were permitted: any scheme of one draw with any of another; 0 if none."""
        return prod(one.schemes for one in self.draws) if self.draws else 0


def drawing(session: Session, cut: Cut) -> Drawing:
    """The ceremonies of the allocation by the end of the day of the cut."""
    ended = [one for one in kept.abandoned(session) if _day(one.abandoned_at) <= cut.on]
    standing = [one for one in kept.ceremonies(session) if one.state != "abandoned"]
    begun = [one for one in standing if _day(one.frozen_at) <= cut.on]
    return Drawing(tuple(_draw(one, cut) for one in begun), len(ended))


def _draw(made: kept.Ceremony, cut: Cut) -> Draw:
    drawn_on = None if made.drawn_at is None else _day(made.drawn_at)
    return Draw(
        frozen_on=_day(made.frozen_at),
        drawn_on=drawn_on if drawn_on and drawn_on <= cut.on else None,
        schemes=made.schemes,
        fingerprint=made.frozen_hash,
        people=tuple(name for name in (made.first_name, made.second_name) if name),
    )


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
