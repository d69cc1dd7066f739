"""The only thing that the rooms below the web know of a person who acts."""

from dataclasses import dataclass, replace

from trial.protocol.roles import Role


@dataclass(frozen=True)
class Actor:
    """Who acts: an account's number, printed name and role, and what the door lets them see.

    ``clusters`` is None where the person sees all of them; ``participants`` is False for roles that
    see no participant; ``blinded`` hides the arms and everything that tells them. ``revealed`` are the
    clusters whose arm has been revealed; ``draw_open`` says that all of them have. ``unseen`` are the
    numbers of records of forms that they must not see yet.
    """

    id: int
    name: str
    role: Role
    clusters: frozenset[int] | None = None
    participants: bool = True
    blinded: bool = True
    revealed: frozenset[int] = frozenset()
    draw_open: bool = False
    unseen: frozenset[int] = frozenset()

    def sees_arm_of(self, cluster_id: int | None) -> bool:
        """Whether this person may know the arm of a cluster, or (None) the whole draw."""
        if self.blinded:
            return False
        return self.draw_open if cluster_id is None else cluster_id in self.revealed

    @property
    def sees_causes(self) -> bool:
        """Whether this person may know if taking part was judged to be the cause of an event."""
        return not self.blinded

    def unblinded(self) -> "Actor":
        """The same person, seeing the arms: only ever for one act recorded as an unblinding."""
        return replace(self, blinded=False)


COMMAND_LINE = Actor(0, "the command line", Role.ADMINISTRATOR, None, False, True)
