"""The recruitment outlook: how many there will be, and when the target is met."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import special

from trial.analysis.estimate import Estimate, level_words, not_estimable
from trial.analysis.rate import DAYS_A_MONTH
from trial.analysis.recruitment import Plan, Recruitment

# How far ahead a date is sought: beyond this it is of no use to anybody.
HORIZON_DAYS = 20 * 365
NO_RATE = (
    "there was no open time to count over: "
    "give the planned rate as prior, Prior(1, 1 / rate), until there is"
)


@dataclass(frozen=True)
class Prior:
    """What is known of the rate before: so many enrolments in so many cluster-months.

    The default is Jeffreys' prior. ``Prior(1, 1 / rate)`` weighs a planned rate as one enrolment.
    """

    shape: float = 0.5
    exposure: float = 0.0


@dataclass(frozen=True)
class Opening:
    """When a cluster opens or opened, and closes; without its own closing day it stays open."""

    opens_on: date | None
    closes_on: date | None = None


@dataclass(frozen=True)
class MetOn:
    """The date on which the target is met, at the median and at both ends of the interval.

    None, with the reason, where a date lies out of sight or the target is met already.
    """

    median: date | None
    earliest: date | None
    latest: date | None
    method: str
    reason: str = ""


@dataclass(frozen=True)
class Outlook:
    """A prediction as known on a day, from ``enrolled`` in ``exposure`` cluster-months.

    ``final`` is the number at the end of recruitment, its limits a prediction interval; ``chance``
    that of the target by then; ``met_on`` assumes that the clusters stay open beyond the end.
    Where nothing is predicted ``reason`` says why, as do the estimates.
    """

    enrolled: int
    target: int
    on: date
    exposure: float
    exposure_to_come: float
    rate: Estimate
    final: Estimate
    chance: float | None
    met_on: MetOn
    reason: str = ""


def predict(
    enrolled: int,
    exposure: float,
    clusters: Sequence[Opening],
    *,
    target: int,
    on: date,
    closes_on: date,
    prior: Prior | None = None,
    conf_level: float = 0.95,
) -> Outlook:
    """The final number and the date of the target, by a Poisson process with a gamma rate.

    ``enrolled`` so far in ``exposure`` open cluster-months up to and including ``on``; ``clusters``
    with the days on which they open and close. One rate per cluster-month holds for all clusters
    and all the time to come: with clusters that differ much and do not stay open alike, it is too
    sure of itself. Not estimable without open time and prior. Raises ValueError for negative
    numbers, a target below 1, or enrolments without open time.
    Source: Anisimov & Fedorov 2007, Stat Med 26:4958-4975, with one gamma rate.

    >>> four = [Opening(date(2015, 7, 1))] * 4
    >>> found = predict(9, 12, four, target=18, on=date(2015, 9, 30), closes_on=date(2015, 12, 31))
    >>> round(found.final.value, 2), found.final.low, found.final.high, round(found.chance, 2)
    (18.57, 12, 28, 0.55)
    >>> found.met_on.earliest, found.met_on.median, found.met_on.latest
    (datetime.date(2015, 11, 3), datetime.date(2015, 12, 26), datetime.date(2016, 5, 8))
    """
    known = prior or Prior()
    _check(enrolled, exposure, target, known, conf_level)
    ahead = open_time(clusters, on)
    to_come = _until(ahead, (closes_on - on).days)
    method = f"Poisson-gamma prediction {level_words(conf_level)}"
    shape, held = known.shape + enrolled, known.exposure + exposure
    if held <= 0:
        return _none((enrolled, target, on, exposure), to_come, method, NO_RATE)
    tail = (1 - conf_level) / 2
    spread = [float(special.gammaincinv(shape, share)) / held for share in (tail, 1 - tail)]
    words = f"gamma rate, credible {level_words(conf_level)}"
    rate = Estimate(shape / held, spread[0], spread[1], enrolled, words, count=enrolled)
    low, high = (enrolled + more_quantile(q, shape, held, to_come) for q in (tail, 1 - tail))
    mean = enrolled + shape / held * to_come
    # A prediction's mean may lie beyond a limit only when nothing more is all but certain.
    final = Estimate(mean, min(low, mean), max(high, mean), enrolled, method, count=enrolled)
    left = target - enrolled
    chance = 1.0 if left <= 0 else 1 - more_chance(left - 1, shape, held, to_come)
    met = _met_on(left, shape, held, ahead, on, tail, method)
    return Outlook(enrolled, target, on, exposure, to_come, rate, final, chance, met)


def of_recruitment(
    recruited: Recruitment,
    clusters: pd.DataFrame,
    *,
    plan: Plan,
    on: date,
    conf_level: float = 0.95,
) -> Outlook:
    """The outlook of the trial's own recruitment to the end of its window.

    ``recruited`` as known on ``on``, and the prepared frame of clusters. Only days within the window
    count as exposure. The rate that the plan names, if any, weighs as one enrolment; Jeffreys' prior
    stands in for it. A cluster that has not opened yet is not counted on. Before the window, from
    its last day on, and while no cluster was open in it there is no prediction, and ``reason`` says
    so in words.
    Source: as :func:`predict`.

    >>> from trial.analysis import recruitment, tables
    >>> none = tables.prepare()
    >>> plan = Plan(date(2015, 7, 1), date(2015, 12, 31), 40, 1.67)
    >>> on = date(2015, 6, 1)
    >>> so_far = recruitment.count(none.participants, none.clusters, arms=(), plan=plan, on=on)
    >>> of_recruitment(so_far, none.clusters, plan=plan, on=on).reason
    'recruitment opens on 2015-07-01: there is nothing to predict from yet'
    """
    method = f"Poisson-gamma prediction {level_words(conf_level)}"
    reason = _no_outlook(recruited, plan, on)
    if reason:
        known = recruited.enrolled, plan.target, on, recruited.cluster_months
        return _none(known, 0.0, method, reason)
    openings = [
        Opening(_within(opened, plan.opens_on), _day(closed))
        for opened, closed in zip(clusters["opened_on"], clusters["closed_on"], strict=True)
    ]
    rate = plan.per_cluster_month
    return predict(
        recruited.enrolled,
        recruited.cluster_months,
        openings,
        target=plan.target,
        on=on,
        closes_on=plan.closes_on,
        prior=Prior(1, 1 / rate) if rate else None,
        conf_level=conf_level,
    )


def open_time(clusters: Sequence[Opening], on: date) -> np.ndarray:
    """The cluster-months open from the day after ``on`` up to each day, for twenty years.

    Source: definition; the days of opening and of closing both count.

    >>> ahead = open_time([Opening(date(2015, 7, 1), date(2015, 7, 10))], date(2015, 7, 5))
    >>> round(float(ahead[-1]) * 30.4375, 6)
    5.0
    """
    days = np.zeros(HORIZON_DAYS)
    for cluster in clusters:
        if cluster.opens_on is None:
            continue
        first = max(0, (cluster.opens_on - on).days - 1)
        last = HORIZON_DAYS if cluster.closes_on is None else (cluster.closes_on - on).days
        days[first : max(first, last)] += 1
    return np.cumsum(days) / float(DAYS_A_MONTH)


def more_chance(more: int, shape: float, held: float, to_come: float) -> float:
    """The chance of at most so many more enrolments in the cluster-months to come.

    ``shape`` enrolments in ``held`` cluster-months are known, prior included. Source: the negative
    binomial distribution.

    >>> round(more_chance(3, 2.0, 1.0, 1.0), 4)
    0.8125
    """
    if more < 0:
        return 0.0
    if to_come <= 0:
        return 1.0
    return float(special.betainc(shape, more + 1, held / (held + to_come)))


def more_quantile(share: float, shape: float, held: float, to_come: float) -> int:
    """The smallest number of further enrolments with at least this chance of not being exceeded.

    Source: ``more_chance``, inverted.

    >>> more_quantile(0.8125, 2.0, 1.0, 1.0), more_quantile(0.9, 2.0, 1.0, 0)
    (3, 0)
    """

    def enough(more: int) -> bool:
        return more_chance(more, shape, held, to_come) >= share - 1e-12

    top = 1
    while not enough(top):
        top *= 2
    return _first(enough, top)


def _first(holds: Callable[[int], bool], top: int) -> int:
    low, high = 0, top
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _none(known: tuple[int, int, date, float], to_come: float, method: str, reason: str) -> Outlook:
    """No prediction, from the enrolled, the target, the day and the exposure."""
    none = not_estimable(known[0], method, reason)
    missing = MetOn(None, None, None, method, reason)
    return Outlook(*known, to_come, none, none, None, missing, reason)


def _no_outlook(recruited: Recruitment, plan: Plan, on: date) -> str:
    if on < plan.opens_on:
        return f"recruitment opens on {plan.opens_on}: there is nothing to predict from yet"
    if on >= plan.closes_on:
        ended = "ended" if on > plan.closes_on else "ends"
        return (
            f"recruitment {ended} on {plan.closes_on}: the final number is counted, not predicted"
        )
    if not recruited.open_days:
        return "no cluster has been open within the recruitment window yet: open one first"
    return ""


def _within(opened: object, first: date) -> date | None:
    day = _day(opened)
    return None if day is None else max(day, first)


def _day(stamp: object) -> date | None:
    return None if pd.isna(stamp) else stamp.date()  # type: ignore[call-overload, attr-defined]


def _until(ahead: np.ndarray, days: int) -> float:
    return float(ahead[min(days, len(ahead)) - 1]) if days > 0 else 0.0


def _met_on(
    left: int, shape: float, held: float, ahead: np.ndarray, on: date, tail: float, method: str
) -> MetOn:
    if left <= 0:
        return MetOn(None, None, None, method, f"the target was met by {on:%Y-%m-%d}")
    days: list[date | None] = []
    for share in (tail, 0.5, 1 - tail):
        # The time until `left` more, over the time known, is a ratio of gammas.
        ratio = float(special.betaincinv(left, shape, share))
        needed = held * ratio / (1 - ratio) if ratio < 1 else math.inf
        place = int(np.searchsorted(ahead, needed * (1 - 1e-12)))
        days.append(on + timedelta(days=place + 1) if place < len(ahead) else None)
    earliest, middle, latest = days
    reason = ""
    if latest is None:
        which = "no latest date" if middle else "no date"
        reason = f"{which}: the clusters do not recruit so many within 20 years; open more of them"
    return MetOn(middle, earliest, latest, method, reason)


def _check(enrolled: int, exposure: float, target: int, prior: Prior, conf_level: float) -> None:
    if not 0 < conf_level < 1:
        raise ValueError("a confidence level lies between 0 and 1, such as 0.95")
    if enrolled < 0 or not 0 <= exposure < math.inf or target < 1:
        raise ValueError("give numbers that are not negative, and a target of at least 1")
    if enrolled and not exposure:
        raise ValueError("nobody can be enrolled without open time")
    if not 0 < prior.shape < math.inf or not 0 <= prior.exposure < math.inf:
        raise ValueError("a prior has a positive shape, and an exposure that is not negative")
