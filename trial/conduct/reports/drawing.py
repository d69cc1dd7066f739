"""How the clusters were allocated, as a report may say it: the draw, not what was drawn."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from trial.conduct.allocation import kept
from trial.conduct.reports.cut import Cut
from trial.config import LONDON


@dataclass(frozen=True)
class Drawing:
    """The ceremony as it stood at a cut; days are None where its step was not yet taken."""

    frozen_on: date | None = None
    drawn_on: date | None = None
    schemes: int = 0
    fingerprint: str = ""
    people: tuple[str, ...] = ()
    abandoned: int = 0


def drawing(session: Session, cut: Cut) -> Drawing:
    """The allocation's ceremony by the end of the day of the cut."""
    ended = [one for one in kept.abandoned(session) if _day(one.abandoned_at) <= cut.on]
    made = kept.standing(session)
    if made is None or _day(made.frozen_at) > cut.on:
        return Drawing(abandoned=len(ended))
    drawn_on = None if made.drawn_at is None else _day(made.drawn_at)
    return Drawing(
        frozen_on=_day(made.frozen_at),
        drawn_on=drawn_on if drawn_on and drawn_on <= cut.on else None,
        schemes=made.schemes,
        fingerprint=made.frozen_hash,
        people=tuple(name for name in (made.first_name, made.second_name) if name),
        abandoned=len(ended),
    )


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
