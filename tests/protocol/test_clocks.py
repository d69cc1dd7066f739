"""When clocks run out: the vectors of the regulators' rules, both clock changes, leap days, midnight."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from trial.config import LONDON
from trial.protocol.clocks import deadline, end_of, start_of
from trial.protocol.safety import ClockPlan

ZONES = ("UTC", "Europe/London", "America/New_York", "Pacific/Auckland", "Asia/Kolkata")


@pytest.fixture(params=ZONES)
def zone(request) -> Iterator[str]:
    """The machine in a time zone of its own: no clock may depend on it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def plan(**length: int) -> ClockPlan:
    return ClockPlan(key="one", label="One", starts="serious", to="the sponsor", **length)


@pytest.mark.parametrize(
    ("began", "length", "due"),
    [
        (date(2028, 2, 14), {"days": 15}, date(2028, 2, 29)),  # serious event: 15 days
        (date(2026, 10, 24), {"days": 3}, date(2026, 10, 27)),  # urgent measure: clocks go back
        (date(2026, 3, 28), {"days": 3}, date(2026, 3, 31)),  # the same where they go forward
        (date(2027, 11, 30), {"days": 90}, date(2028, 2, 28)),  # end of the study
        (date(2028, 12, 1), {"days": 90}, date(2029, 3, 1)),
        (date(2028, 2, 22), {"days": 7}, date(2028, 2, 29)),  # serious breach
        (date(2027, 12, 20), {"days": 15}, date(2028, 1, 4)),  # early end
        (date(2028, 2, 29), {"months": 12}, date(2029, 2, 28)),  # final report
        (date(2027, 3, 31), {"months": 11}, date(2028, 2, 29)),
    ],
)
def test_a_clock_runs_out_on_the_day_that_the_rules_say(zone, began, length, due):
    over = start_of(due + timedelta(days=1)).astimezone(UTC)  # as every instant is kept
    for since in (start_of(began), start_of(began) + timedelta(hours=12)):
        end = deadline(plan(**length), since.astimezone(UTC))
        assert end.day == due and end.at is None
        assert not end.passed(over - timedelta(microseconds=1))
        assert end.passed(over)


def test_whether_it_is_too_late_is_judged_by_the_day_in_london(zone):
    end = deadline(plan(days=15), datetime(2026, 6, 15, 12, tzinfo=UTC))
    assert end.day == date(2026, 6, 30)
    half_past_midnight = datetime(2026, 7, 1, 0, 30, tzinfo=LONDON)  # 30 June, 23.30 in UTC
    assert end.passed(half_past_midnight) and end.passed(half_past_midnight.astimezone(UTC))
    assert half_past_midnight.astimezone(UTC).date() == date(2026, 6, 30)


def test_the_day_on_which_it_began_is_that_in_london(zone):
    heard = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 1 July, 0.30 in London
    assert deadline(plan(days=7), heard).day == date(2026, 7, 8)
    assert deadline(plan(hours=24), heard).day == date(2026, 7, 2)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 6, 1)])
def test_hours_are_real_hours_also_when_the_clocks_change(zone, day):
    since = datetime(day.year, day.month, day.day, 15, tzinfo=LONDON).astimezone(UTC)
    end = deadline(plan(hours=24), since)
    assert end.at == since + timedelta(hours=24)
    assert not end.passed(since + timedelta(hours=24))
    assert end.passed(since + timedelta(hours=24, seconds=1))


@pytest.mark.parametrize(
    ("day", "over"),
    [
        (
            date(2026, 10, 25),
            datetime(2026, 10, 25, 23, tzinfo=UTC),
        ),  # clocks go back: 23.00 in London
        (date(2026, 3, 29), datetime(2026, 3, 30, tzinfo=UTC)),  # they go forward: 1.00 in London
        (date(2026, 6, 1), datetime(2026, 6, 1, 23, tzinfo=UTC)),
    ],
)
def test_hours_from_the_start_of_a_day_in_london_are_real_hours_too(zone, day, over):
    end = deadline(plan(hours=24), start_of(day))
    assert end.at == over and end.at.utcoffset() == timedelta()
    assert end.day == over.astimezone(LONDON).date()


def test_a_day_ends_where_the_next_begins(zone):
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)):
        least = timedelta(microseconds=1)
        assert end_of(day).astimezone(UTC) + least == start_of(day + timedelta(days=1)).astimezone(
            UTC
        )
