"""Derived employment outcomes against a count day by day, and the definitions one by one."""

import subprocess
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis.employment import Answer, History, SpellSeen, TermSeen, derive

ENROLLED = date(2015, 8, 3)
TWELVE = date(2016, 8, 3)
KNOWN = History(ENROLLED, TWELVE, TWELVE)


def day(offset: int) -> date:
    return ENROLLED + timedelta(days=offset)


def job(first: int, last: int | None = None, *terms: TermSeen, open: bool = True) -> SpellSeen:
    end = None if last is None else day(last)
    return SpellSeen("job", open, True, day(first), end, terms)


amounts = st.decimals(0, 60, places=2)
terms = st.builds(
    TermSeen,
    st.integers(-30, 400).map(day),
    st.none() | amounts,
    st.none() | amounts,
    st.sampled_from(["hour", "week", "month", "year"]),
)


@st.composite
def spells(draw) -> SpellSeen:
    first = draw(st.integers(-40, 420))
    last = draw(st.none() | st.integers(first, first + 200))
    found = draw(st.lists(terms, max_size=3, unique_by=lambda term: term.from_on))
    if found and draw(st.booleans()):
        found.append(TermSeen(day(first) - timedelta(days=40), Decimal(20), Decimal(8), "hour"))
    return SpellSeen(
        "job",
        draw(st.booleans()),
        draw(st.booleans()),
        day(first),
        None if last is None else day(last),
        tuple({term.from_on: term for term in found}.values()),
    )


histories = st.builds(
    History,
    st.just(ENROLLED),
    st.none() | st.integers(-5, 420).map(day),
    st.just(TWELVE),
)


def on(spell: SpellSeen, when: date) -> bool:
    return spell.started_on <= when and (spell.ended_on is None or when <= spell.ended_on)


def term_on(spell: SpellSeen, when: date) -> TermSeen | None:
    before = [term for term in spell.terms if term.from_on <= when]
    return max(before, key=lambda term: term.from_on, default=None)


def pay_on(term: TermSeen | None) -> Fraction | None:
    if term is None or term.pay is None:
        return None
    pay = Fraction(term.pay)
    if term.pay_period == "hour":
        return None if term.weekly_hours is None else pay * Fraction(term.weekly_hours) / 7
    return {"week": pay / 7, "month": pay * 12 / Fraction("365.25")}.get(
        term.pay_period, pay / Fraction("365.25")
    )


def rounded(exact: Fraction) -> Decimal:
    """Half up by way of long decimals: another way than the one under test."""
    long = Decimal(exact.numerator * 10**40 // exact.denominator).scaleb(-40)
    return long.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(work=st.lists(spells(), max_size=4), history=histories)
def test_totals_equal_a_count_day_by_day(work, history) -> None:
    found = derive(work, history)
    if history.known_until is None or history.known_until < ENROLLED:
        assert (found.open_days, found.open_hours, found.open_earnings) == (None, None, None)
        return
    days, hours, pay, no_hours, no_pay = 0, Fraction(0), Fraction(0), 0, 0
    when = ENROLLED
    while when <= min(TWELVE, history.known_until):
        working = [spell for spell in work if spell.open and on(spell, when)]
        days += bool(working)
        for spell in working:
            term = term_on(spell, when)
            if term is None or term.weekly_hours is None:
                no_hours += 1
            else:
                hours += Fraction(term.weekly_hours) / 7
            earned = pay_on(term)
            if earned is None:
                no_pay += 1
            else:
                pay += earned
        when += timedelta(days=1)
    assert found.open_days == days
    assert found.open_hours == (None if no_hours else rounded(hours))
    assert found.open_earnings == (None if no_pay else rounded(pay))
    assert bool(found.open_hours_reason) == bool(no_hours)
    assert bool(found.open_earnings_reason) == bool(no_pay)


@given(work=st.lists(spells(), max_size=4), history=histories)
def test_the_answers_agree_with_each_other(work, history) -> None:
    found = derive(work, history)
    jobs = [s for s in work if s.open and any(on(s, day(i)) for i in range(367))]
    assert found.ever_open == (
        Answer.YES if jobs else Answer.NO if found.complete else Answer.UNKNOWN
    )
    assert (found.days_to_first_open is not None) == bool(jobs)
    if found.open_at_12 == Answer.YES:
        assert found.ever_open == Answer.YES
    assert found.complete == (history.known_until is not None and history.known_until >= TWELVE)
    if found.complete:
        assert found.open_at_12 == (Answer.YES if any(on(s, TWELVE) for s in jobs) else Answer.NO)
        assert found.jobs == len(jobs)
    if found.longest_tenure is not None:
        assert found.longest_tenure <= found.open_days


@given(work=st.lists(spells(), max_size=4), shuffled=st.randoms())
def test_the_order_of_spells_does_not_matter(work, shuffled) -> None:
    other = list(work)
    shuffled.shuffle(other)
    assert derive(work, KNOWN) == derive(other, KNOWN)


def test_nobody_is_unemployed_for_being_lost() -> None:
    found = derive([], History(ENROLLED, day(100), TWELVE))
    assert found.open_at_12 == Answer.UNKNOWN and found.ever_open == Answer.UNKNOWN
    assert (found.open_days, found.jobs, found.complete) == (0, 0, False)
    assert (found.longest_tenure, found.longest_tenure_words) == (None, "not known")


def test_a_known_year_without_work_is_no() -> None:
    found = derive([job(10, 20, open=False)], KNOWN)
    assert found.open_at_12 == Answer.NO and found.ever_open == Answer.NO
    assert (found.jobs, found.paid_jobs, found.longest_tenure) == (0, 1, 0)
    assert found.open_hours == Decimal("0.00") and found.longest_tenure_words == "0 days"


@pytest.mark.parametrize(("last", "answer"), [(366, "yes"), (365, "no"), (None, "yes")])
def test_a_job_counts_on_its_last_day_and_not_after(last, answer) -> None:
    assert derive([job(300, last)], KNOWN).open_at_12 == answer


def test_an_ongoing_job_is_not_counted_beyond_what_is_known() -> None:
    found = derive([job(10)], History(ENROLLED, day(19), TWELVE))
    assert found.open_days == 10 and found.open_at_12 == Answer.UNKNOWN
    assert found.ever_open == Answer.YES
    assert found.longest_tenure_words == ">= 10 days"


def test_a_job_seen_to_start_after_the_known_days_still_shows() -> None:
    found = derive([job(50)], History(ENROLLED, day(19), TWELVE))
    assert found.ever_open == Answer.YES and found.jobs == 1 and found.open_days == 0
    assert found.days_to_first_open == 50 and found.first_open_at_most


@pytest.mark.parametrize(
    ("visit", "in_window", "status", "answer"),
    [
        (360, True, None, "yes"),
        (360, True, Answer.NO, "no"),
        (360, False, Answer.NO, "unknown"),
        (367, True, Answer.NO, "unknown"),
        (364, True, None, "unknown"),
        (None, True, Answer.YES, "unknown"),
    ],
)
def test_the_visit_answers_where_the_history_does_not(visit, in_window, status, answer) -> None:
    on_day = None if visit is None else day(visit)
    history = History(ENROLLED, day(361), TWELVE, on_day, in_window, status)
    found = derive([job(10)], history)
    assert found.open_at_12 == answer
    assert ("visit" in found.open_at_12_basis) == (answer != "unknown")


def test_the_history_outweighs_the_visit() -> None:
    history = History(ENROLLED, TWELVE, TWELVE, day(360), True, Answer.YES)
    assert derive([job(10, 20)], history).open_at_12 == Answer.NO


def test_a_change_of_hours_is_no_new_job_and_pay_follows_its_dates() -> None:
    week = TermSeen(day(0), Decimal(14), Decimal(70), "week")
    month = TermSeen(day(7), Decimal(35), Decimal("730.50"), "month")
    found = derive([job(0, 13, month, week)], KNOWN)
    assert found.jobs == 1 and found.open_days == 14 and found.longest_tenure == 14
    assert found.open_hours == Decimal("49.00")
    assert found.open_earnings == Decimal("238.00")  # 70, and 7 days of 730.50 x 12 / 365.25 = 24


def test_overlapping_jobs_add_hours_but_not_days() -> None:
    half = TermSeen(day(0), Decimal(14), Decimal(10), "hour")
    found = derive([job(0, 6, half), job(3, 9, half)], KNOWN)
    assert (found.jobs, found.open_days, found.open_hours) == (2, 10, Decimal("28.00"))
    assert found.open_earnings == Decimal("280.00")


def test_a_yearly_salary_over_the_whole_follow_up() -> None:
    salary = TermSeen(ENROLLED, None, Decimal(18000), "year")
    found = derive([job(0, None, salary)], KNOWN)
    assert found.open_days == 367  # both ends included, through 29 February 2016
    assert found.open_earnings == rounded(Fraction(18000) * 367 / Fraction("365.25"))
    assert found.open_hours is None
    assert found.open_hours_reason == "weekly hours are not known for 367 of 367 days worked"


def test_a_guessed_day_is_flagged() -> None:
    guessed = SpellSeen("job", True, True, day(12), None, (), start_day_known=False)
    assert derive([guessed], KNOWN).approximate
    assert not derive([job(12)], KNOWN).approximate


def test_a_longest_job_may_still_be_overtaken() -> None:
    found = derive([job(0, 99), job(340)], KNOWN)
    assert found.longest_tenure_words == ">= 100 days"
    assert derive([job(0, 99), job(340, 350)], KNOWN).longest_tenure_words == "100 days"


def test_impossible_work_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        derive([job(10, 9)], KNOWN)
    with pytest.raises(ValueError, match="12-month date"):
        derive([], History(ENROLLED, None, day(-1)))
    with pytest.raises(ValueError, match="not fortnight"):
        derive([job(0, 9, TermSeen(day(0), None, Decimal(1), "fortnight"))], KNOWN)


def test_a_row_for_the_frame() -> None:
    row = derive([job(0, 9)], KNOWN).as_dict()
    assert row["open_at_12"] == "no" and row["open_days"] == 10 and row["complete"] is True


def test_pages_may_import_it_without_the_heavy_packages() -> None:
    script = (
        "import sys, trial.analysis.employment as e; "
        "print([m for m in ('pandas', 'numpy', 'scipy', 'statsmodels') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert shown.stdout.decode().strip() == "[]"


def test_an_ended_job_may_be_outlasted_while_the_year_is_not_known() -> None:
    found = derive([job(0, 9)], History(ENROLLED, day(100), TWELVE))
    assert found.longest_tenure_words == ">= 10 days"


@pytest.mark.parametrize(("start", "at_most"), [(20, False), (21, True)])
def test_a_first_job_the_day_after_what_is_known_is_the_first(start, at_most) -> None:
    found = derive([job(start)], History(ENROLLED, day(19), TWELVE))
    assert found.first_open_at_most == at_most


def test_a_visit_on_the_very_day_answers() -> None:
    history = History(ENROLLED, day(100), TWELVE, TWELVE, True, Answer.YES)
    assert derive([], history).open_at_12 == Answer.YES
