"""Withdrawal: its levels, what each one stops, and the coded reasons."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Code, Codes, Table

# Why follow-up ended of who showed that they object: the record gives it of itself.
OBJECTED = Code(key="objected", label="Showed that they object")


class Level(Code):
    """One level at which a person can withdraw, and what stops with it."""

    stops_intervention: bool
    stops_visits: bool
    withdraws_data: bool
    stops_linkage: bool = False
    stops_contact: bool = False


class WithdrawalPlan(Table):
    """The levels of withdrawal and the reasons given for it."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    reasons: Codes
