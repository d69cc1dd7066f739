"""The stage on which the story is played: who acts, on which day, and what is still to come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.demonstration.story import Story
from trial.config import LONDON
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.identity import Vault
from trial.records.models import Cluster, Participant
from trial.records.trail import Draft, acting

MORNING = time(9, 5)
LONGEST_PAUSE = 600  # seconds between two acts of a day; a larger trial has less time for each
Scene = Callable[[], None]


@dataclass
class Cast:
    """The people of the trial team, and which clusters' arms are known so far."""

    people: tuple[Actor, ...]
    revealed: set[int] = field(default_factory=set)
    draw_open: bool = False

    def of(self, role: Role) -> Actor:
        """The first person of a role, knowing what they know by now."""
        return self._knowing(next(one for one in self.people if one.role is role))

    def researcher(self, cluster_id: int) -> Actor:
        """The researcher of a cluster."""
        found = next(
            one
            for one in self.people
            if one.role is Role.RESEARCHER and cluster_id in (one.clusters or ())
        )
        return self._knowing(found)

    def _knowing(self, person: Actor) -> Actor:
        return replace(person, revealed=frozenset(self.revealed), draw_open=self.draw_open)


@dataclass
class Stage:
    """The play under way; ``on`` is its day, ``at`` the instant of its last act."""

    session: Session
    protocol: Protocol
    vault: Vault
    key: bytes
    files_key: bytes
    story: Story
    cast: Cast
    clusters: dict[str, Cluster]
    scale: int
    chance: Random
    codes: Random
    commit: Callable[[], None]
    on: date
    at: datetime
    nhs_numbers: Iterator[str]
    enrolled: int = 0
    waiting: dict[int, list[Participant]] = field(default_factory=dict)
    _queue: list[tuple[date, int, Scene]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def later(self, day: date, scene: Scene) -> None:
        """Play a scene on a working day, this or the next; what is still to come is never played."""
        when = max(working_day(day), self.on)
        if when < self.story.today:
            heappush(self._queue, (when, next(self._order), scene))

    def play(self, on_day: Callable[[date, int], None]) -> None:
        """Play all scenes in the order of their days."""
        while self._queue:
            day, _, scene = heappop(self._queue)
            if day != self.on:
                self.commit()
                on_day(day, self.enrolled)
            self.on = day
            self.at = max(self.at, morning(day))
            scene()
        self.commit()

    @contextmanager
    def act(self, by: Actor, name: Act, reason: str | None = None, **rest: Any) -> Iterator[Draft]:
        """One act of one person, a while after the last one; refused to a role that may not."""
        permit(by, name)
        self.at += timedelta(seconds=self.chance.randint(1, max(1, LONGEST_PAUSE // self.scale)))
        with acting(self.session, by=by, name=name, reason=reason, at=self.at, **rest) as draft:
            yield draft

    def near(self, day: date, days: int) -> date:
        """A day for one more of the same: the day itself at the published size, else one near it."""
        return day if self.scale == 1 else day + timedelta(days=self.chance.randint(-days, days))


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def morning(day: date) -> datetime:
    """When work begins on a day, in UTC."""
    return datetime.combine(day, MORNING, LONDON).astimezone(UTC)
