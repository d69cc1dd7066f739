"""One participant's work as a figure: a lane for each kind of work that they had."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from trial.conduct.dates import words
from trial.conduct.outcomes import primary_visit
from trial.protocol import Protocol
from trial.protocol.employment import SpellKind
from trial.protocol.windows import due
from trial.records.models import Participant, Spell, Visit
from trial.report.picture import Bar, Fill, Lane, Lanes, Marker
from trial.report.value import Figure

BEFORE = timedelta(days=365)  # of earlier work, as much as a year is drawn; the table has all of it


def lanes(
    protocol: Protocol,
    participant: Participant,
    spells: Sequence[Spell],
    visits: Iterable[Visit],
    on: date,
) -> Lanes | None:
    """The lanes of a participant, or None where there is no work to draw."""
    first, last = _ends(protocol, participant, spells, on)
    counted = [
        spell
        for spell in spells
        if spell.voided_on is None and (spell.ended_on is None or spell.ended_on >= first)
    ]
    if not counted:
        return None
    kinds = [k for k in protocol.work.kinds if any(s.kind == k.key for s in counted)]
    marks = [Marker(participant.enrolled_on, "Enrolled")]
    marks += [
        Marker(visit.done_on, next(p.name for p in protocol.visits if p.key == visit.plan))
        for visit in visits
        if visit.done_on is not None and visit.done_on != participant.enrolled_on
    ]
    return Lanes(
        starts_on=first,
        ends_on=last,
        lanes=tuple(_lane(kind, counted) for kind in kinds),
        markers=tuple(marks),
        known_until=participant.known_until,
    )


def figure(participant: Participant, drawn: Lanes) -> Figure:
    """The lanes with their title and what they say in words."""
    said = [
        f"{lane.label}: {bar.label or 'from'} {words(bar.starts_on)} to "
        f"{words(bar.ends_on) if bar.ends_on else 'now'}."
        for lane in drawn.lanes
        for bar in lane.bars
    ]
    title = f"Work of {participant.number}"
    return Figure(key="work", title=title, description=" ".join(said), drawing=drawn)


def _ends(
    protocol: Protocol, participant: Participant, spells: Sequence[Spell], on: date
) -> tuple[date, date]:
    enrolled = participant.enrolled_on
    last = max(due(primary_visit(protocol), enrolled), on)
    earliest = min([enrolled, *(s.started_on for s in spells if s.voided_on is None)])
    return max(earliest, enrolled - BEFORE), last


def _lane(kind: SpellKind, spells: Sequence[Spell]) -> Lane:
    fill = Fill.SOLID if kind.open else Fill.STRIPED if kind.paid else Fill.PLAIN
    bars = [
        Bar(spell.started_on, spell.ended_on, spell.job_title or "")
        for spell in spells
        if spell.kind == kind.key
    ]
    return Lane(kind.label.partition(":")[0], tuple(bars), fill)
