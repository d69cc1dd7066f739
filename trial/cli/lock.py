"""The commands about the database lock: what is left before it, and the locks that were made."""

import click

from trial.cli.opening import instance
from trial.conduct import database_lock
from trial.conduct.access import Act, permit
from trial.conduct.checklist import checklist
from trial.conduct.dates import words
from trial.config import LONDON
from trial.records.verify import verify

commands = click.Group("lock", help="Go through the checklist of the database lock, or list locks.")


@commands.command()
def check() -> None:
    """Count what should be done before the database is locked; status 1 if anything is left."""
    with instance() as here:
        permit(here.actor, Act.LOCK_DATABASE)
        found = checklist(here.session, here.protocol, here.actor, here.settings.clock.today())
        trail = verify(here.session)
    for one in found:
        click.echo(f"{'OK  ' if one.done else 'LEFT'}  {one.number:6}  {one.words}")
    click.echo(f"{'OK  ' if trail.valid else 'FAIL'}  {len(trail.faults):6}  faults in the trail")
    if not trail.valid or not all(one.done for one in found):
        raise click.exceptions.Exit(1)


@commands.command("list")
def list_locks() -> None:
    """List the locks by the names that --cut takes, the newest first."""
    with instance() as here:
        permit(here.actor, Act.SEE_REPORTS)
        kept = [
            (one.name, words(one.made_at.astimezone(LONDON).date()), one.act, one.hash)
            for one in database_lock.snapshots(here.session)
        ]
    for name, day, act, head in kept:
        click.echo(f"{name}: {day}, act {act}, head {head}")
    if not kept:
        click.echo("The database has not been locked. A person locks it on the page Database lock.")
