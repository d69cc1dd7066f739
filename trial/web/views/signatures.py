"""Signatures: what asks for one, and signing a form or a participant's casebook."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField

from trial.conduct import amendments, casebook, signing
from trial.conduct.access import Act
from trial.conduct.forms.plans import form_of, may_see
from trial.protocol import Protocol
from trial.records.models import Participant, Record
from trial.web import here, subjects
from trial.web.clusters_named import names
from trial.web.fields import Line
from trial.web.found import found
from trial.web.permission import permission
from trial.web.proof import Proof

blueprint = Blueprint("signatures", __name__, url_prefix="/signatures")
Page = tuple[str, int] | Response
MEANING = "I have reviewed these data and confirm that they are accurate and complete."
SHOWN = 200
ORDER = (signing.INVALID, signing.UNSIGNED, signing.SIGNED)


class Sign(Proof):
    """A signature: its meaning, the proof of who signs, and the fingerprint of what the page showed."""

    meaning = Line(
        "What your signature means", needed="Say what your signature means", most=signing.MOST
    )
    shown = HiddenField()


@blueprint.get("")
@permission(Act.SIGN_RECORD)
def index() -> str:
    """List what asks for a signature or has one, without a valid one first."""
    session, protocol = here.session(), here.protocol()
    forms, people = signing.forms(session, protocol), signing.casebooks(session)
    rows = [session.get_one(Record, number) for number in _first(forms)]
    return render_template(
        "signatures/index.html",
        rows=[(one, _form_name(protocol, one), _named(one)) for one in rows],
        states=forms,
        counts=signing.counted(forms.values()),
        more=len(forms) - len(rows),
        people=[(found(Participant, number), people[number]) for number in _first(people)],
        casebooks=signing.counted(people.values()),
        clusters=names(),
    )


@blueprint.route("/record/<int:record>", methods=["GET", "POST"])
@permission(Act.SIGN_RECORD)
def record(record: int) -> Page:
    """Sign one form: the page shows everything that is signed."""
    row = found(Record, record)
    protocol = amendments.version_of(here.session(), row.protocol_sha256, here.protocol())
    plan = form_of(protocol, row.form)
    if not may_see(here.actor(), plan, row.cluster_id):
        abort(404)
    return _sign(
        row,
        protocol,
        lambda: [casebook.of_form(here.session(), protocol, row)],
        title=f"Sign “{plan.name}”",
        named=_named(row) or "the trial",
        back=url_for("forms.show", record=record),
    )


@blueprint.route("/participant/<int:person>", methods=["GET", "POST"])
@permission(Act.SIGN_RECORD)
def participant(person: int) -> Page:
    """Sign a participant's casebook: the person, the visits, the work, the events and every form."""
    row, protocol = found(Participant, person), here.protocol()
    return _sign(
        row,
        protocol,
        lambda: casebook.of_participant(here.session(), protocol, here.actor(), row),
        title=f"Sign the casebook of {row.number}",
        named="",
        back=url_for("participants.show", person=person),
    )


def _sign(
    row: Record | Participant,
    protocol: Protocol,
    parts: Callable[[], list[casebook.Part]],
    **page: Any,
) -> Page:
    form, number = Sign(g.account, data={"meaning": MEANING}), row.id
    if form.validate_on_submit() and form.proves():
        again: Any = here.session().get_one(type(row), number)

        def do() -> None:
            shown = form.shown.data or ""
            signing.sign(here.session(), protocol, again, form.meaning.data, shown=shown)

        if form.records(Act.SIGN_RECORD, do):
            flash("It is signed. Any later change makes the signature invalid.", "done")
            return redirect(page["back"])
    now: Any = here.session().get_one(type(row), number)
    form.shown.data = signing.fingerprint(here.session(), now)
    return render_template(
        "signatures/sign.html",
        form=form,
        parts=parts(),
        obstacles=signing.obstacles(here.session(), protocol, now, here.today()),
        **page,
    ), form.status


def _first(states: dict[int, str]) -> list[int]:
    """The numbers of those that a page lists, what is to be done first."""
    listed = sorted(states, key=lambda number: (ORDER.index(states[number]), number))
    return listed[:SHOWN]


def _form_name(protocol: Protocol, record: Record) -> str:
    return form_of(
        amendments.version_of(here.session(), record.protocol_sha256, protocol), record.form
    ).name


def _named(record: Record) -> str:
    return subjects.named(subjects.of(record)).words
