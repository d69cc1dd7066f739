"""The command that takes a file into a form or a log."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from trial.cli.opening import instance
from trial.cli.words import Words
from trial.conduct.forms.plans import form_of
from trial.conduct.importing import run
from trial.conduct.importing.preview import Change, Preview
from trial.conduct.importing.run import Order, Source, Tell
from trial.exchange.tables import spelled

LARGEST = 100 * 1024 * 1024
SHOWN = 50
HEAD = ("row", "about", "record", "item", "was", "becomes")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("form")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change; save nothing.")
@click.option("--reason", type=Words(), help="Why; needed where complete records change.")
@click.option("--draft", is_flag=True, help="Save new records as drafts.")
@click.option(
    "--changes",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every changed value into this CSV file.",
)
def command(
    form: str, file: Path, dry_run: bool, reason: str | None, draft: bool, changes: Path | None
) -> None:
    """Take the rows of FILE (CSV or XLSX) into FORM: all of them, or none and status 1.

    On SQLite nobody else can save while a large file is taken in: choose a quiet hour.
    """
    if file.stat().st_size > LARGEST:
        raise click.ClickException(f"{file} is larger than 100 megabytes: send it in parts.")
    with instance() as here, _written(changes) as tell:
        plan = form_of(here.protocol, form)
        source = Source(file.name, file.read_bytes())
        order = Order(
            plan, source, here.settings.clock.today(), draft, reason, tries=dry_run, tell=tell
        )
        told = run.take_in(here.session, here.protocol, here.actor, order)
    click.echo(f"SHA-256 {source.sha256}")
    _show(told, dry_run)
    if told.refusals:
        raise click.exceptions.Exit(1)


@contextmanager
def _written(changes: Path | None) -> Iterator[Tell | None]:
    """What writes each change into a file as it comes, if it was asked for."""
    if changes is None:
        yield None
        return
    with changes.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEAD)

        def tell(change: Change) -> None:
            writer.writerow([spelled(value, spreadsheet=True) for value in change])

        yield tell


def _show(told: Preview, dry_run: bool) -> None:
    click.echo(
        f"{told.new:,} new, {told.changed:,} changed, {told.unchanged:,} as before,"
        f" {told.refused:,} refused; {told.values:,} values."
    )
    if told.left:
        click.echo(f"Columns left out: {', '.join(told.left)}.")
    for one in told.refusals[:SHOWN]:
        place = ", ".join(
            word for word in (f"row {one.row}" if one.row else "", one.column or "") if word
        )
        click.echo(f"  {place or 'the file'}: {one.message}")
    if len(told.refusals) > SHOWN:
        click.echo(f"  and {len(told.refusals) - SHOWN:,} more.")
    if told.refusals:
        click.echo("Nothing is saved.")
    elif dry_run:
        click.echo("Nothing is saved: this was tried only.")
    else:
        click.echo("All of it is saved.")
