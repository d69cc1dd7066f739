"""Planning the definitive trial: the size, what it takes to recruit it, and what the pilot says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trial.analysis import design_effect, sample_size, simple_size
from trial.analysis.estimate import Estimate, not_estimable
from trial.analysis.feasibility import FEW_CLUSTERS, Feasibility
from trial.analysis.primary import Summary
from trial.analysis.sample_size import Design, Solution
from trial.analysis.simple_size import Size

# The correlations over which a plan is always shown, since one number would pretend to know it.
ICCS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15)
SHIFTS = (-0.1, -0.05, 0.0, 0.05, 0.1)
NO_ICC = (
    "a trial of so few clusters cannot estimate the ICC: take a value for planning from other trials,"
    " and look at the curve"
)


@dataclass(frozen=True)
class Rates:
    """Two rates to compare: the control's, the intervention's, and the person-time of a cluster."""

    control: float
    intervention: float
    person_time: float


@dataclass(frozen=True)
class Asked:
    """What is asked: a design with one figure left out, and what it takes to recruit.

    ``attrition`` is the share of the recruited without an outcome; ``rate`` participants per open
    cluster-month; ``months`` for which the clusters can recruit; ``between`` the coefficient of
    variation between clusters of Hayes & Bennett, for proportions and for ``rates``. In the design
    ``p1`` and ``mean1`` are the intervention's, ``p2`` and ``mean2`` the control's.
    """

    design: Design
    attrition: float = 0.0
    rate: float | None = None
    months: float | None = None
    between: float | None = None
    iccs: Sequence[float] = ICCS
    rates: Rates | None = None


@dataclass(frozen=True)
class At:
    """The solution where one figure of the design has another value."""

    value: float
    solution: Solution


@dataclass(frozen=True)
class Recruit:
    """What it takes to have the size analysed; None where a figure to reckon from lacks.

    ``per_cluster`` and ``participants`` are to be recruited, ``months`` with the clusters of the
    design; ``clusters`` are needed where the months are given, ``reason`` says what lacks.
    """

    per_cluster: int | None
    participants: int | None
    months: float | None
    clusters: int | None
    reason: str = ""


@dataclass(frozen=True)
class Planned:
    """A plan: the figure asked for, the same over the ICC and over the control, and the others.

    ``curve`` solves for the same figure at each ICC (for the power, where the ICC itself is asked);
    ``controls`` at other control proportions with the same difference. ``more`` is the power with
    one and two clusters more in each arm, in reserve for clusters that are lost.
    """

    asked: Asked
    solution: Solution
    curve: tuple[At, ...]
    curve_of: str
    controls: tuple[At, ...]
    more: tuple[At, ...]
    recruit: Recruit
    individual: Size | None
    hayes_bennett: Size | None
    hayes_bennett_rates: Size | None


@dataclass(frozen=True)
class Observed:
    """What the trial's own data say of each figure.

    ``arms`` is the primary outcome by arm where it is a proportion, ``means`` where it is a mean, with
    its standard deviation.
    """

    arms: dict[str, Estimate]
    retention: Estimate
    rate: Estimate
    cluster_size: Estimate
    cv: Estimate
    icc: Estimate
    means: dict[str, tuple[Estimate, float | None]] = field(default_factory=dict)


def plan(asked: Asked) -> Planned:
    """The figure that is left out of a design, and everything that follows from it.

    Raises ValueError as ``sample_size.solve``, and for an attrition, rate or time that is
    impossible.
    Source: as ``sample_size``; Hayes & Bennett 1999, Int J Epidemiol 28:319-326; individual
    randomisation and its inflation for comparison, Donner & Klar 2000.

    >>> found = plan(Asked(Design(cluster_size=8, icc=0.05, cv=0.5, power=0.9, p1=0.4, p2=0.15),
    ...                    attrition=0.2, rate=0.75))
    >>> found.solution.rounded, found.recruit.participants, round(found.recruit.months, 1)
    (13, 260, 13.3)
    >>> [(at.value, at.solution.rounded) for at in found.curve][:2]
    [(0.01, 10), (0.02, 11)]
    """
    solution = sample_size.solve(asked.design)
    swept, of = _swept(asked.design, solution)
    curve = tuple(
        At(icc, one)
        for icc, one in zip(asked.iccs, sample_size.curve(swept, asked.iccs), strict=True)
    )
    return Planned(
        asked=asked,
        solution=solution,
        curve=curve,
        curve_of=of,
        controls=tuple(_controls(asked.design, solution)),
        more=tuple(_more(solution)),
        recruit=_recruit(asked, solution),
        individual=_individual(solution),
        hayes_bennett=_hayes_bennett(asked, solution),
        hayes_bennett_rates=_of_rates(asked, solution),
    )


def observed(results: Feasibility) -> Observed:
    """What a trial's own results say of each figure that a plan needs.

    The ICC is not taken from a trial of fewer than ten clusters. Source: Eldridge et al. 2016, Stat
    Methods Med Res 25:1039-1056, on what a pilot cannot estimate.

    >>> from trial.analysis import feasibility, recruitment, tables
    >>> from datetime import date
    >>> window = recruitment.Plan(date(2015, 7, 1), date(2015, 12, 31), 40)
    >>> plan = feasibility.Plan(("A", "B"), window, {"m": "12 months"}, "", "m")
    >>> found = feasibility.assess(tables.prepare(), plan=plan, on=date(2016, 8, 1))
    >>> observed(found).cluster_size.reason
    'no cluster has a participant yet'
    """
    sizes = np.array([one.enrolled for one in results.recruitment.by_cluster], dtype=float)
    n = len(sizes)
    mean, cv = _sizes(sizes)
    method = "one-way analysis of variance"
    icc = not_estimable(n, method, NO_ICC)
    if n >= FEW_CLUSTERS:
        icc = _icc(results)
    return Observed(
        arms=_proportions(results),
        retention=results.retention.overall,
        rate=results.recruitment.rate,
        cluster_size=mean,
        cv=cv,
        icc=icc,
        means=_means(results),
    )


def _icc(results: Feasibility) -> Estimate:
    if results.primary is not None:
        return results.primary.icc
    return results.clustering.outcomes["open_employment"].correlation.within_arm.estimate


def _proportions(results: Feasibility) -> dict[str, Estimate]:
    if results.primary is None:
        return {arm: one.observed for arm, one in results.work.by_arm.items()}
    if results.primary.summary != Summary.PROPORTION:
        return {}
    return {arm: one.observed for arm, one in results.primary.by_arm.items()}


def _means(results: Feasibility) -> dict[str, tuple[Estimate, float | None]]:
    if results.primary is None or results.primary.summary != Summary.MEAN:
        return {}
    return {arm: (one.observed, one.sd) for arm, one in results.primary.by_arm.items()}


def _sizes(sizes: np.ndarray) -> tuple[Estimate, Estimate]:
    names = "mean of the clusters", "population SD over mean"
    n = len(sizes)
    if not sizes.sum():
        none = "no cluster has a participant yet"
        mean, cv = (not_estimable(n, method, none) for method in names)
        return mean, cv
    reason = "no interval: the sizes of this trial, not an estimate of others"
    at = float(sizes.mean())
    return (
        Estimate(at, None, None, n, names[0], reason),
        Estimate(float(sizes.std()) / at, None, None, n, names[1], reason),
    )


def _swept(design: Design, solution: Solution) -> tuple[Design, str]:
    """The design to be solved along the ICC, and for what."""
    if solution.solved != "icc":
        return design, solution.solved
    return replace(design, icc=0.0, power=None), "power"


def _controls(design: Design, solution: Solution) -> list[At]:
    if design.p1 is None or design.p2 is None:
        return []
    gap = design.p1 - design.p2
    found = []
    for shift in SHIFTS:
        control = round(design.p2 + shift, 6)
        other = round(control + gap, 6)
        if 0 <= control <= 1 and 0 <= other <= 1 and {control, other} != {0.0, 1.0}:
            found.append(At(control, sample_size.solve(replace(design, p1=other, p2=control))))
    return found


def _more(solution: Solution) -> list[At]:
    k = solution.design.clusters_per_arm
    if solution.value is None or k is None:
        return []
    asked = replace(solution.design, power=None)
    return [
        At(k + extra, sample_size.solve(replace(asked, clusters_per_arm=k + extra)))
        for extra in (1, 2)
    ]


def _recruit(asked: Asked, solution: Solution) -> Recruit:
    if not 0 <= asked.attrition < 1:
        raise ValueError("attrition is a share from 0 to below 1")
    size, clusters = solution.design.cluster_size, solution.clusters_total
    if solution.value is None or size is None or clusters is None:
        return Recruit(None, None, None, None, "there is no size to recruit")
    each = simple_size.recruited_for(size, asked.attrition)
    people = each * clusters
    if asked.rate is None:
        return Recruit(each, people, None, None, "give a recruitment rate to reckon the months")
    months = simple_size.months_to_recruit(people, clusters, asked.rate).months
    if asked.months is None:
        return Recruit(
            each, people, months, None, "give the months there are to reckon the clusters"
        )
    needed = simple_size.clusters_to_recruit(people, asked.months, asked.rate).clusters
    return Recruit(each, people, months, needed)


def _individual(solution: Solution) -> Size | None:
    design = solution.design
    if solution.value is None or design.power is None:
        return None
    if design.p1 is not None and design.p2 is not None:
        return simple_size.individual_proportions(design.p1, design.p2, design.alpha, design.power)
    if design.mean1 is None or design.mean2 is None or design.sd is None:
        return None
    return simple_size.individual_means(
        design.mean1, design.mean2, design.sd, design.alpha, design.power
    )


def _hayes_bennett(asked: Asked, solution: Solution) -> Size | None:
    design = solution.design
    given = (asked.between, design.p1, design.p2, design.cluster_size, design.power)
    if solution.value is None or None in given:
        return None
    k, p1, p0, m, power = (float(one) for one in given if one is not None)
    return simple_size.hayes_bennett_proportions(p0, p1, m, k, design.alpha, power)


def _of_rates(asked: Asked, solution: Solution) -> Size | None:
    rates, power = asked.rates, solution.design.power
    if rates is None or asked.between is None or power is None:
        return None
    return simple_size.hayes_bennett_rates(
        rates.control,
        rates.intervention,
        rates.person_time,
        asked.between,
        solution.design.alpha,
        power,
    )


def belief_deff(sizes: Mapping[str, int], icc: float) -> float:
    """The design effect of an arm's observed sizes at the planning ICC; 1 where nobody is.

    Source: :func:`trial.analysis.design_effect.of_sizes`.

    >>> belief_deff({"alpha": 7, "beta": 4}, 0.05), belief_deff({}, 0.05)
    (1.2454545454545456, 1.0)
    """
    held = [n for n in sizes.values() if n > 0]
    return design_effect.of_sizes(held, icc).value if held else 1.0
