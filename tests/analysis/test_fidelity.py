"""Totals over what was assessed, what changed, and work against its benchmarks."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.analysis import fidelity

RATINGS = st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=25)
QUICK = settings(max_examples=50, deadline=None, derandomize=True)


@QUICK
@given(ratings=RATINGS)
def test_a_total_is_over_the_items_assessed(ratings) -> None:
    found = fidelity.assess(ratings)
    given_ = [one for one in ratings if one is not None]
    assert found.assessed == len(given_)
    if not given_:
        assert (found.total, found.pro_rated) == (None, None) and found.reason
        return
    assert found.total == sum(given_)
    assert float(found.pro_rated) == pytest.approx(
        sum(given_) / len(given_) * len(ratings), abs=0.005
    )
    assert found.total <= found.pro_rated


def test_all_items_assessed_need_no_pro_rating() -> None:
    found = fidelity.assess([4] * 25)
    assert found.total == found.pro_rated == Decimal(100)


def test_where_raters_differ() -> None:
    found = fidelity.differences({"a": 4, "b": None, "c": 1}, {"a": 5, "b": None, "d": 2})
    assert [one.item for one in found] == ["a", "c", "d"]
    assert found[1].second is None


def test_a_change_is_over_the_items_assessed_both_times() -> None:
    found = fidelity.change({"a": 1, "b": 5, "c": None, "d": 3}, {"a": 4, "b": 4, "c": 5, "d": 3})
    assert (found.items, found.by, found.risen, found.fallen, found.same) == (3, 2, 1, 1, 1)
    assert fidelity.change({}, {"a": 1}).by == 0


def test_weeks_without_contacts_count_and_weeks_of_leave_do_not() -> None:
    weeks = [date(2016, 3, 2), date(2016, 3, 7), date(2016, 3, 20)]
    days = [date(2016, 3, 1)] * 6 + [date(2016, 3, 20)] * 3 + [date(2016, 3, 22)]
    found = fidelity.weekly(days, weeks, 6)
    assert list(found.counts.values()) == [6, 0, 3]
    assert (found.total, found.elsewhere, found.without, found.mean) == (10, 1, 1, 3.0)
    assert (found.reached.count, found.reached.n) == (1, 3)


def test_no_weeks_give_no_rate() -> None:
    found = fidelity.weekly([date(2016, 3, 1)], [], 6)
    assert (found.mean, found.median, found.elsewhere) == (None, None, 1)
    assert found.reached.reason
    assert fidelity.weekly([], []).reached is None


def test_who_had_no_contact_yet_is_not_in_time() -> None:
    found = fidelity.first_contact([12, 30, 31, None], 30, unknown=1)
    assert (found.n, found.known, found.none_yet, found.median) == (5, 3, 1, 30.0)
    assert (found.within.count, found.within.n) == (2, 4)
    assert fidelity.first_contact([]).median is None
    with pytest.raises(ValueError, match="before entering"):
        fidelity.first_contact([-1])


def test_a_caseload_is_told_for_a_full_time_post() -> None:
    found = fidelity.caseload([(12, 0.5), (18, 1), (5, None)], 20)
    assert (found.weeks, found.median, found.most, found.most_full_time) == (3, 12.0, 18, 24.0)
    assert (found.within.count, found.within.n) == (1, 2)
    assert fidelity.caseload([]).most is None


@QUICK
@given(day=st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_week_begins_on_its_monday(day) -> None:
    first = fidelity.monday(day)
    assert first.weekday() == 0 and 0 <= (day - first).days <= 6
