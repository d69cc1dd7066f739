"""What the invariants of the estimators share: walks through a result, and figures side by side."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from itertools import pairwise
from numbers import Real

import numpy as np
import pandas as pd

from trial.analysis.estimate import Estimate

NEVER = re.compile(r"\b([Nn]a[Nn]|NaT|inf|None)\b")


def parts(value: object) -> Iterator[object]:
    """A result with everything inside it: its dataclasses, mappings and sequences walked."""
    yield value
    inside: Sequence[object] = ()
    if is_dataclass(value) and not isinstance(value, type):
        inside = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, Mapping):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        inside = list(value)
    for one in inside:
        yield from parts(one)


def figures(value: object) -> list[float]:
    """Every number inside a result, in its order."""
    return [
        float(one)
        for one in parts(value)
        if isinstance(one, (Real, Decimal)) and not isinstance(one, bool)
    ]


def finite(result: object) -> bool:
    """Whether nothing in a result is NaN, infinite or NaT, nor says so in its words."""
    for one in parts(result):
        if one is pd.NaT or (isinstance(one, str) and NEVER.search(one)):
            return False
    return all(math.isfinite(number) for number in figures(result))


def ordered(found: Estimate) -> bool:
    """Whether an estimate lies within its interval, as far as it has one, and says what it lacks."""
    given = [figure for figure in (found.low, found.value, found.high) if figure is not None]
    inside = all(low <= high + 1e-9 for low, high in pairwise(given))
    return inside and (len(given) == 3 or bool(found.reason)) and finite(found)


def sound(result: object) -> bool:
    """Whether a result is finite, and every estimate in it lies within its interval or says why not."""
    return finite(result) and all(
        ordered(one) for one in parts(result) if isinstance(one, Estimate)
    )


def wider(wide: Estimate, narrow: Estimate) -> bool:
    """Whether the one interval holds the other."""
    return wide.low <= narrow.low + 1e-9 and narrow.high <= wide.high + 1e-9


def three(found: Estimate) -> tuple[float | None, float | None, float | None]:
    """The value with its limits."""
    return found.value, found.low, found.high


def mirrored(found: Estimate) -> tuple[float | None, float | None, float | None]:
    """The value with its limits of the difference turned round."""
    value, low, high = (None if figure is None else -figure for figure in three(found))
    return value, high, low


def alike(one: object, two: object, tolerance: float = 1e-9) -> bool:
    """Whether two plain values are the same all through, numbers within a tolerance."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(alike(one[k], two[k], tolerance) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(
            alike(a, b, tolerance) for a, b in zip(one, two, strict=True)
        )
    if isinstance(one, Real) and isinstance(two, Real) and not isinstance(one, bool):
        return math.isclose(one, two, rel_tol=tolerance, abs_tol=tolerance)
    return one == two
