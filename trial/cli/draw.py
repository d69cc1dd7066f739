"""The commands about draws of employers: do them again, and print what they rest on."""

import click

from trial.cli.opening import instance
from trial.conduct.access import Act, permit
from trial.conduct.process import draw
from trial.conduct.refused import Refused

commands = click.Group("draw", help="Verify the draws of employers for interview.")


@commands.command()
def verify() -> None:
    """Do every draw again and compare each step; exit status 1 if one does not hold."""
    with instance() as opened:
        permit(opened.actor, Act.SEE_EMPLOYERS)
        made = [one for one in draw.draws(opened.session) if one.drawn is not None]
        if not made:
            raise Refused("No employers have been drawn yet: there is nothing to verify.")
        found = [(one, draw.verify(opened.session, one)) for one in made]
    for number, (one, steps) in enumerate(found, start=1):
        click.echo(f"Draw {number}: {one.size} of the list {one.listed}")
        click.echo(f"commitment {one.commitment}")
        click.echo(f"seed       {one.seed}")
        click.echo(f"drawn      {one.drawn}")
        for step in steps:
            click.echo(f"{'OK  ' if step.ok else 'FAIL'}  {step.name}")
    if not all(step.ok for _, steps in found for step in steps):
        raise click.exceptions.Exit(1)
