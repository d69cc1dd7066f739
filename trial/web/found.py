"""The record that an address names, as far as the door shows it to whoever asks; else no such page."""

from typing import Any, TypeVar

from flask import abort

from trial.records.base import Base
from trial.web import here

Record = TypeVar("Record", bound=Base)
LARGEST = 2**31 - 1  # a larger number is no row's, and PostgreSQL would not even look


def found(cls: type[Record], number: int, **load: Any) -> Record:
    """The record of a number, or the page for what is not there."""
    record = here.session().get(cls, number, **load) if number <= LARGEST else None
    if record is None:
        abort(404)
    return record
