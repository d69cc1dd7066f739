"""The primary outcome of a trial whose outcome is not work: one question or score of a form."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Day, Key, Table, Text
from trial.protocol.forms.items import Exact, ItemKey


class OutcomePlan(Table):
    """Where the primary outcome is read, and how it is summed up.

    It is read at the primary visit; in a trial without participants from a form about each cluster, which
    is due from ``due_on`` (if left out, from the day on which the cluster began).

    A ``mean`` is of a number, a scale or a score. A ``proportion`` is of those whose answer is one of
    ``equals``, or lies from ``at_least`` to ``at_most``; of a yes or no question without either, of yes.
    ``direction`` says which values are better.
    """

    label: Text
    form: Key
    item: ItemKey
    summary: Literal["mean", "proportion"]
    direction: Literal["higher", "lower"]
    equals: Annotated[tuple[str | int, ...], Field(max_length=200)] = ()
    at_least: Exact | None = None
    at_most: Exact | None = None
    unit: Text | None = None
    places: Annotated[int, Field(ge=0, le=6)] = 1
    due_on: Day | None = None
