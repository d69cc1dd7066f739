"""A form that two people enter: whose turn it is, and which entry may still be made or changed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from trial.conduct.forms.plans import Subject
from trial.conduct.refused import Refused
from trial.conduct.underway import draft
from trial.protocol.forms import FormPlan
from trial.records.actor import Actor
from trial.records.database import lock_writers
from trial.records.forms import Entered, entered
from trial.records.models import Record

COMPLETE, VOIDED = "complete", "voided"
COUNTS, FIRST, SECOND = 0, 1, 2


class Turn(StrEnum):
    """What somebody can do with a form that is entered twice."""

    FIRST = "make the first entry"
    SECOND = "make the second entry"
    GO_ON = "go on with one's own entry"
    WAIT = "wait for the other entry"
    OTHERS = "two other people enter it"
    COMPARE = "compare the two"
    SETTLED = "see the record that counts"


@dataclass(frozen=True)
class Pair:
    """The two entries of a form about one subject, as far as they are there, and the record that counts."""

    first: Entered | None = None
    second: Entered | None = None
    counts: Entered | None = None

    @property
    def entries(self) -> tuple[Entered, ...]:
        """The entries that are there."""
        return tuple(one for one in (self.first, self.second) if one is not None)

    @property
    def complete(self) -> bool:
        """Whether both entries are complete."""
        return [one.state for one in self.entries] == [COMPLETE, COMPLETE]

    def of(self, actor: Actor) -> Entered | None:
        """The entry that somebody made."""
        return next((one for one in self.entries if one.entered_by == actor.id), None)

    def turn(self, actor: Actor) -> Turn:
        """What somebody who fills in the form can do now."""
        if self.counts is not None:
            return Turn.SETTLED
        if self.complete:
            return Turn.COMPARE
        mine = self.of(actor)
        if mine is not None:
            return Turn.WAIT if mine.state == COMPLETE else Turn.GO_ON
        if self.first is None:
            return Turn.FIRST
        return Turn.SECOND if self.second is None else Turn.OTHERS


def pair_of(session: Session, form: FormPlan, subject: Subject) -> Pair:
    """The entries of a form about a subject, whoever looks."""
    found = pairs(entered(session, [form.key], _owner(subject)))
    return next(iter(found.values()), Pair())


def pairs(found: Iterable[Entered]) -> dict[tuple[str, tuple[int | None, ...]], Pair]:
    """Records brought together by their form and by whom they are about."""
    made: dict[tuple[str, tuple[int | None, ...]], dict[int, Entered]] = defaultdict(dict)
    for one in found:
        made[one.form, one.owner][one.entry] = one
    return {
        key: Pair(one.get(FIRST), one.get(SECOND), one.get(COUNTS)) for key, one in made.items()
    }


def allow(
    session: Session, form: FormPlan, subject: Subject, record: Record | None, entry: int
) -> None:
    """Refuse a save that would stand in the place of the two entries, or change them once compared.

    Whoever writes waits here for one another, so that two who send the same entry at once make one.
    """
    if record is not None and record.entry == COUNTS:
        return
    lock_writers(session)
    pair, by = pair_of(session, form, subject), draft(session).by
    if pair.counts is not None:
        raise Refused("This form was entered twice and settled: open it and change it there.")
    if record is None:
        _allow_new(pair, by, entry)
    elif record.entered_by != by.id:
        raise Refused("Somebody else makes this entry: only they change it.")
    elif pair.complete:
        raise Refused("Both entries are complete: they are compared now, and change no more.")


def _allow_new(pair: Pair, by: Actor, entry: int) -> None:
    if entry == COUNTS:
        raise Refused("This form is entered twice, by two people: make the first or second entry.")
    if pair.of(by) is not None:
        raise Refused("You made one entry of this form: another person makes the other one.")
    if (pair.first, pair.second)[entry - 1] is not None:
        raise Refused("Somebody else has begun this entry meanwhile: open the form again.")
    if entry == SECOND and pair.first is None:
        raise Refused("Make the first entry first.")


def void_with(session: Session, record: Record) -> None:
    """Void the two entries with the record that was made of them, so that it can be entered anew."""
    if record.entry != COUNTS:
        return
    owner = (record.cluster_id, record.participant_id, record.employer_id, record.visit_id)
    for one in entered(session, [record.form], owner):
        if one.entry != COUNTS and (entry := session.get(Record, one.id)) is not None:
            entry.state = VOIDED
    session.flush()


def _owner(subject: Subject) -> tuple[int | None, ...]:
    """The numbers by which a record names whom it is about."""
    others = (subject.participant, subject.employer, subject.visit)
    return subject.cluster_id, *(None if one is None else one.id for one in others)
