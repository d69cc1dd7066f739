"""Planning the definitive trial: what this trial shows, the size, the curve, and the assurance."""

import math
from collections.abc import Iterator
from typing import Any

from trial import analysis
from trial.analysis.assurance import Assurance
from trial.analysis.planning import Asked, At, Observed, Planned
from trial.analysis.sample_size import Design, Solution
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import primary
from trial.conduct.reports.sections.assured import Draw, assured
from trial.protocol import Protocol
from trial.report.picture import Curve, Curves, Point
from trial.report.value import Block, Figure, Notice, Table, Text

# Where neither the trial nor the reader says otherwise.
ICC, POWER = 0.05, 0.8
NAMES = {
    "clusters_per_arm": "clusters in each arm",
    "cluster_size": "participants analysed in a cluster",
    "icc": "intracluster correlation",
    "cv": "coefficient of variation of the sizes",
    "power": "power",
    "p1": "proportion with the intervention",
    "p2": "proportion in the control arm",
    "mean1": "mean with the intervention",
    "mean2": "mean in the control arm",
    "sd": "standard deviation",
}
SHARES = frozenset({"power", "p1", "p2"})
WHOLE = frozenset({"clusters_per_arm", "cluster_size"})
PILOT_EFFECT = (
    "A trial of this size cannot tell how large an effect to plan for: plan for the smallest"
    " difference that would matter, and take from the trial what it can tell."
)
IN_REPORT = 2000
FOLLOWS = "follows"


def shown(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What the trial's own data say of each figure that a plan needs."""
    seen = analysis.planning.observed(found.results)
    rows = [
        (f"{primary.figure_name(protocol)}: {sentences.arm_label(protocol, found.told, arm)}",
         sentences.share(one))
        for arm, one in seen.arms.items()
    ]  # fmt: skip
    rows += [
        (f"{primary.figure_name(protocol)}: {sentences.arm_label(protocol, found.told, arm)}",
         f"{sentences.figure(one, 2)}, SD {'not estimable' if sd is None else f'{sd:.2f}'}")
        for arm, (one, sd) in seen.means.items()
    ]  # fmt: skip
    rows += [
        ("Retention; attrition is what is left to 100%", sentences.share(seen.retention)),
        ("Recruited per open cluster-month", sentences.rate(seen.rate)),
        ("Participants recruited in a cluster, mean", sentences.figure(seen.cluster_size, 2)),
        ("Coefficient of variation of the sizes", sentences.figure(seen.cv, 2)),
        ("Intracluster correlation", sentences.figure(seen.icc, 3)),
    ]
    yield Table("What this trial shows of each figure", ("Figure", "This trial"), tuple(rows))
    yield Notice(PILOT_EFFECT)


def section(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The plan that follows from the trial's own figures, as a part of a report."""
    yield from shown(protocol, found)
    seen = analysis.planning.observed(found.results)
    asked = from_trial(found, seen)
    if asked is None:
        yield Text(
            f"No size is computed here: the trial does not yet show two {_kind(seen)} that differ."
        )
        return
    try:
        planned = analysis.planning.plan(asked)
    except ValueError as fault:
        yield Text(f"No size is computed here: {fault}.")
        return
    yield Text(
        f"As an example, with the {_kind(seen)} that this trial shows, its attrition and its rate of"
        f" recruitment, a planning ICC of {ICC:g} from elsewhere and a power of {100 * POWER:.0f}%."
        " The page “Planning” takes other figures."
    )
    yield from _of_more_arms(protocol, found)
    yield from told(planned)
    draw = Draw.GIVEN if seen.means else Draw.TRIAL
    simulated = assured(found, planned, trials=IN_REPORT, seed=1, draw=draw)
    if simulated is not None:
        yield from assurance(simulated)


def _kind(seen: Observed) -> str:
    return "means" if seen.means else "proportions"


def _of_more_arms(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Which two arms are compared, where there are more."""
    arms = found.results.arms
    if len(arms) > 2:
        first, last = (
            sentences.arm_label(protocol, found.told, arm) for arm in (arms[0], arms[-1])
        )
        yield Text(
            f"A plan compares two arms, here {first} with {last}. A trial of {len(arms)} arms needs as"
            " many clusters in each, and more where several comparisons are to be made."
        )


def from_trial(found: Assembled, seen: Observed) -> Asked | None:
    """What to ask with the trial's own figures; None where its arms do not differ."""
    arms = found.results.arms
    if len(arms) < 2:
        return None
    size, compared = analysed(seen), effect(seen, arms[0], arms[-1])
    if size is None or compared is None:
        return None
    design = Design(
        cluster_size=round(size, 2), icc=ICC, cv=round(seen.cv.value or 0.0, 2), power=POWER,
        **compared,
    )  # fmt: skip
    return Asked(design, attrition=attrition(seen), rate=rate(seen))


def effect(seen: Observed, first: str, last: str) -> dict[str, Any] | None:
    """What the trial shows of two arms, as a design takes it; None where it is not known or no difference."""
    if seen.means:
        (one, sd_one), (other, sd_other) = seen.means[first], seen.means[last]
        if sd_one is None or sd_other is None or one.value is None or other.value is None:
            return None
        pooled = math.sqrt((sd_one**2 + sd_other**2) / 2)
        if one.value == other.value or not pooled:
            return None
        return {
            "mean1": round(one.value, 2),
            "mean2": round(other.value, 2),
            "sd": round(pooled, 2),
        }
    p1, p2 = (seen.arms[arm].value for arm in (first, last))
    if p1 is None or p2 is None or p1 == p2:
        return None
    return {"p1": round(p1, 4), "p2": round(p2, 4)}


def analysed(seen: Observed) -> float | None:
    """The participants of a cluster that are left after attrition, at least 1."""
    recruited = seen.cluster_size.value
    return None if recruited is None else max(1.0, recruited * (1 - attrition(seen)))


def attrition(seen: Observed) -> float:
    """The share of the recruited without the primary visit, at most all but a trace."""
    kept = seen.retention.value
    return 0.0 if kept is None else min(round(1 - kept, 4), 0.95)


def rate(seen: Observed) -> float | None:
    """The rate of recruitment, where there was any."""
    return round(seen.rate.value, 2) or None if seen.rate.value else None


def told(planned: Planned) -> Iterator[Block]:
    """The figure asked for, its curve, and what it takes to recruit."""
    solution = planned.solution
    yield Text(headline(solution))
    for said in (solution.reason if solution.value is not None else "", solution.warning):
        if said:
            yield Notice(sentence(said))
    yield _design(planned)
    yield _curve(planned)
    yield _over_icc(planned)
    if planned.controls:
        yield _over_controls(planned)
    yield from _recruit(planned)


def headline(solution: Solution) -> str:
    """The answer in one sentence."""
    name = NAMES[solution.solved]
    if solution.value is None or solution.rounded is None:
        return sentence(solution.reason)
    total = ""
    if solution.clusters_total is not None and solution.participants_per_arm is not None:
        total = (
            f" That is {solution.clusters_total} clusters and"
            f" {2 * solution.participants_per_arm} participants analysed"
        )
        if solution.solved != "power":
            total += f", with a power of {sentences.percent(solution.power)}"
        total += "."
    return f"{name[:1].upper()}{name[1:]}: {spelled(solution.solved, solution.rounded)}.{total}"


def spelled(name: str, value: float) -> str:
    """A figure of a design as it is written."""
    if name in SHARES:
        return sentences.percent(value)
    return f"{value:.0f}" if name in WHOLE and float(value).is_integer() else f"{value:.4g}"


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _design(planned: Planned) -> Table:
    solution = planned.solution
    rows = [
        (
            name[:1].upper() + name[1:],
            spelled(key, value),
            "solved" if key == solution.solved else "given",
        )
        for key, name in NAMES.items()
        if (value := getattr(solution.design, key)) is not None
    ]
    if solution.deff is not None:
        rows.append(("Design effect", f"{solution.deff:.2f}", FOLLOWS))
    if solution.df is not None:
        rows.append(("Degrees of freedom", f"{solution.df:.0f}", FOLLOWS))
    if solution.value is not None and solution.solved in WHOLE:
        rows.append(("Before it was rounded up", f"{solution.value:.2f}", FOLLOWS))
    rows += [(name, value, FOLLOWS) for name, value in _compared(planned)]
    rows += [
        (
            f"Power with {at.value:.0f} clusters in each arm, in reserve",
            sentences.percent(at.solution.power),
            FOLLOWS,
        )
        for at in planned.more
    ]
    return Table(
        "The design",
        ("Figure", "Value", "Solved, given or following"),
        tuple(rows),
        note=_note(solution),
    )


def _compared(planned: Planned) -> Iterator[tuple[str, str]]:
    if planned.individual is not None:
        yield "Participants in each arm, were people randomised", str(planned.individual.rounded)
    for what, other in (
        ("two proportions", planned.hayes_bennett),
        ("two rates", planned.hayes_bennett_rates),
    ):
        if other is not None:
            yield f"Clusters in each arm for {what} by {other.method}", str(other.rounded)


def _note(solution: Solution) -> str:
    return f"By {solution.method}."


def _over(at: At) -> str:
    if at.solution.rounded is None:
        return f"cannot be reached: {at.solution.reason}"
    return spelled(at.solution.solved, at.solution.rounded)


def _over_icc(planned: Planned) -> Table:
    return Table(
        "The same over the intracluster correlation",
        ("Intracluster correlation", NAMES[planned.curve_of].capitalize()),
        tuple((f"{at.value:g}", _over(at)) for at in planned.curve),
        note="A planning ICC is never known well: look at the whole range.",
    )


def _over_controls(planned: Planned) -> Table:
    return Table(
        "The same over the control arm, with the same difference",
        ("Proportion in the control arm", NAMES[planned.solution.solved].capitalize()),
        tuple((sentences.percent(at.value), _over(at)) for at in planned.controls),
    )


def _curve(planned: Planned) -> Figure:
    name = NAMES[planned.curve_of]
    points = [
        Point(at.value, float(at.solution.rounded))
        for at in planned.curve
        if at.solution.rounded is not None
    ]
    icc = planned.asked.design.icc
    marks = () if icc is None else ((icc, f"Planned: {icc:g}"),)
    return Figure(
        "icc-curve",
        f"{name.capitalize()} over the intracluster correlation",
        f"The {name} that the design needs at each intracluster correlation.",
        Curves(
            "Intracluster correlation",
            name.capitalize(),
            (Curve(name.capitalize(), tuple(points)),),
            percent_y=planned.curve_of in SHARES,
            marks=marks,
        ),
    )


def _recruit(planned: Planned) -> Iterator[Block]:
    needed, asked = planned.recruit, planned.asked
    if needed.per_cluster is None:
        return
    said = (
        f"With an attrition of {sentences.percent(asked.attrition)}, {needed.per_cluster} participants"
        f" have to be recruited in each cluster, {needed.participants} in all."
    )
    if needed.months is not None:
        said += f" At {asked.rate:g} a month in each cluster that takes {needed.months:.1f} months."
    if needed.clusters is not None:
        said += (
            f" To recruit as many within {asked.months:g} months, at least {needed.clusters} clusters"
            " have to recruit."
        )
    yield Text(said)


def assurance(one: Assurance) -> Iterator[Block]:
    """What the simulation says, with its seed."""
    known = one.assurance
    rows = [
        ("Assurance: significant in the hoped-for direction", sentences.chance(known)),
        ("Significant in the other direction", sentences.chance(one.wrong_direction)),
        ("Power, were every figure as expected", sentences.percent(one.power_at_means)),
        (
            "Chance that the truth lies in the hoped-for direction",
            sentences.percent(one.favourable),
        ),
    ]
    rows += [(f"Power: {100 * share:.0f}% of what is believed lies below", sentences.percent(power))
             for share, power in one.powers]  # fmt: skip
    yield Table(
        "Assurance: the chance of success over what is uncertain",
        ("Figure", "Value"),
        tuple(rows),
        note=f"{one.trials:,} simulated trials, seed {one.seed}: the same seed gives the same figures."
        f" By {one.method}.",
    )
    if one.reason:
        yield Notice(sentence(one.reason))
