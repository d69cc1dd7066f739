"""Trials drawn at random to try the estimators on: at this trial's size, and with more clusters."""

from dataclasses import dataclass

import numpy as np

from trial.analysis.cluster_summary import Clusters

Chance = np.random.Generator


@dataclass(frozen=True)
class Setting:
    """The clusters of a trial: their sizes and arms."""

    sizes: tuple[int, ...]
    arms: tuple[str, ...]

    @property
    def clusters(self) -> int:
        """How many there are."""
        return len(self.sizes)

    def repeated(self, times: int) -> "Setting":
        """The same clusters several times over."""
        return Setting(self.sizes * times, self.arms * times)

    def of_arm(self, arm: str) -> tuple[int, ...]:
        """The sizes of the clusters of one arm."""
        return tuple(m for m, own in zip(self.sizes, self.arms, strict=True) if own == arm)

    def inside(self, arm: str) -> np.ndarray:
        """Whether each cluster is in the arm."""
        return np.array(self.arms) == arm


FEW = Setting((7, 4, 5, 2), ("IPS", "IPS", "TAU", "TAU"))
EIGHT, MANY = FEW.repeated(2), FEW.repeated(5)


def counts(
    chance: Chance, setting: Setting, p: float | np.ndarray, icc: float, number: int
) -> np.ndarray:
    """Events by cluster, beta-binomial, one row a trial."""
    shape = number, setting.clusters
    held = np.broadcast_to(np.asarray(p, dtype=float), shape)
    if icc:
        held = chance.beta(held * (1 - icc) / icc, (1 - held) * (1 - icc) / icc)
    return chance.binomial(setting.sizes, held)


def normal(chance: Chance, setting: Setting, icc: float, number: int) -> list[Clusters]:
    """Clusters of a standard normal outcome, one a trial: means and sums of squares within."""
    sizes = np.array(setting.sizes)
    shape = number, setting.clusters
    means = np.sqrt(icc + (1 - icc) / sizes) * chance.standard_normal(shape)
    within = (1 - icc) * np.where(sizes > 1, chance.chisquare(np.maximum(sizes - 1, 1), shape), 0)
    labels = tuple(str(i + 1) for i in range(setting.clusters))
    return [
        Clusters(labels, setting.arms, setting.sizes, tuple(mean), tuple(own), binary=False)
        for mean, own in zip(means.tolist(), within.tolist(), strict=True)
    ]


def rates(chance: Chance, clusters: int, mean: float, cv: float, number: int) -> np.ndarray:
    """Enrolments a cluster-month of each cluster, gamma about the mean, one row a trial."""
    shape = number, clusters
    return chance.gamma(1 / cv**2, mean * cv**2, shape) if cv else np.full(shape, mean)


def times_to_job(
    chance: Chance, setting: Setting, still: float, frailty: float, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Months followed and whether the job came, one row a trial, ``still`` without one at 6 months.

    Exponential, in clusters whose hazard differs by a gamma figure of variance ``frailty``;
    followed to 12 months at most, one in ten lost by then.
    """
    people = number, sum(setting.sizes)
    hazard = np.full(people, -np.log(still) / 6)
    if frailty:
        factor = chance.gamma(1 / frailty, frailty, (number, setting.clusters))
        hazard = (still**-frailty - 1) / (frailty * 6) * np.repeat(factor, setting.sizes, axis=1)
    job = chance.exponential(1 / hazard)
    until = np.minimum(12, chance.exponential(-12 / np.log(0.9), people))
    return np.minimum(job, until), job <= until
