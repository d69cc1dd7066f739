"""Assurance: the chance that a definitive cluster trial succeeds, over what is believed of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from trial.analysis.belief import Belief, Shape
from trial.analysis.cluster_test import ROUNDING
from trial.analysis.estimate import Estimate
from trial.analysis.power import FEW, FEW_WORDS
from trial.analysis.proportion import wilson

# Trials simulated at once, and clusters at once: what bounds the memory. The result depends on
# neither, because every quantity has its own stream of chance, drawn in the order of the trials.
BLOCK, CELLS = 500, 100_000
MOST_TRIALS = 1_000_000
# Quantiles of the power over what is believed.
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
# A size rounded up or down by chance has this much more variance.
ROUNDED = 1 / 6
# A correlation below this makes no difference, but would overflow.
NO_CORRELATION = 1e-9


@dataclass(frozen=True)
class Design:
    """The trial to simulate: two arms of equally many clusters, a two-sided test at ``alpha``.

    ``cluster_size`` is the mean number analysed, after attrition, and ``cv`` the coefficient of
    variation of the sizes. The hope is that the intervention's outcome lies above the control's, or
    below it with ``above=False``.
    """

    clusters_per_arm: int
    cluster_size: float
    cv: float = 0.0
    alpha: float = 0.05
    above: bool = True


@dataclass(frozen=True)
class Assurance:
    """The share of simulated trials that succeed, with the error of having simulated only so many.

    ``assurance`` counts the trials that are significant in the hoped-for direction,
    ``wrong_direction`` those significant in the other. ``favourable`` is the share of drawn truths
    in the hoped-for direction: what the assurance comes to in an endlessly large trial.
    ``power_at_means`` is the ordinary power with every figure at the mean of its belief, None where
    these leave no variation; ``powers`` are quantiles of the ordinary power over what is believed,
    as (share, power). ``untested`` trials have no test, since all clusters of each arm agree, and
    count as not significant. ``reason`` says what else to know.
    """

    assurance: Estimate
    wrong_direction: Estimate
    favourable: float
    power_at_means: float | None
    powers: tuple[tuple[float, float], ...]
    untested: int
    design: Design
    trials: int
    seed: int
    method: str
    reason: str = ""


Progress = Callable[[int, int], None]
# From the figures drawn, the sizes and two streams of chance to one summary a cluster.
Outcomes = Callable[
    [list[np.ndarray], np.ndarray, tuple[np.random.Generator, np.random.Generator]], np.ndarray
]
# From the figures drawn to the difference and the variance of one participant of each arm together.
Effect = Callable[[list[np.ndarray]], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class _Model:
    """How outcomes come about: the beliefs, the ICC last, their names, and what is made of them."""

    beliefs: dict[str, Belief]
    outcomes: Outcomes
    effect: Effect
    words: str


def of_proportions(
    control: Belief,
    intervention: Belief,
    icc: Belief,
    design: Design,
    *,
    trials: int = 10_000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Assurance:
    """The assurance of a trial with a yes-or-no outcome, by simulation.

    Each trial draws the two proportions and the ICC, independently, then cluster sizes, then
    beta-binomial counts, and makes the unweighted t test of the clusters' proportions on 2(k - 1)
    degrees of freedom. Sizes are 1 and a gamma figure, rounded up or down by chance to keep its
    mean. The same seed gives the same result. ``progress`` is told the trials done, and all, now
    and then. Raises ValueError for a belief beyond 0 to 1 or an impossible design.
    Source: O'Hagan, Stevens & Campbell 2005, Pharm Stat 4:187-201; Spiegelhalter & Freedman 1986,
    Stat Med 5:1-13; for cluster trials Williamson, Tishkovskaya & Wilson 2025, Clin Trials.

    >>> pilot = Belief.share(1, 7), Belief.share(4, 11), Belief.icc_about(0.05)
    >>> found = of_proportions(*pilot, Design(20, 10), trials=2000)
    >>> found.trials, 0.6 < found.assurance.value < found.favourable < found.power_at_means
    (2000, True)
    """
    beliefs = {"control": control, "intervention": intervention, "ICC": icc}
    for name, belief in beliefs.items():
        _within(name, belief)
    model = _Model(beliefs, _beta_binomial, _of_two_proportions, "beta-binomial counts")
    return _assure(model, design, trials, seed, progress)


def of_means(
    difference: Belief,
    sd: Belief,
    icc: Belief,
    design: Design,
    *,
    trials: int = 10_000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Assurance:
    """The assurance of a trial with a normally distributed outcome, by simulation.

    ``difference`` is the intervention's mean minus the control's and ``sd`` the total standard
    deviation of an arm's outcomes, both in the outcome's unit. Otherwise as :func:`of_proportions`.
    Raises ValueError for an SD that may not be positive, an ICC beyond 0 to 1, or an impossible
    design. Source: as :func:`of_proportions`.

    >>> known = Belief.fixed(3), Belief.fixed(6), Belief.fixed(0.05)
    >>> found = of_means(*known, Design(12, 10), trials=2000)
    >>> round(found.power_at_means, 3), abs(found.assurance.value - found.power_at_means) < 0.05
    (0.867, True)
    """
    _within("ICC", icc)
    if not (sd.low > 0 or sd.shape is Shape.INVERSE_CHI):
        raise ValueError("a standard deviation is positive: use deviation, between or fixed")
    beliefs = {"difference": difference, "SD": sd, "ICC": icc}
    model = _Model(beliefs, _normal_means, _of_a_mean, "normal outcomes")
    return _assure(model, design, trials, seed, progress)


def _within(name: str, belief: Belief) -> None:
    if belief.low < 0 or belief.high > 1:
        raise ValueError(f"the {name} is a figure between 0 and 1: use share, between or fixed")


def _check(design: Design, trials: int, seed: int) -> None:
    k, m, cv = design.clusters_per_arm, design.cluster_size, design.cv
    if not 2 <= k <= CELLS or int(k) != k:
        raise ValueError("a trial to simulate has a whole number of clusters per arm, at least 2")
    if not 1 <= m <= 1e6 or not 0 <= cv <= 5:
        raise ValueError("a mean cluster size is at least 1, its variation between 0 and 5")
    if m == 1 and cv:
        raise ValueError("clusters of one participant have no variation of sizes: give a cv of 0")
    if not 0 < design.alpha < 1:
        raise ValueError("the level of a test lies between 0 and 1")
    if not 1 <= trials <= MOST_TRIALS or int(trials) != trials:
        raise ValueError(f"simulate between 1 and {MOST_TRIALS:,} trials")
    if seed < 0 or int(seed) != seed:
        raise ValueError("a seed is a whole number from 0")


def _assure(
    model: _Model, design: Design, trials: int, seed: int, progress: Progress | None
) -> Assurance:
    _check(design, trials, seed)
    design = replace(design, clusters_per_arm=int(design.clusters_per_arm))
    sign = 1 if design.above else -1
    streams = [np.random.default_rng(own) for own in np.random.SeedSequence(seed).spawn(7)]
    at_once = max(1, min(BLOCK, CELLS // (2 * design.clusters_per_arm)))
    counts, powers, done = np.zeros(4, dtype=int), [], 0
    while done < trials:
        number = min(at_once, trials - done)
        drawn = [
            # Away from 0 and 1, where a quantile may be infinite.
            belief.quantile(np.clip(stream.random(number), 1e-12, 1 - 1e-12))
            for belief, stream in zip(model.beliefs.values(), streams, strict=False)
        ]
        sizes = _sizes(design, number, (streams[3], streams[4]))
        summaries = model.outcomes(drawn, sizes, (streams[5], streams[6]))
        difference, variance = model.effect(drawn)
        tested, gap, limit = _tested(summaries, design)
        verdicts = (tested & (sign * gap > limit), tested & (-sign * gap > limit), ~tested)
        counts += [int(found.sum()) for found in (*verdicts, sign * difference > 0)]
        powers.append(_power(sign * difference, variance, drawn[-1], design))
        done += number
        if progress:
            progress(done, trials)
    return _told(model, design, (trials, seed), counts.tolist(), np.concatenate(powers))


def _sizes(
    design: Design, number: int, streams: tuple[np.random.Generator, np.random.Generator]
) -> np.ndarray:
    """Whole sizes from 1 on, with the mean and the variation of the design."""
    shape = number, 2 * design.clusters_per_arm
    more = np.full(shape, design.cluster_size - 1.0)
    variance = (design.cv * design.cluster_size) ** 2 - ROUNDED
    if variance > 0:
        mean = design.cluster_size - 1
        more = streams[0].gamma(mean**2 / variance, variance / mean, shape)
    return 1 + np.floor(more + streams[1].random(shape)).astype(np.int64)


def _beta_binomial(
    drawn: list[np.ndarray],
    sizes: np.ndarray,
    streams: tuple[np.random.Generator, np.random.Generator],
) -> np.ndarray:
    half = sizes.shape[1] // 2
    p = np.repeat(np.stack(drawn[:2], axis=1), half, axis=1)
    icc = np.broadcast_to(drawn[2][:, None], p.shape)
    mixed = (p > 0) & (p < 1) & (icc > NO_CORRELATION) & (icc < 1)
    weight = (1 - icc) / np.where(mixed, icc, 1.0)
    tiny = np.finfo(float).tiny
    a = np.where(mixed, np.maximum(p * weight, tiny), 1.0)
    b = np.where(mixed, np.maximum((1 - p) * weight, tiny), 1.0)
    # Where nothing is mixed, Beta(1, 1) is one uniform figure: what a correlation of 1 needs.
    chance = streams[0].beta(a, b)
    held = np.where(mixed, chance, np.where(icc >= 1, chance < p, p))
    return np.asarray(streams[1].binomial(sizes, held) / sizes)


def _normal_means(
    drawn: list[np.ndarray],
    sizes: np.ndarray,
    streams: tuple[np.random.Generator, np.random.Generator],
) -> np.ndarray:
    half = sizes.shape[1] // 2
    difference, sd, icc = (own[:, None] for own in drawn)
    spread = sd * np.sqrt(icc + (1 - icc) / sizes)
    arm = np.repeat([0.0, 1.0], half)
    return np.asarray(arm * difference + spread * streams[0].standard_normal(sizes.shape))


def _of_two_proportions(drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    p0, p1, _ = drawn
    return p1 - p0, p0 * (1 - p0) + p1 * (1 - p1)


def _of_a_mean(drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    difference, sd, _ = drawn
    return difference, 2 * np.square(sd)


def _tested(y: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each trial has a test, its difference, and what that must exceed: cluster_test.t_test."""
    k = design.clusters_per_arm
    control, intervention = y[:, :k], y[:, k:]
    gap = intervention.mean(axis=1) - control.mean(axis=1)
    se = np.sqrt((control.var(axis=1, ddof=1) + intervention.var(axis=1, ddof=1)) / k)
    spread = np.maximum(np.ptp(control, axis=1), np.ptp(intervention, axis=1))
    tested = spread > ROUNDING * np.abs(y).max(axis=1)
    return tested, gap, -float(special.stdtrit(2 * (k - 1), design.alpha / 2)) * se


def _power(hoped: np.ndarray, variance: np.ndarray, icc: np.ndarray, design: Design) -> np.ndarray:
    """The ordinary power of a difference in the hoped-for direction; 0 where nothing varies."""
    k, m = design.clusters_per_arm, design.cluster_size
    per = variance * (1 + ((design.cv**2 + 1) * m - 1) * icc) / m
    # Where nothing varies the effect would be infinite; the last line answers for it.
    effect = hoped * np.sqrt(k / np.where(per > 0, per, 1.0))
    df = 2 * (k - 1)
    cut = -float(special.stdtrit(df, design.alpha / 2))
    far = np.abs(effect)
    found = np.where(effect >= 0, 1 - special.nctdtr(df, far, cut), special.nctdtr(df, far, -cut))
    # Beyond what the series can sum the effect is so large that the normal tail is exact enough.
    found = np.where(np.isfinite(found), found, special.ndtr(effect - cut))
    return np.where(per > 0, np.clip(found, 0.0, 1.0), 0.0)


def _told(
    model: _Model, design: Design, run: tuple[int, int], counts: list[int], powers: np.ndarray
) -> Assurance:
    trials, seed = run
    won, lost, untested, favourable = counts
    at = [np.array([belief.mean]) for belief in model.beliefs.values()]
    difference, variance = model.effect(at)
    known = float(variance[0]) > 0
    sign = 1 if design.above else -1
    at_means = float(_power(sign * difference, variance, at[-1], design)[0]) if known else None
    quantiles = np.quantile(powers, SHARES).tolist()
    beliefs = ", ".join(f"{name} {belief.words}" for name, belief in model.beliefs.items())
    return Assurance(
        assurance=_of_simulated(won, trials),
        wrong_direction=_of_simulated(lost, trials),
        favourable=favourable / trials,
        power_at_means=at_means,
        powers=tuple(zip(SHARES, quantiles, strict=True)),
        untested=untested,
        design=design,
        trials=trials,
        seed=seed,
        method=f"unweighted t test of simulated clusters, {model.words}, two-sided "
        f"{design.alpha:g}, df {2 * (design.clusters_per_arm - 1)}; {beliefs}",
        reason=_reason(design, untested, trials, known),
    )


def _of_simulated(count: int, trials: int) -> Estimate:
    found = wilson(count, trials)
    return replace(found, method=f"share of simulated trials, {found.method}")


def _reason(design: Design, untested: int, trials: int, known: bool) -> str:
    said = []
    if design.clusters_per_arm < FEW:
        said.append(FEW_WORDS)
    if untested:
        said.append(
            f"in {untested:,} of {trials:,} simulated trials all clusters of each arm agreed: "
            "they have no test and count as not significant"
        )
    if not known:
        said.append("there is no power at the means, because these leave no variation")
    return "; ".join(said)
