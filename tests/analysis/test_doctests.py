"""Every example in the docstrings of the analysis gives what it says."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from trial import analysis

MODULES = [module.name for module in pkgutil.iter_modules(analysis.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"trial.analysis.{name}"))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_has_an_example_or_needs_none(name: str) -> None:
    module = importlib.import_module(f"trial.analysis.{name}")
    for key, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not key.startswith("_"):
            text = inspect.getdoc(function) or ""
            assert ">>>" in text or key in {"metrics"}, f"{name}.{key} has no example"


def test_all_modules_are_attached() -> None:
    assert set(MODULES) == set(analysis.__all__)
