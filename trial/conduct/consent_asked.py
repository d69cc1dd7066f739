"""What a consent must hold: the documents, the clauses and the capacity that its basis asks for."""

from collections.abc import Iterator
from datetime import date, timedelta

from trial.conduct.dates import words
from trial.conduct.first_letter import lowered
from trial.conduct.refused import Finding
from trial.protocol import Protocol
from trial.protocol.consent import CONSULTEE, Basis
from trial.records.models import Consent


def asked(protocol: Protocol, consent: Consent) -> list[Finding]:
    """What is wrong with a consent, item by item, by what its basis asks."""
    basis = protocol.consent.basis(consent.basis)
    findings = [*_documents(protocol, basis, consent), *_clauses(protocol, basis, consent)]
    if basis.opt_out:
        return [*findings, *_waiting(basis, consent), *_unasked(consent)]
    return [
        *findings,
        *_capacity(protocol, basis, consent),
        *_relationship(protocol, basis, consent),
    ]


def earliest(basis: Basis, informed_on: date) -> date:
    """The first day on which silence is enough: the waiting days are full days."""
    return informed_on + timedelta(days=(basis.waiting_days or 0) + 1)


def _capacity(protocol: Protocol, basis: Basis, consent: Consent) -> Iterator[Finding]:
    codes = {code.key: code for code in protocol.consent.capacity}
    answer = codes.get(consent.capacity or "")
    if answer is None:
        yield Finding("Choose whether the person had capacity.", "capacity")
    elif basis.given_by == CONSULTEE and not answer.lacks:
        yield Finding(
            "A consultee is asked only for a person who lacks capacity to consent.", "capacity"
        )
    elif basis.given_by != CONSULTEE and not answer.may_consent:
        yield Finding(
            "Consent can be taken only from a person who has capacity to give it.", "capacity"
        )
    if consent.capacity_on is None:
        yield Finding("Enter when capacity was assessed.", "capacity_on")
    elif consent.capacity_on > consent.signed_on:
        yield Finding("Capacity is assessed on or before the day of signing.", "capacity_on")


def _relationship(protocol: Protocol, basis: Basis, consent: Consent) -> Iterator[Finding]:
    known = {code.key for code in protocol.consent.relationships or ()}
    if basis.given_by == CONSULTEE and consent.relationship not in known:
        yield Finding("Choose who the consultee is to the person.", "relationship")
    if basis.given_by != CONSULTEE and consent.relationship is not None:
        yield Finding("Only a consultee has a relationship to the person.", "relationship")


def _waiting(basis: Basis, consent: Consent) -> Iterator[Finding]:
    first = earliest(basis, consent.informed_on)
    if consent.signed_on < first:
        yield Finding(
            f"Without an objection the person can be included from {words(first)}: they have "
            f"{basis.waiting_days} full days after {words(consent.informed_on)}.",
            "signed_on",
        )


def _unasked(consent: Consent) -> Iterator[Finding]:
    """Where nobody signs, nothing is said of capacity or of a consultee."""
    for item in ("capacity", "capacity_on", "relationship"):
        if getattr(consent, item) is not None:
            yield Finding("This is not asked where nobody signs.", item)


def _documents(protocol: Protocol, basis: Basis, consent: Consent) -> Iterator[Finding]:
    """Exactly the documents in force on the day, each in the version then approved.

    Where nobody signs, the day on which the person was informed counts.
    """
    day = consent.informed_on if basis.opt_out else consent.signed_on
    in_force = {one.key: one for one in protocol.consent.documents_in_force(day, basis)}
    for key, one in in_force.items():
        if consent.documents.get(key) != one.version:
            yield Finding(
                f"Version {one.version} of the {lowered(one.name)} was in force on {words(day)}: "
                "consent counts only on that one.",
                f"document-{key}",
            )
    if not in_force:
        item = "informed_on" if basis.opt_out else "signed_on"
        yield Finding(f"No consent document was in force on {words(day)}.", item)
    for key in consent.documents:
        if not basis.asks_document(key):
            yield Finding("This document does not belong to this basis.", f"document-{key}")
        elif key not in in_force:
            yield Finding(f"This document was not in force on {words(day)}.", f"document-{key}")


def _clauses(protocol: Protocol, basis: Basis, consent: Consent) -> Iterator[Finding]:
    for clause in protocol.consent.clauses_of(basis):
        if clause.mandatory and not consent.clauses.get(clause.key):
            yield Finding(f"Consent needs agreement to: {clause.text}.", f"clause-{clause.key}")
