"""The design: registration, arms, clusters with their strata, and how clusters are allocated."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer

from trial.protocol.base import Key, Strata, Table, Text

ArmKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=16)]
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
    """One cluster that the trial plans to approach, with the strata that describe it."""

    key: Key
    name: Text
    strata: Strata


class AllocationPlan(Table):
    """How many clusters each arm gets, and over which strata the arms are balanced.

    ``least_enrolled`` participants are enrolled in every cluster before it can be allocated.
    """

    clusters_per_arm: Shares
    balance: tuple[Key, ...] = ()
    after_opening: bool = True
    least_enrolled: Annotated[int, Field(ge=0, le=10_000)] = 0
