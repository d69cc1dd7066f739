"""Time to the first open job: against R, and what counts as known of whom.

The expected figures are R 4.2.2's, from product-limit estimates written out in base R:

    ips <- data.frame(t=c(40,95,95,200,120,250,180,100,365,365,365), s=c(1,1,1,1,2,2,0,0,0,0,0))
    tau <- data.frame(t=c(182,60,365,365,365,365,365), s=c(1,0,0,0,0,0,0))
    km <- function(d, at) { u <- sort(unique(d$t[d$s==1 & d$t<=at])); S <- 1; v <- 0
      for (x in u) { n <- sum(d$t>=x); e <- sum(d$t==x & d$s==1)
        S <- S*(1-e/n); v <- v+e/(n*(n-e)) }
      w <- qnorm(.975)*sqrt(v)/abs(log(S)); 1-c(S, S^exp(-w), S^exp(w)) }
    aj <- function(d, at) { u <- sort(unique(d$t[d$s>0 & d$t<=at])); S <- 1; F <- 0
      for (x in u) { n <- sum(d$t>=x); F <- F+S*sum(d$t==x & d$s==1)/n
        S <- S*(1-sum(d$t==x & d$s>0)/n) }; F }
    for (at in c(91,182,365)) print(km(ips, at))
      0.09090909091 0.01332617733 0.49191979423
      0.27272727273 0.09716692319 0.62921259979
      0.41818181820 0.17274042370 0.78706891740
    sapply(c(91,182,365), function(at) aj(ips, at))  # 0.09090909091 0.27272727273 0.39740259740
    rec <- ips; rec$t[8] <- 220; rec$s[8] <- 1; km(rec, 365)[1]  # 0.5151515152
"""

import json
from datetime import date

import pytest

from tests.analysis.people import day, frames_of, person
from trial.analysis import first_job
from trial.analysis.estimate import plain
from trial.analysis.first_job import FirstJob, GroupToJob

ARMS = ("IPS", "TAU")
# The year holds a 29 February: its last day, 366, counts as day 365.
IPS = [
    person("alpha", days_to_first_open=40),
    person("alpha", days_to_first_open=95),
    person("beta", 100, days_to_first_open=95),
    person("beta", 199, days_to_first_open=200),
    person("alpha", 120, withdrew_followup_on=day(150)),
    person("alpha", died_on=day(250)),
    person("beta", 180),
    person("beta", 100, days_to_first_open=220, first_open_at_most=True),
    *[person("alpha")] * 3,
]
TAU = [person("gamma", days_to_first_open=182), person("delta", 60), *[person("delta")] * 5]


def found(*people: dict, **more) -> FirstJob:
    return first_job.describe(frames_of(*people, **more), arms=ARMS)


def one(*people: dict, **more) -> GroupToJob:
    return found(*people, **more).overall


def test_the_shares_are_those_of_r() -> None:
    shares = found(*IPS, *TAU).by_arm["IPS"].with_job
    expected = {
        "3 months": (0.09090909091, 0.01332617733, 0.49191979423),
        "6 months": (0.27272727273, 0.09716692319, 0.62921259979),
        "12 months": (0.4181818182, 0.1727404237, 0.7870689174),
    }
    for name, figures in expected.items():
        share = shares[name]
        assert (share.value, share.low, share.high) == pytest.approx(figures, abs=1e-9)
    whole = found(*IPS, *TAU).overall.with_job["12 months"]
    told = (whole.value, whole.low, whole.high)
    assert told == pytest.approx((0.3238636364, 0.1469074861, 0.6186253158), abs=1e-9)


def test_the_means_are_those_of_r() -> None:
    result = found(*IPS, *TAU)
    means = [
        group.restricted_mean.estimate.value
        for group in (result.by_arm["IPS"], result.by_arm["TAU"], result.overall)
    ]
    assert means == pytest.approx([262.3636364, 334.5, 288.9255051])


def test_death_and_withdrawal_rule_a_job_out() -> None:
    group = found(*IPS, *TAU).by_arm["IPS"]
    shares = [estimate.value for estimate in group.incidence.values()]
    assert shares == pytest.approx([0.09090909091, 0.27272727273, 0.39740259740])
    assert [step.time for step in group.ended.steps] == [120, 250]


def test_a_job_recorded_after_the_known_days_is_told_but_not_counted() -> None:
    group = found(*IPS, *TAU).by_arm["IPS"]
    assert (group.people, group.not_known, group.seen_later, group.curve.events) == (11, 0, 1, 4)
    assert group.with_job_as_recorded["12 months"].value == pytest.approx(0.5151515152)


def test_few_clusters_have_no_p() -> None:
    test = found(*IPS, *TAU).log_rank
    assert test.p is None and test.chi2 is None and "fewer than 10 clusters" in test.reason
    assert [group.group for group in test.groups] == list(ARMS)
    assert test.groups[0].expected == pytest.approx(2.8156565657)


def test_ten_clusters_have_a_p_for_information() -> None:
    more = {f"c{i}": ARMS[i % 2] for i in range(6)}
    clusters = {"alpha": "IPS", "beta": "IPS", "gamma": "TAU", "delta": "TAU"} | more
    test = found(*IPS, *TAU, clusters=clusters).log_rank
    assert (test.chi2, test.p) == pytest.approx((1.1957066520, 0.2741814718))
    assert test.method.endswith("clustering ignored; for information")


def test_numbers_at_risk_and_censoring_for_the_figure() -> None:
    group = found(*IPS, *TAU).by_arm["IPS"]
    assert group.at_risk == ((0, 11), (3, 10), (6, 5), (9, 3), (12, 3))
    assert group.censored == (100, 120, 180, 250, 365)


@pytest.mark.parametrize(
    ("job", "known", "at_most", "day_of_job"),
    [
        (0, 366, False, 0),
        (366, 366, False, 365),
        (51, 50, False, 51),
        (52, 50, True, None),
        (0, -1, False, 0),
    ],
)
def test_a_job_counts_up_to_the_day_after_the_known_days(job, known, at_most, day_of_job) -> None:
    group = one(person(known=known, days_to_first_open=job, first_open_at_most=at_most))
    assert [step.time for step in group.curve.steps] == ([] if day_of_job is None else [day_of_job])


def test_the_last_day_of_another_year_is_no_leap_day() -> None:
    later = {
        "enrolled_on": date(2016, 7, 1), "twelve_months_on": date(2017, 7, 1), "complete": True,
    }  # fmt: skip
    group = one(person(known=365, days_to_first_open=365, **later))
    assert [step.time for step in group.curve.steps] == [365]
    half = first_job.describe(
        frames_of(person(days_to_first_open=183)), arms=ARMS, months=(3, 6)
    ).overall
    assert half.curve.events == 0 and half.with_job["6 months"].value == 0.0


def test_who_is_not_known_is_left_out_and_counted() -> None:
    group = one(
        person(known=-1),
        person(known=-1, days_to_first_open=50, first_open_at_most=True),
        person(known=None, days_to_first_open=20),
        person(withdrew_data_on=day(30), days_to_first_open=20),
        person(known=None, died_on=day(20)),
        person(known=90),
    )
    assert (group.people, group.not_known, group.curve.n) == (6, 5, 1)
    assert group.with_job["3 months"].reason.endswith("the last was followed to 90 days")
    assert group.seen_later == 0


def test_old_frames_know_the_complete_histories() -> None:
    people = [person(days_to_first_open=40), person(), person(known=90)]
    group = one(*people, optional=False)
    assert (group.not_known, group.curve.events, group.curve.followed_to) == (1, 1, 365)


def test_withdrawal_that_leaves_the_history_whole_is_not_the_end() -> None:
    group = one(person(withdrew_followup_on=day(100)), person(days_to_first_open=300))
    assert group.ended.events == 0 and group.incidence["12 months"].value == 0.5


def test_everybody_and_nobody() -> None:
    every = one(*[person(days_to_first_open=10 * i) for i in range(5)])
    assert every.with_job["12 months"].value == 1.0 and every.median.value == 20
    none = one(*[person()] * 5)
    assert none.with_job["12 months"].value == 0.0 and "not reached" in none.median.reason
    assert none.incidence["12 months"].value == 0.0
    assert none.restricted_mean.estimate.value == 365


@pytest.mark.parametrize(
    "people",
    [[], [person()], [person(days_to_first_open=3)], IPS, [*IPS, person("gamma")]],
)
@pytest.mark.parametrize("arms", [(), ("IPS",), ARMS, ("A", "B", "C")])
def test_corners_are_finite_and_say_why(people, arms) -> None:
    result = first_job.describe(frames_of(*people), arms=arms)
    assert list(result.by_arm) == list(arms)
    assert json.dumps(plain(result), allow_nan=False)
    assert result.log_rank.p is None and result.log_rank.reason


def test_before_the_allocation_only_the_whole_is_told() -> None:
    result = found(*IPS, clusters=dict.fromkeys(("alpha", "beta"), None))
    assert result.overall.curve.n == 11 and result.by_arm["IPS"].people == 0
    assert result.by_arm["IPS"].with_job["3 months"].reason == "nobody was followed"


@pytest.mark.parametrize("months", [(), (6, 3), (3, 3), (0, 3)])
def test_months_must_rise(months) -> None:
    with pytest.raises(ValueError, match="rising order"):
        first_job.describe(frames_of(), arms=ARMS, months=months)
