"""Traffic lights at and around their cut-offs."""

from dataclasses import dataclass
from fractions import Fraction

import pytest

from trial.analysis.progression import Colour, avery, colour, worst


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
