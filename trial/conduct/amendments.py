"""Amendments: what a new version of the protocol would do to the records, and its adoption."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from trial.conduct import begin, capacity, schedule
from trial.conduct.allocation import kept as allocations
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.protocol import Kept, Protocol, load_kept
from trial.protocol.consent import ConsentDocument
from trial.protocol.design import DrawPlan, drawn_in
from trial.protocol.differences import Difference, Touches, differences
from trial.records import forms
from trial.records.models import Cluster, Consent, Participant, ProtocolVersion, Record, Visit


@dataclass(frozen=True)
class Consequence:
    """One change and how many records it touches; ``refused`` says that it cannot be adopted."""

    difference: Difference
    number: int

    @property
    def refused(self) -> bool:
        """Whether the new version cannot be adopted because of this."""
        one = self.difference
        return one.refused or (one.refused_if_any and self.number > 0)


@dataclass(frozen=True)
class Outdated:
    """Somebody whose consent is to an earlier version of a document than is now in force."""

    participant: Participant
    consent: Consent
    document: ConsentDocument
    signed: str | None


def versions(session: Session) -> list[ProtocolVersion]:
    """The versions adopted so far, in the order of their adoption."""
    return list(session.scalars(select(ProtocolVersion).order_by(ProtocolVersion.id)))


def running(session: Session, loaded: Protocol) -> Protocol:
    """The version that the trial runs under: the one adopted last; before any, the one in the folder."""
    newest = session.scalar(select(ProtocolVersion.id).order_by(ProtocolVersion.id.desc()).limit(1))
    return loaded if newest is None else _read(session.get_one(ProtocolVersion, newest))


def version_of(session: Session, sha256: str, current: Protocol) -> Protocol:
    """The version that a record was entered under; the current one where it was never kept."""
    if sha256 == current.sha256:
        return current
    found = session.scalar(select(ProtocolVersion).where(ProtocolVersion.sha256 == sha256))
    return current if found is None else _read(found)


def consequences(session: Session, old: Protocol, new: Protocol) -> tuple[Consequence, ...]:
    """Every change with the number of records that it touches, what cannot be adopted first."""
    found = [
        Consequence(one, _touched(session, new, one) if one.touches else 0)
        for one in differences(old, new)
    ]
    found += _frozen(session, old, new)
    return tuple(sorted(found, key=lambda one: not one.refused))


def _frozen(session: Session, old: Protocol, new: Protocol) -> Iterator[Consequence]:
    """What stays as it is because clusters are frozen: each draw that was begun, with its rules."""
    standing = allocations.standing(session)
    if standing is None:
        return
    begun = len(allocations.drawn(session)) + (standing.state != "drawn")
    if _draws(old, begun) != _draws(new, begun):
        words = "The clusters are frozen for the allocation: how they are allocated stays."
        yield Consequence(Difference("allocation", words, refused=True), 0)


def _draws(protocol: Protocol, number: int) -> tuple[Any, ...]:
    """The first draws of a protocol and their rules, as far as they decide what each permits."""
    rules = protocol.allocation
    over = (*rules.balance, *(rules.minimise.over if rules.minimise else ()))

    def described(draw: DrawPlan | None) -> dict[str, list[str]]:
        members = drawn_in(protocol.clusters, draw)
        return {one.key: [one.strata[stratum] for stratum in over] for one in members}

    same = (
        rules.balance, rules.minimise, rules.after_opening, rules.least_enrolled, rules.earlier,
    )  # fmt: skip
    draws = rules.each_draw[:number]
    return (*same, *((dict(rules.shares(draw)), described(draw)) for draw in draws))


def adopt(
    session: Session, old: Protocol, new: Protocol, kept: Kept, *, on: date
) -> ProtocolVersion:
    """Adopt a new version: new clusters and visits are made, records stay under the one they have.

    Raises ``Refused`` with every change that the records do not allow. The act's reason is kept.
    """
    need(session)
    refused = [one for one in consequences(session, old, new) if one.refused]
    if refused:
        raise Refused.of([Finding(_told(one)) for one in refused])
    made = begin.keep(session, new, kept, on)
    begin.begin(session, new)
    added = {one.key for one in new.visits} - {one.key for one in old.visits}
    rebased = new.participants and old.consent.bases != new.consent.bases
    if added or rebased:
        for participant in session.scalars(_followed()):
            schedule.plan(session, new, participant)
    if rebased or (new.participants and old.consent.advised != new.consent.advised):
        capacity.settle_all(session, new, on=on)
    session.flush()
    return made


def to_consent_again(session: Session, protocol: Protocol, on: date) -> list[Outdated]:
    """Everyone in follow-up whose newest consent names an earlier version of a document in force.

    Of each person only the documents count that belong to the basis of that consent.
    """
    if not protocol.participants:
        return []
    newest, plan = _newest(session), protocol.consent
    in_force = {one.key: plan.documents_in_force(on, one) for one in plan.choices}
    return [
        Outdated(person, newest[person.id], document, newest[person.id].documents.get(document.key))
        for person in session.scalars(_followed().order_by(Participant.number))
        if person.id in newest
        for document in in_force[plan.basis(newest[person.id].basis).key]
        if newest[person.id].documents.get(document.key) != document.version
    ]


def _told(one: Consequence) -> str:
    number = f" ({one.number} {one.difference.touches})" if one.number else ""
    return f"{one.difference.place}: {one.difference.words}{number}"


def _read(version: ProtocolVersion) -> Protocol:
    return _loaded(version.files)


@lru_cache(maxsize=8)
def _loaded(files: str) -> Protocol:
    held = json.loads(files)
    contents = {name: base64.b64decode(text) for name, text in held["files"].items()}
    return load_kept(Kept(contents, held["folder"]))


def _followed() -> Select[Any]:
    """Those whose follow-up goes on; nobody can ask those who are lost or stopped."""
    return select(Participant).where(
        Participant.lost_on.is_(None),
        Participant.stopped_on.is_(None),
        Participant.died_on.is_(None),
        Participant.withdrew_followup_on.is_(None),
        Participant.withdrew_data_on.is_(None),
    )


def _touched(session: Session, new: Protocol, one: Difference) -> int:
    match one.touches:
        case Touches.RECORDS:
            wanted = select(func.count(Record.id)).where(Record.form == one.key)
        case Touches.ANSWERS | Touches.CODE:
            return forms.answered(session, one.key, one.item, one.code or None)
        case Touches.VISITS:
            wanted = select(func.count(Visit.id)).where(Visit.plan == one.key)
        case Touches.CLUSTER:
            wanted = select(func.count(Cluster.id)).where(Cluster.key == one.key)
        case Touches.FOLLOWED:
            wanted = select(func.count()).select_from(_followed().subquery())
        case Touches.BASIS:
            wanted = select(func.count(Consent.id)).where(Consent.basis == one.key)
        case Touches.CONSENTED:
            return _signed_earlier(session, new, one.key)
        case _:
            return 0
    return session.scalar(wanted) or 0


def _signed_earlier(session: Session, new: Protocol, key: str) -> int:
    latest = [one for one in new.consent.documents if one.key == key][-1]
    newest = _newest(session)
    people = session.scalars(_followed().with_only_columns(Participant.id))
    signed = [newest[person] for person in people if person in newest]
    return sum(
        one.documents.get(key) != latest.version
        for one in signed
        if new.consent.basis(one.basis).asks_document(key)
    )


def _newest(session: Session) -> dict[int, Consent]:
    """The newest consent of each participant that was not voided."""
    wanted = select(Consent).where(Consent.participant_id.is_not(None), Consent.voided_on.is_(None))
    found = session.scalars(wanted.order_by(Consent.signed_on, Consent.id))
    return {consent.participant_id or 0: consent for consent in found}
