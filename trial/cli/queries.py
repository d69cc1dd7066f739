"""The command about queries: every check over all data, as a nightly job runs it."""

import click

from trial.cli.opening import instance
from trial.conduct import query_check
from trial.conduct.access import Act, permit

commands = click.Group("queries", help="Run every check over all data.")


@commands.command()
@click.option(
    "--days",
    default=query_check.LEFT_FOR,
    show_default=True,
    type=click.IntRange(0, 3650),
    help="How many days a draft, an overdue visit or a form of a visit may be left.",
)
def check(days: int) -> None:
    """Raise what every check doubts now, and settle what none doubts any more; it may run again."""
    with instance() as opened:
        permit(opened.actor, Act.CHECK_QUERIES)
        session, today = opened.session, opened.settings.clock.today()
        del session.info["actor"]  # every check reads everything, and tells only numbers
        done = query_check.check(session, opened.protocol, on=today, days=days)
    click.echo(
        f"Looked at {done.people} participants, {done.clusters} clusters and {done.records} other records."
    )
    click.echo(f"Raised {done.raised} queries, settled {done.settled}.")
    if done.locked:
        click.echo(f"Not looked at, because they were locked: {done.locked}.")
