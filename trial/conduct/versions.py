"""Two people, one record: a form says which version of it was on the screen."""

from typing import Protocol

from trial.conduct.refused import Stale


class Versioned(Protocol):
    """Any record that counts its versions."""

    version: int


def same(record: Versioned, version: int) -> None:
    """Raise ``Stale`` where the record was saved since the form was rendered."""
    if record.version != version:
        raise Stale("Somebody else saved this record while you were typing.")
