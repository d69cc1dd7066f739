"""The minimum wage by date and age is that of the published table."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.protocol import load
from trial.protocol.wages import minimum_wage, rate_in_force

PLAN = load().employment

# As gov.uk lists them: the day from which, then the rate at the ages 18, 21, 23 and 25.
PUBLISHED = """
2014-10-01  5.13  6.50  6.50  6.50
2015-10-01  5.30  6.70  6.70  6.70
2016-04-01  5.30  6.70  6.70  7.20
2016-10-01  5.55  6.95  6.95  7.20
2017-04-01  5.60  7.05  7.05  7.50
2018-04-01  5.90  7.38  7.38  7.83
2019-04-01  6.15  7.70  7.70  8.21
2020-04-01  6.45  8.20  8.20  8.72
2021-04-01  6.56  8.36  8.91  8.91
2022-04-01  6.83  9.18  9.50  9.50
2023-04-01  7.49 10.18 10.42 10.42
2024-04-01  8.60 11.44 11.44 11.44
2025-04-01 10.00 12.21 12.21 12.21
2026-04-01 10.85 12.71 12.71 12.71
"""
ROWS = [line.split() for line in PUBLISHED.split("\n") if line]
ENDS = [date.fromisoformat(row[0]) for row in ROWS[1:]] + [date(2027, 4, 1)]
BANDS = ((18, 20), (21, 22), (23, 24), (25, 64))


@pytest.mark.parametrize(("row", "end"), list(zip(ROWS, ENDS, strict=True)))
def test_every_rate_of_every_year_at_both_ends_of_its_time_and_band(
    row: list[str], end: date
) -> None:
    first = date.fromisoformat(row[0])
    for on in (first, end - timedelta(days=1)):
        for band, rate in zip(BANDS, row[1:], strict=True):
            for age in band:
                found = rate_in_force(PLAN.minimum_wage, on, age)
                assert found and found.hourly == Decimal(rate), (on, age)


def test_between_two_bands_the_lower_rate_counts() -> None:
    # Born in 1991: 24 or 25 in June 2016, and 25 for certain on the last day of the year.
    assert minimum_wage(PLAN, date(2016, 6, 1), 1991) == Decimal("6.70")
    assert minimum_wage(PLAN, date(2016, 12, 31), 1991) == Decimal("7.20")
    assert minimum_wage(PLAN, date(2016, 6, 1), 1990) == Decimal("7.20")
    # 20 or 21 in 2015.
    assert minimum_wage(PLAN, date(2015, 11, 2), 1994) == Decimal("5.30")


@pytest.mark.parametrize(
    ("on", "birth_year"),
    [
        (date(2014, 9, 30), 1980),  # before the table
        (date(2027, 4, 1), 1980),  # after it
        (date(2016, 6, 1), 1998),  # perhaps 17
        (date(2016, 6, 1), 2003),
        (date(2016, 6, 1), 2020),  # not yet born
    ],
)
def test_where_no_rate_is_known_none_is_given(on: date, birth_year: int) -> None:
    assert minimum_wage(PLAN, on, birth_year) is None


@given(st.dates(date(2014, 10, 1), date(2027, 3, 31)), st.integers(1920, 2012))
def test_nobody_of_working_age_is_without_a_rate_inside_the_table(on: date, born: int) -> None:
    known = minimum_wage(PLAN, on, born)
    youngest = on.year - born - (0 if (on.month, on.day) == (12, 31) else 1)
    assert (known is not None) == (youngest >= 18)


@given(st.dates(date(2014, 10, 1), date(2027, 3, 31)), st.integers(1930, 1990))
def test_the_older_never_earn_less(on: date, born: int) -> None:
    younger, older = minimum_wage(PLAN, on, born + 1), minimum_wage(PLAN, on, born)
    assert younger is None or (older is not None and older >= younger)
