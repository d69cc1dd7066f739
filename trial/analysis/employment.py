"""What one person's spells of work say about open employment, unknown where unknown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

DAY = timedelta(days=1)
NOUGHT = Decimal(0)
NOTHING = Decimal("0.00")
# Sums of money and hours are exact; the context raises rather than round.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
PAY_PERIODS = frozenset({None, "hour", "week", "month", "year"})


class Answer(StrEnum):
    """Yes, no, or not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TermSeen:
    """Hours and pay that hold from a day on, until the next term of the same spell.

    ``pay`` in pounds a ``pay_period`` (hour, week, month or year); None where not known.
    """

    from_on: date
    weekly_hours: Decimal | None = None
    pay: Decimal | None = None
    pay_period: str | None = None


@dataclass(frozen=True)
class SpellSeen:
    """One spell of work from its first to its last day worked; no last day while it runs.

    ``open`` and ``paid`` are what the protocol says of its kind. Where only the month is known the
    day is the 15th and the flag is False.
    """

    kind: str
    open: bool
    paid: bool
    started_on: date
    ended_on: date | None = None
    terms: tuple[TermSeen, ...] = ()
    start_day_known: bool = True
    end_day_known: bool = True


@dataclass(frozen=True)
class History:
    """How far a person's work is known, and what the 12-month visit saw.

    ``twelve_months_on`` is the anniversary as the protocol reckons it (29 February included).
    ``visit12_status`` is the answer given at the 12-month visit; None takes it from the spells on
    that day.
    """

    enrolled_on: date
    known_until: date | None
    twelve_months_on: date
    visit12_on: date | None = None
    visit12_in_window: bool = False
    visit12_status: Answer | None = None


@dataclass(frozen=True)
class Outcomes:
    """Everything derived from one person's spells.

    ``complete`` says that the history is known to the 12-month date. Without it ``open_days``,
    ``open_hours``, ``open_earnings``, ``jobs`` and ``paid_jobs`` are observed to date and never
    enter a mean. A figure that is not known is None and its ``..._reason`` says why.
    ``approximate`` flags open spells of which only the month is known.
    """

    open_at_12: Answer
    open_at_12_basis: str
    ever_open: Answer
    days_to_first_open: int | None
    first_open_at_most: bool
    open_days: int | None
    open_hours: Decimal | None
    open_hours_reason: str
    open_earnings: Decimal | None
    open_earnings_reason: str
    jobs: int | None
    paid_jobs: int | None
    longest_tenure: int | None
    longest_tenure_at_least: bool
    complete: bool
    known_until: date | None
    approximate: bool
    known_days: int
    paid_days: int | None
    first_job_days: int | None
    first_job_ended: bool

    def as_dict(self) -> dict[str, object]:
        """The outcomes as one row of the outcomes frame."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def longest_tenure_words(self) -> str:
        """The longest tenure for a reader: ``>= 40 days`` while it may still grow."""
        if self.longest_tenure is None:
            return "not known"
        sign = ">= " if self.longest_tenure_at_least else ""
        return f"{sign}{self.longest_tenure} days"


def derive(spells: Iterable[SpellSeen], history: History) -> Outcomes:
    """All outcomes of one person over [enrolment, 12-month date], days counted inclusively.

    Hours and earnings are summed by the day over all open spells, overlapping ones each (weekly /
    7, monthly x 12 / 365.25, yearly / 365.25, hourly x weekly hours / 7), exactly, and rounded to
    hundredths once at the end, halves up. Days are the union of the open spells. Nothing after
    ``known_until`` counts as worked. That a job was *seen* to start counts for ``ever_open`` and
    ``jobs`` even after ``known_until``.
    Raises ValueError for a spell that ends before it starts, a 12-month date before enrolment, or
    an unknown period of pay.
    Source: the trial's definitions in its protocol.

    >>> job = SpellSeen("open", True, True, date(2016, 1, 10), date(2016, 1, 23),
    ...                 (TermSeen(date(2016, 1, 10), Decimal(20), Decimal(7), "hour"),))
    >>> found = derive([job], History(date(2016, 1, 1), date(2017, 1, 1), date(2017, 1, 1)))
    >>> found.open_days, found.open_hours, found.open_earnings, str(found.open_at_12)
    (14, Decimal('40.00'), Decimal('280.00'), 'no')
    """
    spells = tuple(spells)
    _check(spells, history)
    seen = [spell for spell in spells if _seen(spell, history)]
    jobs = [spell for spell in seen if spell.open]
    known = history.known_until is not None and history.known_until >= history.enrolled_on
    complete = known and _edge(history) == history.twelve_months_on
    worked = _worked(jobs, history) if known else []
    status, basis = at_twelve_months(jobs, history)
    first, at_most = _first(jobs, history)
    hours, hours_reason, earnings, earnings_reason = _totals(worked, known)
    tenure, at_least = _longest(worked, complete) if known else (None, False)
    length, ended = _first_job(worked)
    paid = [spell for spell in seen if spell.paid]
    ever = Answer.YES if jobs else Answer.NO if complete else Answer.UNKNOWN
    return Outcomes(
        open_at_12=status,
        open_at_12_basis=basis,
        ever_open=ever,
        days_to_first_open=first,
        first_open_at_most=at_most,
        open_days=_union_of_days(worked) if known else None,
        open_hours=hours,
        open_hours_reason=hours_reason,
        open_earnings=earnings,
        open_earnings_reason=earnings_reason,
        jobs=len(jobs) if known or jobs else None,
        paid_jobs=len(paid) if known or seen else None,
        longest_tenure=tenure,
        longest_tenure_at_least=at_least,
        complete=complete,
        known_until=history.known_until,
        approximate=any(not (job.start_day_known and job.end_day_known) for job in jobs),
        known_days=(_edge(history) - history.enrolled_on).days + 1 if known else 0,
        paid_days=_union_of_days(_worked(paid, history)) if known else None,
        first_job_days=length,
        first_job_ended=ended,
    )


def at_twelve_months(jobs: Sequence[SpellSeen], history: History) -> tuple[Answer, str]:
    """Whether the person is in open employment on the 12-month date, and on what that rests.

    ``jobs`` are the open spells. The spells decide if the history is known to that date; else the
    12-month visit done within its window on or before it; else it is unknown.

    >>> at_twelve_months([], History(date(2016, 1, 1), None, date(2017, 1, 1)))[0]
    <Answer.UNKNOWN: 'unknown'>
    """
    day = history.twelve_months_on
    if history.known_until is not None and history.known_until >= day:
        return _on_day(jobs, day), "the work history, known to the 12-month date"
    visit = history.visit12_on
    if visit is not None and history.visit12_in_window and visit <= day:
        status = _at_visit(jobs, history, visit)
        if status != Answer.UNKNOWN:
            return status, "the 12-month visit, done within its window before the 12-month date"
    return Answer.UNKNOWN, "the work history is not known to the 12-month date"


def _at_visit(jobs: Sequence[SpellSeen], history: History, visit: date) -> Answer:
    if history.visit12_status is not None:
        return history.visit12_status
    known = history.known_until is not None and history.known_until >= visit
    return _on_day(jobs, visit) if known else Answer.UNKNOWN


def _on_day(jobs: Sequence[SpellSeen], day: date) -> Answer:
    covered = any(
        job.started_on <= day and (job.ended_on is None or job.ended_on >= day) for job in jobs
    )
    return Answer.YES if covered else Answer.NO


def _check(spells: Sequence[SpellSeen], history: History) -> None:
    if history.twelve_months_on < history.enrolled_on:
        raise ValueError("the 12-month date lies before enrolment")
    for spell in spells:
        if spell.ended_on is not None and spell.ended_on < spell.started_on:
            raise ValueError("a spell of work ends before it starts")
        for term in spell.terms:
            if term.pay_period not in PAY_PERIODS:
                raise ValueError(f"pay is by the hour, week, month or year, not {term.pay_period}")


def _edge(history: History) -> date:
    """The last day of follow-up on which work is known."""
    known = history.known_until or history.enrolled_on
    return min(known, history.twelve_months_on)


def _seen(spell: SpellSeen, history: History) -> bool:
    """Whether a spell touches the follow-up: its recorded start is itself knowledge."""
    ended_before = spell.ended_on is not None and spell.ended_on < history.enrolled_on
    return spell.started_on <= history.twelve_months_on and not ended_before


def _first(jobs: Sequence[SpellSeen], history: History) -> tuple[int | None, bool]:
    """Days to the first open job, and whether an earlier one may have gone unseen."""
    if not jobs:
        return None, False
    first = max(min(job.started_on for job in jobs), history.enrolled_on)
    known = history.known_until or history.enrolled_on
    return (first - history.enrolled_on).days, first > known + DAY


class _Stretch(NamedTuple):
    """The part of one open spell inside the known follow-up, and whether it goes on beyond."""

    spell: SpellSeen
    first: date
    last: date
    goes_on: bool

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def _worked(jobs: Sequence[SpellSeen], history: History) -> list[_Stretch]:
    edge = _edge(history)
    stretches = []
    for job in jobs:
        first = max(job.started_on, history.enrolled_on)
        if first <= edge:
            goes_on = job.ended_on is None or job.ended_on > edge
            last = edge if job.ended_on is None else min(job.ended_on, edge)
            stretches.append(_Stretch(job, first, last, goes_on))
    return sorted(stretches, key=lambda stretch: stretch.first)


def _union_of_days(worked: Sequence[_Stretch]) -> int:
    days, covered = 0, date.min
    for stretch in worked:
        first = max(stretch.first, covered + DAY)
        if stretch.last >= first:
            days += (stretch.last - first).days + 1
            covered = stretch.last
    return days


def _first_job(worked: Sequence[_Stretch]) -> tuple[int | None, bool]:
    """The length of the first open spell and whether it ended; of two begun at once the longer."""
    if not worked:
        return None, False
    start = min(stretch.first for stretch in worked)
    begun = [stretch for stretch in worked if stretch.first == start]
    first = max(begun, key=lambda stretch: (stretch.days, stretch.goes_on))
    return first.days, not first.goes_on


def _longest(worked: Sequence[_Stretch], complete: bool) -> tuple[int | None, bool]:
    """The longest tenure seen; a job that goes on, or days not known yet, can only lengthen it."""
    if not worked and not complete:
        return None, False
    longest = max((stretch.days for stretch in worked), default=0)
    return longest, not complete or any(stretch.goes_on for stretch in worked)


@dataclass
class _Sums:
    """Exact sums over days: for division by 7 and by 365.25, and days that lack a figure."""

    hours_sevenths: Decimal = NOUGHT
    pay_sevenths: Decimal = NOUGHT
    pay_yearly: Decimal = NOUGHT
    without_hours: int = 0
    without_pay: int = 0

    def add(self, term: TermSeen | None, days: int) -> None:
        hours = None if term is None else term.weekly_hours
        if hours is None:
            self.without_hours += days
        else:
            self.hours_sevenths = EXACT.fma(hours, days, self.hours_sevenths)
        if term is None or term.pay is None or (hours is None and term.pay_period == "hour"):
            self.without_pay += days
        else:
            self._add_pay(EXACT.multiply(term.pay, days), term)

    def _add_pay(self, pay: Decimal, term: TermSeen) -> None:
        match term.pay_period:
            case "hour":
                self.pay_sevenths = EXACT.fma(pay, term.weekly_hours or NOUGHT, self.pay_sevenths)
            case "week":
                self.pay_sevenths = EXACT.add(self.pay_sevenths, pay)
            case "month":
                self.pay_yearly = EXACT.fma(pay, 12, self.pay_yearly)
            case _:
                self.pay_yearly = EXACT.add(self.pay_yearly, pay)


def _totals(
    worked: Sequence[_Stretch], known: bool
) -> tuple[Decimal | None, str, Decimal | None, str]:
    if not known:
        reason = "nothing is known of work since enrolment"
        return None, reason, None, reason
    sums = _Sums()
    for stretch in worked:
        for term, days in _terms(stretch):
            sums.add(term, days)
    all_days = sum(stretch.days for stretch in worked)
    hours = None if sums.without_hours else _hundredths(sums.hours_sevenths, NOUGHT)
    earnings = None if sums.without_pay else _hundredths(sums.pay_sevenths, sums.pay_yearly)
    return (
        hours,
        _missing("weekly hours are", sums.without_hours, all_days),
        earnings,
        _missing("pay is", sums.without_pay, all_days),
    )


def _missing(what: str, days: int, of: int) -> str:
    return f"{what} not known for {days} of {of} days worked" if days else ""


def _terms(stretch: _Stretch) -> list[tuple[TermSeen | None, int]]:
    """The terms that hold in a stretch with the days of each; None for days before the first."""
    terms = stretch.spell.terms
    if len(terms) == 1 and terms[0].from_on <= stretch.first:
        return [(terms[0], stretch.days)]
    terms = tuple(sorted(terms, key=lambda term: term.from_on))
    bounds = [max(stretch.first, min(term.from_on, stretch.last + DAY)) for term in terms]
    held: list[tuple[TermSeen | None, int]] = []
    before = (bounds[0] if bounds else stretch.last + DAY) - stretch.first
    if before.days:
        held.append((None, before.days))
    for term, start, end in zip(terms, bounds, [*bounds[1:], stretch.last + DAY], strict=False):
        if end > start:
            held.append((term, (end - start).days))
    return held


def _hundredths(sevenths: Decimal, yearly: Decimal) -> Decimal:
    """sevenths / 7 + yearly / 365.25 (1461 / 4), rounded once to hundredths, halves up."""
    if not sevenths and not yearly:
        return NOTHING
    a, b = sevenths.as_integer_ratio()
    c, d = yearly.as_integer_ratio()
    numerator = 100 * (a * 1461 * d + c * 4 * 7 * b)
    denominator = 7 * b * 1461 * d
    return Decimal((2 * numerator + denominator) // (2 * denominator)).scaleb(-2)
