"""Time to the first of several events that rule each other out: Aalen-Johansen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trial.analysis.estimate import Estimate, level_words, normal_quantile, not_estimable
from trial.analysis.time_to_event import NOBODY, at_risk, followed, log_log_limits

NO_LIMITS = (
    "there are no log-log limits for a share of 0 or 1: "
    "give the exact interval of the count among those at risk"
)


@dataclass(frozen=True)
class Rise:
    """The cumulative incidence of one event from a time on; no limits at 0 or 1."""

    time: float
    at_risk: int
    events: int
    incidence: float
    se: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Incidence:
    """The cumulative incidence of one event among ``n``, known up to ``followed_to``."""

    state: int
    n: int
    events: int
    followed_to: float | None
    free: float
    steps: tuple[Rise, ...]
    method: str
    reason: str = ""


def aalen_johansen(
    time: Sequence[float],
    status: Sequence[int],
    states: Sequence[int] = (1, 2),
    conf_level: float = 0.95,
) -> tuple[Incidence, ...]:
    """The cumulative incidence of each event when one of them rules out the others.

    One entry a person: time followed, and status 0 for censored or the number of the event that came
    first. ``states`` are the events asked for; one that nobody had has no steps and says so.
    1 - Kaplan-Meier would overstate the incidence wherever another event rules it out. Raises
    ValueError for lengths that differ, times that are negative or missing, or a status that is not
    0 or among the states. Source: Aalen & Johansen 1978; variance by the delta method, Marubini &
    Valsecchi 1995, section 10.3; log-log limits.

    >>> job, death = aalen_johansen([8, 12, 12, 12, 12, 12, 4], [1, 0, 0, 0, 0, 0, 2])
    >>> round(job.steps[-1].incidence, 4), round(death.steps[-1].incidence, 4)
    (0.1429, 0.1429)
    """
    times, seen = followed(time, status)
    if not set(seen.tolist()) <= {0, *states} or 0 in states:
        raise ValueError("a status is 0 for censored, or one of the states asked for")
    z = normal_quantile(conf_level)
    method = f"Aalen-Johansen, log-log {level_words(conf_level)}"
    at, counts = np.unique(times[seen > 0], return_counts=True)
    risk, happened = at_risk(times, at).astype(float), counts.astype(float)
    free = np.concatenate([[1.0], np.cumprod(1 - happened / risk)])
    found = []
    for state in states:
        place = np.searchsorted(at, times[seen == state])
        own = np.bincount(place, minlength=len(at)).astype(float)
        steps = _rises(at, risk, happened, own, free, z)
        words = "" if own.sum() else "nobody had this event" if len(times) else NOBODY
        last = float(times.max()) if len(times) else None
        n, events = len(times), int(own.sum())
        found.append(Incidence(state, n, events, last, float(free[-1]), steps, method, words))
    return tuple(found)


def incidence_at(curve: Incidence, time: float) -> Estimate:
    """The share that has had the event by a time, with its log-log interval.

    0 before the first such event. Not estimable after the last time that anybody was followed,
    unless everybody had an event. Raises ValueError for a negative time. Source: as
    ``aalen_johansen``.

    >>> job, _ = aalen_johansen([8, 12, 12, 12, 12, 12, 4], [1, 0, 0, 0, 0, 0, 2])
    >>> incidence_at(job, 6).value
    0.0
    >>> incidence_at(job, 24).reason
    'nobody was followed that far: the last was followed to 12'
    """
    if not time >= 0:
        raise ValueError("a time is not negative")
    if curve.followed_to is None:
        return not_estimable(0, curve.method, NOBODY)
    if time > curve.followed_to and curve.free > 0:
        reason = f"nobody was followed that far: the last was followed to {curve.followed_to:g}"
        return not_estimable(curve.n, curve.method, reason)
    passed = [step for step in curve.steps if step.time <= time]
    if not passed:
        return Estimate(0.0, None, None, curve.n, curve.method, NO_LIMITS)
    last = passed[-1]
    reason = NO_LIMITS if last.low is None else ""
    return Estimate(last.incidence, last.low, last.high, curve.n, curve.method, reason)


def _rises(
    at: np.ndarray,
    risk: np.ndarray,
    happened: np.ndarray,
    own: np.ndarray,
    free: np.ndarray,
    z: float,
) -> tuple[Rise, ...]:
    """The steps of one event, at its own event times; ``free`` is the share free of all before each."""
    before = free[:-1]
    incidence = np.minimum(1.0, np.cumsum(before * own / risk))
    left = risk - happened
    # Where nobody is left there is nothing after: the term is multiplied by 0.
    hazard = happened / (risk * np.where(left > 0, left, 1.0))
    steps = []
    for j in np.flatnonzero(own):
        gap = incidence[j] - incidence[: j + 1]
        first = (gap**2 * hazard[: j + 1]).sum()
        second = (before**2 * own * (risk - own) / risk**3)[: j + 1].sum()
        third = (gap * (before * own / risk**2)[: j + 1]).sum()
        se = math.sqrt(max(0.0, float(first + second - 2 * third)))
        share = float(incidence[j])
        low, high = log_log_limits(share, se, z)
        steps.append(Rise(float(at[j]), int(risk[j]), int(own[j]), share, se, low, high))
    return tuple(steps)
