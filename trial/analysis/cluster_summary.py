"""One outcome summed up by cluster: what the cluster-level estimators are computed from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Clusters:
    """Sizes, means and sums of squares within clusters of one outcome, one entry a cluster.

    ``arms`` are empty text where arms were not given. ``missing`` counts the participants without
    an outcome, ``empty`` names the clusters in which nobody has one: both are left out of the rest.
    """

    labels: tuple[str, ...]
    arms: tuple[str, ...]
    sizes: tuple[int, ...]
    means: tuple[float, ...]
    within: tuple[float, ...]
    binary: bool
    missing: int = 0
    empty: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Participants with an outcome."""
        return sum(self.sizes)

    @property
    def arm_labels(self) -> tuple[str, ...]:
        """The arms in alphabetical order."""
        return tuple(sorted(set(self.arms)))

    def of_arm(self, arm: str) -> "Clusters":
        """The clusters of one arm alone, without what is missing, which is counted over all."""
        held = [i for i, own in enumerate(self.arms) if own == str(arm)]
        return Clusters(
            tuple(self.labels[i] for i in held),
            tuple(self.arms[i] for i in held),
            tuple(self.sizes[i] for i in held),
            tuple(self.means[i] for i in held),
            tuple(self.within[i] for i in held),
            self.binary,
        )

    def without_arms(self) -> "Clusters":
        """The same clusters with the arms ignored."""
        return replace(self, arms=("",) * len(self.labels))


def summarise(
    cluster: Sequence[object],
    outcome: Sequence[float | None],
    arm: Sequence[object] | None = None,
) -> Clusters:
    """The clusters of participants: one cluster, one outcome and one arm for each of them.

    An outcome that is None or NaN is missing. The cluster is the one at randomisation, so that all
    of its participants have one arm. Clusters come in the order of their names, whatever the order
    of the rows. Raises ValueError for lengths that differ, an infinite outcome, or a cluster in two
    arms.

    >>> found = summarise(["B", "A", "A"], [1, 0, None], arm=["IPS", "TAU", "TAU"])
    >>> found.labels, found.sizes, found.missing
    (('A', 'B'), (1, 1), 1)
    """
    y = np.array([math.nan if value is None else float(value) for value in outcome])
    if len(cluster) != len(y) or (arm is not None and len(arm) != len(y)):
        raise ValueError("give one cluster, one outcome and one arm for each participant")
    if np.isinf(y).any():
        raise ValueError("an outcome is a finite number or missing")
    names, index = np.unique(
        np.array([str(own) for own in cluster], dtype=str), return_inverse=True
    )
    arms = _arms(names, index, arm)
    rows: list[tuple[str, str, int, float, float]] = []
    for i, name in enumerate(names):
        own = y[(index == i) & ~np.isnan(y)]
        if len(own):
            rows.append((str(name), arms[i], len(own), *_centre(own)))
    seen = y[~np.isnan(y)]
    labels, of, sizes, means, within = tuple(zip(*rows, strict=True)) or ((),) * 5
    empty = tuple(str(name) for name in names if name not in labels)
    binary = bool(np.isin(seen, (0, 1)).all())
    return Clusters(labels, of, sizes, means, within, binary, len(y) - len(seen), empty)


def counted(n: Sequence[int], x: Sequence[int], arm: Sequence[object] | None = None) -> Clusters:
    """The clusters of a yes-or-no outcome that is already counted: x of n in each cluster.

    Clusters are numbered in the order given; one without participants is left out. Raises
    ValueError for lengths that differ, or unless 0 <= x <= n in each.

    >>> counted([7, 4], [3, 1]).means[1]
    0.25
    """
    if len(n) != len(x) or (arm is not None and len(arm) != len(n)):
        raise ValueError("give each cluster its n, its x and its arm")
    if any(not 0 <= events <= size for size, events in zip(n, x, strict=True)):
        raise ValueError("each cluster needs 0 <= x <= n")
    arms = [""] * len(n) if arm is None else [str(own) for own in arm]
    held = [i for i, size in enumerate(n) if size]
    return Clusters(
        tuple(str(i + 1) for i in held),
        tuple(arms[i] for i in held),
        tuple(int(n[i]) for i in held),
        tuple(x[i] / n[i] for i in held),
        tuple(x[i] * (n[i] - x[i]) / n[i] for i in held),
        binary=True,
        empty=tuple(str(i + 1) for i, size in enumerate(n) if not size),
    )


def _arms(names: np.ndarray, index: np.ndarray, arm: Sequence[object] | None) -> list[str]:
    if arm is None:
        return [""] * len(names)
    labels = np.asarray([str(own) for own in arm])
    found = []
    for i, name in enumerate(names):
        own = np.unique(labels[index == i])
        if len(own) > 1:
            raise ValueError(
                f"cluster {name} has participants in two arms: give the arm at randomisation"
            )
        found.append(str(own[0]))
    return found


def _centre(own: np.ndarray) -> tuple[float, float]:
    """Mean and sum of squares about it; both exact where all are equal."""
    apart = own - own[0]
    mean = float(apart.mean())
    return float(own[0]) + mean, float(np.square(apart - mean).sum())
