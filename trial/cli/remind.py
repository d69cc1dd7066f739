"""The commands of reminders: plan and send them, as a timer runs it, and take in what came back."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import BinaryIO

import click
from sqlalchemy.orm import Session

from trial import exchange
from trial.cli.opening import database, read_protocol
from trial.conduct import amendments
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reminders import planning, settling
from trial.conduct.reminders.sending import LEASE, NOWHERE, Done, Office, send
from trial.config import Settings, WrongSettings, read_settings
from trial.exchange.letter import Post
from trial.protocol import Protocol
from trial.records.actor import COMMAND_LINE
from trial.records.identity import Vault
from trial.records.trail import acting
from trial.web.team import written_to

MOST_BYTES = 10 * 1024 * 1024


@click.command()
@click.option(
    "--lease",
    default=int(LEASE.total_seconds()),
    show_default=True,
    type=click.IntRange(1, 86400),
    help="Seconds after which a message that a worker let lie is sent by another.",
)
def command(lease: int) -> None:
    """Plan the reminders that fall due and send what waits; safe to run again, or twice at once."""
    with _opened() as (settings, protocol, session):
        if protocol.reminders is None:
            raise click.ClickException("The protocol has no reminders.")
        team, clock = written_to(session, protocol), settings.clock
        session.rollback()
        made = planning.plan(session, protocol, team, on=clock.today(), at=clock.now())
        posts = _posts(settings)
        office = Office(
            session, protocol, Vault(settings.key("identity")), team, posts, clock,
            domain=settings.mail.sender.rpartition("@")[2] if settings.mail else NOWHERE,
            address=settings.address, lease=timedelta(seconds=lease),
        )  # fmt: skip
        try:
            done = send(office)
        finally:
            for post in posts.values():
                post.close()
    _tell(settings, protocol, made, done)


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
def bounce(file: BinaryIO) -> None:
    """Take in mail that a mail server sent back, from FILE or the standard input."""
    found = exchange.bounces.read(file.read(MOST_BYTES))
    if found is None:
        click.echo(
            "This is no report of a message that could not be delivered: nothing is recorded."
        )
        return
    if not found.for_good:
        click.echo("The mail server is still trying: nothing is recorded.")
        return
    with _opened() as (_, _protocol, session):
        why = f"It came back ({found.status})."
        try:
            with acting(session, by=COMMAND_LINE, name=Act.SETTLE_REMINDER):
                message = settling.marked(session, found.message)
                if message is None:
                    raise Refused("No message of this trial has the mark of this report.")
                settling.came_back(session, message, why)
        except Refused as refused:
            raise click.ClickException(str(refused)) from refused
    click.echo(why)


@contextmanager
def _opened() -> Iterator[tuple[Settings, Protocol, Session]]:
    """The instance as the machine itself works on it: no account acts, so no door hides anything."""
    try:
        settings = read_settings()
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from wrong
    loaded = read_protocol(settings)
    with database(settings) as session:
        protocol = amendments.running(session, loaded)
        session.rollback()
        yield settings, protocol, session


def _posts(settings: Settings) -> dict[str, Post]:
    posts: dict[str, Post] = {}
    if settings.mail is not None:
        posts["email"] = exchange.smtp.Smtp(settings.mail)
    if settings.texts is not None:
        posts["text"] = exchange.text_messages.Notify(settings.texts)
    return posts


def _tell(settings: Settings, protocol: Protocol, made: int, done: Done) -> None:
    click.echo(f"Planned {made} new, sent {done.sent}.")
    told = (
        (done.dropped, "no longer wanted, and not sent"),
        (done.later, "not taken for now, and tried again later"),
        (done.held_back, "held back: the participant asked not to be contacted at this time"),
        (done.failed, "given up: look at the page Reminders"),
        (done.doubted, "in doubt after a break, and sent again"),
    )
    for number, words in told:
        if number:
            click.echo(f"{number} {words}.")
    channels = {rule.channel for rule in protocol.reminding.rules}
    if settings.mail is None:
        click.echo("No mail server is set ([mail] in settings.toml): e-mail waits.")
    if settings.texts is None and "text" in channels:
        click.echo("No text service is set ([text_messages] in settings.toml): text messages wait.")
    for words in done.stopped:
        click.echo(words, err=True)
    with suppress(ValueError):
        done.stopped.remove("Nothing is sent at this time of day.")
    if done.stopped:
        raise click.exceptions.Exit(1)
