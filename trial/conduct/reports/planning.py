"""The plan of a definitive trial as a report of its own."""

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trial import __version__, analysis
from trial import report as printed
from trial.analysis.assurance import Assurance, Progress
from trial.analysis.estimate import plain
from trial.analysis.planning import Asked, Planned
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.cut import footer, marked, marks
from trial.conduct.reports.sections import assured, methods, planned, summary
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Report, Text

Draw = assured.Draw
TITLE = "Planning the definitive trial"


@dataclass(frozen=True)
class Simulation:
    """How to simulate: how many trials, from which seed and beliefs, and how long at most.

    ``spread`` is the standard error of a difference of means; ``most`` bounds the simulated
    clusters, so that a page is answered in a few seconds.
    """

    trials: int
    seed: int
    spread: float | None = None
    draw: assured.Draw = assured.Draw.GIVEN
    most: int | None = None


@dataclass(frozen=True)
class Made:
    """A plan that was made, with its report and what the trail keeps when it is written."""

    plan: Planned
    simulated: Assurance | None
    report: Report
    note: dict[str, Any]

    def file(self) -> io.BytesIO:
        """The report as PDF."""
        return io.BytesIO(printed.pdf.pdf(self.report))


def make(
    protocol: Protocol | None,
    found: Assembled | None,
    asked: Asked,
    simulation: Simulation | None = None,
    progress: Progress | None = None,
) -> Made:
    """The plan, its assurance if one is asked for, and the report of both.

    Raises ValueError, in words, for a design that is impossible.
    """
    plan = analysis.planning.plan(asked)
    simulated = None
    if simulation is not None:
        _bounded(plan, simulation)
        simulated = assured.assured(
            found, plan, trials=simulation.trials, seed=simulation.seed,
            draw=simulation.draw, spread=simulation.spread, progress=progress,
        )  # fmt: skip
    if protocol is None or found is None:
        return Made(plan, simulated, alone(plan, simulated), {})
    note = {"report": "planning", "blinded": found.told.blinded, **marks(protocol, found.cut)}
    return Made(plan, simulated, build(protocol, found, plan, simulated), note)


def _bounded(plan: Planned, simulation: Simulation) -> None:
    clusters = plan.solution.clusters_total or 0
    if simulation.most is not None and clusters * simulation.trials > simulation.most:
        fit = simulation.most // clusters
        raise ValueError(
            f"to simulate {simulation.trials:,} trials of {clusters:,} clusters takes too long for a"
            f" page: simulate at most {fit:,}, or use the command `trial plan`"
        )


def draws(protocol: Protocol, found: Assembled) -> list[tuple[str, str]]:
    """What the assurance can draw the proportions from: the codes with their labels."""
    return [(draw.value, label) for draw, label in assured.draws(protocol, found)]


def starting(protocol: Protocol, found: Assembled) -> dict[str, Any]:
    """What the form starts from: the trial's own figures, the clusters left to be solved.

    The arms' proportions are left out for blinded readers, who are not told which is the control.
    """
    seen = analysis.planning.observed(found.results)
    figures: dict[str, Any] = {
        "outcome": "proportions",
        "icc": planned.ICC, "power": planned.POWER, "alpha": 0.05,
        "cluster_size": planned.analysed(seen),
        "cv": seen.cv.value or 0, "attrition": planned.attrition(seen), "rate": planned.rate(seen),
        "trials": 10_000, "seed": 1, "draw": assured.Draw.GIVEN.value,
    }  # fmt: skip
    arms = found.results.arms
    if len(arms) > 1 and not found.told.blinded:
        figures["draw"] = assured.draws(protocol, found)[-1][0].value
        if seen.means:
            figures |= {"outcome": "means"} | (planned.effect(seen, arms[0], arms[-1]) or {})
        else:
            figures["p1"], figures["p2"] = (seen.arms[arm].value for arm in (arms[0], arms[-1]))
    return {
        name: _decimal(value) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def _decimal(value: float) -> Decimal:
    """A figure as a form shows it: at most four places, none of them a nought at the end."""
    return Decimal(f"{value:.4f}".rstrip("0").rstrip("."))


def sentence(text: str) -> str:
    """A fault of the analysis as a sentence of the page."""
    return planned.sentence(text)


def build(
    protocol: Protocol,
    found: Assembled,
    plan: Planned | None = None,
    simulated: Assurance | None = None,
) -> Report:
    """The plan, if one is made yet, with what this trial shows, to be printed as PDF or as a page."""
    blocks: list[Block] = []
    if plan is not None:
        blocks += [Heading("The plan"), *results(plan, simulated)]
    blocks += [Heading("What this trial shows"), *planned.shown(protocol, found)]
    if found.told.blinded:
        blocks.append(Text(summary.CODED))
    if plan is not None:
        blocks += [Heading("Methods"), Text(methods.PLANNING), Text(methods.ASSURANCE)]
    return Report(
        title=TITLE,
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, blocks),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: {TITLE.lower()}", "For the trial team and its funder"),
    )


def alone(plan: Planned, simulated: Assurance | None = None) -> Report:
    """The plan without any trial behind it."""
    blocks: list[Block] = [Heading("The plan"), *results(plan, simulated)]
    blocks += [Heading("Methods"), Text(methods.PLANNING), Text(methods.ASSURANCE)]
    return Report(
        title=TITLE,
        subtitle="From the figures given, without a trial's data",
        blocks=tuple(blocks),
        footer=(f"Software {__version__}.",),
        header=(TITLE, ""),
    )


def results(plan: Planned, simulated: Assurance | None) -> list[Block]:
    """The plan and, where there is one, its assurance."""
    blocks = list(planned.told(plan))
    if simulated is not None:
        blocks += planned.assurance(simulated)
    return blocks


def as_json(
    plan: Planned, simulated: Assurance | None, protocol: Protocol | None, found: Assembled | None
) -> dict[str, Any]:
    """The plan as plain values, with what identifies the trial that it was fed by."""
    known = marks(protocol, found.cut) if protocol and found else {"software_version": __version__}
    return {**known, "plan": plain(plan), "assurance": plain(simulated)}
