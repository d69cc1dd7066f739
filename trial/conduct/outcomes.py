"""What a participant's records say about open employment: records in, the derived outcomes out."""

from collections.abc import Iterable
from datetime import date

from trial import analysis
from trial.analysis.employment import Answer, History, Outcomes, SpellSeen, TermSeen
from trial.conduct.visits import DONE, in_window
from trial.protocol import Protocol
from trial.protocol.visits import VisitPlan
from trial.protocol.windows import due
from trial.records.models import Participant, Spell, Visit


def primary_visit(protocol: Protocol) -> VisitPlan:
    """The visit at which the primary outcome is read."""
    return next(visit for visit in protocol.visits if visit.primary)


def outcomes_of(
    protocol: Protocol,
    participant: Participant,
    spells: Iterable[Spell],
    visits: Iterable[Visit],
    on: date,
) -> Outcomes:
    """Every derived outcome of one participant as known on a day; voided spells do not count."""
    kinds = {kind.key: kind for kind in protocol.work.kinds}
    seen = [
        _seen(spell, kinds[spell.kind].open, kinds[spell.kind].paid)
        for spell in spells
        if spell.voided_on is None
    ]
    return analysis.employment.derive(seen, history_of(protocol, participant, visits, on))


def history_of(
    protocol: Protocol, participant: Participant, visits: Iterable[Visit], on: date
) -> History:
    """How far the work history is known, and what the primary visit saw."""
    primary = primary_visit(protocol)
    done = next((v for v in visits if v.plan == primary.key and v.state == DONE), None)
    known = participant.known_until
    return History(
        enrolled_on=participant.enrolled_on,
        known_until=None if known is None else min(known, on),
        twelve_months_on=due(primary, participant.enrolled_on),
        visit12_on=None if done is None else done.done_on,
        visit12_in_window=done is not None and bool(in_window(done)),
        visit12_status=None if done is None or done.working is None else Answer(done.working),
    )


def _seen(spell: Spell, open_kind: bool, paid: bool) -> SpellSeen:
    return SpellSeen(
        kind=spell.kind,
        open=open_kind,
        paid=paid,
        started_on=spell.started_on,
        ended_on=spell.ended_on,
        terms=tuple(
            TermSeen(term.from_on, term.weekly_hours, term.pay, term.pay_period)
            for term in spell.terms
            if term.voided_on is None
        ),
        start_day_known=spell.start_day_known,
        end_day_known=spell.end_day_known,
    )
