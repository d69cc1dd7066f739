"""Recruitment: when, how many, and the coded lists of the screening log."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Amount, Codes, Day, Key, Table, Text


class Recruitment(Table):
    """The window in which people may be enrolled, and the target; both days belong to it."""

    opens_on: Day
    closes_on: Day
    target: Annotated[int, Field(ge=1, le=100_000)]
    per_cluster_month: Amount | None = None


class CountedStep(Table):
    """A step before the screening log that clusters count: ``item`` of a ``form`` about the cluster."""

    key: Key
    title: Text
    form: Key
    item: Key


class Screening(Table):
    """The coded lists of the screening log, and the steps before it that are counted only."""

    deciders: Codes
    not_referred_reasons: Codes
    not_approached_reasons: Codes
    declined_reasons: Codes
    evidence_sources: Codes
    counted: Annotated[tuple[CountedStep, ...], Field(max_length=10)] = ()
