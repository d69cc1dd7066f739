"""The command that writes any report as PDF or JSON."""

import json
from datetime import date
from pathlib import Path

import click

from trial import report as told
from trial.cli.opening import instance
from trial.cli.words import Cut, Words
from trial.conduct.reports.kinds import KINDS
from trial.conduct.reports.request import Made, Request, make
from trial.records.trail import acting

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("name", type=click.Choice(list(KINDS)))
@click.option(
    "--json", "as_json", type=FILE, help="Write the results as JSON (feasibility, process)."
)
@click.option("--pdf", "as_pdf", type=FILE, help="Write the report as PDF.")
@click.option(
    "--cut", type=Cut(), help="Data cut: the end of this day, or the name of a database lock."
)
@click.option(
    "--unblind", is_flag=True, help="Show the arms to a blinded account that may see them."
)
@click.option("--reason", type=Words(), help="Why the arms must be seen; required with --unblind.")
def report(
    name: str,
    as_json: Path | None,
    as_pdf: Path | None,
    cut: date | str | None,
    unblind: bool,
    reason: str | None,
) -> None:
    """Write a report as PDF or JSON; that it was written is an act."""
    if as_json is None and as_pdf is None:
        raise click.UsageError("Say where to write it: --json FILE, --pdf FILE, or both.")
    if as_json and not KINDS[name].json:
        written = ", ".join(kind.name for kind in KINDS.values() if kind.json)
        raise click.UsageError(f"Only these reports are written as JSON: {written}.")
    with instance() as here:
        wanted = Request(name, cut, unblind, reason)
        made = make(here.session, here.protocol, here.actor, wanted, here.settings.clock.today())
        note = made.note()
        with acting(
            here.session,
            by=here.actor,
            name=made.act,
            reason=reason,
            note=note,
            unblinds=made.unblinded,
        ):
            _write(made, as_json, as_pdf)


def _write(made: Made, as_json: Path | None, as_pdf: Path | None) -> None:
    if as_json:
        text = json.dumps(made.results, indent=2, sort_keys=True, ensure_ascii=False)
        as_json.write_text(text + "\n")
        click.echo(f"Wrote {as_json}.")
    if as_pdf:
        as_pdf.write_bytes(told.pdf.pdf(made.report))
        click.echo(f"Wrote {as_pdf}.")
