"""Fidelity and process, scene by scene: reviews, the employment specialist's log, the register, events."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from trial.conduct.access import Act, permit
from trial.conduct.demonstration.process_story import (
    Advised,
    Firm,
    Held,
    ProcessStory,
    Reviewed,
)
from trial.conduct.demonstration.stage import Stage
from trial.conduct.forms import attachments
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.forms.saving import save
from trial.conduct.process import employers
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.missing import Missing
from trial.protocol.forms.reading import Answer, read
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Cluster, Employer, Participant, Record
from trial.records.trail import Draft, acting

WEEK = timedelta(days=7)
PURPOSES = ("introduction", "needs", "vacancy", "candidate", "support")
STRUCK = "The employer closed."


@dataclass
class Office:
    """The people and things of the process evaluation, with a chance of their own.

    Of their own, so that what else the demonstration plays is the same with them and without.
    """

    stage: Stage
    story: ProcessStory
    chance: Random
    seeds: Random
    employers: list[Employer] = field(default_factory=list)
    interviews: dict[str, int] = field(default_factory=dict)
    entered: set[int] = field(default_factory=set)

    @contextmanager
    def act(self, by: Actor, name: Act, reason: str | None = None) -> Iterator[Draft]:
        """One act of one person, a while after the last one."""
        stage = self.stage
        permit(by, name)
        stage.at += timedelta(seconds=self.chance.randint(1, 200))
        with acting(stage.session, by=by, name=name, reason=reason, at=stage.at) as draft:
            yield draft

    def fill(
        self,
        by: Role,
        form: str,
        subject: Subject,
        on: date,
        answers: Mapping[str, Answer],
        texts: Mapping[str, str] | None = None,
    ) -> Record:
        """Fill in one form, complete; ``texts`` are the contents of its files."""
        stage = self.stage
        plan = form_of(stage.protocol, form)
        kept = {key: _kept(plan, key, answer) for key, answer in answers.items()}
        with self.act(stage.cast.of(by), Act.ENTER_FORM):
            for key, text in (texts or {}).items():
                kept[key] = _attached(stage, plan, key, subject, text)
            return save(
                stage.session, stage.protocol, plan, subject,
                answers=kept, observed_on=on, complete=True, on=stage.on,
            )  # fmt: skip

    def clusters(self) -> list[Cluster]:
        """The clusters of the intervention, in the protocol's order."""
        given = {arm.key for arm in self.stage.protocol.arms if arm.intervention}
        return [one for one in self.stage.clusters.values() if one.arm in given]

    def people(self) -> list[Participant]:
        """The participants of the intervention, as many as the story is told of."""
        wanted = select(Participant).where(
            Participant.cluster_id.in_([one.id for one in self.clusters()])
        )
        told = wanted.order_by(Participant.id).limit(len(self.story.entries.days))
        return list(self.stage.session.scalars(told))


def _attached(stage: Stage, form: FormPlan, key: str, subject: Subject, text: str) -> int:
    """The number of a plain text that is kept as the file of a question."""
    item = form.item(key)
    assert isinstance(item, kinds.File)
    made = attachments.attach(
        stage.session, stage.files_key, form, item, key, subject, text.encode()
    )
    return made.id


def _kept(form: FormPlan, key: str, answer: Answer) -> Answer:
    """An answer in the form in which it is kept: several codes in the order of their list."""
    item = form.item(key)
    return read(item, str(answer)) or answer if isinstance(item, kinds.Several) else answer


def plan(office: Office) -> None:
    """Plan every scene up to the last review."""
    stage, story = office.stage, office.story
    for reviewed in story.reviews:
        stage.later(reviewed.on, partial(_review, office, reviewed))
    for held in story.events.list:
        stage.later(held.on, partial(_event, office, held))
    for firm in story.employers.list:
        stage.later(story.begins_on + WEEK * firm.week, partial(_list, office, firm))
    for number in range(len(story.weeks.face_to_face)):
        stage.later(
            story.begins_on + WEEK * number + timedelta(days=4), partial(_week, office, number)
        )
    for one in story.advice:
        stage.later(one.on, partial(_advise, office, one))


def _review(office: Office, told: Reviewed) -> None:
    """Both raters fill in their review; some days later one of them fills in the consensus."""
    day = office.stage.on
    first = _rated(office, told, "first", told.first, day, Role.FIDELITY_REVIEWER, {})
    second = _rated(office, told, "second", told.second, day, Role.TRIAL_MANAGER, {})
    named = {"first_review": first.id, "second_review": second.id}
    agree = partial(
        _rated,
        office,
        told,
        "consensus",
        told.consensus,
        told.agreed_on,
        Role.FIDELITY_REVIEWER,
        named,
    )

    def settle() -> None:
        agree()

    office.stage.later(told.agreed_on, settle)


def _rated(
    office: Office,
    told: Reviewed,
    rating: str,
    given: str,
    day: date,
    by: Role,
    named: Mapping[str, Answer],
) -> Record:
    form = form_of(office.stage.protocol, "fidelity-review")
    items = [one.key for one in form.items if isinstance(one, kinds.Scale)]
    answers: dict[str, Answer] = {
        "occasion": told.occasion,
        "rating": rating,
        "sources": "specialist clinicians records",
        **named,
    }
    for key, value in zip(items, given, strict=True):
        if value == "-":
            answers[key] = Missing.NOT_APPLICABLE.value
            answers[f"{key}_why"] = told.reason
            answers[f"{key}_evidence"] = told.evidence
        else:
            answers[key] = int(value)
    return office.fill(by, form.key, Subject(), day, answers)


def _event(office: Office, held: Held) -> None:
    answers: dict[str, Answer] = {
        "kind": held.kind, "construct": held.domain, "people": held.people,
    }  # fmt: skip
    if held.decided:
        answers["decided"] = held.decided
    office.fill(Role.TRIAL_MANAGER, "implementation-event", Subject(), office.stage.on, answers)


def _list(office: Office, firm: Firm) -> None:
    stage = office.stage
    with office.act(stage.cast.of(Role.EMPLOYMENT_SPECIALIST), Act.LIST_EMPLOYER):
        made = employers.list_employer(
            stage.session, stage.protocol,
            name=firm.name, sector=firm.sector, listed_on=stage.on, on=stage.on,
        )  # fmt: skip
    office.employers.append(made)
    if firm.hired:
        stage.later(firm.hired, partial(_hire, office, made))
    if firm.struck:
        stage.later(firm.struck, partial(_strike, office, made))


def _hire(office: Office, employer: Employer) -> None:
    stage = office.stage
    with office.act(stage.cast.of(Role.EMPLOYMENT_SPECIALIST), Act.LIST_EMPLOYER):
        employers.correct(
            stage.session, stage.protocol, employer,
            name=employer.name, sector=employer.sector, listed_on=employer.listed_on,
            hired=True, on=stage.on,
        )  # fmt: skip


def _strike(office: Office, employer: Employer) -> None:
    stage = office.stage
    with office.act(stage.cast.of(Role.EMPLOYMENT_SPECIALIST), Act.LIST_EMPLOYER, STRUCK):
        employers.strike_off(stage.session, employer, struck_on=stage.on, on=stage.on)


def _week(office: Office, number: int) -> None:
    """On a Friday the employment specialist enters the week."""
    told, friday = office.story.weeks, office.stage.on
    met = told.face_to_face[number]
    specialist = Role.EMPLOYMENT_SPECIALIST
    week: dict[str, Answer] = {
        "at_work": "no" if met < 0 else "yes",
        "caseload": told.caseload[number],
    }
    if met >= 0:
        week["full_time_share"] = told.full_time_share
    office.fill(specialist, "specialist-week", Subject(), friday, week)
    for place in range(max(met, 0) + told.otherwise[number]):
        _contact(office, friday, face_to_face=place < met)
    clusters = office.clusters()
    for place in range(told.meetings[number]):
        answers: dict[str, Answer] = {
            "minutes": 30 + 15 * (place % 2), "work_discussed": "yes", "kind": "team",
        }  # fmt: skip
        where = Subject(cluster=clusters[(number + place) % len(clusters)])
        office.fill(specialist, "clinical-meeting", where, friday - timedelta(days=place), answers)
    _enter(office)


def _contact(office: Office, friday: date, *, face_to_face: bool) -> None:
    standing = [one for one in office.employers if one.struck_on is None]
    employer = office.chance.choice(standing)
    day = max(friday - timedelta(days=office.chance.randint(0, 4)), employer.listed_on)
    answers: dict[str, Answer] = {
        "face_to_face": "yes" if face_to_face else "no",
        "minutes": 5 * office.chance.randint(3, 12) if face_to_face else 10,
        "with_hiring": office.chance.choice(("yes", "no")),
        "purpose": office.chance.choice(PURPOSES),
    }
    office.fill(
        Role.EMPLOYMENT_SPECIALIST, "employer-contact", Subject(employer=employer), day, answers
    )


def _enter(office: Office) -> None:
    """Enter who came into the programme, once the first employer contact is known."""
    today = office.stage.on
    last = today >= office.story.begins_on + WEEK * (len(office.story.weeks.face_to_face) - 1)
    for person, days in zip(office.people(), office.story.entries.days, strict=False):
        entry = max(person.enrolled_on, office.story.begins_on) + timedelta(days=5)
        contact = entry + timedelta(days=max(days, 0))
        gone = person.died_on or person.withdrew_followup_on
        if person.id in office.entered or (gone and gone <= entry):
            continue
        if not last and (days < 0 or contact > today):
            continue
        known: Answer = Missing.NOT_APPLICABLE.value if days < 0 else contact.isoformat()
        if contact <= today:
            answers: dict[str, Answer] = {
                "programme_from": entry.isoformat(),
                "first_contact": known,
            }
            office.fill(
                Role.EMPLOYMENT_SPECIALIST,
                "programme-entry",
                Subject(participant=person),
                entry,
                answers,
            )
            office.entered.add(person.id)


def _advise(office: Office, told: Advised) -> None:
    people: list[Any] = [
        one
        for one in office.people()
        if one.enrolled_on <= told.on and one.withdrew_followup_on is None and one.died_on is None
    ]
    if people:
        who = Subject(participant=people[told.participant % len(people)])
        answers: dict[str, Answer] = {"given_by": told.given_by, "topic": told.topic}
        office.fill(Role.EMPLOYMENT_SPECIALIST, "benefits-advice", who, office.stage.on, answers)
