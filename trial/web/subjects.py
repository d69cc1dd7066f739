"""Whom or what a record is about: found by an address or by the record, named with a way to its page."""

from dataclasses import dataclass

from flask import abort, current_app, url_for

from trial.conduct import clusters, visits
from trial.conduct.forms.offered import fits
from trial.conduct.forms.plans import Subject
from trial.protocol.forms import FormPlan
from trial.records.models import Cluster, Employer, Participant, Record, Visit
from trial.web import here
from trial.web.found import found
from trial.web.permission import may_open


@dataclass(frozen=True)
class Named:
    """A subject in words, and the address of its own page with what that page is called."""

    words: str
    href: str
    page: str


def at(form: FormPlan, number: int, visit: int | None) -> Subject:
    """The subject that an address names; no such page where the form is not for it."""
    subject = _at(form, number, visit)
    if not fits(form, cluster_of(subject)):
        abort(404)
    return subject


def of(record: Record) -> Subject:
    """The subject of a record."""
    session = here.session()
    if record.participant_id is not None:
        visit = None if record.visit_id is None else session.get(Visit, record.visit_id)
        return Subject(participant=found(Participant, record.participant_id), visit=visit)
    if record.employer_id is not None:
        return Subject(employer=found(Employer, record.employer_id))
    if record.cluster_id is not None:
        return Subject(cluster=found(Cluster, record.cluster_id))
    return Subject()


def cluster_of(subject: Subject) -> Cluster | None:
    """The cluster that a subject belongs to."""
    if subject.cluster_id is None:
        return None
    return subject.cluster or here.session().get(Cluster, subject.cluster_id)


def number_of(subject: Subject) -> int:
    """The number by which addresses name a subject; 0 for the trial."""
    one = subject.participant or subject.employer or subject.cluster
    return 0 if one is None else one.id


def named(subject: Subject) -> Named:
    """A subject in words."""
    if subject.participant is not None:
        person = subject.participant
        words = person.number
        if subject.visit is not None:
            words = f"{words}, {visits.plan_of(here.protocol(), subject.visit).name}"
        page = f"Participant {person.number}"
        return Named(words, url_for("participants.show", person=person.id, _anchor="forms"), page)
    if subject.employer is not None:
        return Named(f"employer {subject.employer.number}", employers(), "Employers")
    if subject.cluster is not None:
        name = clusters.name_of(here.protocol(), subject.cluster)
        return Named(name, url_for("clusters.show", key=subject.cluster.key, _anchor="forms"), name)
    return Named("", url_for("forms.index"), "Forms")


def employers() -> str:
    """Where whoever is signed in finds the employers: their register, or the forms."""
    may = may_open(current_app, "employers.index")
    return url_for("employers.index" if may else "forms.index")


def _at(form: FormPlan, number: int, visit: int | None) -> Subject:
    match form.about:
        case "participant":
            participant = found(Participant, number)
            return Subject(participant=participant, visit=_visit(form, participant, visit))
        case "cluster":
            return Subject(cluster=found(Cluster, number))
        case "employer":
            return Subject(employer=found(Employer, number))
        case _:
            if number != 0:
                abort(404)
            return Subject()


def _visit(form: FormPlan, participant: Participant, number: int | None) -> Visit | None:
    if form.occurs != "visit" or number is None:
        return None
    visit = found(Visit, number)
    if visit.participant_id != participant.id or visit.plan not in form.visits:
        abort(404)
    return visit
