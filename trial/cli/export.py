"""The command that writes the analysis datasets."""

from datetime import date
from pathlib import Path

import click

from trial.cli.opening import instance
from trial.cli.words import Cut, Words
from trial.conduct import reports
from trial.conduct.reports.request import Request
from trial.records.trail import acting


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--cut", type=Cut(), help="Data cut: the end of this day, or the name of a database lock."
)
@click.option(
    "--unblind", is_flag=True, help="Show the arms to a blinded account that may see them."
)
@click.option("--reason", type=Words(), help="Why the arms must be seen; required with --unblind.")
def export(folder: Path, cut: date | str | None, unblind: bool, reason: str | None) -> None:
    """Write one CSV file a table, a codebook and a manifest into FOLDER; that is an act.

    The headline table stands among them, with scripts that redo it in R and in Stata.
    """
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty: name a new folder.")
    with instance() as here:
        wanted = Request("datasets", cut, unblind, reason)
        made = reports.datasets.make(
            here.session, here.protocol, here.actor, wanted, here.settings.clock.today()
        )
        with acting(
            here.session,
            by=here.actor,
            name=made.act,
            reason=reason,
            note=made.note(),
            unblinds=made.unblinded,
        ):
            for name, content in made.files.items():
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    click.echo(f"Wrote {len(made.files)} files to {folder}.")
