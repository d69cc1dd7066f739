"""The guide to the statistics names every public function of the analysis."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from trial import analysis

GUIDE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
# What serves the estimators themselves and gives no result to a reader.
INNER = {
    "estimate.check_level",
    "estimate.level_words",
    "estimate.normal_quantile",
    "estimate.not_estimable",
    "estimate.plain",
    "employment.at_twelve_months",
    "funnel.first_that_holds",
    "funnel.reasons",
    "outcome.joined",
    "retention.difference",
}


def public() -> list[str]:
    found = []
    for module in pkgutil.iter_modules(analysis.__path__):
        loaded = importlib.import_module(f"trial.analysis.{module.name}")
        found += [
            f"{module.name}.{name}"
            for name, function in inspect.getmembers(loaded, inspect.isfunction)
            if function.__module__ == loaded.__name__ and not name.startswith("_")
        ]
    return found


@pytest.mark.parametrize("name", sorted(set(public()) - INNER))
def test_the_guide_names_it(name: str) -> None:
    module, function = name.split(".")
    assert f"`{module}`" in GUIDE or f"{module}." in GUIDE
    assert f"{function}(" in GUIDE or f"{module}.{function}`" in GUIDE


def test_what_is_inner_exists() -> None:
    assert set(public()) >= INNER
