"""A participant's work: spells and their terms, added, corrected, ended and taken back."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from trial.conduct import employment
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.records.models import Participant, Spell, Term
from trial.web import here
from trial.web.employment_forms import (
    AddSpell,
    AddTerm,
    CorrectSpell,
    CorrectTerm,
    EndSpell,
    Void,
    nothing_answered,
)
from trial.web.forms import Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("employment", __name__)
Page = tuple[str, int] | Response
UNCHANGED = "Nothing is changed yet: change an answer, or leave it as it is."


@blueprint.route("/participants/<int:person>/work/add", methods=["GET", "POST"])
@permission(Act.RECORD_SPELL)
def add(person: int) -> Page:
    """Record a spell of work."""
    participant = found(Participant, person)
    form = AddSpell()
    form.for_participant(participant)
    if form.validate_on_submit():
        told = form.answers() | form.amounts()
        if form.records(
            Act.RECORD_SPELL, lambda: _do(employment.record_spell, participant, **told)
        ):
            return _back(person, "The work is saved.")
    return _page("add", form, participant)


@blueprint.route("/work/<int:spell>/correct", methods=["GET", "POST"])
@permission(Act.CORRECT_SPELL)
def correct(spell: int) -> Page:
    """Correct what was recorded of a spell."""
    record, participant = _spell(spell)
    form = CorrectSpell(obj=record)
    form.for_participant(participant)
    form.show(record)
    if form.validate_on_submit():

        def change() -> None:
            if not _do(employment.correct_spell, record, **form.answers()):
                raise Refused(UNCHANGED)

        if form.records(Act.CORRECT_SPELL, change, of=record):
            return _back(participant.id, "The work is corrected.")
    return _page("correct", form, participant, record)


@blueprint.route("/work/<int:spell>/end", methods=["GET", "POST"])
@permission(Act.CORRECT_SPELL)
def end(spell: int) -> Page:
    """Record when and why a running spell ended."""
    record, participant = _spell(spell)
    form = EndSpell()
    if form.validate_on_submit():
        told = {
            "ended_on": form.ended_on.data,
            "end_day_known": form.ended_on.day_known,
            "ending_reason": form.ending_reason.data,
        }
        if form.records(Act.CORRECT_SPELL, lambda: _do(employment.end_spell, record, **told)):
            return _back(participant.id, "The end is saved.")
    return _page("end", form, participant, record)


@blueprint.route("/work/<int:spell>/void", methods=["GET", "POST"])
@permission(Act.VOID_SPELL)
def void(spell: int) -> Page:
    """Take back a spell that was entered by mistake."""
    record, participant = _spell(spell)
    form = Void(obj=record)
    if form.validate_on_submit() and form.records(
        Act.VOID_SPELL, lambda: _do(employment.void_spell, record), of=record
    ):
        return _back(participant.id, "The work is taken back.")
    return _page("void", form, participant, record)


@blueprint.route("/work/<int:spell>/terms/add", methods=["GET", "POST"])
@permission(Act.CORRECT_SPELL)
def add_term(spell: int) -> Page:
    """Record other hours or another pay from a day on."""
    record, participant = _spell(spell)
    form = AddTerm()
    if form.validate_on_submit() and _told(form):
        told = form.amounts() | {"from_on": form.from_on.data}
        if form.records(Act.CORRECT_SPELL, lambda: _do(employment.add_term, record, **told)):
            return _back(participant.id, "The hours and the pay are saved.")
    return _page("add_term", form, participant, record)


@blueprint.route("/terms/<int:term>/correct", methods=["GET", "POST"])
@permission(Act.CORRECT_SPELL)
def correct_term(term: int) -> Page:
    """Correct hours or pay."""
    record = found(Term, term)
    spell, participant = _spell(record.spell_id)
    form = CorrectTerm(obj=record)
    if form.validate_on_submit() and _told(form):

        def change() -> None:
            told = form.amounts() | {"from_on": form.from_on.data}
            if not _do(employment.correct_term, record, **told):
                raise Refused(UNCHANGED)

        if form.records(Act.CORRECT_SPELL, change, of=record):
            return _back(participant.id, "The hours and the pay are corrected.")
    return _page("correct_term", form, participant, spell, record)


@blueprint.route("/terms/<int:term>/void", methods=["GET", "POST"])
@permission(Act.VOID_SPELL)
def void_term(term: int) -> Page:
    """Take back hours and pay that were entered by mistake."""
    record = found(Term, term)
    spell, participant = _spell(record.spell_id)
    form = Void(obj=record)
    if form.validate_on_submit() and form.records(
        Act.VOID_SPELL, lambda: _do(employment.void_term, record), of=record
    ):
        return _back(participant.id, "These hours and this pay are taken back.")
    return _page("void_term", form, participant, spell, record)


def _do(act: Callable[..., Any], record: Any, **told: Any) -> Any:
    return act(here.session(), here.protocol(), record, **told, on=here.today())


def _spell(number: int) -> tuple[Spell, Participant]:
    spell = found(Spell, number)
    return spell, found(Participant, spell.participant_id)


def _told(form: AddTerm) -> bool:
    if nothing_answered(form):
        form.refuse(Refused("Enter the hours, the pay, or both", "weekly_hours"))
        return False
    return True


def _back(person: int, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("participants.show", person=person, _anchor="work"))


def _page(
    what: str,
    form: Form,
    person: Participant,
    spell: Spell | None = None,
    term: Term | None = None,
) -> tuple[str, int]:
    return render_template(
        f"employment/{what}.html", form=form, person=person, spell=spell, term=term
    ), form.status
