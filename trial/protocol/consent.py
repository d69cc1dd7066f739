"""Consent: the documents with their versions, the clauses, and how capacity is recorded."""

from datetime import date
from typing import Annotated

from pydantic import Field

from trial.protocol.base import Code, Day, Key, Table, Text, Version


class ConsentDocument(Table):
    """One approved version of a document; both days belong to the time it is in force."""

    key: Key
    name: Text
    version: Version
    in_force_from: Day
    in_force_until: Day | None = None

    def in_force(self, on: date) -> bool:
        """Whether this version was the approved one on that day."""
        return self.in_force_from <= on and (
            self.in_force_until is None or on <= self.in_force_until
        )


class Clause(Table):
    """One statement that a person agrees to or not; consent needs every mandatory one."""

    key: Key
    text: Text
    mandatory: bool


class Capacity(Code):
    """One answer to whether the person had capacity, and whether consent may then be taken."""

    may_consent: bool


class ConsentPlan(Table):
    """What consent consists of in this trial."""

    documents: Annotated[tuple[ConsentDocument, ...], Field(min_length=1)]
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    capacity: Annotated[tuple[Capacity, ...], Field(min_length=1)]

    def documents_in_force(self, on: date) -> tuple[ConsentDocument, ...]:
        """The documents, each in the version that was approved on that day."""
        return tuple(document for document in self.documents if document.in_force(on))
