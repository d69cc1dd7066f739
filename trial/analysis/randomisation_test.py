"""The randomisation test of two arms' clusters, over the schemes that the allocation permitted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product

import numpy as np

from trial.analysis.estimate import Estimate, check_level, level_words, not_estimable

MOST = 200_000
# Differences that are equal but for rounding are equal: relative to the spread of the summaries.
TIE = 1e-10


@dataclass(frozen=True)
class RandomisationTest:
    """What the differences would have been under every permitted scheme, against the one observed.

    ``p_two_sided`` is the share of schemes whose difference is as far from 0 as the observed one or
    farther; ``smallest_p`` the least that such a test can give with these schemes, whatever the
    data. ``differences`` are in ascending order. ``estimate`` has the interval of a common shift
    that inverts the test; ``sampled`` says that schemes were drawn instead of all used.
    """

    estimate: Estimate
    schemes: int
    p_two_sided: float | None
    p_greater: float | None
    p_less: float | None
    smallest_p: float | None
    differences: tuple[float, ...] = ()
    sampled: bool = False
    caution: str = ""


def schemes(
    arms: Sequence[object], strata: Sequence[object] | None = None, most: int = MOST
) -> tuple[tuple[str, ...], ...]:
    """Every allocation with as many clusters per arm, in each stratum, as the one given.

    ``arms`` and ``strata`` have one entry a cluster, and the result one tuple of arms a scheme, the
    clusters in the order given. Where the protocol restricts the allocation in another way, give
    :func:`test` its own list of schemes. Raises ValueError for lengths that differ, anything but
    two arms, or more schemes than ``most``.
    Source: Hayes & Moulton 2017, chapters 6 and 11.

    >>> len(schemes("aabb")), len(schemes("aabb", strata="xyxy"))
    (6, 4)
    """
    labels = [str(arm) for arm in arms]
    within = [""] * len(labels) if strata is None else [str(own) for own in strata]
    if len(within) != len(labels):
        raise ValueError("give each cluster one arm and one stratum")
    pair = sorted(set(labels))
    if len(pair) != 2:
        raise ValueError("a randomisation test compares two arms")
    members = [[i for i, own in enumerate(within) if own == name] for name in sorted(set(within))]
    taken = [sum(labels[i] == pair[0] for i in own) for own in members]
    number = math.prod(math.comb(len(own), k) for own, k in zip(members, taken, strict=True))
    if number > most:
        raise ValueError(f"there are {number} schemes, more than {most}: use draw")
    choices = [combinations(own, k) for own, k in zip(members, taken, strict=True)]
    found = (set(chain.from_iterable(chosen)) for chosen in product(*choices))
    return tuple(
        tuple(pair[0] if i in first else pair[1] for i in range(len(labels))) for first in found
    )


def draw(
    arms: Sequence[object],
    strata: Sequence[object] | None = None,
    *,
    number: int = 20_000,
    seed: int = 1,
) -> tuple[tuple[str, ...], ...]:
    """The observed allocation and permitted ones drawn at random, where all are too many to list.

    The observed scheme comes first, so that no p is 0. The same seed draws the same schemes.
    Raises ValueError for lengths that differ or a number below 1.
    Source: Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39, on counting the observed scheme.

    >>> drawn = draw("aabb", number=3)
    >>> len(drawn), drawn[0]
    (4, ('a', 'a', 'b', 'b'))
    """
    labels = np.array([str(arm) for arm in arms])
    within = np.array([""] * len(labels) if strata is None else [str(own) for own in strata])
    if len(within) != len(labels) or number < 1:
        raise ValueError("give each cluster one arm and one stratum, and draw at least one scheme")
    chance = np.random.default_rng(seed)
    found = [tuple(labels.tolist())]
    places = [np.flatnonzero(within == name) for name in np.unique(within)]
    for _ in range(number):
        mixed = labels.copy()
        for place in places:
            mixed[place] = chance.permutation(labels[place])
        found.append(tuple(mixed.tolist()))
    return tuple(found)


def test(
    summary: Sequence[float],
    arms: Sequence[object],
    first: object,
    permitted: Sequence[Sequence[object]] | None = None,
    conf_level: float = 0.95,
    *,
    sampled: bool = False,
) -> RandomisationTest:
    """The test of the clusters' mean difference, the ``first`` arm minus the other.

    ``summary`` and ``arms`` have one entry a cluster; ``permitted`` lists the schemes that the
    allocation could have drawn, each with one arm a cluster, the observed one among them; without
    it all with the same number per arm. With ``sampled`` they come from :func:`draw`.
    The interval is not estimable with fewer schemes than its level needs, and nothing is with one
    arm empty. Raises ValueError for lengths that differ, a summary that is not finite, or schemes
    without the observed one.
    Source: Hayes & Moulton 2017, chapter 11; Gail et al. 1996, Stat Med 15:1069-1092. Written here
    because scipy's permutation_test doubles the smaller tail.

    >>> found = test([0.8, 0.7, 0.3, 0.1], "aabb", first="a")
    >>> round(found.p_two_sided, 4), round(found.smallest_p, 4), found.estimate.low
    (0.3333, 0.3333, None)
    """
    check_level(conf_level)
    y = np.asarray(summary, dtype=float)
    if len(y) != len(arms) or not np.isfinite(y).all():
        raise ValueError("give each cluster one finite summary and one arm")
    how = " from schemes drawn at random" if sampled else ""
    method = f"randomisation test inverted{how}, {level_words(conf_level)}"
    if len({str(arm) for arm in arms}) != 2 or str(first) not in {str(arm) for arm in arms}:
        reason = "both arms need a cluster with an outcome: show counts by cluster"
        return RandomisationTest(not_estimable(len(y), method, reason), 0, None, None, None, None)
    listed = schemes(arms) if permitted is None else permitted
    held = _matrix(listed, len(y), str(first))
    own = np.array([str(arm) == str(first) for arm in arms])
    if not (held == own).all(axis=1).any():
        raise ValueError("the observed allocation is not among the permitted schemes")
    centred = y - y.mean()
    observed = float(_contrast(own[None, :], centred)[0])
    found = _contrast(held, centred)
    tie = TIE * float(np.ptp(y))
    estimate = _inverted(observed, found, _contrast(held, own.astype(float)), (method, conf_level))
    smallest = _smallest(held)
    return RandomisationTest(
        estimate,
        len(held),
        float(np.mean(np.abs(found) >= abs(observed) - tie)),
        float(np.mean(found >= observed - tie)),
        float(np.mean(found <= observed + tie)),
        smallest,
        tuple(np.sort(found).tolist()),
        sampled,
        _caution(len(held), smallest, conf_level, sampled),
    )


def _matrix(listed: Sequence[Sequence[object]], k: int, first: str) -> np.ndarray:
    if any(len(scheme) != k for scheme in listed):
        raise ValueError("each permitted scheme has one arm a cluster")
    held = np.array([list(scheme) for scheme in listed], dtype=str).reshape(len(listed), k) == first
    if not len(held) or held.all(axis=1).any() or not held.any(axis=1).all():
        raise ValueError("each permitted scheme has a cluster in either arm")
    return held


def _contrast(held: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean of the first arm's clusters minus the mean of the others', one a scheme."""
    size = held.sum(axis=1)
    inside = held @ y
    return np.asarray(inside / size - (y.sum() - inside) / (held.shape[1] - size))


def _smallest(held: np.ndarray) -> float:
    """A scheme is as extreme as itself and as its mirror image, where that is permitted too."""
    rows = {row.tobytes() for row in held}
    mirrored = all((~row).tobytes() in rows for row in held)
    return (2 if mirrored else 1) / len(rows)


def _inverted(
    observed: float, found: np.ndarray, shared: np.ndarray, labels: tuple[str, float]
) -> Estimate:
    """The shifts that the two-sided test does not reject.

    With a shift d taken off the first arm a scheme's difference is found - d * shared. The shifts
    at which it is at least as far from 0 as observed - d are an interval that holds ``observed``;
    a scheme that is the observed one or its mirror image counts at every shift. So p falls from
    the estimate outwards, in steps at the ends of these intervals.
    """
    method, conf_level = labels
    number = len(found)
    always = np.abs(shared) >= 1 - 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(observed - found) / (1 - shared), (observed + found) / (1 + shared)])
    low = np.sort(np.where(always, -np.inf, ends.min(axis=0)))
    high = np.sort(np.where(always, np.inf, ends.max(axis=0)))[::-1]
    needed = math.floor((1 - conf_level) * number + 1e-9)
    if always.sum() > needed:
        reason = (
            f"the interval is not estimable with {number} schemes: a level of "
            f"{level_words(conf_level)} takes at least {math.ceil(always.sum() / (1 - conf_level) - 1e-9)}; "
            "show counts and proportions by cluster"
        )
        return Estimate(observed, None, None, number, method, reason)
    return Estimate(observed, float(low[needed]), float(high[needed]), number, method)


def _caution(number: int, smallest: float, conf_level: float, sampled: bool) -> str:
    said = f"The smallest two-sided p that these {number} schemes allow is {smallest:.3g}."
    if smallest > 1 - conf_level + 1e-12:
        said += f" A test at {level_words(1 - conf_level)} cannot reject, whatever the data."
    if sampled:
        said += " The schemes were drawn at random: p has a sampling error."
    return said
