"""Two people, open clusters, and a ceremony brought to any of its steps, for the tests of the allocation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.access import Act
from trial.conduct.allocation import ceremony
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.base import Base
from trial.records.models import Cluster
from trial.records.trail import acting

MANAGER = Actor(11, "Trial Manager", Role.TRIAL_MANAGER, blinded=False)
SECOND = Actor(12, "Second Person", Role.ADMINISTRATOR, participants=False, blinded=False)
STATISTICIAN = Actor(13, "Statistician", Role.STATISTICIAN)
TODAY = date(2016, 1, 15)
KEY = bytes(range(32))


@dataclass
class Ceremony:
    """A ceremony played step by step by its two people."""

    session: Session
    protocol: Protocol
    manager: Actor = MANAGER
    second: Actor = SECOND

    def does(self, actor: Actor, act: Act, do: Callable[[], Any], reason: str | None = None) -> Any:
        """One act of one person, seen through that person's door."""
        self.session.info["actor"] = actor
        with acting(self.session, by=actor, name=act, reason=reason):
            return do()

    def open(self, *keys: str) -> None:
        """Give permission to and open the clusters (none named: all)."""

        def do() -> None:
            for cluster in self.session.scalars(select(Cluster)):
                if not keys or cluster.key in keys:
                    cluster.permission_on = date(2015, 3, 2)
                    cluster.opened_on = date(2015, 4, 1)

        self.does(self.manager, Act.OPEN_CLUSTER, do)

    def change(self, key: str, **values: Any) -> None:
        """Set values of one cluster, whatever its life allows."""

        def do() -> None:
            cluster = self.session.scalars(select(Cluster).where(Cluster.key == key)).one()
            for name, value in values.items():
                setattr(cluster, name, value)

        self.does(self.manager, Act.OPEN_CLUSTER, do)

    def freeze(self, **rest: Any) -> Any:
        return self.does(
            self.manager,
            Act.FREEZE_ALLOCATION,
            lambda: ceremony.freeze(self.session, self.protocol, **rest),
        )

    def join(self, by: Actor | None = None) -> Any:
        return self.does(
            by or self.second, Act.JOIN_ALLOCATION, lambda: ceremony.join(self.session)
        )

    def commit(self, by: Actor) -> str:
        return str(self.does(by, Act.COMMIT_CODE, lambda: ceremony.commit(self.session)))

    def enter(self, by: Actor, code: str, key: bytes = KEY) -> bool:
        return bool(
            self.does(
                by,
                Act.REVEAL_CODE,
                lambda: ceremony.reveal_code(self.session, self.protocol, code, key=key, on=TODAY),
            )
        )

    def abandon(self, reason: str | None = "A code was lost") -> Any:
        return self.does(
            self.manager, Act.ABANDON_ALLOCATION, lambda: ceremony.abandon(self.session), reason
        )

    def committed(self, *keys: str) -> tuple[str, str]:
        """Everything up to the two commitments, of these clusters (none named: all): the codes."""
        self.open(*keys)
        self.freeze()
        self.join()
        return self.commit(self.manager), self.commit(self.second)

    def drawn(self, *keys: str) -> tuple[str, str]:
        """Everything up to the draw, of these clusters (none named: all)."""
        codes = self.committed(*keys)
        assert not self.enter(self.manager, codes[0])
        assert self.enter(self.second, codes[1])
        return codes


def everything(session: Session) -> list[str]:
    """Every value of every row of the database, as text."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(select(table)):
            found += [str(value) for value in row]
    return found
