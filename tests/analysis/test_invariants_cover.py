"""Every public function of the analysis is visited by an invariant, and the walk finds what it should."""

import math
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.analysis.invariants import alike, finite, ordered
from tests.analysis.test_statistics_guide import public
from trial.analysis.estimate import Estimate

FILES = sorted(set(Path(__file__).parent.glob("test_invariants_*.py")) - {Path(__file__)})


def test_every_public_function_is_in_an_invariant() -> None:
    named = {
        name for file in FILES for name in re.findall(r"\b[a-z_]+\.[a-z_]+\b", file.read_text())
    }
    assert set(public()) - named == set()


@pytest.mark.parametrize(
    "hidden", [math.nan, math.inf, -math.inf, pd.NaT, "a mean of nan", "up to -inf", "None of it"]
)
def test_the_walk_finds_what_is_not_finite(hidden: object) -> None:
    assert not finite({"a": [1, (2, {"b": hidden})]})
    assert finite({"a": [1, (2, {"b": "information, none missing"})]})


def test_an_estimate_outside_its_interval_is_found() -> None:
    assert not ordered(Estimate(0.5, 0.6, 0.7, 3, "any"))
    assert ordered(Estimate(0.5, None, 0.7, 3, "any", "no lower limit"))
    assert not alike({"a": [1.0, None]}, {"a": [1.0, 0.0]})
