"""The dated terms of a spell: a change of hours or pay is no new job."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.amounts import check_amounts, new_term
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.doubts import settle_spell, standing_terms
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.visits import refuse_after, refuse_closed
from trial.protocol import Protocol
from trial.records.models import Participant, Spell, Term

ITEMS = ("from_on", "weekly_hours", "pay", "pay_period")
CHANGED = "no change of hours or pay is recorded"


def add_term(
    session: Session,
    protocol: Protocol,
    spell: Spell,
    *,
    from_on: date,
    weekly_hours: Decimal | None,
    pay: Decimal | None,
    pay_period: str | None,
    on: date,
) -> Term:
    """Record the hours and the pay that hold from a day of the spell on."""
    participant = changeable(session, spell)
    refuse_closed(participant)
    check_amounts(protocol, weekly_hours, pay, pay_period)
    _check_day(spell, None, from_on, on)
    refuse_after(participant, from_on, "from_on", CHANGED)
    term = new_term(participant, from_on, weekly_hours, pay, pay_period)
    spell.terms.append(term)
    settle_spell(session, protocol, participant, spell, on)
    return term


def correct_term(
    session: Session, protocol: Protocol, term: Term, *, on: date, **changes: Any
) -> bool:
    """Change what was recorded of a term; whether anything changed. A saved value needs a reason."""
    participant = changeable(session, term.spell)
    if unknown := set(changes) - set(ITEMS):
        raise TypeError(f"not items of a term: {', '.join(sorted(unknown))}")
    _refuse_voided(term)
    values = {item: getattr(term, item) for item in ITEMS} | changes
    check_amounts(protocol, values["weekly_hours"], values["pay"], values["pay_period"])
    _check_day(term.spell, term, values["from_on"], on)
    if values["from_on"] != term.from_on:
        refuse_after(participant, values["from_on"], "from_on", CHANGED)
    changed = set_with_reason(session, term, values)
    settle_spell(session, protocol, participant, term.spell, on)
    return changed


def void_term(session: Session, protocol: Protocol, term: Term, *, on: date) -> Term:
    """Take back a term entered by mistake: kept, but not counted."""
    need(session)
    participant = changeable(session, term.spell)
    _refuse_voided(term)
    term.voided_on = on
    settle_spell(session, protocol, participant, term.spell, on)
    return term


def changeable(session: Session, spell: Spell) -> Participant:
    """The participant whose spell this is; raises ``Refused`` where the spell may not change."""
    if spell.voided_on is not None:
        raise Refused(
            f"This was voided on {words(spell.voided_on)}: it can no longer change. "
            "Record it again if it did take place."
        )
    participant = session.get_one(Participant, spell.participant_id)
    if participant.withdrew_data_on is not None:
        raise Refused(
            f"{participant.number} withdrew what was given on "
            f"{words(participant.withdrew_data_on)}: the work history stays as it is."
        )
    return participant


def _refuse_voided(term: Term) -> None:
    if term.voided_on is not None:
        raise Refused(f"This was voided on {words(term.voided_on)}: it can no longer change.")


def _check_day(spell: Spell, term: Term | None, from_on: date | None, on: date) -> None:
    if from_on is None:
        raise Refused("Enter the day from which these hours and this pay hold.", "from_on")
    not_future(from_on, on, "from_on", "This day")
    not_before(from_on, spell.started_on, "from_on", "This day", "the start")
    if spell.ended_on is not None and from_on > spell.ended_on:
        raise Refused(
            f"This day cannot be after the last day worked ({words(spell.ended_on)}).", "from_on"
        )
    if any(other.from_on == from_on for other in standing_terms(spell) if other is not term):
        raise Refused(
            f"Hours and pay from {words(from_on)} are recorded already: correct those.", "from_on"
        )
