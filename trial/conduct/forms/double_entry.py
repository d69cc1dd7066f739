"""Two entries of a form compared: each difference is settled by a third person, and one record counts.

Where the two agree in everything, anybody who fills in the form or settles differences confirms them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from trial.conduct.access import Act, allowed
from trial.conduct.forms import entries, saving
from trial.conduct.forms.entries import Pair
from trial.conduct.forms.plans import Subject, form_of, may_enter, may_see
from trial.conduct.refused import Finding, NotAllowed, Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of, rows_of, sift
from trial.protocol.forms.items import Item
from trial.protocol.forms.reading import Answer
from trial.records.actor import Actor
from trial.records.database import lock_writers
from trial.records.forms import Entered, entered
from trial.records.models import Record

OTHER = "other"
CHOICES = ("first", "second", OTHER)
WHY = "why-"


class Compared(NamedTuple):
    """One question as the two answered it."""

    path: str
    item: Item
    first: Answer | None
    second: Answer | None

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.first == self.second


@dataclass(frozen=True)
class Decision:
    """What is to stand where two entries differ: one of them or another value, and why."""

    chosen: str
    reason: str
    other: Answer | None = None


@dataclass(frozen=True)
class Waiting:
    """A form entered once or twice of which no record counts yet."""

    form: FormPlan
    owner: tuple[int | None, ...]
    pair: Pair
    differences: int | None

    @property
    def since(self) -> date:
        """The day of its first entry."""
        return min(one.entered_on for one in self.pair.entries)


@dataclass(frozen=True)
class Agreement:
    """How often two entries of a form said the same: ``equal`` of ``compared`` answers."""

    pairs: int
    compared: int
    equal: int

    @property
    def rate(self) -> float | None:
        """The share of answers that agree; None where nothing was compared."""
        return self.equal / self.compared if self.compared else None


def compare(form: FormPlan, first: Entered, second: Entered) -> tuple[Compared, ...]:
    """Every question that one of the two entries answers, the day of observation first."""
    day = kinds.DateQuestion(kind="date", key=saving.OBSERVED, label=form.observed)
    days = (_day(first), _day(second))
    found = [Compared(saving.OBSERVED, day, *days)]
    for path, item in _questions(form, first.answers, second.answers):
        found.append(Compared(path, item, first.answers.get(path), second.answers.get(path)))
    return tuple(found)


def differences(form: FormPlan, pair: Pair) -> tuple[Compared, ...]:
    """Where two complete entries differ."""
    if pair.first is None or pair.second is None:
        return ()
    return tuple(one for one in compare(form, pair.first, pair.second) if not one.agrees)


def may_settle(actor: Actor, form: FormPlan, pair: Pair, cluster_id: int | None) -> bool:
    """Whether somebody may make one record of two complete entries.

    Differences are settled by a third person, who sees every answer; agreement is confirmed by anybody
    who fills in the form or settles differences.
    """
    hidden = any(one.unblinds for one in form.items) and not actor.sees_arm_of(cluster_id)
    if not pair.complete or hidden or not may_see(actor, form, cluster_id):
        return False
    settles = allowed(actor, Act.ADJUDICATE)
    if differences(form, pair):
        return settles and pair.of(actor) is None
    return settles or may_enter(actor, form, cluster_id)


def settle(
    session: Session,
    protocol: Protocol,
    form: FormPlan,
    subject: Subject,
    decided: Mapping[str, Decision],
    on: date,
) -> Record:
    """Make the record that counts of two complete entries, each difference as it was decided.

    Raises ``Refused`` with a finding a path, ``NotAllowed`` for whoever entered it or may not settle.
    """
    lock_writers(session)
    pair = entries.pair_of(session, form, subject)
    if pair.counts is not None:
        raise Refused("This form is settled already: open it and change it there.")
    if not pair.complete:
        raise Refused("Both entries have to be complete before they are compared.")
    if not may_settle(draft(session).by, form, pair, subject.cluster_id):
        raise NotAllowed("A third person settles the differences between two entries.")
    assert pair.first is not None and pair.second is not None
    _refuse_undecided(differences(form, pair), decided)
    agreed = {
        one.path: answer
        for one in compare(form, pair.first, pair.second)
        if (answer := _stands(one, decided)) is not None
    }
    day = agreed.pop(saving.OBSERVED, None)
    return _count(session, protocol, form, subject, agreed, day, on)


def waiting(session: Session, protocol: Protocol, actor: Actor) -> list[Waiting]:
    """What waits for another entry, for a third person or for a confirmation, the oldest first.

    Of what somebody may see: that there is an entry is no secret, what it says is.
    """
    forms = {form.key: form for form in protocol.forms if form.double_entry}
    found = []
    for (key, owner), pair in entries.pairs(entered(session, forms)).items():
        form, cluster_id = forms[key], owner[0]
        inside = actor.clusters is None or cluster_id is None or cluster_id in actor.clusters
        if pair.counts is not None or not inside or not may_see(actor, form, cluster_id):
            continue
        differing = len(differences(form, pair)) if pair.complete else None
        found.append(Waiting(form, owner, pair, differing))
    return sorted(found, key=lambda one: (one.since, one.form.key, one.pair.entries[0].id))


def agreement(session: Session, protocol: Protocol, key: str) -> Agreement:
    """How often the two entries of a form agreed, over all that were compared."""
    form = form_of(protocol, key)
    number = compared = equal = 0
    for pair in entries.pairs(entered(session, [key])).values():
        if pair.complete and pair.first is not None and pair.second is not None:
            told = compare(form, pair.first, pair.second)
            number += 1
            compared += len(told)
            equal += sum(one.agrees for one in told)
    return Agreement(number, compared, equal)


def _day(entry: Entered) -> str | None:
    return None if entry.observed_on is None else entry.observed_on.isoformat()


def _questions(
    form: FormPlan, first: Mapping[str, Answer], second: Mapping[str, Answer]
) -> Iterator[tuple[str, Item]]:
    for section in form.sections:
        rows = [None] if section.repeats is None else _rows(rows_of(section, {**first, **second}))
        for row in rows:
            for item in section.items:
                path = path_of(section, item, row)
                if path in first or path in second:
                    yield path, item


def _rows(number: int) -> list[int | None]:
    return list(range(1, number + 1))


def _stands(one: Compared, decided: Mapping[str, Decision]) -> Answer | None:
    if one.agrees:
        return one.first
    decision = decided[one.path]
    return {"first": one.first, "second": one.second}.get(decision.chosen, decision.other)


def _refuse_undecided(differing: tuple[Compared, ...], decided: Mapping[str, Decision]) -> None:
    found = []
    for one in differing:
        decision = decided.get(one.path)
        if decision is None or decision.chosen not in CHOICES:
            found.append(Finding("Choose what is to stand", one.path))
        elif decision.chosen == OTHER and decision.other is None:
            found.append(Finding("Enter the other value, or choose an entry", one.path))
        elif not decision.reason.strip():
            found.append(Finding("Say why", f"{WHY}{one.path}"))
    if found:
        raise Refused.of(found)


def _count(
    session: Session,
    protocol: Protocol,
    form: FormPlan,
    subject: Subject,
    answers: Mapping[str, Answer],
    day: Answer | None,
    on: date,
) -> Record:
    observed_on = None if day is None else date.fromisoformat(str(day))
    wanted = saving.Wanted(subject, None, answers, observed_on, True, entries.COUNTS, True)
    # What is recorded of the person since the two entries were made counts too.
    saving.refuse_day(session, form, wanted, on)
    sifted = sift(form, answers)
    found = saving.check(session, form, subject, sifted, observed_on, complete=True, on=on)
    if found.blocks:
        raise Refused.of([Finding(one.message, one.path) for one in found.blocks])
    made = saving.put(session, protocol, form, wanted, sifted, on)
    session.flush()
    saving.question(session, protocol, form, subject, made, on)
    return made
