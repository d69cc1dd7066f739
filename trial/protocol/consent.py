"""Consent: on which basis people take part, the documents, the clauses, and how capacity is recorded."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Code, Codes, Day, Key, Table, Text, Version


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
    """One answer to whether the person had capacity, and who may then be asked.

    Doubt is neither: the person may not consent, and nobody advises in their place.
    """

    may_consent: bool
    lacks: bool = False


PARTICIPANT, CONSULTEE, NOBODY = "participant", "consultee", "nobody"


class Basis(Table):
    """One basis on which people take part: who gives it, and what it asks and holds.

    A consultee advises on behalf of a person who lacks capacity. Where nobody gives it, a person who
    was informed is included after the waiting days unless they object.
    """

    key: Key
    name: Text
    given_by: Literal["participant", "consultee", "nobody"]
    documents: Annotated[tuple[Key, ...], Field(min_length=1)] | None = None
    clauses: Annotated[tuple[Key, ...], Field(min_length=1)] | None = None
    waiting_days: Annotated[int, Field(ge=1, le=365)] | None = None
    visits: tuple[Key, ...] | None = None

    @property
    def opt_out(self) -> bool:
        """Whether silence is enough, once the waiting days have passed."""
        return self.given_by == NOBODY

    def asks_document(self, key: str) -> bool:
        """Whether that consent document belongs to this basis."""
        return self.documents is None or key in self.documents

    def holds(self, visit: str) -> bool:
        """Whether that visit falls due for people on this basis."""
        return self.visits is None or visit in self.visits


# What every trial rests on that names no basis.
OWN = Basis(key="own", name="Own written consent", given_by="participant")


class ConsentPlan(Table):
    """What consent consists of in this trial.

    ``capacity_loss`` says what follows when a participant loses capacity: they are out until they have
    it again and consent themselves, or a consultee may advise, by the approval named.
    """

    documents: Annotated[tuple[ConsentDocument, ...], Field(min_length=1)]
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    capacity: Annotated[tuple[Capacity, ...], Field(min_length=1)]
    bases: Annotated[tuple[Basis, ...], Field(max_length=20)] = ()
    relationships: Codes | None = None
    capacity_loss: Literal["withdraw", "consultee"] = "withdraw"
    capacity_loss_approval: Text | None = None

    @property
    def advised(self) -> bool:
        """Whether a consultee may advise on a participant who lost capacity."""
        return self.capacity_loss == CONSULTEE

    @property
    def choices(self) -> tuple[Basis, ...]:
        """The bases that there are: those declared, else the participant's own written consent."""
        return self.bases or (OWN,)

    def basis(self, key: str | None) -> Basis:
        """The basis of a consent; one that names none is the participant's own written consent."""
        by_key = {one.key: one for one in self.bases}
        if key in by_key:
            return by_key[key]
        return next((one for one in self.bases if one.given_by == PARTICIPANT), OWN)

    def documents_in_force(
        self, on: date, basis: Basis | None = None
    ) -> tuple[ConsentDocument, ...]:
        """The documents of a basis, or all, each in the version that was approved on that day."""
        return tuple(
            document
            for document in self.documents
            if document.in_force(on) and (basis is None or basis.asks_document(document.key))
        )

    def clauses_of(self, basis: Basis) -> tuple[Clause, ...]:
        """The clauses that are asked on a basis; none where nobody signs."""
        if basis.opt_out:
            return ()
        keys = basis.clauses
        return tuple(one for one in self.clauses if keys is None or one.key in keys)
