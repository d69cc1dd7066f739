"""The assurance of a plan: over figures taken as known, or over what the trial's counts leave open."""

from dataclasses import dataclass, replace
from enum import StrEnum

from trial import analysis
from trial.analysis.assurance import Assurance, Progress
from trial.analysis.belief import Belief
from trial.analysis.estimate import Estimate
from trial.analysis.planning import Planned
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol


class Draw(StrEnum):
    """What an assurance draws proportions from; ``SWAPPED`` takes the last arm as intervention."""

    GIVEN = "given"
    TRIAL = "trial"
    SWAPPED = "swapped"


@dataclass(frozen=True)
class Counts:
    """Open employment in one arm, as the assurance draws from it: x of n, and the design effect."""

    x: int
    n: int
    deff: float


def assured(
    found: Assembled | None,
    planned: Planned,
    *,
    trials: int,
    seed: int,
    draw: Draw = Draw.GIVEN,
    spread: float | None = None,
    progress: Progress | None = None,
) -> Assurance | None:
    """The assurance of a plan over what the trial leaves uncertain; None where there is no plan.

    Proportions are taken as given, or drawn from the trial's own counts. Means are drawn about
    their difference with ``spread`` as its standard error. Raises ValueError where the trial has no
    counts to draw from.
    """
    design = planned.solution.design
    if planned.solution.value is None or design.clusters_per_arm is None:
        return None
    icc = Belief.icc_about(design.icc) if design.icc else Belief.fixed(0.0)
    size = max(1.0, design.cluster_size or 1.0)
    above = (design.p1 or 0.0) > (design.p2 or 0.0)
    trial = analysis.assurance.Design(
        int(-(-design.clusters_per_arm // 1)), size, 0.0 if size == 1 else design.cv or 0.0,
        design.alpha, above,
    )  # fmt: skip
    if design.p1 is None or design.p2 is None:
        gap = (design.mean1 or 0.0) - (design.mean2 or 0.0)
        drawn = Belief.normal(gap, spread) if spread else Belief.fixed(gap)
        sd = Belief.fixed(design.sd or 1.0)
        trial = replace(trial, above=gap > 0)
        return analysis.assurance.of_means(
            drawn, sd, icc, trial, trials=trials, seed=seed, progress=progress
        )
    control, intervention = Belief.fixed(design.p2), Belief.fixed(design.p1)
    if draw is not Draw.GIVEN:
        control, intervention = _drawn(found, design.icc or 0.0, draw)
    return analysis.assurance.of_proportions(
        control, intervention, icc, trial, trials=trials, seed=seed, progress=progress
    )


def draws(protocol: Protocol, found: Assembled) -> list[tuple[Draw, str]]:
    """What the assurance can draw the proportions from, as this reader may be asked."""
    offered = [(Draw.GIVEN, "The proportions above, taken as known")]
    if not _countable(_counts(found, 0.0)):
        return offered
    if not found.told.blinded:
        return [*offered, (Draw.TRIAL, "This trial's counts, and what they leave uncertain")]
    arms = found.results.arms
    for draw, arm in ((Draw.TRIAL, arms[0]), (Draw.SWAPPED, arms[-1])):
        named = sentences.arm_label(protocol, found.told, arm)
        offered.append((draw, f"This trial's counts, with {named} as the intervention"))
    return offered


def _drawn(found: Assembled | None, icc: float, draw: Draw) -> tuple[Belief, Belief]:
    """The control's and the intervention's proportion as this trial's counts tell them."""
    counts = [] if found is None else _counts(found, icc)
    if not _countable(counts):
        raise ValueError(
            "no trial shows proportions of two arms to draw from: take the proportions as known"
        )
    first, last = reversed(counts) if draw is Draw.SWAPPED else counts
    control, intervention = (Belief.share(one.x, one.n, one.deff) for one in (last, first))
    return control, intervention


def _countable(counts: list[Counts]) -> bool:
    return len(counts) == 2 and all(one.n for one in counts)


def _counts(found: Assembled, icc: float) -> list[Counts]:
    results = found.results
    arms = results.arms
    proportions = analysis.planning.observed(results).arms
    if len(arms) < 2 or not proportions:
        return []
    counted = []
    for arm in (arms[0], arms[-1]):
        one: Estimate = proportions[arm]
        sizes = {c.cluster: c.enrolled for c in results.recruitment.by_cluster if c.arm == arm}
        deff = analysis.planning.belief_deff(sizes, icc)
        counted.append(Counts(one.count or 0, one.n, deff))
    return counted
