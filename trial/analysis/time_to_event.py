"""Time to a first event: Kaplan-Meier, median, restricted mean and the log-rank test."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from trial.analysis.estimate import (
    Estimate,
    level_words,
    normal_quantile,
    not_estimable,
)

# Two survival figures closer than this are the same: as R's survival package.
SAME = math.sqrt(float(np.finfo(float).eps))
NOBODY = "nobody was followed"
NO_LIMITS_AT_ONE = (
    "nobody has had the event by then, so there are no log-log limits: "
    "give the exact interval of 0 of those at risk"
)
NO_LIMITS_AT_ZERO = (
    "everybody at risk has had the event by then, so there are no log-log limits: give the counts"
)


@dataclass(frozen=True)
class Step:
    """The curve from one event time on; the limits are None where survival has come to 0."""

    time: float
    at_risk: int
    events: int
    survival: float
    se: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: 1 before the first step, known up to ``followed_to``."""

    n: int
    events: int
    followed_to: float | None
    steps: tuple[Step, ...]
    conf_level: float
    method: str
    reason: str = ""


@dataclass(frozen=True)
class RestrictedMean:
    """The mean time without the event up to ``tau``, with its standard error."""

    estimate: Estimate
    se: float | None
    tau: float


@dataclass(frozen=True)
class Group:
    """One group of a log-rank test: people, events seen, and events expected."""

    group: Hashable
    n: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """The log-rank test, which takes people as independent; None with the reason if there is none."""

    chi2: float | None
    df: int
    p: float | None
    groups: tuple[Group, ...]
    method: str = "log-rank, clustering ignored"
    reason: str = ""


def kaplan_meier(
    time: Sequence[float], event: Sequence[int | bool], conf_level: float = 0.95
) -> Curve:
    """The Kaplan-Meier curve of one group, with log-log limits at every event time.

    ``time`` and ``event`` have one entry a person: time followed (any unit, not negative) and 1 for
    the event or 0 for censored then. Someone censored at the time of an event counts as at risk.
    Without people or events there are no steps, and ``reason`` says so. Raises ValueError for
    lengths that differ, times that are negative or missing, or events other than 0 and 1.
    Source: Kalbfleisch & Prentice 2002, The Statistical Analysis of Failure Time Data, ch. 1; as
    R's survfit(conf.type="log-log").

    >>> curve = kaplan_meier([8, 12, 12, 12, 12, 12, 4], [1, 0, 0, 0, 0, 0, 0])
    >>> step = curve.steps[0]
    >>> step.at_risk, round(step.survival, 4), round(step.low, 4), round(step.high, 4)
    (6, 0.8333, 0.2731, 0.9747)
    """
    times, states = followed(time, event)
    if not set(states.tolist()) <= {0, 1}:
        raise ValueError("an event is 1, or 0 for someone censored")
    z = normal_quantile(conf_level)
    survival, spread, steps = 1.0, 0.0, []
    for at, risk, died in zip(*_events(times, states == 1), strict=True):
        survival = 0.0 if died == risk else survival * (1 - died / risk)
        spread += 0.0 if died == risk else died / (risk * (risk - died))
        low, high = log_log_limits(survival, survival * math.sqrt(spread), z)
        se = survival * math.sqrt(spread)
        steps.append(Step(float(at), risk, died, survival, se, low, high))
    return Curve(
        n=len(times),
        events=int((states == 1).sum()),
        followed_to=float(times.max()) if len(times) else None,
        steps=tuple(steps),
        conf_level=conf_level,
        method=f"Kaplan-Meier, log-log {level_words(conf_level)}",
        reason="" if steps else "nobody had the event" if len(times) else NOBODY,
    )


def survival_at(curve: Curve, time: float) -> Estimate:
    """The share still without the event at a time, with its log-log interval.

    Not estimable after the last time that anybody was followed, unless the curve has come to 0.
    Raises ValueError for a negative time. Source: as ``kaplan_meier``.

    >>> round(survival_at(kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]), 3.5).value, 3)
    0.375
    >>> survival_at(kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]), 6).reason
    'nobody was followed that far: the last was followed to 4'
    """
    if not time >= 0:
        raise ValueError("a time is not negative")
    if curve.followed_to is None:
        return not_estimable(0, curve.method, NOBODY)
    ended = bool(curve.steps) and curve.steps[-1].survival == 0
    if time > curve.followed_to and not ended:
        reason = f"nobody was followed that far: the last was followed to {curve.followed_to:g}"
        return not_estimable(curve.n, curve.method, reason)
    passed = [step for step in curve.steps if step.time <= time]
    if not passed:
        return Estimate(1.0, None, None, curve.n, curve.method, NO_LIMITS_AT_ONE)
    last = passed[-1]
    reason = NO_LIMITS_AT_ZERO if last.low is None else ""
    return Estimate(last.survival, last.low, last.high, curve.n, curve.method, reason)


def median(curve: Curve) -> Estimate:
    """The median time to the event, or "not reached"; limits where the curve's limits reach half.

    Where the curve lies at exactly one half, the middle of that stretch. A limit is None where the
    limit of the curve does not come down to one half. Source: Brookmeyer & Crowley 1982, Biometrics
    38:29-41, with log-log limits; as R's survfit.

    >>> median(kaplan_meier([9, 13, 13, 18], [1, 1, 0, 1])).value
    15.5
    >>> median(kaplan_meier([8, 12, 12], [1, 0, 0])).reason
    'not reached: more than half had not had the event when follow-up ended'
    """
    method = f"median of {curve.method}"
    if not curve.n:
        return not_estimable(0, method, NOBODY)
    times = [step.time for step in curve.steps]
    value = _half(times, [step.survival for step in curve.steps])
    low = _half(times, [step.low for step in curve.steps])
    high = _half(times, [step.high for step in curve.steps])
    words = []
    if value is None:
        words.append("not reached: more than half had not had the event when follow-up ended")
    elif low is None:
        words.append("no lower limit: the curve's lower limit does not come down to one half")
    if value is not None and high is None:
        words.append("no upper limit: the curve's upper limit does not come down to one half")
    return Estimate(value, low, high, curve.n, method, "; ".join(words))


def restricted_mean(curve: Curve, tau: float) -> RestrictedMean:
    """The mean time without the event up to tau: the area under the curve, normal interval.

    The interval is cut at 0 and tau. Not estimable when nobody was followed to tau, unless all had
    the event; without an event before tau the mean is tau and has no interval. Raises ValueError
    for a tau that is not positive. Source: Klein & Moeschberger 2003, section 4.5; as R's
    summary(survfit, rmean=tau).

    >>> curve = kaplan_meier([8, 12, 12, 12, 12, 12, 4], [1, 0, 0, 0, 0, 0, 0])
    >>> found = restricted_mean(curve, 12)
    >>> round(found.estimate.value, 4), round(found.se, 4)
    (11.3333, 0.6086)
    """
    if not 0 < tau < math.inf:
        raise ValueError("a restricted mean needs a positive time to restrict it to")
    method = f"restricted mean to {tau:g}, normal {level_words(curve.conf_level)}"
    if curve.followed_to is None:
        return RestrictedMean(not_estimable(0, method, NOBODY), None, tau)
    ended = bool(curve.steps) and curve.steps[-1].survival == 0
    if curve.followed_to < tau and not ended:
        reason = f"nobody was followed to {tau:g}: restrict the mean to {curve.followed_to:g}"
        return RestrictedMean(not_estimable(curve.n, method, reason), None, tau)
    passed = [step for step in curve.steps if step.time < tau]
    edges = np.array([0.0, *(step.time for step in passed), tau])
    areas = np.diff(edges) * np.array([1.0, *(step.survival for step in passed)])
    mean = float(areas.sum())
    if not passed:
        reason = f"nobody had the event before {tau:g}, so there is nothing to build limits from"
        return RestrictedMean(Estimate(mean, None, None, curve.n, method, reason), None, tau)
    se = _area_se(areas, passed)
    half = normal_quantile(curve.conf_level) * se
    low, high = min(mean, max(0.0, mean - half)), max(mean, min(tau, mean + half))
    if se == 0:
        reason = "everybody at risk had the event at once, so there is nothing to build limits from"
        return RestrictedMean(Estimate(mean, None, None, curve.n, method, reason), None, tau)
    return RestrictedMean(Estimate(mean, low, high, curve.n, method), se, tau)


def log_rank(
    time: Sequence[float], event: Sequence[int | bool], group: Sequence[Hashable]
) -> LogRank:
    """The log-rank test of two or more groups, taking people as independent.

    One entry a person: time, event (1, or 0 for censored) and group. The test is missing, with the
    reason, unless events happened while two groups were at risk. It ignores clusters, so it is never
    evidence of an effect in a cluster trial.
    Raises ValueError for lengths that differ, times that are negative or missing, or events other
    than 0 and 1. Source: Mantel 1966; as R's survdiff.

    >>> found = log_rank([2, 3, 5, 7, 8, 9], [1, 1, 1, 0, 1, 0], list("aabbab"))
    >>> round(found.chi2, 4), found.df, round(found.p, 4)
    (1.965, 1, 0.161)
    """
    times, states = followed(time, event)
    if len(group) != len(times):
        raise ValueError("give each person a time, an event and a group")
    if not set(states.tolist()) <= {0, 1}:
        raise ValueError("an event is 1, or 0 for someone censored")
    names = list(dict.fromkeys(group))
    number = {name: i for i, name in enumerate(names)}
    index = np.array([number[one] for one in group], dtype=int)
    member = index == np.arange(len(names))[:, None]
    expected, variance = _expected(times, states, member)
    observed = [int(states[row].sum()) for row in member]
    groups = tuple(
        Group(name, int(row.sum()), seen, float(due))
        for name, row, seen, due in zip(names, member, observed, expected, strict=True)
    )
    kept = [i for i, due in enumerate(expected) if due > 0]
    # One group is implied by the others.
    inner = kept[1:]
    matrix = variance[np.ix_(inner, inner)]
    if not inner or np.linalg.matrix_rank(matrix) < len(inner):
        reason = "no event happened while two groups were at risk: describe the curves instead"
        return LogRank(None, max(0, len(inner)), None, groups, reason=reason)
    gap = np.array([observed[i] - expected[i] for i in inner])
    chi2 = max(0.0, float(gap @ np.linalg.solve(matrix, gap)))
    return LogRank(chi2, len(inner), float(special.chdtrc(len(inner), chi2)), groups)


def followed(time: Sequence[float], state: Sequence[int | bool]) -> tuple[np.ndarray, np.ndarray]:
    """Times and states as arrays, refused unless each person has both.

    Raises ValueError for lengths that differ, a time that is negative or missing, or a state that
    is not a whole number from 0.

    >>> followed([2.5], [True])[1].tolist()
    [1]
    """
    times, states = np.asarray(time, dtype=float), np.asarray(state, dtype=float)
    if times.ndim != 1 or times.shape != states.shape:
        raise ValueError("give each person a time and what happened then")
    if not (np.isfinite(times).all() and (times >= 0).all()):
        raise ValueError("a time followed is a number that is not negative")
    if not (np.isfinite(states).all() and (states >= 0).all() and (states % 1 == 0).all()):
        raise ValueError("what happened is a whole number: 0 for censored")
    return times, states.astype(int)


def log_log_limits(share: float, se: float, z: float) -> tuple[float | None, float | None]:
    """The log-log limits of a share; none where it is 0 or 1, but for rounding.

    ``z`` is the normal quantile. Source: Kalbfleisch & Prentice 2002.

    >>> [round(limit, 4) for limit in log_log_limits(0.8333333, 0.1521452, 1.959964)]
    [0.2731, 0.9747]
    """
    if min(share, 1 - share) < SAME or se == 0:
        return None, None
    log = math.log(share)
    wide = z * se / (share * abs(log))
    return share ** math.exp(wide), share ** math.exp(-wide)


def at_risk(times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """How many of the times are not before each moment.

    >>> at_risk(np.array([2.0, 3.0, 3.0]), np.array([1.0, 3.0, 4.0])).tolist()
    [3, 2, 0]
    """
    return len(times) - np.searchsorted(np.sort(times), at, side="left")


def _events(times: np.ndarray, event: np.ndarray) -> tuple[list[float], list[int], list[int]]:
    """The times of the events, how many were at risk then, and how many had one."""
    at, happened = np.unique(times[event], return_counts=True)
    return at.tolist(), at_risk(times, at).tolist(), happened.tolist()


def _half(times: Sequence[float], shares: Sequence[float | None]) -> float | None:
    """The first time at which shares come to one half, in the middle of a stretch that lies on it."""
    seen = [(t, s) for t, s in zip(times, shares, strict=True) if s is not None]
    under = [(t, s) for t, s in seen if s < 0.5 + SAME]
    if not under:
        return None
    first, share = under[0]
    after = [t for t, s in under if s < share]
    return (first + after[0]) / 2 if abs(share - 0.5) < SAME and after else first


def _area_se(areas: np.ndarray, passed: Sequence[Step]) -> float:
    """The standard error of the area: what lies right of each event time, by Greenwood's terms."""
    right = np.cumsum(areas[::-1])[::-1][1:]
    total = 0.0
    for area, step in zip(right, passed, strict=True):
        alive = step.at_risk - step.events
        total += area * area * step.events / (step.at_risk * alive) if alive else 0.0
    return math.sqrt(total)


def _expected(
    times: np.ndarray, states: np.ndarray, member: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Expected events of each group (a row of ``member``) and their covariance."""
    k = len(member)
    expected, variance = np.zeros(k), np.zeros((k, k))
    at, risk, happened = _events(times, states == 1)
    inside = [at_risk(times[row], np.array(at)) for row in member]
    for i, (n, died) in enumerate(zip(risk, happened, strict=True)):
        share = np.array([own[i] for own in inside]) / n
        expected += died * share
        if n > 1:
            spread = died * (n - died) / (n - 1)
            variance += spread * (np.diag(share) - np.outer(share, share))
    return expected, variance
