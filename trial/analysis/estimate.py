"""The result that every estimator gives: a value with its interval, or why there is none."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from statistics import NormalDist


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, the number it rests on and the method, never NaN or infinite.

    ``value``, ``low`` and ``high`` are None where they cannot be estimated (or where a limit does
    not exist), and ``reason`` then says why in words. ``n`` is the denominator of a proportion or
    the number of events behind a rate; ``count`` the events of a proportion, so that a report can
    print "13 of 18".

    Raises ValueError for a figure that is not finite, and for a missing one without a reason.

    >>> Estimate(0.5, 0.1, 0.9, 4, "Wilson score").as_dict()["value"]
    0.5
    >>> Estimate(None, None, None, 0, "Wilson score")
    Traceback (most recent call last):
    ...
    ValueError: a figure that is missing needs its reason
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str = ""
    count: int | None = None

    def __post_init__(self) -> None:
        figures = (self.value, self.low, self.high)
        if any(figure is not None and not math.isfinite(figure) for figure in figures):
            raise ValueError("an estimate is a finite number or None")
        if None in figures and not self.reason:
            raise ValueError("a figure that is missing needs its reason")

    @property
    def estimable(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def as_dict(self) -> dict[str, object]:
        """The estimate as plain values for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def not_estimable(n: int, method: str, reason: str) -> Estimate:
    """The estimate that cannot be made, with the reason in words.

    >>> not_estimable(0, "Wilson score", "nobody was enrolled").estimable
    False
    """
    return Estimate(None, None, None, n, method, reason)


def normal_quantile(conf_level: float) -> float:
    """The two-sided standard normal quantile of a confidence level between 0 and 1.

    Raises ValueError for a level that is not strictly between 0 and 1.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    check_level(conf_level)
    return NormalDist().inv_cdf((1 + conf_level) / 2)


def check_level(conf_level: float) -> None:
    """Refuse a confidence level that is not strictly between 0 and 1.

    Raises ValueError.

    >>> check_level(95)
    Traceback (most recent call last):
    ...
    ValueError: a confidence level lies between 0 and 1, such as 0.95
    """
    if not 0 < conf_level < 1:
        raise ValueError("a confidence level lies between 0 and 1, such as 0.95")


def level_words(conf_level: float) -> str:
    """A confidence level as a percentage for the name of a method.

    >>> level_words(0.95)
    '95%'
    """
    return f"{conf_level * 100:.6g}%"


def plain(value: object) -> object:
    """A result as plain dictionaries, lists, numbers and text, ready for JSON.

    Frozen results become dictionaries by field name, tuples become lists, dates ISO text, exact
    decimals numbers.

    >>> plain((Decimal("1.50"), date(2026, 3, 27)))
    [1.5, '2026-03-27']
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value
