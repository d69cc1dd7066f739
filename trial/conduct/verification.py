"""Source verification: what of a participant is compared with its source, and what was found."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import amendments, queries
from trial.conduct.access import Act, permit
from trial.conduct.forms.plans import form_of, may_see
from trial.conduct.forms.saving import COMPLETE
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.conduct.values import ANSWERS
from trial.conduct.verification_plan import Sample, items_of, sample
from trial.conduct.withdrawal import level_of, tells_arm
from trial.protocol import Protocol
from trial.protocol.forms import items as kinds
from trial.records.actor import Actor
from trial.records.canonical import sha256, spelled
from trial.records.models import Act as Acts
from trial.records.models import (
    Change,
    Consent,
    Event,
    Participant,
    Record,
    Spell,
    Term,
    Verification,
    Visit,
)

AT_ONCE = 200


class State(StrEnum):
    """Where a value stands against its source."""

    LEFT = "to be verified"
    CHANGED = "changed since"
    AGREES = "agrees"
    DIFFERS = "differs"


class Place(NamedTuple):
    """Where a value lies."""

    table: str
    row: int
    item: str


@dataclass(frozen=True)
class Value:
    """One value to be verified, the record that holds it, and the newest comparison, if there is one."""

    place: Place
    record: Any
    value: Any
    form: str | None = None
    compared: Verification | None = None

    @property
    def state(self) -> State:
        """A comparison holds as long as the value is the one that was compared."""
        if self.compared is None:
            return State.LEFT
        if self.compared.sha256 != fingerprint(self.place, self.value):
            return State.CHANGED
        return State.AGREES if self.compared.agrees else State.DIFFERS

    @property
    def left(self) -> bool:
        """Whether it is still, or again, to be compared."""
        return self.state in (State.LEFT, State.CHANGED)


def fingerprint(place: Place, value: Any) -> str:
    """SHA-256 over a value and where it lies."""
    return sha256(spelled({**place._asdict(), "value": value}))


def values_of(
    session: Session, protocol: Protocol, actor: Actor, people: Sequence[Participant], of: Sample
) -> dict[int, list[Value]]:
    """What is to be verified of each participant, as far as this reader may see it."""
    ids = [person.id for person in people]
    found: dict[int, list[Value]] = {row: [] for row in ids}
    for person in people:
        found[person.id] += _told(protocol, Participant, person, person.id, of)
    others: tuple[type[Any], ...] = (Consent, Visit, Spell, Term, Event)
    for cls in others:
        for row in session.scalars(select(cls).where(cls.participant_id.in_(ids)).order_by(cls.id)):
            if not _hidden(protocol, actor, row):
                found[row.participant_id] += _told(protocol, cls, row, row.participant_id, of)
    wanted = select(Record).where(
        Record.participant_id.in_(ids), Record.entry == 0, Record.state == COMPLETE
    )
    versions: dict[str, Protocol] = {}
    for record in session.scalars(wanted.order_by(Record.visit_id, Record.id)):
        sha256 = record.protocol_sha256
        if sha256 not in versions:
            versions[sha256] = amendments.version_of(session, sha256, protocol)
        found[record.participant_id or 0] += _of_form(protocol, versions[sha256], actor, record, of)
    return _with_comparisons(session, ids, found)


def everybody(
    session: Session, protocol: Protocol, actor: Actor
) -> Iterator[tuple[Participant, list[Value]]]:
    """What is to be verified of everybody whose data may be used, some people at a time."""
    of, last = sample(session, protocol), 0
    while True:
        wanted = select(Participant).where(
            Participant.id > last, Participant.withdrew_data_on.is_(None)
        )
        people = list(session.scalars(wanted.order_by(Participant.id).limit(AT_ONCE)))
        if not people:
            return
        told = values_of(session, protocol, actor, people, of)
        yield from ((person, told[person.id]) for person in people)
        last = people[-1].id


def of_record(
    session: Session, protocol: Protocol, actor: Actor, record: Record, of: Sample
) -> list[Value]:
    """What is to be verified of one record."""
    if record.participant_id is None or record.entry or record.state != COMPLETE:
        return []
    version = amendments.version_of(session, record.protocol_sha256, protocol)
    found = {record.participant_id: list(_of_form(protocol, version, actor, record, of))}
    return _with_comparisons(session, [record.participant_id], found)[record.participant_id]


def authors(session: Session, places: Iterable[Place]) -> dict[Place, int]:
    """The account that gave each value as it stands; past the door, since only numbers leave."""
    wanted: dict[str, set[int]] = {}
    listed = set(places)
    for place in listed:
        wanted.setdefault(place.table, set()).add(place.row)
    found: dict[Place, int] = {}
    for table, rows in wanted.items():
        given = select(Change.row, Change.item, Acts.by).join(Acts, Acts.number == Change.act)
        given = given.where(Change.table == table, Change.row.in_(sorted(rows)))
        for row, item, by in session.connection().execute(given.order_by(Change.act)):
            if Place(table, row, item) in listed:
                found[Place(table, row, item)] = by
    return found


def verify(
    session: Session,
    protocol: Protocol,
    person: Participant,
    *,
    of: Sample,
    places: Collection[Place],
    source: str,
    agrees: bool,
    said: str | None = None,
    on: date,
) -> list[Verification]:
    """Record that values were compared with their source; one that differs becomes a query.

    Never by the person who gave the value. ``said`` is what the source says where it differs.
    """
    by = draft(session).by
    permit(by, Act.VERIFY)
    if not places:
        raise Refused("Tick the values that you compared.", "agreed")
    if not source.strip():
        raise Refused("Enter the source that you compared with.", "source")
    if not agrees and not (said or "").strip():
        raise Refused("Write what the source says.", "said")
    known = {one.place: one for one in values_of(session, protocol, by, [person], of)[person.id]}
    if not known.keys() >= set(places):
        raise Refused("One of these values is no longer to be verified: look at the page again.")
    given = authors(session, places)
    if any(given.get(place) == by.id for place in places):
        raise Refused("You entered one of these values, so somebody else verifies it.")
    made = [_verified(session, protocol, known[place], person, source, agrees) for place in places]
    session.flush()
    if not agrees:
        for place in places:
            _ask(session, protocol, person, known[place], f"{source.strip()}: {said}", on)
    return made


def _verified(
    session: Session,
    protocol: Protocol,
    one: Value,
    person: Participant,
    source: str,
    agrees: bool,
) -> Verification:
    now = draft(session)
    apart = one.place.item.startswith(f"{ANSWERS[True]}.")
    made = Verification(
        cluster_id=person.cluster_id,
        participant_id=person.id,
        unblinds=apart
        or bool(getattr(one.record, "unblinds", False))
        or _tells(protocol, one.record),
        **one.place._asdict(),
        sha256=fingerprint(one.place, one.value),
        agrees=agrees,
        source=source.strip(),
        verified_by=now.by.id,
        verified_at=now.at,
    )
    session.add(made)
    return made


def _ask(
    session: Session, protocol: Protocol, person: Participant, one: Value, said: str, on: date
) -> None:
    text = f"This differs from its source. {said}"
    if isinstance(one.record, Record):
        queries.raise_about_record(session, protocol, one.record, item=one.place.item, text=text)
    else:
        told = one.place._asdict() | {"text": text, "on": on}
        queries.raise_by_person(session, protocol, person, **told)


def _told(
    protocol: Protocol, cls: type[Any], row: Any, participant: int, of: Sample
) -> Iterator[Value]:
    """The values of a row outside the forms that the plan names; what was taken back is not verified."""
    plan = protocol.verification
    if plan is None or getattr(row, "voided_on", None) is not None:
        return
    for one in plan.values:
        table, _, item = one.value.partition(".")
        value = getattr(row, item) if table == cls.__tablename__ else None
        if value is not None and of.reaches(participant, one.risk):
            yield Value(Place(table, row.id, item), row, value)


def _hidden(protocol: Protocol, actor: Actor, row: Any) -> bool:
    """Whether that there is such a row tells the arm to somebody who must not know it."""
    return _tells(protocol, row) and not actor.sees_arm_of(row.cluster_id)


def _tells(protocol: Protocol, row: Any) -> bool:
    return isinstance(row, Event) and tells_arm(level_of(protocol, row.level))


def _of_form(
    running: Protocol, version: Protocol, actor: Actor, record: Record, of: Sample
) -> Iterator[Value]:
    """The answers of a record that the running plan names, by the form as it was when it was entered."""
    try:
        form = form_of(version, record.form)
    except Refused:
        return
    if not may_see(actor, form, record.cluster_id):
        return
    wanted = items_of(running.verification, form, of, record.participant_id or 0)
    told = {item.key for item in form.items if not isinstance(item, kinds.File | kinds.Score)}
    for apart, column in ANSWERS.items():
        if apart and not actor.sees_arm_of(record.cluster_id):
            continue
        for path, answer in getattr(record, column).items():
            key = path.rpartition(".")[2]
            if key in told and (wanted is None or key in wanted):
                place = Place(Record.__tablename__, record.id, f"{column}.{path}")
                yield Value(place, record, answer, form.key)


def _with_comparisons(
    session: Session, people: Sequence[int], found: dict[int, list[Value]]
) -> dict[int, list[Value]]:
    wanted = select(Verification).where(Verification.participant_id.in_(people))
    newest = {
        Place(one.table, one.row, one.item): one
        for one in session.scalars(wanted.order_by(Verification.id))
    }
    return {
        row: [
            Value(one.place, one.record, one.value, one.form, newest.get(one.place))
            for one in values
        ]
        for row, values in found.items()
    }
