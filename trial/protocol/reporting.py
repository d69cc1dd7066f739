"""What reports tell of the forms: the table of baseline, and the guess of the allocation."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Key, Table
from trial.protocol.design import ArmKey
from trial.protocol.forms.items import ItemKey


class BaselinePart(Table):
    """Questions of one form that stand in the table of characteristics at baseline, in this order."""

    form: Key
    items: Annotated[tuple[ItemKey, ...], Field(min_length=1, max_length=100)]


class GuessCode(Table):
    """An answer that names an arm; every other answer names none."""

    code: Key
    arm: ArmKey


class GuessPart(Table):
    """The question in which somebody who should not know the arm says which one it seems to be."""

    form: Key
    item: ItemKey
    codes: Annotated[tuple[GuessCode, ...], Field(min_length=1, max_length=20)]


class ReportingPlan(Table):
    """What of the forms stands in reports besides the scores and the costs, which always do."""

    baseline: Annotated[tuple[BaselinePart, ...], Field(max_length=20)] = ()
    guess: GuessPart | None = None
