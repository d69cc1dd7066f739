"""Contact with one participant: the attempts, their wishes, and whether they are lost or found."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct import visits
from trial.conduct.access import Act
from trial.conduct.coded import label
from trial.conduct.contact import attempts, lost, wishes
from trial.conduct.contact.next_step import next_step
from trial.conduct.reminders.settling import to_participant as listed_of
from trial.protocol import Protocol
from trial.records.models import ContactAttempt, ContactWishes, Participant, Visit
from trial.web import held, here
from trial.web.contact_forms import (
    Attempt,
    CorrectWishes,
    Found,
    Lost,
    TakeBackAttempt,
    Wishes,
    shown_wishes,
    visits_offered,
    ways_offered,
)
from trial.web.forms import Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("contact", __name__)
Page = tuple[str, int] | Response


@blueprint.get("/participants/<int:person>/contact")
@permission(Act.SEE_FOLLOW_UP)
def show(person: int) -> str:
    """Show how a participant is contacted: next steps, wishes, and every attempt."""
    participant, protocol, session = found(Participant, person), here.protocol(), here.session()
    made = attempts.of_participant(session, participant)
    listed = _visits(participant)
    contacted = participant.withdrew_contact_on is None
    counted = attempts.of_visits(session, [visit.id for visit in listed])
    return render_template(
        "contact/show.html",
        person=participant,
        attempts=made,
        wishes=wishes.wishes_of(session, participant),
        ended=visits.left_on(participant),
        steps=[
            (visit, next_step(protocol, visit, counted[visit.id], here.today(), contacted))
            for visit in listed
            if visit.state == visits.EXPECTED
        ],
        names={visit.id: visits.plan_of(protocol, visit).name for visit in listed},
        label=label,
        messages=listed_of(session, participant),
        **held.told(participant),
    )


@blueprint.route("/participants/<int:person>/contact/add", methods=["GET", "POST"])
@permission(Act.RECORD_CONTACT)
def add(person: int) -> Page:
    """Record one attempt to reach a participant."""
    participant, protocol = found(Participant, person), here.protocol()
    form = Attempt(data={"visit": request.args.get("visit"), "tried_on": here.today()})
    listed, known = _visits(participant), wishes.wishes_of(here.session(), participant)
    never = {key for key, said in (known.ways if known else {}).items() if said == wishes.NEVER}
    form.visit.offer(visits_offered(protocol, listed))
    form.way.offer(ways_offered(protocol, never))
    if form.validate_on_submit():
        chosen = {str(visit.id): visit for visit in listed}.get(form.visit.data or "")

        def do() -> None:
            attempts.record(
                here.session(), protocol, participant, chosen,
                tried_on=form.tried_on.data, tried_at=form.tried_at.data, way=form.way.data,
                outcome=form.outcome.data, arranged_for=form.arranged_for.data,
                next_try_on=form.next_try_on.data, note=form.note.data, on=here.today(),
            )  # fmt: skip

        if form.records(Act.RECORD_CONTACT, do):
            return _back(person, "The attempt is saved.")
    return _asked("add", form, participant, wishes=known)


@blueprint.route("/contact/<int:attempt>/take-back", methods=["GET", "POST"])
@permission(Act.RECORD_CONTACT)
def take_back(attempt: int) -> Page:
    """Take back an attempt that was recorded by mistake."""
    record = found(ContactAttempt, attempt)
    participant = found(Participant, record.participant_id)
    form = TakeBackAttempt(data={"version": record.version})
    if form.validate_on_submit():

        def do() -> None:
            attempts.take_back(here.session(), record, on=here.today())

        if form.records(Act.RECORD_CONTACT, do, of=record):
            return _back(participant.id, "The attempt is taken back.")
    return _asked("take_back", form, participant, attempt=record)


@blueprint.route("/participants/<int:person>/contact/wishes", methods=["GET", "POST"])
@permission(Act.RECORD_WISHES)
def wish(person: int) -> Page:
    """Record how and when a participant wishes to be contacted."""
    participant, protocol = found(Participant, person), here.protocol()
    known: ContactWishes | None = wishes.wishes_of(here.session(), participant)
    form = Wishes() if known is None else CorrectWishes(data=shown_wishes(known))
    ways = [(way.key, way.label) for way in protocol.contacting.ways]
    form.preferred_ways.offer(ways)
    form.never_ways.offer(ways)
    offered = _reminded_by(protocol)
    if offered:
        form.reminders.offer(offered)
    else:
        del form.reminders
    if form.validate_on_submit():

        def do() -> None:
            wishes.record(
                here.session(), protocol, participant,
                preferred_ways=form.preferred_ways.data, never_ways=form.never_ways.data,
                preferred_times=form.preferred_times.data, never_times=form.never_times.data,
                reminders=form.reminders.data if offered else (),
                note=form.note.data, on=here.today(),
            )  # fmt: skip

        if form.records(Act.RECORD_WISHES, do, of=known):
            return _back(person, "The wishes are saved.")
    return _asked("wishes", form, participant)


@blueprint.route("/participants/<int:person>/lost", methods=["GET", "POST"])
@permission(Act.DECLARE_LOST)
def declare(person: int) -> Page:
    """Decide that a participant is lost to follow-up."""
    participant, form = found(Participant, person), Lost()
    left = lost.untried(here.session(), here.protocol(), participant)

    def do() -> None:
        lost.declare(
            here.session(), here.protocol(), participant, happened_on=form.happened_on.data,
            reason=form.why.data, note=form.note.data, on=here.today(),
        )  # fmt: skip

    said = f"{participant.number} is recorded as lost to follow-up. Nobody is asked to try again."
    return _decided("lost", Act.DECLARE_LOST, form, participant, do, said, untried=left)


@blueprint.route("/participants/<int:person>/found", methods=["GET", "POST"])
@permission(Act.RECORD_FOUND)
def find(person: int) -> Page:
    """Record that a lost participant was found."""
    participant, form = found(Participant, person), Found()

    def do() -> None:
        lost.find(
            here.session(), here.protocol(), participant, happened_on=form.happened_on.data,
            note=form.note.data, on=here.today(),
        )  # fmt: skip

    said = f"{participant.number} is found: visits whose window has not closed are expected again."
    return _decided("found", Act.RECORD_FOUND, form, participant, do, said)


def _decided(
    page: str,
    act: Act,
    form: Form,
    participant: Participant,
    do: Callable[[], Any],
    said: str,
    **rest: Any,
) -> Page:
    if form.validate_on_submit() and form.records(act, do):
        return _back(participant.id, said)
    return _asked(page, form, participant, **rest)


def _asked(page: str, form: Form, participant: Participant, **rest: Any) -> Page:
    shown = render_template(
        f"contact/{page}.html", form=form, person=participant, label=label, **rest
    )
    return shown, form.status


def _reminded_by(protocol: Protocol) -> list[tuple[str, str]]:
    """The channels by which the protocol has participants reminded."""
    rules = protocol.reminders.rules if protocol.reminders else ()
    sent = {rule.channel for rule in rules if rule.to == "participant"}
    ways = protocol.contacting.channels
    return [(way.channel, way.label) for way in ways if way.channel and way.channel in sent]


def _visits(participant: Participant) -> list[Visit]:
    wanted = select(Visit).where(Visit.participant_id == participant.id)
    return list(here.session().scalars(wanted.order_by(Visit.due_on, Visit.id)))


def _back(person: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("contact.show", person=person))
