"""Commands about the trail: check it, print its head, redact a value."""

import sys

import click

from trial.cli.opening import Instance, instance
from trial.cli.words import Words
from trial.conduct.access import Act, permit
from trial.conduct.redaction import redact as redact_value
from trial.records.trail import acting, head
from trial.records.verify import verify
from trial.web.accounts import account_named
from trial.web.app import create_app
from trial.web.database import db
from trial.web.passwords import matches

commands = click.Group("trail", help="Check the trail, print its head, or redact a value.")


@commands.command()
@click.option("--anchor", type=Words(80), metavar="HASH", help="A head that was printed earlier.")
def check(anchor: str | None) -> None:
    """Check the chain and every digest, replay all changes, and compare with the tables."""
    with instance() as here:
        permit(here.actor, Act.CHECK_TRAIL)
        verdict = verify(here.session, anchor)
    for fault in verdict.faults:
        click.echo(fault)
    if not verdict.valid:
        click.echo(f"The trail does NOT hold: {len(verdict.faults)} faults in {verdict.acts} acts.")
        sys.exit(1)
    click.echo(f"The trail holds: {verdict.acts} acts, {verdict.redacted} values redacted.")
    click.echo(f"Head: {verdict.head}")


@commands.command("head")
def print_head() -> None:
    """Print the number and the hash of the newest act, to be kept where nobody can change it."""
    with instance() as here:
        permit(here.actor, Act.CHECK_TRAIL)
        number, newest = head(here.session)
    click.echo(f"{number} {newest}")


@commands.command()
@click.argument("table", type=Words(40))
@click.argument("row", type=click.IntRange(1, 2**31 - 1))
@click.argument("item", type=Words(120))
@click.option("--reason", type=Words(), required=True, help="Why the value must go.")
@click.option("--second", required=True, metavar="EMAIL", help="The second person's account.")
@click.password_option(
    "--second-password",
    confirmation_prompt=False,
    prompt="Password of the second person",
    help="Asked for, so that the second person is there.",
)
def redact(table: str, row: int, item: str, reason: str, second: str, second_password: str) -> None:
    """Empty the history of one value that was typed by mistake; needs two people.

    TABLE, ROW and ITEM are as the trail shows them. Correct the value itself first.
    """
    with instance() as here:
        permit(here.actor, Act.REDACT)
        name = _present(here, second, second_password)
        with acting(
            here.session, by=here.actor, name=Act.REDACT, reason=reason, second=name
        ) as draft:
            count = redact_value(here.session, draft, table=table, row=row, item=item)
    click.echo(f"Redacted {count} changes of {table} {row}, {item}.")


def _present(here: Instance, email: str, password: str) -> str:
    """The name of the second person, who has shown that they are there."""
    account = account_named(here.session, email)
    person = None if account is None else (account.id, account.name, account.password)
    here.session.rollback()  # the application below opens the database for itself
    with create_app(here.settings).app_context():
        known = person is not None and matches(password, person[2])
        db.engine.dispose()
    if person is None or not known:
        raise click.ClickException("The second person's account or password is not right.")
    if person[0] == here.actor.id:
        raise click.ClickException("The second person must be another than the first.")
    return person[1]
