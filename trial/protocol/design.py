"""The design: registration, arms, clusters with their strata, and how clusters are allocated."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer

from trial.protocol.base import Day, Key, Strata, Table, Text

ArmKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=16)]
Country = Literal["england-and-wales", "scotland", "northern-ireland"]
Shares = Annotated[
    Mapping[ArmKey, Annotated[int, Field(ge=1, le=1000)]],
    AfterValidator(MappingProxyType),
    PlainSerializer(dict, return_type=dict),
]


class Identifier(Table):
    """A number under which the trial is known elsewhere."""

    name: Text
    value: Text


class Arm(Table):
    """One arm of the trial."""

    key: ArmKey
    name: Text
    description: Text
    intervention: bool


class ClusterPlan(Table):
    """One cluster that the trial plans to approach, with the strata that describe it and its draw.

    Its ``country`` says which bank holidays it has.

    A ``reserve`` takes part only in place of one that closed before it was allocated.
    """

    key: Key
    name: Text
    strata: Strata
    draw: Key | None = None
    reserve: bool = False
    country: Country = "england-and-wales"


class Minimisation(Table):
    """Over which strata imbalance is minimised: at least so many of the best schemes stay permitted."""

    over: Annotated[tuple[Key, ...], Field(min_length=1)]
    at_least: Annotated[int, Field(ge=1, le=20_000)] = 1


class DrawPlan(Table):
    """One of several draws, each of its own clusters, in the order in which they are made."""

    key: Key
    clusters_per_arm: Shares


class EarlierAllocation(Table):
    """An allocation made elsewhere that this trial keeps: of which trial, and on which day."""

    source: Text
    allocated_on: Day


class AllocationPlan(Table):
    """How many clusters each arm gets, in which draws, and over which strata the arms are balanced.

    ``least_enrolled`` participants are enrolled in every cluster before it can be allocated. Without
    ``draws`` there is one, of all clusters; with ``earlier`` there is none.
    """

    clusters_per_arm: Shares
    balance: tuple[Key, ...] = ()
    minimise: Minimisation | None = None
    draws: tuple[DrawPlan, ...] = ()
    earlier: EarlierAllocation | None = None
    after_opening: bool = True
    replace_after_draw: bool = False
    least_enrolled: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def each_draw(self) -> tuple[DrawPlan | None, ...]:
        """The draws in their order; a single None where the protocol names none."""
        return self.draws or (None,)

    def shares(self, draw: DrawPlan | None) -> Mapping[ArmKey, int]:
        """How many clusters each arm gets in a draw."""
        return self.clusters_per_arm if draw is None else draw.clusters_per_arm


def drawn_in(clusters: tuple[ClusterPlan, ...], draw: DrawPlan | None) -> tuple[ClusterPlan, ...]:
    """The clusters of a draw, its reserves among them; of the only one all."""
    return tuple(one for one in clusters if draw is None or one.draw == draw.key)
