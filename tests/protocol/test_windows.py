"""Windows are counted in calendar months from the participant's own enrolment date."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.protocol import load
from trial.protocol.checks.visits import shortest
from trial.protocol.windows import Window, anniversary, window

VISITS = load().visits
ENROLLED = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize(
    ("enrolled_on", "months", "due_on"),
    [
        (date(2015, 9, 1), 0, date(2015, 9, 1)),
        (date(2015, 9, 1), 6, date(2016, 3, 1)),
        (date(2015, 8, 31), 6, date(2016, 2, 29)),
        (date(2014, 8, 31), 6, date(2015, 2, 28)),
        (date(2016, 2, 29), 12, date(2017, 2, 28)),
        (date(2016, 2, 29), 48, date(2020, 2, 29)),
        (date(2016, 2, 29), 6, date(2016, 8, 29)),
        (date(2015, 12, 31), 6, date(2016, 6, 30)),
        (date(2015, 12, 15), 12, date(2016, 12, 15)),
        (date(2096, 2, 29), 48, date(2100, 2, 28)),
    ],
)
def test_anniversary(enrolled_on: date, months: int, due_on: date) -> None:
    assert anniversary(enrolled_on, months) == due_on


def test_the_windows_of_someone_enrolled_on_29_february() -> None:
    baseline, half, year = (window(visit, date(2016, 2, 29)) for visit in VISITS)
    assert baseline == Window(date(2016, 2, 29), date(2016, 2, 29), date(2016, 3, 28))
    assert half == Window(date(2016, 8, 29), date(2016, 8, 15), date(2016, 9, 26))
    assert year == Window(date(2017, 2, 28), date(2017, 2, 14), date(2017, 4, 25))


@pytest.mark.parametrize(
    ("enrolled_on", "due_on"),
    [
        (date(2015, 9, 26), date(2016, 3, 26)),
        (date(2015, 9, 27), date(2016, 3, 27)),
        (date(2015, 9, 28), date(2016, 3, 28)),
        (date(2016, 4, 29), date(2016, 10, 29)),
        (date(2016, 4, 30), date(2016, 10, 30)),
        (date(2016, 5, 1), date(2016, 11, 1)),
    ],
)
def test_the_change_of_the_clocks_moves_no_day(enrolled_on: date, due_on: date) -> None:
    due = window(VISITS[1], enrolled_on)
    assert due.due_on == due_on
    assert (due.due_on - due.opens_on).days == 14
    assert (due.closes_on - due.due_on).days == 28


def test_both_ends_belong_to_the_window() -> None:
    due = window(VISITS[1], date(2015, 9, 1))
    assert due.holds(due.opens_on) and due.holds(due.closes_on)
    assert not due.holds(due.opens_on - timedelta(days=1))
    assert not due.holds(due.closes_on + timedelta(days=1))


@given(ENROLLED, st.integers(0, 240))
def test_an_anniversary_is_in_its_month(day: date, months: int) -> None:
    due = anniversary(day, months)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == months
    assert due.day == day.day or (due.day < day.day and (due + timedelta(days=1)).day == 1)


@given(ENROLLED)
def test_no_day_belongs_to_two_windows(enrolled_on: date) -> None:
    windows = [window(visit, enrolled_on) for visit in VISITS]
    assert all(a.closes_on < b.opens_on for a, b in pairwise(windows))


@given(ENROLLED, st.integers(0, 24), st.integers(1, 24))
def test_the_shortest_distance_is_never_undercut(day: date, start: int, months: int) -> None:
    between = anniversary(day, start + months) - anniversary(day, start)
    assert between.days >= shortest(("months", start), ("months", start + months))
