"""Rules across questions and forms, by the names that a protocol calls; each finds what contradicts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.dates import words
from trial.conduct.forms.plans import Subject
from trial.protocol.forms import CheckUse, FormPlan
from trial.protocol.forms.asking import Finding
from trial.protocol.forms.missing import is_missing
from trial.protocol.forms.names import CHECKS
from trial.protocol.forms.reading import Answer, earliest, latest
from trial.records.models import Record


@dataclass(frozen=True)
class Asked:
    """What a check reads: the rule, the answers, whom the record is about, and the other form's answer."""

    session: Session
    use: CheckUse
    form: FormPlan
    subject: Subject
    answers: Mapping[str, Answer]
    observed_on: date | None
    on: date

    def answer(self, key: str | None) -> Answer | None:
        """An answer of this form that is not missing."""
        found = None if key is None else self.answers.get(key)
        return None if found is None or is_missing(found) else found

    def label(self, key: str | None) -> str:
        """How the form words a question."""
        item = self.form.item(key or "")
        return f"“{item.label}”" if item else str(key)


def found(asked: Asked) -> Finding | None:
    """What one rule finds, in its own words or the protocol's; None where nothing contradicts."""
    message = FUNCTIONS[asked.use.check](asked)
    if message is None:
        return None
    return Finding(asked.use.item, asked.use.text or message, asked.use.blocks)


def _not_before_enrolment(asked: Asked) -> str | None:
    day, person = asked.answer(asked.use.item), asked.subject.participant
    if not isinstance(day, str) or person is None or latest(day) >= person.enrolled_on:
        return None
    return f"This is before enrolment ({words(person.enrolled_on)}). Is that right?"


def _not_after_visit(asked: Asked) -> str | None:
    day = asked.answer(asked.use.item)
    if not isinstance(day, str) or asked.observed_on is None:
        return None
    if earliest(day) <= asked.observed_on:
        return None
    return f"This is after the day of observation ({words(asked.observed_on)}). Is that right?"


def _not_before_item(asked: Asked) -> str | None:
    day, other = asked.answer(asked.use.item), asked.answer(asked.use.other)
    if not isinstance(day, str) or not isinstance(other, str) or latest(day) >= earliest(other):
        return None
    return f"This is before {asked.label(asked.use.other)}. Is that right?"


def _not_above_item(asked: Asked) -> str | None:
    value, other = asked.answer(asked.use.item), asked.answer(asked.use.other)
    if value is None or other is None or Decimal(value) <= Decimal(other):
        return None
    return f"This is more than {asked.label(asked.use.other)} ({other}). Is that right?"


def _same_as_form(asked: Asked) -> str | None:
    answer, person = asked.answer(asked.use.item), asked.subject.participant
    if answer is None or person is None or asked.use.form is None:
        return None
    wanted = select(Record).where(
        Record.participant_id == person.id,
        Record.form == asked.use.form,
        Record.state != "voided",
        Record.entry == 0,
    )
    key = asked.use.other or asked.use.item
    for earlier in asked.session.scalars(wanted):
        said = earlier.answers.get(key)
        if said is not None and not is_missing(said) and said != answer:
            return "Another form of this person says something else. Which is right?"
    return None


def _within_years_of_age(asked: Asked) -> str | None:
    year, person = asked.answer(asked.use.item), asked.subject.participant
    if year is None or person is None:
        return None
    first = earliest(str(year)).year if isinstance(year, str) else year
    if first >= person.birth_year:
        return None
    return f"This is before the year of birth ({person.birth_year}). Is that right?"


FUNCTIONS: Mapping[str, Callable[[Asked], str | None]] = {
    "not-before-enrolment": _not_before_enrolment,
    "not-after-visit": _not_after_visit,
    "not-before-item": _not_before_item,
    "not-above-item": _not_above_item,
    "same-as-form": _same_as_form,
    "within-years-of-age": _within_years_of_age,
}
assert set(FUNCTIONS) == set(CHECKS)
