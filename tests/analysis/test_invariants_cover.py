"""Every public function of the analysis is visited by an invariant, and the walk finds what it should."""

import ast
import math
from pathlib import Path

import pandas as pd
import pytest

from tests.analysis.invariants import alike, finite, ordered
from tests.analysis.test_statistics_guide import public
from trial.analysis.estimate import Estimate

HERE = Path(__file__)
FILES = {*HERE.parent.glob("test_invariants_*.py"), HERE.with_name("trials.py")} - {HERE}


def named(file: Path) -> set[str]:
    """The functions that a test file names, as ``module.function`` or by importing them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{str(node.module).rpartition('.')[2]}.{one.name}" for one in node.names}
    return found


def test_every_public_function_is_in_an_invariant() -> None:
    assert set(public()) - set().union(*map(named, FILES)) == set()


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
