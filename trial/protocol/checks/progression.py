"""Rules of the progression criteria: what can be computed, and thresholds that do not contradict."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from trial.protocol.checks.found import Found
from trial.protocol.progression import (
    ALONE,
    METRICS,
    OF_CLUSTERS,
    TAKING_PART,
    UNITS,
    ProgressionCriterion,
    Rule,
)

Criteria = tuple[ProgressionCriterion, ...]
OF_QUANTITY = ("metric", "unit", "green_at", "amber_at", "bands", "direction", "each")


def criteria_are_of_one_kind(progression: Criteria) -> Iterator[Found]:
    """A criterion judges one quantity, or its parts, or leaves people to decide."""
    for index, criterion in enumerate(progression):
        place = ("progression", index)
        if criterion.parts:
            yield from _of_parts(place, criterion)
        elif criterion.combine is not None:
            yield Found(
                (*place, "combine"), "Add parts, or leave this out: it says how parts count."
            )
        if criterion.judged:
            yield from _of_judgement(place, criterion)


def _of_parts(place: tuple[str, int], criterion: ProgressionCriterion) -> Iterator[Found]:
    for name in OF_QUANTITY:
        if getattr(criterion, name) not in (None, ()):
            yield Found((*place, name), "Leave this out: each part has its own.")
    if len(criterion.parts) == 1:
        yield Found((*place, "parts"), "Give two to four parts, or one quantity without parts.")
    if criterion.combine is None:
        words = (
            "Add combine: “all”, so that the worst part stands, or “any”, so that the best does."
        )
        yield Found(place, words)


def _of_judgement(place: tuple[str, int], criterion: ProgressionCriterion) -> Iterator[Found]:
    for name in ("unit", "green_at", "amber_at", "direction", "each"):
        if getattr(criterion, name) is not None:
            words = "Add metric, or leave this out: without a metric people decide."
            yield Found((*place, name), words)
    if len(criterion.bands) < 2:
        words = "Add metric or parts, or give two to four bands that can be decided."
        yield Found((*place, "bands") if criterion.bands else place, words)
    for at, band in enumerate(criterion.bands):
        for name in ("worst", "best"):
            if getattr(band, name) is not None:
                words = "Leave this out: without a metric there is no value to hold against it."
                yield Found((*place, "bands", at, name), words)


def criteria_can_be_computed(progression: Criteria, participants: bool) -> Iterator[Found]:
    """Every quantity is one that the report computes, in that metric's unit."""
    known = {**UNITS, **OF_CLUSTERS, **TAKING_PART} if participants else ALONE
    for place, rule in _rules(progression):
        if rule.metric not in known:
            words = f"Name one of the metrics that exist: {', '.join(known)}."
            yield Found((*place, "metric"), words)
            continue
        unit = known[rule.metric]
        if rule.unit != unit:
            where = place if rule.unit is None else (*place, "unit")
            start = f'Add unit = "{unit}"' if rule.unit is None else f'Enter "{unit}"'
            yield Found(where, f"{start}: that is what {rule.metric} is.")
        if unit == "proportion" and max(rule.thresholds, default=0) > 1:
            yield Found(
                (*place, "bands" if rule.bands else "green_at"),
                "Enter proportions from 0 to 1, such as 0.80 for 80%.",
            )
        if rule.direction is None:
            yield Found(place, 'Add direction: are "higher" or "lower" values better?')


def clusters_reach_something(progression: Criteria) -> Iterator[Found]:
    """What counts clusters says what each must reach, as one limit on a metric; nothing else does."""
    for place, rule in _rules(progression):
        if (rule.metric in OF_CLUSTERS) != (rule.each is not None):
            if rule.each is None:
                yield Found(place, "Add each: what must a cluster reach to be counted?")
            else:
                words = f"Leave this out, or name a metric that counts: {', '.join(OF_CLUSTERS)}."
                yield Found((*place, "each"), words)
        elif rule.each is not None:
            yield from _of_each((*place, "each"), rule)


def _of_each(place: tuple[Any, ...], rule: Rule) -> Iterator[Found]:
    each = rule.each
    assert each is not None
    if each.metric not in METRICS:
        words = f"Name one of the metrics of a cluster: {', '.join(METRICS)}."
        yield Found((*place, "metric"), words)
    limits = [one for one in (each.at_least, each.at_most) if one is not None]
    if len(limits) != 1:
        yield Found(place, "Give one limit: at_least or at_most.")
    elif UNITS.get(each.metric) == "proportion" and limits[0] > 1:
        name = "at_most" if each.at_least is None else "at_least"
        words = "Enter a proportion from 0 to 1, such as 0.80 for 80%."
        yield Found((*place, name), words)


def thresholds_in_order(progression: Criteria) -> Iterator[Found]:
    """Amber lies on the worse side of green."""
    for place, rule in _rules(progression):
        green, amber = rule.green_at, rule.amber_at
        if green is None or amber is None or rule.direction is None:
            continue
        gap = green - amber
        wrong = gap < 0 if rule.direction == "higher" else gap > 0
        if wrong:
            side = "above" if rule.direction == "higher" else "below"
            yield Found(
                (*place, "amber_at"),
                f"Enter a value that is not {side} green_at, since {rule.direction} "
                "values are better here.",
            )


def criteria_say_one_way(progression: Criteria) -> Iterator[Found]:
    """A quantity has both thresholds or two to four bands, and not both."""
    for place, rule in _rules(progression):
        for name in ("green_at", "amber_at"):
            given = getattr(rule, name) is not None
            if given and rule.bands:
                yield Found((*place, name), "Leave this out: the bands say it already.")
            if not given and not rule.bands:
                yield Found(place, f"Add {name}, or say what the values mean with bands.")
        if len(rule.bands) == 1:
            yield Found((*place, "bands"), "Give two to four bands, the best first.")


def bands_in_order(progression: Criteria) -> Iterator[Found]:
    """Bands stand from the best to the worst and do not overlap; only the last is without an end."""
    for where, rule in _rules(progression):
        sign = -1 if rule.direction == "lower" else 1
        place = (*where, "bands")
        for at, band in enumerate(rule.bands):
            if band.worst is None and at < len(rule.bands) - 1:
                yield Found((*place, at), "Add worst: only the last band holds all the rest.")
            if None not in (band.worst, band.best) and sign * (band.best - band.worst) < 0:  # type: ignore[operator]
                yield Found((*place, at, "best"), "Enter a value that is not worse than worst.")
        for at, (better, worse) in enumerate(pairwise(rule.bands), start=1):
            ends = [end for end in (worse.best, worse.worst) if end is not None]
            if better.worst is not None and any(sign * (end - better.worst) >= 0 for end in ends):
                yield Found(
                    (*place, at), "Put the bands apart: this one reaches into the one before."
                )


def _rules(progression: Criteria) -> Iterator[tuple[tuple[Any, ...], Rule]]:
    """Every quantity with its place in the file."""
    for index, criterion in enumerate(progression):
        for at, rule in enumerate(criterion.rules):
            place: tuple[Any, ...] = ("progression", index)
            yield ((*place, "parts", at) if criterion.parts else place), rule
