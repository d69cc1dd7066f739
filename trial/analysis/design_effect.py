"""What clusters cost: design effect, variation of their sizes, effective sample size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trial.analysis import proportion

# Below this variation of sizes the design effect may be computed from the mean size alone.
NEGLIGIBLE_CV = 0.23


@dataclass(frozen=True)
class DesignEffect:
    """The design effect of clusters of observed sizes at a planning ICC, and what it is made of.

    ``cv`` is the coefficient of variation of the sizes with the population SD, ``cv_sample`` with
    the sample SD (None for one cluster), ``kish`` the size of the cluster that the average
    participant is in, ``effective`` the number of independent participants that these are worth,
    ``efficiency`` van Breukelen's relative efficiency against equal sizes.
    """

    value: float
    icc: float
    mean: float
    cv: float
    cv_sample: float | None
    kish: float
    effective: float
    efficiency: float
    reason: str = ""


def of_sizes(sizes: Sequence[int], icc: float) -> DesignEffect:
    """The design effect of clusters of these sizes; never below 1.

    ``icc`` is a planning value from outside the trial. A negative one counts as 0: an interval is
    never narrowed because the clusters happened to agree. Clusters without a participant do not
    count. Raises ValueError when nobody is in any cluster, for a negative size, or an ICC above 1.
    Source: Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292-1300 (population SD; equals Kish);
    van Breukelen, Candel & Berger 2007, Stat Med 26:2589-2603.

    >>> found = of_sizes([7, 4, 5, 2], 0.05)
    >>> round(found.value, 4), round(found.cv, 4), round(found.effective, 2)
    (1.2111, 0.4006, 14.86)
    """
    if min(sizes, default=0) < 0:
        raise ValueError("a cluster's size is not negative")
    held = [size for size in sizes if size]
    value = proportion.design_effect(held, icc)
    k, n = len(held), sum(held)
    mean = n / k
    squares = sum((size - mean) ** 2 for size in held)
    return DesignEffect(
        value=value,
        icc=max(icc, 0.0),
        mean=mean,
        cv=math.sqrt(squares / k) / mean,
        cv_sample=math.sqrt(squares / (k - 1)) / mean if k > 1 else None,
        kish=sum(size * size for size in held) / n,
        effective=n / value,
        efficiency=relative_efficiency(held, icc),
        reason="" if k > 1 else "one cluster: its size has no sample variation",
    )


def planned(mean_size: float, icc: float, cv: float = 0.0) -> float:
    """The design effect of a trial to come: 1 + ((cv^2 + 1) m - 1) ICC, never below 1.

    ``mean_size`` participants a cluster, ``cv`` the expected coefficient of variation of the sizes
    (0.65 in British general practices; below 0.23 it hardly matters). A negative ICC counts as 0.
    Raises ValueError for a mean size below 1, a negative cv, or an ICC above 1.
    Source: Eldridge, Ashby & Kerry 2006.

    >>> round(planned(20, 0.05, cv=0.65), 4)
    2.3725
    """
    if not 1 <= mean_size < math.inf or not 0 <= cv < math.inf:
        raise ValueError("a mean cluster size is at least 1, and its variation is not negative")
    if not icc <= 1:
        raise ValueError("an intracluster correlation is at most 1")
    return 1 + ((cv * cv + 1) * mean_size - 1) * max(icc, 0.0)


def effective_size(n: float, deff: float) -> float:
    """The independent participants that n in clusters are worth: n / design effect.

    Raises ValueError for a negative n or a design effect below 1, which would make more of them.
    Source: Kish 1965, Survey Sampling.

    >>> effective_size(18, 1.5)
    12.0
    """
    if n < 0 or not deff >= 1:
        raise ValueError("give a number of participants and a design effect of at least 1")
    return n / deff


def relative_efficiency(sizes: Sequence[int], icc: float) -> float:
    """The efficiency of these sizes against equal ones, for a difference of two arms' means.

    1 where all sizes are equal or the ICC is 0 (a negative one counts as 0) or 1.
    Raises ValueError for no clusters, an empty one, or an ICC above 1.
    Source: van Breukelen, Candel & Berger 2007, Stat Med 26:2589-2603.

    >>> round(relative_efficiency([7, 4, 5, 2], 0.05), 6)
    0.974878
    """
    if not sizes or min(sizes) < 1:
        raise ValueError("a relative efficiency needs clusters of at least one participant each")
    if not icc <= 1:
        raise ValueError("an intracluster correlation is at most 1")
    if icc <= 0 or icc == 1:
        return 1.0
    apart = (1 - icc) / icc
    mean = sum(sizes) / len(sizes)
    share = sum(size / (size + apart) for size in sizes) / len(sizes)
    return min(1.0, (mean + apart) / mean * share)
