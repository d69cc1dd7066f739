"""The work history: spells of work recorded, corrected, ended and voided, each with its checks."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.amounts import check_amounts, new_term
from trial.conduct.coded import one_of
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.doubts import overlaps, settle_spell, standing_terms
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.terms import add_term, changeable, correct_term, void_term
from trial.conduct.underway import draft
from trial.conduct.visits import closed_on, refuse_after, refuse_closed
from trial.protocol import Protocol
from trial.records.models import Participant, Spell

__all__ = [
    "add_term",
    "correct_spell",
    "correct_term",
    "end_spell",
    "overlaps",
    "record_spell",
    "void_spell",
    "void_term",
]

CORRECTABLE = (
    "kind", "started_on", "start_day_known", "ended_on", "end_day_known", "sector", "job_title",
    "found_with_specialist", "disclosed_mental_health", "disclosed_offending", "ending_reason",
    "source",
)  # fmt: skip
HELPED = ("yes", "no", "unknown")
MID_MONTH = 15


def record_spell(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    kind: str,
    started_on: date,
    source: str,
    start_day_known: bool = True,
    ended_on: date | None = None,
    end_day_known: bool = True,
    sector: str | None = None,
    job_title: str | None = None,
    weekly_hours: Decimal | None = None,
    pay: Decimal | None = None,
    pay_period: str | None = None,
    found_with_specialist: str | None = None,
    disclosed_mental_health: str | None = None,
    disclosed_offending: str | None = None,
    ending_reason: str | None = None,
    on: date,
) -> Spell:
    """Record a spell of work with its first hours and pay; what the checks doubt becomes a query."""
    refuse_closed(participant)
    told: dict[str, Any] = {
        "kind": kind, "started_on": started_on, "start_day_known": start_day_known,
        "ended_on": ended_on, "end_day_known": end_day_known, "sector": sector,
        "job_title": job_title, "found_with_specialist": found_with_specialist,
        "disclosed_mental_health": disclosed_mental_health, "source": source,
        "disclosed_offending": disclosed_offending, "ending_reason": ending_reason,
    }  # fmt: skip
    values = _dated(told, on)
    _check(session, protocol, participant.cluster_id, values, on)
    _refuse_days(participant, values, {})
    check_amounts(protocol, weekly_hours, pay, pay_period)
    spell = Spell(participant_id=participant.id, cluster_id=participant.cluster_id, **values)
    first = new_term(participant, values["started_on"], weekly_hours, pay, pay_period)
    spell.terms = [] if weekly_hours is None and pay is None else [first]
    session.add(spell)
    settle_spell(session, protocol, participant, spell, on)
    return spell


def correct_spell(
    session: Session, protocol: Protocol, spell: Spell, *, on: date, **changes: Any
) -> bool:
    """Change what was recorded of a spell; whether anything changed. A saved value needs a reason.

    ``changes`` are items of ``record_spell`` other than hours and pay, which are terms.
    """
    participant = changeable(session, spell)
    current = {item: getattr(spell, item) for item in CORRECTABLE}
    if unknown := set(changes) - set(current):
        raise TypeError(f"not items of a spell: {', '.join(sorted(unknown))}")
    values = _dated(current | changes, min(on, closed_on(participant) or on))
    if "found_with_specialist" not in changes:
        del values["found_with_specialist"]
    _check(session, protocol, spell.cluster_id, values, on)
    _refuse_days(participant, values, current)
    terms = standing_terms(spell)
    follows = [term for term in terms[:1] if term.from_on == spell.started_on]
    _terms_inside(spell, values, follows)
    changed = set_with_reason(session, spell, values)
    for term in follows:
        term.from_on = values["started_on"]
    settle_spell(session, protocol, participant, spell, on)
    return changed


def end_spell(
    session: Session,
    protocol: Protocol,
    spell: Spell,
    *,
    ended_on: date,
    end_day_known: bool = True,
    ending_reason: str | None = None,
    on: date,
) -> Spell:
    """Record the last day worked of a spell that was running, and why it ended."""
    participant = changeable(session, spell)
    if spell.ended_on is not None:
        raise Refused(f"This ended on {words(spell.ended_on)}: correct it instead.", "ended_on")
    values = {item: getattr(spell, item) for item in CORRECTABLE if item != "found_with_specialist"}
    ending = {"ended_on": ended_on, "end_day_known": end_day_known, "ending_reason": ending_reason}
    values = _dated(values | ending, min(on, closed_on(participant) or on))
    _check(session, protocol, spell.cluster_id, values, on)
    _refuse_days(participant, values, {"started_on": spell.started_on})
    _terms_inside(spell, values, [])
    for item in ending:
        setattr(spell, item, values[item])
    settle_spell(session, protocol, participant, spell, on)
    return spell


def void_spell(session: Session, protocol: Protocol, spell: Spell, *, on: date) -> Spell:
    """Take back a spell entered by mistake: kept, but not counted."""
    need(session)
    participant = changeable(session, spell)
    spell.voided_on = on
    settle_spell(session, protocol, participant, spell, on)
    return spell


def _dated(values: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The values with the 15th where only the month is known, or the nearest day that is possible."""
    made = dict(values)
    start, end = made["started_on"], made["ended_on"]
    if end is None:
        made["end_day_known"] = True
    elif not made["end_day_known"]:
        made["ended_on"] = end = _mid_month(end, start, on)
    if start is not None and not made["start_day_known"]:
        made["started_on"] = _mid_month(start, None, min(on, end) if end else on)
    return made


def _mid_month(day: date, earliest: date | None, latest: date) -> date:
    middle = day.replace(day=MID_MONTH)
    same_month = [d for d in (earliest, latest) if d and (d.year, d.month) == (day.year, day.month)]
    if earliest in same_month and earliest is not None:
        middle = max(middle, earliest)
    return min(middle, latest) if latest in same_month else middle


def _check(
    session: Session, protocol: Protocol, cluster_id: int, values: Mapping[str, Any], on: date
) -> None:
    _check_codes(protocol, values)
    _check_help(session, cluster_id, values.get("found_with_specialist"))
    start, end = values["started_on"], values["ended_on"]
    if start is None:
        raise Refused("Enter when it started: the day, or the month at least.", "started_on")
    not_future(start, on, "started_on", "The start")
    not_future(end, on, "ended_on", "The last day worked")
    not_before(end, start, "ended_on", "The last day worked", "the start")
    if values["ending_reason"] is not None and end is None:
        raise Refused("Enter the last day worked, or leave out why it ended.", "ended_on")


def _refuse_days(
    participant: Participant, values: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Of what changes nothing may be dated after follow-up ended, or since the participant was stopped.

    Work during a stop may be told once consent stands again: it is collected then.
    """
    for item, what in (
        ("started_on", "no start is recorded"),
        ("ended_on", "no end is recorded"),
    ):
        if values[item] != before.get(item):
            refuse_after(participant, values[item], item, what)


def _check_codes(protocol: Protocol, values: Mapping[str, Any]) -> None:
    plan = protocol.work
    one_of(plan.kinds, values["kind"], "kind", "Choose the kind of work.")
    one_of(plan.evidence_sources, values["source"], "source", "Choose the source of the evidence.")
    for item, codes in (
        ("sector", plan.sectors),
        ("disclosed_mental_health", plan.disclosure),
        ("disclosed_offending", plan.disclosure),
        ("ending_reason", plan.ending_reasons),
    ):
        if values[item] is not None:
            one_of(codes, values[item], item, "Choose one of the answers shown.")


def _check_help(session: Session, cluster_id: int, helped: str | None) -> None:
    if helped is None:
        return
    if not draft(session).by.sees_arm_of(cluster_id):
        raise NotAllowed("This is recorded by those who know the allocation of this cluster.")
    if helped not in HELPED:
        raise Refused("Choose one of the answers shown.", "found_with_specialist")


def _terms_inside(spell: Spell, values: Mapping[str, Any], follows: list[Any]) -> None:
    """No change of hours or pay may be left outside the spell."""
    start, end = values["started_on"], values["ended_on"]
    for term in standing_terms(spell):
        from_on = start if term in follows else term.from_on
        if from_on < start or (end is not None and from_on > end):
            raise Refused(
                f"Hours and pay change on {words(term.from_on)}, which would lie outside: "
                "void or correct that change first.",
                "started_on" if from_on < start else "ended_on",
            )
