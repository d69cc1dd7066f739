"""The command that plans a definitive trial, with or without a trial's own data."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from trial import report as told
from trial.analysis.planning import Asked, Rates
from trial.analysis.sample_size import Design
from trial.cli.opening import instance
from trial.conduct.access import Act, permit
from trial.conduct.reports import assembly, planning
from trial.conduct.reports.cut import data_cut
from trial.records.trail import acting
from trial.report.value import Heading, Listing, Notice, Table, Text
from trial.report.wording import shown

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
SHARE = click.FloatRange(0, 1)
EFFECTS = {
    "control": "p2",
    "intervention": "p1",
    "mean_control": "mean2",
    "mean_intervention": "mean1",
}


@click.command()
@click.option("--clusters-per-arm", type=click.IntRange(2), help="Clusters in each arm.")
@click.option("--cluster-size", type=float, help="Participants analysed in a cluster, mean.")
@click.option("--icc", type=SHARE, help="Intracluster correlation.")
@click.option("--cv", type=float, help="Coefficient of variation of the cluster sizes.")
@click.option("--power", type=SHARE, help="Power, from 0 to 1.")
@click.option("--control", type=SHARE, help="Proportion in the control arm.")
@click.option("--intervention", type=SHARE, help="Proportion with the intervention.")
@click.option("--mean-control", type=float, help="Mean in the control arm.")
@click.option("--mean-intervention", type=float, help="Mean with the intervention.")
@click.option("--sd", type=float, help="Standard deviation, where means are compared.")
@click.option("--below", is_flag=True, help="Seek the missing proportion or mean below the other.")
@click.option("--alpha", type=SHARE, default=0.05, show_default=True, help="Level, two-sided.")
@click.option("--attrition", type=SHARE, help="Share of the recruited without an outcome.")
@click.option("--rate", type=float, help="Recruited a month in each open cluster.")
@click.option("--months", type=float, help="Months there are to recruit.")
@click.option("--hayes-bennett-k", type=float, help="Variation between clusters, to compare.")
@click.option("--rates", type=(float, float, float), metavar="CONTROL INTERVENTION TIME",
              help="Two rates and the person-time of a cluster, for Hayes and Bennett's k.")  # fmt: skip
@click.option(
    "--from-trial", is_flag=True, help="Take what is not given from this instance's trial."
)
@click.option("--solve", type=click.Choice(["cluster-size", "icc", "cv", "power", "control", "intervention"]),
              help="With --from-trial, the figure to solve instead of the clusters.")  # fmt: skip
@click.option("--assurance", is_flag=True, help="Simulate the assurance too.")
@click.option("--trials", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True,
              help="Simulated trials.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="What chance begins from."
)
@click.option("--draw", type=click.Choice([one.value for one in planning.Draw]),
              help="Draw the proportions as given or from the trial's counts (swapped: the last arm as"
              " the intervention). With --from-trial the trial's, unless you are blinded.")  # fmt: skip
@click.option("--se", type=float, help="Standard error of a pilot's difference of means.")
@click.option("--json", "as_json", type=FILE, help="Write the plan as JSON.")
@click.option("--pdf", "as_pdf", type=FILE, help="Write the plan as PDF.")
def plan(from_trial: bool, as_json: Path | None, as_pdf: Path | None, **given: Any) -> None:
    """Solve the one figure of a design that is left out, and say what it takes to recruit.

    Give all but one of clusters, cluster size, ICC, CV, power, and two proportions (or two means and
    their standard deviation). With --from-trial the trial's own figures stand in for those not given,
    and the clusters in each arm are solved, or what --solve names.
    """
    if not from_trial:
        given["cv"] = 0.0 if given["cv"] is None and _lacks(given) > 1 else given["cv"]
        made = _made(None, None, given)
        _write(made, None, None, as_json, as_pdf)
        return
    with instance() as here:
        permit(here.actor, Act.SEE_PLANNING)
        cut = data_cut(here.session, here.settings.clock.today())
        found = assembly.assemble(here.session, here.protocol, cut, blinded=here.actor.blinded)
        made = _made(here.protocol, found, _filled(given, here.protocol, found))
        if as_json or as_pdf:
            with acting(here.session, by=here.actor, name=Act.REPORT_PLANNING, note=made.note):
                _write(made, here.protocol, found, as_json, as_pdf)
        else:
            _write(made, None, None, None, None)


def _names(given: dict[str, Any]) -> tuple[str, ...]:
    means = any(given[name] is not None for name in ("mean_control", "mean_intervention", "sd"))
    effect = ("mean_control", "mean_intervention", "sd") if means else ("control", "intervention")
    return ("clusters_per_arm", "cluster_size", "icc", "cv", "power", *effect)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _lacks(given: dict[str, Any]) -> int:
    return sum(given[name] is None for name in _names(given))


def _filled(given: dict[str, Any], protocol: Any, found: Any) -> dict[str, Any]:
    """What is not given, from the trial; the clusters stay out where nothing else is."""
    starting = planning.starting(protocol, found)
    filled = dict(given)
    for name in (*_names(given), "attrition", "rate"):
        value = starting.get(EFFECTS.get(name, name))
        if filled[name] is None and value is not None and _option(name) != f"--{given['solve']}":
            filled[name] = float(value)
    filled["draw"] = given["draw"] or starting["draw"]
    return filled


def _made(protocol: Any, found: Any, given: dict[str, Any]) -> planning.Made:
    names = _names(given)
    lacking = [_option(name) for name in names if given[name] is None]
    if len(lacking) != 1:
        raise click.UsageError(
            f"Leave out exactly one of {', '.join(map(_option, names))}: it is solved."
            f" Left out: {', '.join(lacking) or 'none'}."
        )
    figures = {EFFECTS.get(name, name): given[name] for name in names}
    design = Design(**figures, alpha=given["alpha"], above=not given["below"])
    asked = Asked(
        design, given["attrition"] or 0.0, given["rate"], given["months"], given["hayes_bennett_k"],
        rates=Rates(*given["rates"]) if given["rates"] else None,
    )  # fmt: skip
    if not given["assurance"]:
        return _solved(protocol, found, asked, None, None)
    draw = planning.Draw(given["draw"] or planning.Draw.GIVEN)
    simulation = planning.Simulation(given["trials"], given["seed"], given["se"], draw)
    with click.progressbar(
        length=simulation.trials, label="Simulating trials", file=sys.stderr
    ) as progress:
        return _solved(
            protocol, found, asked, simulation, lambda done, _: progress.update(done - progress.pos)
        )


def _solved(
    protocol: Any, found: Any, asked: Asked, simulation: Any, progress: Any
) -> planning.Made:
    try:
        return planning.make(protocol, found, asked, simulation, progress)
    except ValueError as fault:
        raise click.UsageError(planning.sentence(str(fault))) from fault


def _write(
    made: planning.Made, protocol: Any, found: Any, as_json: Path | None, as_pdf: Path | None
) -> None:
    for block in planning.results(made.plan, made.simulated):
        _print(block)
    if as_json:
        results = planning.as_json(made.plan, made.simulated, protocol, found)
        as_json.write_text(json.dumps(results, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        click.echo(f"Wrote {as_json}.")
    if as_pdf:
        as_pdf.write_bytes(told.pdf.pdf(made.report))
        click.echo(f"Wrote {as_pdf}.")


def _print(block: Any) -> None:
    match block:
        case Heading(text) | Text(text) | Notice(text):
            click.echo(text)
        case Listing(items):
            click.echo("\n".join(f"- {item}" for item in items))
        case Table():
            click.echo(f"\n{block.caption}")
            widest = max(len(shown(row[0])) for row in block.rows)
            for row in block.rows:
                click.echo(f"  {shown(row[0]).ljust(widest)}  {shown(row[1])}")
            click.echo(f"{block.note}\n" if block.note else "")
