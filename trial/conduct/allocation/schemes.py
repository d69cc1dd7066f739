"""The permitted schemes of an allocation: which there are, in which order, and what they have in common."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, count, islice

# Bounds, so that freezing takes seconds and the frozen text stays one that can be kept and printed.
MOST_SCHEMES = 20_000
MOST_CLUSTERS = 200
MOST_STEPS = 2_000_000

# With fewer schemes than this no test by re-randomisation can give a p value below 0.05.
FEW = 20

Scheme = tuple[tuple[str, ...], ...]


class TooManySchemes(Exception):
    """More schemes are permitted than can be numbered one by one."""


@dataclass(frozen=True)
class Restriction:
    """Over what is drawn: the clusters, how many each arm gets, and what is balanced.

    ``clusters`` are keys; ``arms`` are pairs of an arm's key and its number of clusters, the first arm
    first; ``strata`` gives, for each stratum that is balanced, the value of each cluster. ``factors``
    gives the same for each stratum over which imbalance is minimised, those clusters included that
    ``already`` have an arm from an earlier draw: of the other schemes those with the least imbalance are
    permitted, ``at_least`` so many. ``earlier`` names the trial that a kept allocation is from: then
    nothing is drawn.
    """

    clusters: tuple[str, ...]
    arms: tuple[tuple[str, int], ...]
    strata: Mapping[str, Mapping[str, str]]
    factors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at_least: int = 1
    already: Mapping[str, str] = field(default_factory=dict)
    earlier: str = ""

    def cells(self, cluster: str) -> tuple[tuple[str, str], ...]:
        """The values of one cluster in the balanced strata, as pairs of stratum and value."""
        return tuple((stratum, values[cluster]) for stratum, values in self.strata.items())


def permitted(restriction: Restriction) -> tuple[Scheme, ...]:
    """Every permitted scheme, in the order in which they are numbered from 0.

    A scheme names the clusters of the first arm in ascending order (with more than two arms then
    those of the second, and so on; the last arm gets the rest); schemes are in lexicographic order.
    Raises ``TooManySchemes``.
    """
    if len(restriction.clusters) > MOST_CLUSTERS:
        raise TooManySchemes
    needs = _needs(restriction)
    if needs is None:
        return ()
    cells = {cluster: restriction.cells(cluster) for cluster in restriction.clusters}
    search = _Search(cells, count())
    ordered = tuple(sorted(restriction.clusters))
    found = tuple(islice(search.shares(ordered, needs[:-1]), MOST_SCHEMES + 1))
    if len(found) > MOST_SCHEMES:
        raise TooManySchemes
    return _least_imbalanced(restriction, found) if restriction.factors and found else found


def imbalance(restriction: Restriction, scheme: Scheme) -> int:
    """How unevenly a scheme shares the values of the factors; 0 where each is shared in proportion.

    Summed over factors, their values and the arms: the distance of ``N n_va`` from ``N_a n_v``, where of
    all ``N`` clusters ``N_a`` are in the arm, ``n_v`` have the value, and ``n_va`` both. The sum of
    Pocock and Simon (1975, Biometrics 31:103-115), in whole numbers.
    """
    arms = {**restriction.already, **arms_of(restriction, scheme)}
    sizes = Counter(arms.values())
    total = 0
    for values in restriction.factors.values():
        there = Counter(values.values())
        both = Counter((values[cluster], arm) for cluster, arm in arms.items())
        total += sum(
            abs(len(arms) * both[value, arm] - size * number)
            for value, number in there.items()
            for arm, size in sizes.items()
        )
    return total


def _least_imbalanced(restriction: Restriction, schemes: tuple[Scheme, ...]) -> tuple[Scheme, ...]:
    """The schemes up to the imbalance that makes them enough: those as good as the last all count."""
    scores = [imbalance(restriction, scheme) for scheme in schemes]
    most = sorted(scores)[min(restriction.at_least, len(scores)) - 1]
    return tuple(one for one, score in zip(schemes, scores, strict=True) if score <= most)


Need = tuple[int, Counter[tuple[str, str]]]


def _needs(restriction: Restriction) -> list[Need] | None:
    """What each arm needs: how many clusters, and how many of each value; None if it cannot be."""
    total = len(restriction.clusters)
    there = Counter(cell for c in restriction.clusters for cell in restriction.cells(c))
    if sum(number for _, number in restriction.arms) != total:
        return None
    if any(n * number % total for n in there.values() for _, number in restriction.arms):
        return None
    return [
        (number, Counter({cell: n * number // total for cell, n in there.items()}))
        for _, number in restriction.arms
    ]


@dataclass(frozen=True)
class _Search:
    cells: Mapping[str, tuple[tuple[str, str], ...]]
    steps: Iterator[int]

    def shares(self, clusters: tuple[str, ...], needs: list[Need]) -> Iterator[Scheme]:
        """The clusters shared among the arms that need them, arm by arm."""
        if not needs:
            yield ()
            return
        number, cells = needs[0]
        for chosen in self.choices(clusters, number, cells):
            rest = tuple(c for c in clusters if c not in chosen)
            for others in self.shares(rest, needs[1:]):
                yield (chosen, *others)

    def choices(
        self, clusters: tuple[str, ...], number: int, need: Counter[tuple[str, str]]
    ) -> Iterator[tuple[str, ...]]:
        """Every way to choose for one arm, in lexicographic order."""
        if number == 0:
            yield ()
            return
        for place in range(len(clusters) - number + 1):
            if next(self.steps) > MOST_STEPS:
                raise TooManySchemes
            cells, later = self.cells[clusters[place]], clusters[place + 1 :]
            left = need.copy()
            left.subtract(cells)
            if min(left.values(), default=0) >= 0 and self._enough(later, left):
                for rest in self.choices(later, number - 1, left):
                    yield (clusters[place], *rest)

    def _enough(self, clusters: tuple[str, ...], need: Counter[tuple[str, str]]) -> bool:
        there = Counter(cell for cluster in clusters for cell in self.cells[cluster])
        return all(there[cell] >= number for cell, number in need.items())


def arms_of(restriction: Restriction, scheme: Scheme) -> dict[str, str]:
    """The arm of every cluster under one scheme."""
    last = restriction.arms[-1][0]
    arms = dict.fromkeys(sorted(restriction.clusters), last)
    for (arm, _), clusters in zip(restriction.arms, scheme, strict=False):
        arms.update(dict.fromkeys(clusters, arm))
    return arms


def tied(
    restriction: Restriction, schemes: tuple[Scheme, ...]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs of clusters that share an arm in every scheme, and those that do in none."""
    together: Counter[tuple[str, str]] = Counter()
    for scheme in schemes:
        chosen = {c for clusters in scheme for c in clusters}
        rest = tuple(c for c in sorted(restriction.clusters) if c not in chosen)
        for clusters in (*scheme, rest):
            together.update(combinations(clusters, 2))
    pairs = list(combinations(sorted(restriction.clusters), 2))
    always = [pair for pair in pairs if together[pair] == len(schemes)]
    never = [pair for pair in pairs if together[pair] == 0]
    return always, never


def warnings(
    restriction: Restriction, schemes: tuple[Scheme, ...], names: Mapping[str, str]
) -> list[str]:
    """What whoever freezes should know about the schemes, in sentences."""
    said = []
    number = len(schemes)
    if number < FEW:
        said.append(
            f"Only {number} {'scheme is' if number == 1 else 'schemes are'} permitted: with fewer than"
            f" {FEW}, no test by re-randomisation can give a p value below 0.05."
        )
    always, never = tied(restriction, schemes)
    said += [f"{names[a]} and {names[b]} are in the same arm in every scheme." for a, b in always]
    said += [f"{names[a]} and {names[b]} are never in the same arm." for a, b in never]
    return said
