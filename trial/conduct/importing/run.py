"""Taking in a file: every row through the checks of the pages, in several acts that stand or fall together.

Trying a file is the very same, and undone at the end, so that it writes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial import exchange
from trial.conduct import schedule, stops
from trial.conduct.access import Act, permit
from trial.conduct.collecting import without_collecting
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, may_enter
from trial.conduct.importing.columns import Columns, answers_of, columns, day_of
from trial.conduct.importing.places import Place, Places
from trial.conduct.importing.preview import Change, Preview, Tally
from trial.conduct.reasons import SENTENCE
from trial.conduct.refused import Finding, NotAllowed, Refused
from trial.protocol import Protocol, typed
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import Answer
from trial.records.actor import Actor
from trial.records.models import Cluster, Employer, Participant, Query, Record, Visit
from trial.records.trail import acting, together

PART = 1_000
TRIED = "tried out"
CHANGED = "The records are not as they were when this was shown: look at the changes again."
Tell = Callable[[Change], None]
LOADED = (Record, Query, Visit, Participant, Employer)


@dataclass(frozen=True)
class Source:
    """A file as it was sent: its name, which is only told, and its bytes."""

    name: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def told(self) -> str:
        """The name without folders and without characters that do harm."""
        last = self.name.replace("\\", "/").rpartition("/")[2]
        return typed.without_unfit(typed.tidy(last))[:200] or "a file"


@dataclass(frozen=True)
class Order:
    """What is to be imported, and how: ``tries`` undoes everything at the end.

    ``expected`` is the fingerprint of the preview that somebody agreed to; ``once`` the token of the
    page; ``most`` how many rows there may be; ``tell`` is called with every change.
    """

    form: FormPlan
    source: Source
    on: date
    draft: bool = False
    reason: str | None = None
    tries: bool = False
    expected: str | None = None
    once: str | None = None
    most: int | None = None
    tell: Tell | None = None


class Undone(Exception):
    """Nothing of it is kept."""


def forms(session: Session, protocol: Protocol, by: Actor) -> list[FormPlan]:
    """The forms that a person may import: those that they may fill in, somewhere."""
    found = [None, *session.scalars(select(Cluster.id))]
    return [
        form
        for form in protocol.forms
        if not form.double_entry and any(may_enter(by, form, one) for one in found)
    ]


def take_in(session: Session, protocol: Protocol, by: Actor, order: Order) -> Preview:
    """Import a file, all of it or nothing; what is refused is in the preview, which then is not ``done``.

    Raises ``Refused`` where the form takes no import, or where it is not what was agreed to any more.
    """
    permit(by, Act.IMPORT)
    if order.form.double_entry:
        raise Refused(
            f"“{order.form.name}” is entered twice by two people: a file would be no second look."
        )
    tally = Tally(order.tell)
    with suppress(Undone), together(session):
        if order.form not in forms(session, protocol, by):
            raise NotAllowed(f"The role {by.role.value} does not fill in “{order.form.name}”.")
        Work(session, protocol, by, order, tally).run()
        if order.tries or tally.refusals:
            raise Undone
        if order.expected not in (None, tally.preview(True).fingerprint):
            raise Refused(CHANGED)
    return tally.preview(not order.tries and not tally.refusals)


class Work:
    """One import under way."""

    def __init__(
        self, session: Session, protocol: Protocol, by: Actor, order: Order, tally: Tally
    ) -> None:
        self.session, self.protocol, self.by, self.order = session, protocol, by, order
        self.form, self.tally = order.form, tally
        self.places = Places(session, protocol, order.form, by)
        self.columns = Columns((), ())
        self.parts = 0
        self.stopped: dict[int, list[stops.Stop]] = {}

    def run(self) -> None:
        """Every part of the file, each an act of its own; stops once far too much is refused."""
        head: int | None = 1
        try:
            sheet = exchange.sheets.read(self.order.source.content)
            telling = any(self.by.sees_arm_of(one) for one in self._clusters())
            self.columns = columns(self.form, sheet.columns, telling)
            self.tally.left, head = self.columns.left, None
            self._run_parts(sheet.rows)
        except exchange.sheets.Unreadable as fault:
            self.tally.refuse(fault.row, fault.column, str(fault))
        except Refused as refused:
            if refused.findings[0].message == SENTENCE:
                raise
            for finding in refused.findings:
                self.tally.refuse(head, finding.item, finding.message)

    def _clusters(self) -> Iterator[int | None]:
        yield None
        yield from (one.id for one in self.places.clusters.values())

    def _run_parts(self, rows: Iterator[Any]) -> None:
        part, count = list(islice(rows, PART)), 0
        if not part:
            self.tally.refuse(None, None, "The file has no row below the names of its columns.")
        while part and not self.tally.full:
            count += len(part)
            if self.order.most is not None and count > self.order.most:
                message = (
                    f"At most {self.order.most:,} rows are taken here: use the command instead."
                )
                self.tally.refuse(part[-1].number, None, message)
                return
            following = list(islice(rows, PART))
            self._act(part, last=not following)
            part = following

    @without_collecting()
    def _act(self, part: list[Any], last: bool) -> None:
        """One part of the file as one act, which names the file and its rows."""
        self.parts += 1
        note: dict[str, Any] = {
            "file": self.order.source.told,
            "sha256": self.order.source.sha256,
            "form": self.form.key,
            "rows": f"{part[0].number} to {part[-1].number}",
            "part": f"{self.parts} of {self.parts}" if last else self.parts,
        }
        with acting(
            self.session,
            by=self.by,
            name=Act.IMPORT,
            reason=self.order.reason or (TRIED if self.order.tries else None),
            note=note,
            unblinds=self.form.telling,
            once=self.order.once if self.parts == 1 else None,
        ):
            self._save(part)
        for one in list(self.session):
            if isinstance(one, LOADED):
                self.session.expunge(one)

    def _save(self, part: list[Any]) -> None:
        self.places.look_up([row.cells for row in part])
        self.stopped = stops.of(self.session)
        standing = self._queried()
        made: list[tuple[Subject, Record]] = []
        people: set[int | None] = set()
        with self.session.no_autoflush:
            for row in part:
                one = self._row(row.number, row.cells)
                if one is not None:
                    people.add(one[1].participant_id)
                if one is not None and (one[2] or one[1].id in standing):
                    made.append(one[:2])
        self.session.flush()
        for subject, record in made:
            saving.question(self.session, self.protocol, self.form, subject, record, self.order.on)
        schedule.follow_sessions(self.session, self.protocol, self.form.key, people)

    def _queried(self) -> set[int]:
        """The records of this part about which a check asked something that still stands."""
        ids = [one.id for one in self.places.records.values()]
        wanted = select(Query.row).where(
            Query.table == Record.__tablename__,
            Query.row.in_(ids),
            Query.check.is_not(None),
            Query.state != "closed",
        )
        return set(self.session.scalars(wanted)) if ids else set()

    def _row(self, number: int, cells: dict[str, str]) -> tuple[Subject, Record, bool] | None:
        """Save one row, or note why not; the subject and record, and whether there are doubts."""
        names: dict[str, str] = {}
        try:
            answers, wrong = answers_of(self.columns, cells)
            names = {path: name for path, (name, _) in answers.items()}
            given = {path: answer for path, (_, answer) in answers.items()}
            place = self.places.at(number, cells)
            self._refuse(place, given, wrong)
            return self._saved(number, place, given, day_of(cells))
        except Refused as refused:
            if refused.findings[0].message == SENTENCE:
                raise
            self.tally.refused += 1
            for finding in refused.findings:
                column = names.get(finding.item or "", finding.item)
                self.tally.refuse(number, column, finding.message)
            return None

    def _refuse(self, place: Place, given: dict[str, Answer], wrong: list[Finding]) -> None:
        """Refuse what cannot be read, and answers that whoever imports may not know here."""
        if not self.by.sees_arm_of(place.subject.cluster_id):
            told = {one.path for one in self.columns.answers if one.item.unblinds}
            wrong += [Finding("This is not asked here.", path) for path in given if path in told]
        if wrong:
            raise Refused.of(wrong)

    def _saved(
        self, number: int, place: Place, given: dict[str, Answer], day: date | None
    ) -> tuple[Subject, Record, bool] | None:
        record, person = place.record, place.subject.participant
        before = {} if record is None else _values(record)
        answers = {} if record is None else saving.all_answers(record)
        wanted = saving.Wanted(
            place.subject, record, answers | given,
            day or (None if record is None else record.observed_on),
            not self.order.draft, sought=True,
            stopped=self.stopped.get(person.id, ()) if person else (),
        )  # fmt: skip
        if record is not None and _is_same(record, wanted):
            self.tally.unchanged += 1
            return None
        version = None if record is None else record.version
        self.tally.needs_reason |= record is not None and record.state == saving.COMPLETE
        sifted, doubts = saving.allow(self.session, self.form, wanted, self.order.on)
        unasked = [path for path in given if path not in sifted.answers]
        if unasked:
            message = "This is not asked after the other answers: empty the cell."
            raise Refused.of([Finding(message, path) for path in unasked])
        made = saving.put(self.session, self.protocol, self.form, wanted, sifted, self.order.on)
        self._note(number, place, before, _values(made), version)
        return place.subject, made, bool(doubts)

    def _note(
        self,
        number: int,
        place: Place,
        before: dict[str, Any],
        after: dict[str, Any],
        version: int | None,
    ) -> None:
        record, about = place.record, _about(place.subject)
        if record is None:
            self.tally.new += 1
        else:
            self.tally.changed += 1
        for path in (*after, *(path for path in before if path not in after)):
            old, new = before.get(path), after.get(path)
            if old != new:
                of = None if record is None else record.id
                self.tally.note(Change(number, about, of, path, old, new), version)


def _values(record: Record) -> dict[str, Any]:
    """What a record says, as a preview shows it."""
    day = record.observed_on
    told = {saving.OBSERVED: None if day is None else day.isoformat(), "state": record.state}
    return told | saving.all_answers(record)


def _is_same(record: Record, wanted: saving.Wanted) -> bool:
    """Whether a row says nothing that the record does not say already."""
    state = saving.COMPLETE if wanted.completes else saving.DRAFT
    same = record.observed_on == wanted.observed_on and record.state == state
    return same and saving.all_answers(record) == dict(wanted.answers)


def _about(subject: Subject) -> str:
    if subject.participant is not None:
        visit = subject.visit
        number = subject.participant.number
        return number if visit is None else f"{number}, {visit.plan}"
    if subject.employer is not None:
        return f"employer {subject.employer.number}"
    return "" if subject.cluster is None else subject.cluster.key
