"""Whom or what the rows of a file are about: looked up for many rows at once, through the door."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from trial.conduct.forms.offered import fits
from trial.conduct.forms.plans import Subject, may_see
from trial.conduct.forms.saving import VOIDED
from trial.conduct.importing.columns import CLUSTER, EMPLOYER, NUMBER, RECORD, VISIT
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.numbers import read
from trial.records.actor import Actor
from trial.records.holds import WHAT
from trial.records.models import Cluster, Employer, Hold, Participant, Record, Visit

Cells = dict[str, str]
NOBODY = "There is no such participant."
NO_RECORD = "There is no such record of this form: leave the cell empty for a new one."
LARGEST = 2**31


class Place(NamedTuple):
    """Where one row belongs: its subject, and the record that it changes, if there is one."""

    subject: Subject
    record: Record | None


class Places:
    """The subjects and records of the rows at hand; ``taken`` are the places of all rows so far."""

    def __init__(self, session: Session, protocol: Protocol, form: FormPlan, by: Actor) -> None:
        self.session, self.protocol, self.form, self.by = session, protocol, form, by
        self.clusters = {one.key: one for one in session.scalars(select(Cluster))}
        self.taken: dict[Any, int] = {}
        self.people: dict[str, Participant] = {}
        self.employers: dict[str, Employer] = {}
        self.visits: dict[tuple[int, str], Visit] = {}
        self.records: dict[Any, Record] = {}
        self.holds: dict[tuple[str, int], str] = {}

    def look_up(self, rows: Sequence[Cells]) -> None:
        """Find everything that these rows name, with a few queries for all of them."""
        self.people, self.employers, self.visits, self.records = {}, {}, {}, {}
        if self.form.about == "participant":
            self._find_people(rows)
        elif self.form.about == "employer":
            numbers = {_whole(row[EMPLOYER]) for row in rows} - {None}
            found = self._all(Employer, Employer.number.in_(numbers))
            self.employers = {str(one.number): one for one in found}
        self._find_records(rows)
        self._find_holds()

    def at(self, number: int, cells: Cells) -> Place:
        """Where a row belongs; raises ``Refused`` under the column that is wrong."""
        subject = self._subject(cells)
        cluster = next((c for c in self.clusters.values() if c.id == subject.cluster_id), None)
        if not may_see(self.by, self.form, subject.cluster_id) or not fits(self.form, cluster):
            raise Refused(f"“{self.form.name}” is not filled in there.")
        record = self._record(subject, cells)
        self._refuse_held(subject, record)
        self._take(number, subject, record)
        return Place(subject, record)

    def _find_people(self, rows: Sequence[Cells]) -> None:
        numbers = {self._number(row) for row in rows}
        found = self._all(Participant, Participant.number.in_(numbers))
        self.people = {one.number: one for one in found}
        if self.form.occurs == "visit":
            ids = [one.id for one in found]
            visits = self._all(
                Visit, Visit.participant_id.in_(ids), Visit.plan.in_(self.form.visits)
            )
            self.visits = {(one.participant_id, one.plan): one for one in visits}

    def _find_records(self, rows: Sequence[Cells]) -> None:
        """The records that stand, by place; of a log those that the rows name, by number."""
        rules: list[Any] = [Record.form == self.form.key, Record.entry == 0]
        if self.form.occurs == "log":
            named = {_whole(row.get(RECORD, "")) for row in rows} - {None}
            found = self._all(Record, *rules, Record.id.in_(named)) if named else []
            self.records = {one.id: one for one in found}
            return
        if self.form.about == "participant":
            rules.append(Record.participant_id.in_([one.id for one in self.people.values()]))
        elif self.form.about == "employer":
            rules.append(Record.employer_id.in_([one.id for one in self.employers.values()]))
        found = self._all(Record, *rules, Record.state != VOIDED)
        self.records = {_place(one): one for one in found}

    def _find_holds(self) -> None:
        """What stands over the rows at hand, so that each is refused by its own number."""
        people = [one.id for one in self.people.values()]
        records = [one.id for one in self.records.values()]
        wanted = select(Hold.level, Hold.row, Hold.kind).where(
            Hold.lifted_at.is_(None),
            or_(
                Hold.level.in_(("trial", "cluster")),
                and_(Hold.level == "participant", Hold.row.in_(people)),
                and_(Hold.level == "record", Hold.row.in_(records)),
            ),
        )
        self.holds = {(level, row): kind for level, row, kind in self.session.execute(wanted)}

    def _refuse_held(self, subject: Subject, record: Record | None) -> None:
        person = subject.participant
        over = {
            "trial": 0,
            "cluster": subject.cluster_id,
            "participant": None if person is None else person.id,
            "record": None if record is None else record.id,
        }
        for level, row in over.items():
            kind = None if row is None else self.holds.get((level, row))
            if kind is not None:
                raise Refused(f"{WHAT[level]} is {kind}: the trial manager can lift that.")

    def _all(self, cls: Any, *rules: Any) -> list[Any]:
        return list(self.session.scalars(select(cls).where(*rules)))

    def _subject(self, cells: Cells) -> Subject:
        match self.form.about:
            case "participant":
                person = self.people.get(self._number(cells))
                if person is None:
                    raise Refused(NOBODY, NUMBER)
                return Subject(participant=person, visit=self._visit(person, cells))
            case "cluster":
                cluster = self.clusters.get(cells[CLUSTER])
                if cluster is None:
                    raise Refused("There is no such cluster.", CLUSTER)
                return Subject(cluster=cluster)
            case "employer":
                employer = self.employers.get(str(_whole(cells[EMPLOYER])))
                if employer is None:
                    raise Refused("There is no such employer.", EMPLOYER)
                return Subject(employer=employer)
            case _:
                return Subject()

    def _visit(self, person: Participant, cells: Cells) -> Visit | None:
        if self.form.occurs != "visit":
            return None
        found = self.visits.get((person.id, cells[VISIT]))
        if found is None:
            named = ", ".join(self.form.visits)
            message = f"{person.number} has no such visit of this form; its visits are: {named}."
            raise Refused(message, VISIT)
        return found

    def _record(self, subject: Subject, cells: Cells) -> Record | None:
        text = cells.get(RECORD, "")
        if self.form.occurs == "log":
            found = self.records.get(_whole(text)) if text else None
            if text and (found is None or _place(found)[:3] != _place_of(subject)[:3]):
                raise Refused(NO_RECORD, RECORD)
            return found
        found = self.records.get(_place_of(subject))
        if text and (found is None or found.id != _whole(text)):
            raise Refused(NO_RECORD, RECORD)
        return found

    def _take(self, number: int, subject: Subject, record: Record | None) -> None:
        """Two rows of a file may not save one record."""
        if self.form.occurs == "log" and record is None:
            return
        place = record.id if self.form.occurs == "log" and record else _place_of(subject)
        first = self.taken.setdefault(place, number)
        if first != number:
            raise Refused(f"Row {first} is about the same record: keep one of them.")

    def _number(self, cells: Cells) -> str:
        return read(self.protocol.study_number_prefix, cells[NUMBER]) or ""


def _place(record: Record) -> tuple[int | None, ...]:
    owner = record.participant_id or record.employer_id
    return record.cluster_id, owner, record.participant_id, record.visit_id


def _place_of(subject: Subject) -> tuple[int | None, ...]:
    owner = subject.participant or subject.employer
    person, visit = subject.participant, subject.visit
    return (
        subject.cluster_id,
        None if owner is None else owner.id,
        None if person is None else person.id,
        None if visit is None else visit.id,
    )


def _whole(text: str) -> int | None:
    """The number in a cell, if it can be one of a row."""
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    return int(text) if int(text) < LARGEST else None
