"""Job tenure: shares of days and the first job's length against R, and who is known.

R 4.2.2:

    paid <- c(0,0,30,91,180,366); known <- c(366,101,181,366,361,367)
    quantile(paid/known, c(.25,.5,.75))  # 0.04143646409 0.20718986807 0.43611968878
    sum(paid)/sum(known); mean(paid/known)  # 0.3828932262 0.3183783165
    t <- c(30,91,120,250,200); e <- c(1,1,0,1,0); S <- 1; v <- 0
    for (x in sort(t[e==1])) { n <- sum(t>=x); S <- S*(1-1/n); v <- v+1/(n*(n-1))
      w <- qnorm(.975)*sqrt(v)/abs(log(S)); print(c(x, S, S^exp(w), S^exp(-w))) }
      30 0.8 0.2038092633 0.9691797889
      91 0.6 0.1257301830 0.8817564074
    y <- (1:20)^2/400; cl <- rep(1:10, each=2); m <- mean(y); u <- tapply(y-m, cl, sum)
    se <- sqrt(10/9*sum(u^2))/20
    c(m, m+c(-1,1)*qt(.975,9)*se)  # 0.3587500000 0.1248281094 0.5926718906
"""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.people import day, frames_of, person
from trial.analysis import tenure
from trial.analysis.employment import History, SpellSeen, derive
from trial.analysis.estimate import plain
from trial.analysis.tenure import GroupTenure

ARMS = ("IPS", "TAU")
ENROLLED, TWELVE = date(2015, 8, 3), date(2016, 8, 3)


def one(*people: dict, **more) -> GroupTenure:
    return tenure.describe(frames_of(*people, **more), arms=ARMS).overall


def worked(paid: int, known: int, **more) -> dict:
    return person(known=known - 1, paid_days=paid, open_days=paid, **more)


def job(days: int, ended: bool) -> dict:
    return person(paid_days=days, open_days=days, first_job_days=days, first_job_ended=ended)


DAYS = [(0, 366), (0, 101), (30, 181), (91, 366), (180, 361), (366, 367)]
JOBS = [(30, True), (91, True), (120, False), (250, True), (200, False)]


def test_the_shares_of_days_are_those_of_r() -> None:
    paid = one(*(worked(*days) for days in DAYS)).paid
    figures = (paid.lower_quartile, paid.median, paid.upper_quartile, paid.of_days, paid.mean.value)
    assert figures == pytest.approx(
        (0.04143646409, 0.20718986807, 0.43611968878, 0.3828932262, 0.3183783165)
    )
    assert (paid.n, paid.worked) == (6, 4)


def test_a_mean_at_four_clusters_says_what_cannot_be_done() -> None:
    mean = one(*(worked(*days) for days in DAYS)).paid.mean
    assert (mean.low, mean.high) == (None, None)
    assert "bootstrap" in mean.reason and "median" in mean.reason


def test_a_mean_over_ten_clusters_is_that_of_r() -> None:
    clusters = {f"c{i}": "IPS" for i in range(10)}
    people = [worked(i * i, 400, cluster=f"c{(i - 1) // 2}") for i in range(1, 21)]
    mean = one(*people, clusters=clusters).paid.mean
    assert (mean.value, mean.low, mean.high) == pytest.approx((0.35875, 0.1248281094, 0.5926718906))
    alike = one(*(worked(0, 100, cluster=f"c{i}") for i in range(10)), clusters=clusters).paid.mean
    assert alike.value == 0 and "same share" in alike.reason


def test_the_length_of_the_first_job_is_that_of_r() -> None:
    first = one(*(job(*told) for told in JOBS)).first_job
    steps = [(step.time, step.survival, step.low, step.high) for step in first.curve.steps]
    assert steps[0] == pytest.approx((30, 0.8, 0.2038092633, 0.9691797889))
    assert steps[1] == pytest.approx((91, 0.6, 0.1257301830, 0.8817564074))
    assert (first.jobs, first.ended, first.median.value) == (5, 3, 250)
    assert first.lasting["3 months"].value == pytest.approx(0.6)
    assert first.lasting["9 months"].value == 0.0


def test_incomplete_histories_count_by_the_days_known_and_apart() -> None:
    group = one(worked(50, 100), worked(0, 367), person(known=-1), person(known=None))
    assert (group.people, group.not_known) == (4, 2)
    assert (group.paid.n, group.paid_complete.n, group.paid_complete.median) == (2, 1, 0.0)
    assert group.paid.of_days == pytest.approx(50 / 467)


def test_withdrawn_data_is_not_known() -> None:
    group = one(job(30, True) | {"withdrew_data_on": day(90)})
    assert (group.not_known, group.paid.n, group.first_job.jobs) == (1, 0, 0)
    assert group.first_job.median.reason == "nobody was seen in an open job"


def test_old_frames_have_no_days_known() -> None:
    group = one(job(30, True), optional=False)
    assert group.not_known == 1 and group.paid.reason == tenure.NOT_KNOWN


def test_jobs_that_all_run_have_no_median() -> None:
    first = one(job(60, False), job(90, False)).first_job
    assert first.lasting["3 months"].reason.endswith("the last was followed to 90 days")
    assert "not reached" in first.median.reason and first.ended == 0


@pytest.mark.parametrize("people", [[], [person()], [job(1, True)], [job(9, True)] * 3])
@pytest.mark.parametrize("arms", [(), ARMS, ("A", "B", "C")])
def test_corners_are_finite_and_say_why(people, arms) -> None:
    result = tenure.describe(frames_of(*people), arms=arms)
    assert list(result.by_arm) == list(arms)
    assert json.dumps(plain(result), allow_nan=False)


spells = st.builds(
    lambda first, length, open, paid: SpellSeen(
        "job",
        open,
        paid,
        ENROLLED + timedelta(days=first),
        None if length is None else ENROLLED + timedelta(days=first + length),
    ),
    st.integers(-30, 380),
    st.none() | st.integers(0, 200),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(work=st.lists(spells, max_size=4), known=st.none() | st.integers(-3, 420))
def test_days_are_those_of_a_count_day_by_day(work, known) -> None:
    until = None if known is None else ENROLLED + timedelta(days=known)
    found = derive(work, History(ENROLLED, until, TWELVE))
    days = [ENROLLED + timedelta(days=i) for i in range(367) if known is not None and i <= known]
    assert found.known_days == len(days)
    if not days:
        assert found.paid_days is None and found.first_job_days is None
        return

    def on(spell: SpellSeen, when: date) -> bool:
        return spell.started_on <= when and (spell.ended_on is None or when <= spell.ended_on)

    assert found.paid_days == sum(any(s.paid and on(s, when) for s in work) for when in days)
    jobs = [[on(spell, when) for when in days] for spell in work if spell.open]
    jobs = [held for held in jobs if any(held)]
    assert (found.first_job_days is None) == (not jobs)
    if jobs:
        start = min(held.index(True) for held in jobs)
        longest = max(sum(held) for held in jobs if held.index(True) == start)
        assert found.first_job_days == longest


@pytest.mark.parametrize(
    ("last", "known", "days", "ended"),
    [(40, 366, 31, True), (None, 366, 357, False), (40, 40, 31, True), (41, 40, 31, False)],
)
def test_a_first_job_runs_until_its_end_is_seen(last, known, days, ended) -> None:
    end = None if last is None else ENROLLED + timedelta(days=last)
    work = [
        SpellSeen("job", True, True, ENROLLED + timedelta(days=10), end),
        SpellSeen("job", True, True, ENROLLED + timedelta(days=60), None),
    ]
    found = derive(work, History(ENROLLED, ENROLLED + timedelta(days=known), TWELVE))
    assert (found.first_job_days, found.first_job_ended) == (days, ended)
