"""Progression criteria as traffic lights on point estimates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from trial.analysis.criteria import Band, Criterion, Each, Figure, Rule
from trial.analysis.estimate import Estimate
from trial.analysis.proportion import wilson


class Colour(StrEnum):
    """What a criterion says: go on, amend, stop, or why it says none of these."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    NONE = "NOT ESTIMABLE"
    BETWEEN = "BETWEEN BANDS"
    UNDECIDED = "NOT DECIDED"


# What may still become any colour, the least known first.
WITHOUT_COLOUR = (Colour.NONE, Colour.UNDECIDED, Colour.BETWEEN)


@dataclass(frozen=True)
class Metric:
    """A figure that a criterion can judge: exact, so that no rounding moves it over a cut-off."""

    exact: Fraction | None
    estimate: Estimate


def of_share(estimate: Estimate) -> Metric:
    """The figure of a proportion that was counted.

    >>> str(of_share(wilson(3, 4)).exact)
    '3/4'
    """
    exact = Fraction(estimate.count or 0, estimate.n) if estimate.n else None
    return Metric(exact, estimate)


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
class Combined:
    """One criterion on several quantities: of ``all`` the worst colour stands, of ``any`` the best."""

    key: str
    label: str
    combine: str
    parts: tuple[Light | Banded, ...]
    colour: Colour


@dataclass(frozen=True)
class Judged:
    """One criterion on which people alone decide: what can be decided, and what was.

    ``options`` hold label and colour; ``verdict`` is empty until something was decided.
    """

    key: str
    label: str
    options: tuple[tuple[str, Colour], ...]
    verdict: str
    colour: Colour


AnyLight = Light | Banded | Combined | Judged


@dataclass(frozen=True)
class Progression:
    """All criteria, and their worst colour as the overall one."""

    overall: Colour
    criteria: tuple[AnyLight, ...]
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
    for candidate in (Colour.RED, *WITHOUT_COLOUR, Colour.AMBER, Colour.GREEN):
        if candidate in seen:
            return candidate
    return Colour.NONE


def best(colours: Iterable[Colour]) -> Colour:
    """The best of several colours; not estimable if one is missing and none is green.

    A missing figure may still turn green, so it never lets the whole be amber or red; nor does a value
    between two bands, which is for judgement.

    >>> best([Colour.RED, Colour.AMBER]), best([Colour.RED, Colour.NONE])
    (<Colour.AMBER: 'AMBER'>, <Colour.NONE: 'NOT ESTIMABLE'>)
    """
    seen = set(colours)
    for candidate in (Colour.GREEN, *WITHOUT_COLOUR, Colour.AMBER, Colour.RED):
        if candidate in seen:
            return candidate
    return Colour.NONE


def judge(
    criteria: Iterable[Criterion],
    metric_of: Callable[[Rule], Metric],
    decided: Mapping[str, str] | None = None,
) -> Progression:
    """Every criterion of whatever kind, and the worst of them.

    ``metric_of`` gives the figure of one quantity; ``decided`` maps the keys of criteria for judgement
    to the label that was decided. What is not decided yet may still turn red, as a missing figure may.
    A criterion on one quantity needs no ``each``, ``combine`` and ``parts``.
    Source of the lights: Avery et al. 2017, BMJ Open 7:e013537.

    >>> judge([], lambda rule: Metric(None, None)).overall
    <Colour.NONE: 'NOT ESTIMABLE'>
    """
    lights = tuple(_any(one, metric_of, decided or {}) for one in criteria)
    return Progression(worst(light.colour for light in lights), lights)


def reaching(values: Iterable[Figure | None], each: Each, *, share: bool) -> Metric:
    """How many clusters reach a value, as a number or as their ``share``.

    Limits belong to what reaches them; a cluster whose value cannot be estimated does not reach it.
    The interval is of a proportion of clusters (Wilson). Without clusters there is no figure.

    >>> from types import SimpleNamespace as Each
    >>> ten = Each(metric="recruited", at_least=10, at_most=None)
    >>> reaching([12, 10, 9, None], ten, share=True).exact
    Fraction(1, 2)
    """
    held = list(values)
    there = sum(_reaches(value, each) for value in held)
    whole = 1 if not share else len(held)
    return Metric(Fraction(there, whole) if held else None, wilson(there, len(held)))


def _reaches(value: Figure | None, each: Each) -> bool:
    if value is None:
        return False
    if each.at_least is not None:
        return _exact(value) >= _exact(each.at_least)
    return each.at_most is not None and _exact(value) <= _exact(each.at_most)


def _any(
    criterion: Criterion, metric_of: Callable[[Rule], Metric], decided: Mapping[str, str]
) -> AnyLight:
    if getattr(criterion, "parts", ()):
        return _combined(criterion, metric_of)
    if criterion.metric is None:
        return _judged(criterion, decided.get(criterion.key, ""))
    return _light(criterion.key, criterion, metric_of(criterion))


def _combined(criterion: Criterion, metric_of: Callable[[Rule], Metric]) -> Combined:
    parts = tuple(_light(criterion.key, one, metric_of(one)) for one in criterion.parts)
    combine = criterion.combine or "all"
    stands = best if combine == "any" else worst
    colours = (part.colour for part in parts)
    return Combined(criterion.key, criterion.label, combine, parts, stands(colours))


def _judged(criterion: Criterion, decided: str) -> Judged:
    options = {one.label: Colour[one.light.upper()] for one in criterion.bands}
    verdict = decided if decided in options else ""
    colour_of_it = options.get(verdict, Colour.UNDECIDED)
    return Judged(criterion.key, criterion.label, tuple(options.items()), verdict, colour_of_it)


def avery(criteria: Iterable[Criterion], metrics: Mapping[str, Metric]) -> Progression:
    """Every criterion's light on its point estimate, and the worst of them.

    ``metrics`` maps the criteria's metric names to figures; a unit of ``%`` or ``percent``
    multiplies a figure by 100 before it is compared. Raises KeyError for a metric that is not
    there. Source: Avery et al. 2017, BMJ Open 7:e013537.

    >>> avery([], {}).overall
    <Colour.NONE: 'NOT ESTIMABLE'>
    """
    return judge(criteria, lambda rule: metrics[rule.metric or ""])


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


def _light(key: str, rule: Rule, metric: Metric) -> Light | Banded:
    value, direction = metric.exact, rule.direction or "higher"
    if value is not None and rule.unit in ("%", "percent"):
        value *= 100
    about = {
        "key": key, "label": rule.label, "metric": rule.metric or "", "unit": rule.unit or "",
        "direction": direction,
    }  # fmt: skip
    if rule.green_at is None or rule.amber_at is None:
        held = None if value is None else band(value, rule.bands, direction)
        between = Colour.NONE if value is None else Colour.BETWEEN
        return Banded(
            **about,
            bands=tuple((one.label, _end(one.worst), _end(one.best)) for one in rule.bands),
            estimate=metric.estimate,
            colour=between if held is None else Colour[held.light.upper()],
            verdict="" if held is None else held.label,
        )
    return Light(
        **about,
        green_at=float(rule.green_at),
        amber_at=float(rule.amber_at),
        estimate=metric.estimate,
        colour=colour(value, rule.green_at, rule.amber_at, direction),
    )


def _end(value: Figure | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: Figure) -> Fraction:
    return Fraction(f"{value:.12g}") if isinstance(value, float) else Fraction(value)
