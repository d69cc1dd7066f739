"""Eligibility: the criteria, each answered yes, no or unknown."""

from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Key, Table, Text


class Criterion(Table):
    """One criterion: a person is eligible with yes to every include and no to every exclude.

    ``least_age`` is set on a criterion of age: enrolment checks the year of birth against it.
    """

    key: Key
    text: Text
    kind: Literal["include", "exclude"]
    least_age: Annotated[int, Field(ge=0, le=120)] | None = None
