"""Traffic lights at and around their cut-offs."""

from dataclasses import dataclass
from fractions import Fraction

import pytest

from trial.analysis.estimate import not_estimable
from trial.analysis.progression import Colour, Metric, avery, colour, judge, reaching, worst
from trial.analysis.proportion import wilson


@dataclass(frozen=True)
class Rule:
    """A progression criterion."""

    key: str = "number"
    label: str = "Number recruited"
    metric: str = "recruited"
    unit: str = "people"
    green_at: float = 30
    amber_at: float = 15
    direction: str = "higher"


@pytest.mark.parametrize(
    ("value", "green", "amber", "direction", "expected"),
    [
        (Fraction(41, 200), 0.35, 0.2, "higher", "AMBER"),
        (Fraction(40, 200), 0.35, 0.2, "higher", "AMBER"),
        (Fraction(39, 200), 0.35, 0.2, "higher", "RED"),
        (Fraction(70, 200), 0.35, 0.2, "higher", "GREEN"),
        (0.29 * 100, 29, 20, "higher", "GREEN"),
        (0.1 + 0.2, 0.3, 0.4, "lower", "GREEN"),
        (Fraction(3, 10), 0.3, 0.4, "lower", "GREEN"),
        (Fraction(4, 10), 0.3, 0.4, "lower", "AMBER"),
        (Fraction(5, 10), 0.3, 0.4, "lower", "RED"),
        (None, 0.3, 0.2, "higher", "NOT ESTIMABLE"),
    ],
)
def test_colours_at_the_cut_offs(value, green, amber, direction, expected) -> None:
    assert colour(value, green, amber, direction) == expected


def test_impossible_criteria_are_refused() -> None:
    with pytest.raises(ValueError, match="higher or lower"):
        colour(1, 2, 1, "sideways")
    with pytest.raises(ValueError, match="easier"):
        colour(1, 1, 2)
    with pytest.raises(KeyError):
        avery([Rule()], {})


def test_the_worst_colour_wins() -> None:
    assert worst([Colour.GREEN, Colour.NONE, Colour.AMBER]) == Colour.NONE
    assert worst([Colour.NONE, Colour.RED]) == Colour.RED
    assert worst([Colour.GREEN]) == Colour.GREEN


@dataclass(frozen=True)
class One:
    """One band of a criterion."""

    label: str
    light: str
    worst: float | None = None
    best: float | None = None


@dataclass(frozen=True)
class Each:
    """What a cluster must reach."""

    metric: str = "recruited"
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Quantity:
    """One quantity, or a criterion of several, or one for judgement."""

    key: str = "both"
    label: str = "Both"
    metric: str | None = None
    unit: str | None = "proportion"
    green_at: float | None = None
    amber_at: float | None = None
    bands: tuple[One, ...] = ()
    direction: str | None = "higher"
    each: Each | None = None
    combine: str | None = None
    parts: tuple["Quantity", ...] = ()


FIGURES = {
    "good": Fraction(9, 10),
    "middling": Fraction(6, 10),
    "bad": Fraction(1, 10),
    "none": None,
}
WITH_GAP = (One("Go", "green", worst=0.7), One("Stop", "red", best=0.5))


def of(metric: str, **more: object) -> Quantity:
    return Quantity(metric=metric, **{"green_at": 0.8, "amber_at": 0.5} | more)


def judged(criterion: Quantity, decided: dict[str, str] | None = None):
    def figure(rule):
        value = FIGURES[rule.metric]
        nothing = not_estimable(0, "none", "nobody yet")
        return Metric(value, nothing if value is None else wilson(int(10 * value), 10))

    return judge([criterion], figure, decided)


@pytest.mark.parametrize(
    ("metrics", "all_of", "any_of"),
    [
        (("good", "good"), "GREEN", "GREEN"),
        (("good", "middling"), "AMBER", "GREEN"),
        (("good", "bad"), "RED", "GREEN"),
        (("middling", "bad"), "RED", "AMBER"),
        # A figure that is missing can still turn out either way, but not undo what stands already.
        (("none", "good"), "NOT ESTIMABLE", "GREEN"),
        (("none", "bad"), "RED", "NOT ESTIMABLE"),
        (("none", "none"), "NOT ESTIMABLE", "NOT ESTIMABLE"),
    ],
)
def test_of_several_figures_all_or_any_must_be_good(metrics, all_of, any_of) -> None:
    parts = tuple(of(metric) for metric in metrics)
    for combine, expected in (("all", all_of), ("any", any_of)):
        found = judged(Quantity(combine=combine, parts=parts))
        (light,) = found.criteria
        assert (light.colour, found.overall) == (expected, expected)
        assert len(light.parts) == 2 and light.combine == combine


def test_a_part_between_its_bands_is_for_judgement() -> None:
    between = Quantity(metric="middling", bands=WITH_GAP)
    for combine, other, expected in (
        ("all", "good", "BETWEEN BANDS"),
        ("all", "bad", "RED"),
        ("any", "bad", "BETWEEN BANDS"),
        ("any", "good", "GREEN"),
    ):
        found = judged(Quantity(combine=combine, parts=(between, of(other))))
        assert found.overall == expected


@pytest.mark.parametrize(
    ("said", "verdict", "colour"),
    [
        ("", "", "NOT DECIDED"),
        ("Go", "Go", "GREEN"),
        ("Wait", "", "NOT DECIDED"),
        ("Stop", "Stop", "RED"),
    ],
)
def test_a_criterion_for_judgement_has_the_light_of_what_was_decided(said, verdict, colour) -> None:
    criterion = Quantity(unit=None, bands=(One("Go", "green"), One("Stop", "red")))
    (light,) = judged(criterion, {"both": said}).criteria
    assert (light.verdict, light.colour) == (verdict, colour)


def test_clusters_that_reach_a_value_are_counted_by_hand() -> None:
    values = [Fraction(12), Fraction(10), Fraction(9), None]
    number = reaching(values, Each(at_least=10), share=False)
    share = reaching(values, Each(at_least=10), share=True)
    assert (number.exact, share.exact) == (2, Fraction(1, 2))
    assert (share.estimate.count, share.estimate.n) == (2, 4)
    assert reaching(values, Each(at_most=10), share=False).exact == 2
    assert reaching([Fraction(29, 100)], Each(at_least=0.29), share=True).exact == 1
    assert reaching([], Each(at_least=1), share=True).exact is None
