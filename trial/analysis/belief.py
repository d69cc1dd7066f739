"""What is believed of a figure before a trial: a distribution to draw from."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

# Figures as large as this would overflow.
LARGEST = 1e100


class Shape(StrEnum):
    """The distribution that a belief has."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    BETA = "Beta"
    NORMAL = "normal"
    INVERSE_CHI = "scaled inverse chi"


@dataclass(frozen=True)
class Belief:
    """What is believed of one figure: a distribution to draw from; use its constructors.

    ``first`` and ``second`` are the distribution's parameters, ``low`` and ``high`` the ends of
    what it can give, ``mean`` its mean.
    """

    shape: Shape
    first: float
    second: float
    mean: float
    low: float
    high: float

    @classmethod
    def fixed(cls, value: float) -> "Belief":
        """A figure that is taken as known.

        Raises ValueError unless it is finite, and less than 1e100 as the figures of all beliefs.

        >>> Belief.fixed(0.3).words
        'fixed at 0.3'
        """
        if not abs(value) < LARGEST:
            raise ValueError("a fixed figure is a finite number")
        known = float(value)
        return cls(Shape.FIXED, known, known, known, known, known)

    @classmethod
    def between(cls, low: float, high: float) -> "Belief":
        """Anything between two figures, all alike. Raises ValueError unless low < high.

        >>> Belief.between(0.1, 0.3).mean
        0.2
        """
        if not -LARGEST < low < high < LARGEST:
            raise ValueError("a range goes from a lower to a higher figure: use fixed for one")
        return cls(Shape.UNIFORM, low, high, (low + high) / 2, low, high)

    @classmethod
    def share(cls, count: int, n: int, deff: float = 1.0) -> "Belief":
        """A proportion as a pilot's count tells it: Beta from Jeffreys' prior.

        ``deff`` is the design effect at a planning ICC, by which count and n are divided, since
        people in clusters tell less. Raises ValueError unless 0 <= count <= n, n >= 1, deff >= 1.
        Source: Jeffreys' prior, as Brown, Cai & DasGupta 2001, Stat Sci 16:101-133.

        >>> Belief.share(4, 11).words, round(Belief.share(4, 11, deff=1.2).mean, 4)
        ('Beta(4.5, 7.5)', 0.377)
        """
        if n < 1:
            raise ValueError("nobody was counted: say what is believed, such as a range")
        if not 0 <= count <= n or not 1 <= deff < math.inf:
            raise ValueError("a share needs 0 <= count <= n and a design effect of at least 1")
        return cls._beta(count / deff + 0.5, (n - count) / deff + 0.5)

    @classmethod
    def icc_about(cls, value: float, spread: float = 0.75) -> "Belief":
        """A planning ICC from outside the pilot, with what is not known about it.

        Beta with this mean and the standard deviation spread x value x (1 - value), so that
        ``spread`` is about that of the log odds. By default 95% of the distribution about 0.05 lie
        between 0.005 and 0.14. Raises ValueError unless 0 < value < 1 and 0 < spread < 2.
        Source: Turner, Prevost & Thompson 2004, Stat Med 23:1195-1214, on drawing the ICC; the
        spread is assumed.

        >>> belief = Belief.icc_about(0.05)
        >>> [round(float(belief.quantile(np.array(share))), 3) for share in (0.025, 0.975)]
        [0.005, 0.139]
        """
        if not 0 < value < 1 or not 0 < spread < 2:
            raise ValueError(
                "an ICC to draw about lies between 0 and 1, its spread between 0 and 2: "
                "use fixed for an ICC of 0"
            )
        weight = 1 / (spread**2 * value * (1 - value)) - 1
        return cls._beta(value * weight, (1 - value) * weight)

    @classmethod
    def normal(cls, mean: float, sd: float) -> "Belief":
        """A mean, or a difference of means, with its standard error as ``sd``.

        Raises ValueError unless both are numbers and sd > 0.

        >>> Belief.normal(2, 1.5).words
        'normal(2, 1.5)'
        """
        if not abs(mean) < LARGEST or not 0 < sd < LARGEST:
            raise ValueError("a normal belief needs a mean and a positive standard deviation")
        return cls(Shape.NORMAL, mean, sd, mean, -math.inf, math.inf)

    @classmethod
    def deviation(cls, sd: float, df: int) -> "Belief":
        """A standard deviation as seen on ``df`` degrees of freedom: sd x root of df / chi-square.

        Raises ValueError unless sd > 0 and df >= 2 (below, it has no mean).
        Source: the posterior of a normal variance under Jeffreys' prior.

        >>> round(Belief.deviation(10, 16).mean, 2)
        10.5
        """
        if not 0 < sd < LARGEST or not 2 <= df < LARGEST:
            raise ValueError("a standard deviation is positive, on at least 2 degrees of freedom")
        log = special.gammaln((df - 1) / 2) - special.gammaln(df / 2)
        mean = sd * math.sqrt(df / 2) * math.exp(log)
        return cls(Shape.INVERSE_CHI, sd, df, mean, 0.0, math.inf)

    @classmethod
    def _beta(cls, a: float, b: float) -> "Belief":
        return cls(Shape.BETA, a, b, a / (a + b), 0.0, 1.0)

    @property
    def words(self) -> str:
        """The distribution in words, for a report."""
        if self.shape is Shape.FIXED:
            return f"fixed at {self.first:g}"
        return f"{self.shape}({self.first:.4g}, {self.second:.4g})"

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """The figures below which these shares of the distribution lie; chance in, draws out.

        >>> float(Belief.between(2, 4).quantile(np.array(0.25)))
        2.5
        """
        first, second = self.first, self.second
        match self.shape:
            case Shape.FIXED:
                found = np.full_like(share, first)
            case Shape.UNIFORM:
                found = first + (second - first) * share
            case Shape.BETA:
                found = special.betaincinv(first, second, share)
            case Shape.NORMAL:
                found = first + second * special.ndtri(share)
            case Shape.INVERSE_CHI:
                found = first * np.sqrt(second / special.chdtri(second, share))
        return np.asarray(found)
