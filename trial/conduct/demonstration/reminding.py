"""Reminders of the demonstration: planned by the rules and marked as sent; nothing leaves the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from trial.conduct.access import ALLOWED, Act
from trial.conduct.demonstration.stage import morning
from trial.conduct.demonstration.story import Story
from trial.conduct.reminders import planning
from trial.conduct.reminders.sending import Office, send
from trial.conduct.reminders.team import Member, Team
from trial.config import Clock
from trial.exchange.letter import Letter, Post
from trial.protocol import Protocol
from trial.protocol.contact import EMAIL, TEXT
from trial.records.actor import Actor
from trial.records.identity import Vault

BEFORE_WORK = timedelta(minutes=2)


@dataclass(frozen=True)
class Early(Clock):
    """A clock that stands just before the work of its day begins."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        assert self.fixed is not None
        return morning(self.fixed) - BEFORE_WORK


class Nowhere:
    """A way of sending that throws away what it is given."""

    def send(self, letter: Letter) -> None:
        """Do nothing with it."""

    def close(self) -> None:
        """There is nothing to let go of."""


def team_of(story: Story, people: Sequence[Actor]) -> Team:
    """Those of the story's people who are written to about visits."""
    allowed = ALLOWED[Act.RECORD_VISIT]
    told = zip(people, story.people, strict=True)
    return Team(Member(actor, person.email) for actor, person in told if person.role in allowed)


def remind(session: Session, protocol: Protocol, vault: Vault, team: Team, on: date) -> None:
    """Play the reminders of a day, over a session of its own: they commit one by one."""
    clock, nowhere = Early(on), Nowhere()
    planning.plan(session, protocol, team, on=on, at=clock.now())
    posts: dict[str, Post] = {EMAIL: nowhere, TEXT: nowhere}
    send(Office(session, protocol, vault, team, posts, clock))
