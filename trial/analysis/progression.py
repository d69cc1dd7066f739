"""Progression criteria as traffic lights on point estimates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from trial.analysis.estimate import Estimate

Figure = int | float | Decimal | Fraction


class Colour(StrEnum):
    """What a criterion says: go on, amend, stop, that no band holds it, or that there is no figure yet."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    NONE = "NOT ESTIMABLE"
    BETWEEN = "BETWEEN BANDS"


class Band(Protocol):
    """One band of values of a criterion, in its own words; both ends belong to it."""

    @property
    def label(self) -> str:
        """What the band says."""

    @property
    def light(self) -> str:
        """Whether that is green, amber or red."""

    @property
    def worst(self) -> Figure | None:
        """The worst value in it; None: everything worse."""

    @property
    def best(self) -> Figure | None:
        """The best value in it; None: up to the band before."""


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
    def green_at(self) -> Figure | None:
        """The value from which it is green."""

    @property
    def amber_at(self) -> Figure | None:
        """The value from which it is amber."""

    @property
    def bands(self) -> Sequence[Band]:
        """Its bands, the best first, in place of both values."""

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
class Banded:
    """One criterion of bands with its figure, what its band says, and the colour of that.

    ``bands`` hold label, worst and best value; ``verdict`` is empty where no band holds the figure.
    """

    key: str
    label: str
    metric: str
    unit: str
    direction: str
    bands: tuple[tuple[str, float | None, float | None], ...]
    estimate: Estimate
    colour: Colour
    verdict: str


@dataclass(frozen=True)
class Progression:
    """All criteria, and their worst colour as the overall one."""

    overall: Colour
    criteria: tuple[Light | Banded, ...]
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
    for candidate in (Colour.RED, Colour.NONE, Colour.BETWEEN, Colour.AMBER, Colour.GREEN):
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


def band(value: Figure, bands: Sequence[Band], direction: str = "higher") -> Band | None:
    """The band that holds a value, the best first; None in a gap between two bands.

    >>> from types import SimpleNamespace as Band
    >>> go = Band(label="Go", light="green", worst=0.7, best=None)
    >>> stop = Band(label="Stop", light="red", worst=None, best=0.5)
    >>> band(0.7, [go, stop]).label, band(0.6, [go, stop]), band(0.5, [go, stop]).label
    ('Go', None, 'Stop')
    """
    sign = 1 if direction == "higher" else -1
    seen = sign * _exact(value)
    for one in bands:
        if one.worst is None or seen >= sign * _exact(one.worst):
            return one if one.best is None or seen <= sign * _exact(one.best) else None
    return None


def _light(criterion: Criterion, metric: Metric) -> Light | Banded:
    value = metric.exact
    if value is not None and criterion.unit in ("%", "percent"):
        value *= 100
    if criterion.green_at is None or criterion.amber_at is None:
        return _banded(criterion, metric, value)
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


def _banded(criterion: Criterion, metric: Metric, value: Fraction | None) -> Banded:
    held = None if value is None else band(value, criterion.bands, criterion.direction)
    between = Colour.NONE if value is None else Colour.BETWEEN
    return Banded(
        key=criterion.key,
        label=criterion.label,
        metric=criterion.metric,
        unit=criterion.unit,
        direction=criterion.direction,
        bands=tuple((one.label, _end(one.worst), _end(one.best)) for one in criterion.bands),
        estimate=metric.estimate,
        colour=between if held is None else Colour[held.light.upper()],
        verdict="" if held is None else held.label,
    )


def _end(value: Figure | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: Figure) -> Fraction:
    return Fraction(f"{value:.12g}") if isinstance(value, float) else Fraction(value)
