"""Accounts from the command line: add, list, deactivate, reset."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.cli.opening import Instance, database, instance, read_protocol
from trial.cli.words import Words
from trial.conduct.access import Act, permit
from trial.conduct.refused import Refused
from trial.config import read_settings
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.database import writing
from trial.records.models import Cluster
from trial.records.trail import acting
from trial.web import account_acts
from trial.web.accounts import Account, by_email, cluster_names
from trial.web.sessions import CLOCK, end_sessions

ADDRESS = "http://127.0.0.1:5000"


@click.group("user")
def commands() -> None:
    """Add, list or end accounts."""


@commands.command()
@click.option("--email", prompt="E-mail address", type=Words(254), help="The name to sign in with.")
@click.option("--name", prompt="Name", type=Words(200), help="The person's name.")
@click.option(
    "--role",
    prompt="Role",
    type=click.Choice([role.value for role in Role]),
    help="One of the eight roles.",
)
@click.option("--cluster", "clusters", multiple=True, help="A cluster's key; may be repeated.")
@click.option("--address", default=ADDRESS, show_default=True, help="Where the pages are served.")
def add(email: str, name: str, role: str, clusters: tuple[str, ...], address: str) -> None:
    """Make an account and print the one-time link with which the person sets a password."""
    with _administering() as here:
        numbers = _clusters(here.session, clusters)
        if here.actor is COMMAND_LINE and role != Role.ADMINISTRATOR:
            raise Refused("The first account is an administrator, who then makes the others.")
        with acting(
            here.session, by=here.actor, name=Act.MANAGE_ACCOUNTS, note={"what": "new account"}
        ):
            made = account_acts.make(
                here.session,
                email=email,
                name=name,
                role=Role(role),
                clusters=numbers,
                at=here.settings.clock.now(),
            )
            token = account_acts.make_link(here.session, made, by=here.actor.id, at=CLOCK.now())
    click.echo(f"Made the account {email} ({role}). Set its password within a day, once, at:")
    click.echo(f"{address.rstrip('/')}/set-password/{token}")


@commands.command("list")
def list_() -> None:
    """List the accounts."""
    with _administering() as here:
        keys = here.session.execute(select(Cluster.id, Cluster.key)).all()
        names = cluster_names(here.protocol, keys)
        for one in here.session.scalars(select(Account).order_by(Account.id)):
            seen = ", ".join(names[number] for number in sorted(one.clusters_now()))
            state = "active" if one.active else "ended"
            click.echo(f"{one.id}  {one.email}  {one.name}  {one.role}  {state}  {seen}".rstrip())


@commands.command()
@click.argument("email", type=Words(254))
@click.option("--reason", prompt="Reason", type=Words(), help="Why the account ends.")
def deactivate(email: str, reason: str) -> None:
    """End an account at once: its sessions, its role and its clusters."""
    with _administering() as here:
        account = _named(here.session, email)
        number = account.id
        with acting(here.session, by=here.actor, name=Act.MANAGE_ACCOUNTS, reason=reason):
            account_acts.deactivate(
                here.session, account, by=here.actor.id, at=here.settings.clock.now()
            )
        # Only the number: reading the account again would lock the database that this next step writes.
        end_sessions(here.session.get_bind().engine, number)
    click.echo(f"The account {email} has ended.")


@commands.command()
@click.argument("email", type=Words(254))
@click.option("--reason", prompt="Reason", type=Words(), help="Why a new link is needed.")
@click.option("--address", default=ADDRESS, show_default=True, help="Where the pages are served.")
def reset(email: str, reason: str, address: str) -> None:
    """Print a one-time link that sets a new password; the second factor stays as it is."""
    with _administering() as here:
        account = _named(here.session, email)
        with acting(here.session, by=here.actor, name=Act.MANAGE_ACCOUNTS, reason=reason):
            token = account_acts.make_link(here.session, account, by=here.actor.id, at=CLOCK.now())
    click.echo(f"{address.rstrip('/')}/set-password/{token}")


@contextmanager
def _administering() -> Iterator[Instance]:
    """The instance, open for an administrator; the very first account is made by the command line."""
    settings = read_settings()
    with database(settings) as session:
        empty = session.scalar(select(Account.id).limit(1)) is None
        session.rollback()
        if empty:
            try:
                with writing():
                    yield Instance(settings, read_protocol(settings), session, COMMAND_LINE)
            except Refused as refused:
                raise click.ClickException(str(refused)) from refused
            return
    with instance() as here:
        permit(here.actor, Act.MANAGE_ACCOUNTS)
        yield here


def _named(session: Session, email: str) -> Account:
    account = by_email(session, email)
    if account is None:
        raise Refused(f"There is no account {email}.")
    return account


def _clusters(session: Session, keys: tuple[str, ...]) -> list[int]:
    known = {key: number for number, key in session.execute(select(Cluster.id, Cluster.key))}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise Refused(f"No such cluster: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[key] for key in keys]
