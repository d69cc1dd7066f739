"""What a criterion of the protocol has, as the analysis reads it: any object with these attributes will do.

>>> from types import SimpleNamespace
>>> each: Each = SimpleNamespace(metric="recruited", at_least=10, at_most=None)
>>> each.at_least
10
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

Figure = int | float | Decimal | Fraction


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


class Each(Protocol):
    """What a cluster must reach to be counted."""

    @property
    def metric(self) -> str:
        """The name of the metric of one cluster."""

    @property
    def at_least(self) -> Figure | None:
        """The least value that is enough."""

    @property
    def at_most(self) -> Figure | None:
        """The greatest value that is enough."""


class Rule(Protocol):
    """One quantity of a criterion of the protocol; without a metric there is none."""

    @property
    def label(self) -> str:
        """Its name for readers."""

    @property
    def metric(self) -> str | None:
        """The name of the metric that it judges."""

    @property
    def unit(self) -> str | None:
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
    def direction(self) -> str | None:
        """Whether a ``higher`` or a ``lower`` value is the better one."""

    @property
    def each(self) -> Each | None:
        """What a cluster must reach, where clusters are counted."""


class Criterion(Rule, Protocol):
    """A criterion of any kind: on one quantity, on several at once, or for judgement alone."""

    @property
    def key(self) -> str:
        """The criterion's key in the protocol."""

    @property
    def combine(self) -> str | None:
        """Whether ``all`` parts must be good or ``any`` of them."""

    @property
    def parts(self) -> Sequence[Rule]:
        """Its quantities, where there are several."""
