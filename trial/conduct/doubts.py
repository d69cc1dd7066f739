"""What the checks of employment doubt: unusual hours, pay below the minimum wage. Queries, never a block."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise

from sqlalchemy.orm import Session

from trial.conduct import pay
from trial.conduct.queries import Doubt, settle
from trial.protocol import Protocol
from trial.records.models import Participant, Spell, Term

DAY = timedelta(days=1)
USUAL_HOURS, MINIMUM_WAGE = "usual hours", "minimum wage"


def standing_terms(spell: Spell) -> list[Term]:
    """The terms of a spell that count, in order of their dates."""
    return sorted((t for t in spell.terms if t.voided_on is None), key=lambda t: t.from_on)


def overlaps(spells: Iterable[Spell]) -> list[tuple[Spell, Spell]]:
    """The pairs of spells that share a day: allowed, since people hold two jobs, but shown."""
    counted = sorted((s for s in spells if s.voided_on is None), key=lambda s: s.started_on)
    return [
        (first, second)
        for first, second in combinations(counted, 2)
        if first.ended_on is None or second.started_on <= first.ended_on
    ]


def pay_check(
    protocol: Protocol, participant: Participant, spell: Spell, term: Term, until: date
) -> pay.Check | None:
    """What a term's pay says against the minimum wage from its first day to its last."""
    kind = next((k for k in protocol.work.kinds if k.key == spell.kind), None)
    if kind is None or not kind.paid or term.pay is None:
        return None
    rate = pay.hourly(term.pay, term.pay_period, term.weekly_hours)
    return pay.against_minimum(protocol.work, rate, participant.birth_year, term.from_on, until)


def last_days(spell: Spell, terms: Sequence[Term], on: date) -> dict[int, date]:
    """The last day of each term: the day before the next, the end of the spell, or today."""
    until = {terms[-1].id: spell.ended_on or on} if terms else {}
    return until | {term.id: after.from_on - DAY for term, after in pairwise(terms)}


def doubts_of(
    protocol: Protocol, participant: Participant, spell: Spell, on: date
) -> dict[int, list[Doubt]]:
    """Every doubt about the terms of a spell, by term; voided ones give none."""
    terms = standing_terms(spell) if spell.voided_on is None else []
    until = last_days(spell, terms, on)
    found: dict[int, list[Doubt]] = {term.id: [] for term in spell.terms}
    for term in terms:
        found[term.id] = [
            *_hours(protocol, term),
            *_pay(protocol, participant, spell, term, until[term.id]),
        ]
    return found


def settle_spell(
    session: Session, protocol: Protocol, participant: Participant, spell: Spell, on: date
) -> None:
    """Bring the queries about a spell's terms in line with what the checks doubt now."""
    session.flush()
    for term, doubts in doubts_of(protocol, participant, spell, on).items():
        settle(session, participant, table="term", row=term, doubts=doubts)


def _hours(protocol: Protocol, term: Term) -> list[Doubt]:
    usual = protocol.work.usual_weekly_hours_max
    if term.weekly_hours is None or term.weekly_hours <= usual:
        return []
    text = f"{term.weekly_hours} hours a week is more than {usual}. Is that right?"
    return [Doubt("weekly_hours", USUAL_HOURS, text)]


def _pay(
    protocol: Protocol, participant: Participant, spell: Spell, term: Term, until: date
) -> list[Doubt]:
    check = pay_check(protocol, participant, spell, term, until)
    return [Doubt("pay", MINIMUM_WAGE, check.text)] if check and check.doubt else []
