"""The members of the team who can be written to, as the rooms below the web know them."""

from collections.abc import Iterable
from typing import NamedTuple

from trial.protocol.roles import Role
from trial.records.actor import Actor


class Member(NamedTuple):
    """One member of the team with an active account, and what they may see."""

    actor: Actor
    email: str

    def sees(self, cluster_id: int) -> bool:
        """Whether a cluster is among those that they see."""
        return self.actor.clusters is None or cluster_id in self.actor.clusters


class Team:
    """Everybody who can be written to, by the number of the account."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = {one.actor.id: one for one in members}
        self.managers = tuple(
            one for one in self.members.values() if one.actor.role is Role.DATA_MANAGER
        )

    def seeing_to(self, assigned_to: int | None, cluster_id: int) -> tuple[Member, ...]:
        """Who sees to a visit: whoever it is assigned to, else the data managers."""
        given = None if assigned_to is None else self.members.get(assigned_to)
        if given is not None and given.sees(cluster_id):
            return (given,)
        return tuple(one for one in self.managers if one.sees(cluster_id))
