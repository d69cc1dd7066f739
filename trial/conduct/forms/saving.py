"""Saving the answers to a form: what is asked is kept, what is impossible refused, what is odd queried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import agreed, schedule, stops, visits
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.forms import checks, entries
from trial.conduct.forms.plans import Subject, permit_entry, telling
from trial.conduct.queries import DRAFTED, FORM, UNCONSENTED, Doubt, lacking, settle
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.asking import Finding as Found
from trial.protocol.forms.asking import Sifted, findings, sift, without_telling
from trial.protocol.forms.reading import Answer
from trial.records.forms import kept_apart
from trial.records.models import Cluster, Participant, Record, Visit

DRAFT, COMPLETE, VOIDED = "draft", "complete", "voided"
OBSERVED = "observed_on"


@dataclass(frozen=True)
class Checked:
    """What was found in the answers: what stops the save, and what becomes a query."""

    blocks: tuple[Found, ...]
    doubts: tuple[Found, ...]


@dataclass(frozen=True)
class Wanted:
    """One record as somebody wants it: a new one, or ``record`` changed.

    ``sought`` says that it was looked up already that there is no such record yet, ``stopped`` what was
    found of when the participant was stopped.
    """

    subject: Subject
    record: Record | None
    answers: Mapping[str, Answer]
    observed_on: date | None
    complete: bool
    entry: int = 0
    sought: bool = False
    stopped: Sequence[stops.Stop] | None = None

    @property
    def completes(self) -> bool:
        """Whether it is complete when it is saved: what is complete stays so."""
        return self.complete or (self.record is not None and self.record.state == COMPLETE)


def save(
    session: Session,
    protocol: Protocol,
    form: FormPlan,
    subject: Subject,
    *,
    record: Record | None = None,
    answers: Mapping[str, Answer],
    observed_on: date | None,
    complete: bool,
    entry: int = 0,
    on: date,
) -> Record:
    """Save a form, new or changed, as a draft or as complete; every fault is named at once.

    Answers to questions that are no longer asked fall away; the trail keeps them. A complete record
    changes only with a reason, and stays complete. Raises ``Refused`` with a finding a path.
    """
    wanted = Wanted(subject, record, answers, observed_on, complete, entry)
    sifted, _ = allow(session, form, wanted, on)
    made = put(session, protocol, form, wanted, sifted, on)
    session.flush()
    question(session, protocol, form, subject, made, on)
    schedule.follow_sessions(session, protocol, form.key, {made.participant_id})
    return made


def allow(
    session: Session, form: FormPlan, wanted: Wanted, on: date
) -> tuple[Sifted, tuple[Found, ...]]:
    """Everything that may stand against a save, before anything is set; what is asked, what is doubted.

    Raises ``Refused``.
    """
    permit_entry(draft(session).by, form, wanted.subject.cluster_id)
    # What was complete before somebody changed their mind can be corrected; a draft goes no further.
    if wanted.record is None or wanted.record.state == DRAFT:
        agreed.need(session, form, wanted.subject.participant)
    if form.double_entry:
        entries.allow(session, form, wanted.subject, wanted.record, wanted.entry)
    sifted = sift(form, _with_unseen(session, wanted.record, wanted.answers))
    return sifted, _refuse(session, form, wanted, sifted, on)


def put(
    session: Session, protocol: Protocol, form: FormPlan, wanted: Wanted, sifted: Sifted, on: date
) -> Record:
    """Set a record as ``allow`` let it through; it is not flushed, and its queries are not looked at."""
    record = wanted.record
    if record is None:
        record = _new(session, protocol, form, wanted, on)
        _set(session, form, record, sifted, wanted.observed_on)
        session.add(record)
    else:
        if record.state == COMPLETE and _changes(record, sifted, wanted.observed_on):
            need(session)
        _set(session, form, record, sifted, wanted.observed_on)
    record.state = COMPLETE if wanted.completes else DRAFT
    return record


def void(session: Session, protocol: Protocol, record: Record) -> Record:
    """Take back a record that was made by mistake, with a reason; it is kept, and counts no more."""
    if record.state == VOIDED:
        raise Refused("This record is voided already.")
    need(session)
    record.state = VOIDED
    session.flush()
    settle(session, record, table=Record.__tablename__, row=record.id, doubts=())
    entries.void_with(session, record)
    schedule.follow_sessions(session, protocol, record.form, {record.participant_id})
    return record


def all_answers(record: Record) -> dict[str, Answer]:
    """Every answer of a record that this reader may see."""
    return {**record.answers, **record.telling}


def check(
    session: Session,
    form: FormPlan,
    subject: Subject,
    sifted: Sifted,
    observed_on: date | None,
    *,
    complete: bool,
    on: date,
) -> Checked:
    """Everything that the checks of a form find: on each answer, across answers, across forms."""
    found = list(findings(form, sifted, on, complete=complete))
    wrong = {one.path for one in found if one.blocks}
    for use in form.checks:
        if use.item in wrong or (use.other or "") in wrong:
            continue
        asked = checks.Asked(session, use, form, subject, sifted.answers, observed_on, on)
        one = checks.found(asked)
        if one is not None:
            found.append(one)
    return Checked(
        tuple(one for one in found if one.blocks), tuple(one for one in found if not one.blocks)
    )


def question(
    session: Session,
    protocol: Protocol,
    form: FormPlan,
    subject: Subject,
    record: Record,
    on: date,
) -> None:
    """Bring the queries about a record in line with what its checks doubt now.

    What was asked because it was a draft, or not there at all, is settled too; and what was because no
    consent stood on its day, since no such day is saved.
    """
    counts = record.state == COMPLETE and record.entry == 0
    settle(
        session, record, table=Record.__tablename__, row=record.id,
        doubts=doubts_of(session, form, subject, record, on) if counts else (),
        ran=(FORM, UNCONSENTED) if record.state == DRAFT else (FORM, UNCONSENTED, DRAFTED),
    )  # fmt: skip
    if record.entry == 0:
        _settle_lacking(session, form, record)


def _settle_lacking(session: Session, form: FormPlan, record: Record) -> None:
    """Settle that this form was missing: of a visit, or of those filled in once of whom it is about."""
    table, row = Visit.__tablename__, record.visit_id
    if form.occurs == "once" and form.about == "cluster":
        table, row = Cluster.__tablename__, record.cluster_id
    elif form.occurs == "once":
        table, row = Participant.__tablename__, record.participant_id
    if row is not None:
        settle(session, record, table=table, row=row, doubts=(), ran=(lacking(form.key),))


def doubts_of(
    session: Session, form: FormPlan, subject: Subject, record: Record, on: date
) -> list[Doubt]:
    """What the checks of a form doubt in a record as it is saved."""
    sifted = sift(form, all_answers(record))
    found = check(session, form, subject, sifted, record.observed_on, complete=False, on=on)
    return [
        Doubt(f"{_column(form, one.path)}.{one.path}", FORM, one.message) for one in found.doubts
    ]


def _with_unseen(
    session: Session, record: Record | None, answers: Mapping[str, Answer]
) -> dict[str, Answer]:
    """The answers with those that whoever saves may not see, so that these do not fall away."""
    if record is None or draft(session).by.sees_arm_of(record.cluster_id):
        return dict(answers)
    return {**answers, **kept_apart(session, record)}


def _refuse(
    session: Session, form: FormPlan, wanted: Wanted, sifted: Sifted, on: date
) -> tuple[Found, ...]:
    subject, observed_on = wanted.subject, wanted.observed_on
    if wanted.record is not None and wanted.record.state == VOIDED:
        raise Refused("This record is voided: enter a new one instead.")
    refuse_day(session, form, wanted, on)
    if wanted.record is None and not wanted.sought:
        _refuse_second(session, form, subject, wanted.entry)
    seen, told = _seen(session, form, wanted, sifted)
    found = check(session, seen, subject, told, observed_on, complete=wanted.completes, on=on)
    if found.blocks:
        raise Refused.of([Finding(one.message, one.path) for one in found.blocks])
    return found.doubts


def _seen(
    session: Session, form: FormPlan, wanted: Wanted, sifted: Sifted
) -> tuple[FormPlan, Sifted]:
    """The form and the answers as whoever saves sees them: what is found must not tell them more."""
    if draft(session).by.sees_arm_of(wanted.subject.cluster_id):
        return form, sifted
    seen = without_telling(form)
    return (form, sifted) if seen is form else (seen, sift(seen, wanted.answers))


def refuse_day(session: Session, form: FormPlan, wanted: Wanted, on: date) -> None:
    """Raise ``Refused`` where the day of observation cannot be, or nothing was to be collected on it."""
    observed_on, person = wanted.observed_on, wanted.subject.participant
    if observed_on is None and wanted.completes:
        raise Refused(f"Enter the {form.observed[0].lower()}{form.observed[1:]}.", OBSERVED)
    not_future(observed_on, on, OBSERVED, "This day")
    if person is None:
        return
    not_before(observed_on, person.enrolled_on, OBSERVED, "This day", "enrolment")
    _refuse_ended(form, person, observed_on)
    stopped = stops.of_person(session, person) if wanted.stopped is None else wanted.stopped
    what = "nothing is collected" if not form.from_records else "nothing is read from records"
    visits.refuse_between(person, stopped, observed_on, OBSERVED, what)


def _refuse_ended(form: FormPlan, person: Participant, observed_on: date | None) -> None:
    ended = _ended(form, person)
    if ended is None:
        return
    if form.from_records and (observed_on is None or observed_on > ended):
        raise Refused(
            f"Nothing is read from the records of {person.number} since {words(ended)}.", OBSERVED
        )
    if observed_on is None:
        visits.refuse_closed(person)
    elif observed_on > ended:
        raise Refused(f"{visits.closed_words(person)}.", OBSERVED)


def _ended(form: FormPlan, person: Participant) -> date | None:
    """The day since which this form is not filled in: routine records are read on after follow-up."""
    if not form.from_records:
        return visits.closed_on(person)
    ended = (person.withdrew_linkage_on, person.withdrew_data_on, person.stopped_on)
    return min((day for day in ended if day), default=None)


def _refuse_second(session: Session, form: FormPlan, subject: Subject, entry: int) -> None:
    """A form of a visit, or one that occurs once, has one record that counts."""
    if form.occurs == "log":
        return
    wanted = select(Record.id).where(
        Record.form == form.key, Record.entry == entry, Record.state != VOIDED
    )
    for column, owner in (
        (Record.participant_id, subject.participant),
        (Record.employer_id, subject.employer),
        (Record.visit_id, subject.visit),
    ):
        if owner is not None:
            wanted = wanted.where(column == owner.id)
    if subject.cluster is not None:
        wanted = wanted.where(Record.cluster_id == subject.cluster.id)
    if session.scalar(wanted.limit(1)) is not None:
        raise Refused("This form is there already: open it and change it there.")


def _new(session: Session, protocol: Protocol, form: FormPlan, wanted: Wanted, on: date) -> Record:
    subject = wanted.subject
    return Record(
        form=form.key,
        cluster_id=subject.cluster_id,
        participant_id=None if subject.participant is None else subject.participant.id,
        employer_id=None if subject.employer is None else subject.employer.id,
        visit_id=None if subject.visit is None else subject.visit.id,
        entry=wanted.entry,
        entered_on=on,
        entered_by=draft(session).by.id,
        unblinds=telling(form, subject),
        telling={},
        protocol_version=protocol.version,
        protocol_sha256=protocol.sha256,
    )


def _set(
    session: Session, form: FormPlan, record: Record, sifted: Sifted, observed_on: date | None
) -> None:
    told = _split(form, sifted)
    record.observed_on = observed_on
    record.answers = told["answers"]
    if draft(session).by.sees_arm_of(record.cluster_id):
        record.telling = told["telling"]


def _split(form: FormPlan, sifted: Sifted) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {"answers": {}, "telling": {}}
    telling = {item.key for item in form.items if item.unblinds}
    for path, answer in sifted.answers.items():
        told["telling" if path.rpartition(".")[2] in telling else "answers"][path] = answer
    return told


def _column(form: FormPlan, path: str) -> str:
    """The column that keeps the answer of a path: what tells the arm stands apart."""
    item = form.item(path.rpartition(".")[2])
    return "telling" if item is not None and item.unblinds else "answers"


def _changes(record: Record, sifted: Sifted, observed_on: date | None) -> bool:
    return record.observed_on != observed_on or all_answers(record) != sifted.answers
