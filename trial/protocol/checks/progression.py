"""Rules of the progression criteria: what can be computed, and thresholds that do not contradict."""

from collections.abc import Iterator
from itertools import pairwise

from trial.protocol.checks.found import Found
from trial.protocol.progression import METRICS, UNITS, ProgressionCriterion


def criteria_can_be_computed(progression: tuple[ProgressionCriterion, ...]) -> Iterator[Found]:
    """Every criterion names a metric that the report computes, in that metric's unit."""
    for index, criterion in enumerate(progression):
        place = ("progression", index)
        if criterion.metric not in METRICS:
            known = ", ".join(METRICS)
            yield Found((*place, "metric"), f"Name one of the metrics that exist: {known}.")
            continue
        unit = UNITS[criterion.metric]
        if criterion.unit != unit:
            yield Found((*place, "unit"), f'Enter "{unit}": that is what {criterion.metric} is.')
        if unit == "proportion" and max(criterion.thresholds, default=0) > 1:
            yield Found(
                (*place, "bands" if criterion.bands else "green_at"),
                "Enter proportions from 0 to 1, such as 0.80 for 80%.",
            )


def thresholds_in_order(progression: tuple[ProgressionCriterion, ...]) -> Iterator[Found]:
    """Amber lies on the worse side of green."""
    for index, criterion in enumerate(progression):
        green, amber = criterion.green_at, criterion.amber_at
        if green is None or amber is None:
            continue
        gap = green - amber
        wrong = gap < 0 if criterion.direction == "higher" else gap > 0
        if wrong:
            side = "above" if criterion.direction == "higher" else "below"
            yield Found(
                ("progression", index, "amber_at"),
                f"Enter a value that is not {side} green_at, since {criterion.direction} "
                "values are better here.",
            )


def criteria_say_one_way(progression: tuple[ProgressionCriterion, ...]) -> Iterator[Found]:
    """A criterion has both thresholds or two to four bands, and not both."""
    for index, criterion in enumerate(progression):
        place = ("progression", index)
        for name in ("green_at", "amber_at"):
            given = getattr(criterion, name) is not None
            if given and criterion.bands:
                yield Found((*place, name), "Leave this out: the bands say it already.")
            if not given and not criterion.bands:
                yield Found(place, f"Add {name}, or say what the values mean with bands.")
        if len(criterion.bands) == 1:
            yield Found((*place, "bands"), "Give two to four bands, the best first.")


def bands_in_order(progression: tuple[ProgressionCriterion, ...]) -> Iterator[Found]:
    """Bands stand from the best to the worst and do not overlap; only the last is without an end."""
    for index, criterion in enumerate(progression):
        sign = 1 if criterion.direction == "higher" else -1
        place = ("progression", index, "bands")
        for at, band in enumerate(criterion.bands):
            if band.worst is None and at < len(criterion.bands) - 1:
                yield Found((*place, at), "Add worst: only the last band holds all the rest.")
            if None not in (band.worst, band.best) and sign * (band.best - band.worst) < 0:  # type: ignore[operator]
                yield Found((*place, at, "best"), "Enter a value that is not worse than worst.")
        for at, (better, worse) in enumerate(pairwise(criterion.bands), start=1):
            ends = [end for end in (worse.best, worse.worst) if end is not None]
            if better.worst is not None and any(sign * (end - better.worst) >= 0 for end in ends):
                yield Found(
                    (*place, at), "Put the bands apart: this one reaches into the one before."
                )
