"""The outlook of the trial's own recruitment, and the months still to come."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trial.analysis import outlook, recruitment, tables
from trial.analysis.estimate import plain
from trial.analysis.outlook import Outlook
from trial.analysis.recruitment import Plan

PLAN = Plan(date(2015, 7, 1), date(2015, 12, 31), 40, 1.67)
MONTH = 30.4375


def ahead(
    on: date, enrolled: int = 0, opened=(PLAN.opens_on,) * 4, closed=(None,) * 4, plan: Plan = PLAN
) -> Outlook:
    places = pd.DataFrame({name: [None] * len(opened) for name in tables.CLUSTERS})
    places = places.assign(cluster=list("abcd")[: len(opened)], opened_on=opened, closed_on=closed)
    people = pd.DataFrame(
        [dict.fromkeys(tables.PARTICIPANTS)] * enrolled, columns=[*tables.PARTICIPANTS]
    )
    people = people.assign(cluster="a", enrolled_on=min(on, plan.closes_on))
    frames = tables.prepare(participants=people, clusters=places)
    so_far = recruitment.count(frames.participants, frames.clusters, arms=(), plan=plan, on=on)
    return outlook.of_recruitment(so_far, frames.clusters, plan=plan, on=on)


def test_the_planned_rate_weighs_as_one_enrolment() -> None:
    on = date(2015, 9, 30)
    found = ahead(on, enrolled=9)
    exposure, to_come = 4 * 92 / MONTH, 4 * 92 / MONTH
    shape, held = 1 + 9, 1 / 1.67 + exposure
    assert (found.exposure, found.exposure_to_come) == pytest.approx((exposure, to_come))
    assert found.final.value == pytest.approx(9 + shape / held * to_come)
    known = stats.nbinom(shape, held / (held + to_come))
    assert (found.final.low, found.final.high) == (9 + known.ppf(0.025), 9 + known.ppf(0.975))
    assert found.chance == pytest.approx(known.sf(40 - 9 - 1))
    assert found.reason == ""


def test_without_a_planned_rate_jeffreys_prior_stands_in() -> None:
    found = ahead(date(2015, 9, 30), 9, plan=replace(PLAN, per_cluster_month=None))
    assert found.rate.value == pytest.approx(9.5 / (4 * 92 / MONTH))


def test_only_days_within_the_window_count() -> None:
    early = [date(2015, 4, 1)] * 4
    on = date(2015, 7, 10)
    assert ahead(on, opened=early) == ahead(on)
    assert ahead(on).exposure == pytest.approx(40 / MONTH)
    assert ahead(on).exposure_to_come == pytest.approx(4 * 174 / MONTH)


def test_clusters_that_are_shut_or_not_open_are_not_counted_on() -> None:
    on = date(2015, 9, 30)
    found = ahead(on, 9, (PLAN.opens_on, PLAN.opens_on, None), (date(2015, 8, 31), None, None))
    assert found.exposure == pytest.approx((62 + 92) / MONTH)
    assert found.exposure_to_come == pytest.approx(92 / MONTH)


@pytest.mark.parametrize(
    ("on", "opened", "said"),
    [
        (date(2015, 6, 30), (PLAN.opens_on,), "recruitment opens on 2015-07-01"),
        (date(2015, 6, 30), (), "recruitment opens on 2015-07-01"),
        (date(2015, 12, 31), (PLAN.opens_on,), "recruitment ends on 2015-12-31"),
        (date(2016, 8, 1), (PLAN.opens_on,), "recruitment ended on 2015-12-31"),
        (date(2015, 8, 1), (None, None), "no cluster has been open"),
        (date(2015, 8, 1), (), "no cluster has been open"),
    ],
)
@pytest.mark.parametrize("enrolled", [0, 3])
def test_where_nothing_is_predicted_a_sentence_says_so(on, opened, said, enrolled) -> None:
    found = ahead(on, enrolled, opened, (None,) * len(opened))
    assert found.reason.startswith(said)
    assert found.final.value is None and found.chance is None and found.met_on.median is None
    assert found.final.reason == found.met_on.reason == found.reason
    assert (found.enrolled, found.target) == (enrolled, 40)
    assert json.dumps(plain(found), allow_nan=False)


def test_the_first_and_the_last_but_one_day_have_an_outlook() -> None:
    assert ahead(PLAN.opens_on).reason == "" and ahead(date(2015, 12, 30), 12).reason == ""
    assert ahead(date(2015, 12, 30), 12).exposure_to_come == pytest.approx(4 / MONTH)


def test_the_target_met_early() -> None:
    found = ahead(date(2015, 9, 30), 40)
    assert found.chance == 1 and "was met by" in found.met_on.reason


@settings(max_examples=30, deadline=None)
@given(
    opens=st.dates(date(2015, 1, 1), date(2016, 12, 31)),
    days=st.integers(0, 500),
    at=st.integers(-100, 600),
)
def test_the_months_ahead_follow_those_so_far_to_the_end(opens, days, at) -> None:
    plan = Plan(opens, opens + timedelta(days=days), 40)
    on = opens + timedelta(days=at)
    none = tables.prepare()
    so_far = recruitment.count(none.participants, none.clusters, arms=(), plan=plan, on=on)
    to_come = recruitment.months_ahead(plan, on)
    months = [month.month for month in (*so_far.by_month, *to_come)]
    every = pd.period_range(plan.opens_on, plan.closes_on, freq="M").strftime("%Y-%m").tolist()
    assert months == every
    assert all(month.month > f"{on:%Y-%m}" for month in to_come)
    if to_come:
        assert to_come[-1].target_cumulative == 40


def test_the_target_of_a_month_ahead_is_by_its_end() -> None:
    first, *_, last = recruitment.months_ahead(PLAN, date(2015, 8, 20))
    assert (first.month, last.month) == ("2015-09", "2015-12")
    assert first.target_cumulative == pytest.approx(40 * 92 / 184)
    assert recruitment.months_ahead(PLAN, date(2015, 12, 1)) == ()
