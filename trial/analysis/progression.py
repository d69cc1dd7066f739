"""Progression criteria as traffic lights on point estimates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from trial.analysis.estimate import Estimate

Figure = int | float | Decimal | Fraction


class Colour(StrEnum):
    """What a criterion says: go on, amend, stop, or that there is no figure yet."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    NONE = "NOT ESTIMABLE"


class Criterion(Protocol):
    """What a light needs of a progression criterion; the protocol's criteria have it."""

    @property
    def key(self) -> str:
        """The criterion's key in the protocol."""

    @property
    def label(self) -> str:
        """Its name for readers."""

    @property
    def metric(self) -> str:
        """The name of the metric that it judges."""

    @property
    def unit(self) -> str:
        """The unit of the cut-offs."""

    @property
    def green_at(self) -> Figure:
        """The value from which it is green."""

    @property
    def amber_at(self) -> Figure:
        """The value from which it is amber."""

    @property
    def direction(self) -> str:
        """Whether a ``higher`` or a ``lower`` value is the better one."""


@dataclass(frozen=True)
class Metric:
    """A figure that a criterion can judge: exact, so that no rounding moves it over a cut-off."""

    exact: Fraction | None
    estimate: Estimate


@dataclass(frozen=True)
class Light:
    """One criterion with its figure and colour."""

    key: str
    label: str
    metric: str
    unit: str
    green_at: float
    amber_at: float
    direction: str
    estimate: Estimate
    colour: Colour


@dataclass(frozen=True)
class Progression:
    """All criteria, and their worst colour as the overall one."""

    overall: Colour
    criteria: tuple[Light, ...]
    method: str = "traffic lights on point estimates, overall the worst (Avery 2017)"


def colour(
    value: Figure | None, green_at: Figure, amber_at: Figure, direction: str = "higher"
) -> Colour:
    """The colour of a value: green from one cut-off, amber from the other, else red.

    A value exactly on a cut-off has the better colour. Integers, fractions and decimals are
    compared exactly; a float is read to twelve digits first, so that 0.29 * 100 =
    28.999999999999996 reaches 29. None has no colour.
    Raises ValueError for another direction or cut-offs in the wrong order.
    Source: Avery et al. 2017, BMJ Open 7:e013537.

    >>> colour(Fraction(7, 10), 0.7, 0.5)
    <Colour.GREEN: 'GREEN'>
    >>> colour(Fraction(41, 200), green_at=0.1, amber_at=0.2, direction="lower")
    <Colour.RED: 'RED'>
    """
    if direction not in ("higher", "lower"):
        raise ValueError("a criterion's direction is higher or lower")
    sign = 1 if direction == "higher" else -1
    green, amber = sign * _exact(green_at), sign * _exact(amber_at)
    if green < amber:
        raise ValueError("the green cut-off must not be easier to reach than the amber one")
    if value is None:
        return Colour.NONE
    seen = sign * _exact(value)
    if seen >= green:
        return Colour.GREEN
    return Colour.AMBER if seen >= amber else Colour.RED


def worst(colours: Iterable[Colour]) -> Colour:
    """The worst of several colours; not estimable if one is missing and none is red.

    A missing figure may still turn red, so it never lets the whole be amber or green.

    >>> worst([Colour.GREEN, Colour.AMBER])
    <Colour.AMBER: 'AMBER'>
    >>> worst([])
    <Colour.NONE: 'NOT ESTIMABLE'>
    """
    seen = set(colours)
    for candidate in (Colour.RED, Colour.NONE, Colour.AMBER, Colour.GREEN):
        if candidate in seen:
            return candidate
    return Colour.NONE


def avery(criteria: Iterable[Criterion], metrics: Mapping[str, Metric]) -> Progression:
    """Every criterion's light on its point estimate, and the worst of them.

    ``metrics`` maps the criteria's metric names to figures; a unit of ``%`` or ``percent``
    multiplies a figure by 100 before it is compared. Raises KeyError for a metric that is not
    there. Source: Avery et al. 2017, BMJ Open 7:e013537.

    >>> avery([], {}).overall
    <Colour.NONE: 'NOT ESTIMABLE'>
    """
    lights = tuple(_light(criterion, metrics[criterion.metric]) for criterion in criteria)
    return Progression(worst(light.colour for light in lights), lights)


def _light(criterion: Criterion, metric: Metric) -> Light:
    value = metric.exact
    if value is not None and criterion.unit in ("%", "percent"):
        value *= 100
    return Light(
        key=criterion.key,
        label=criterion.label,
        metric=criterion.metric,
        unit=criterion.unit,
        green_at=float(criterion.green_at),
        amber_at=float(criterion.amber_at),
        direction=criterion.direction,
        estimate=metric.estimate,
        colour=colour(value, criterion.green_at, criterion.amber_at, criterion.direction),
    )


def _exact(value: Figure) -> Fraction:
    return Fraction(f"{value:.12g}") if isinstance(value, float) else Fraction(value)
