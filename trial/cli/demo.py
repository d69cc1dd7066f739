"""The command that plays the demonstration trial into an empty instance."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import click
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from trial.cli.instance import prepare
from trial.cli.opening import database, read_protocol
from trial.conduct.access import Act
from trial.conduct.begin import begin, keep
from trial.conduct.demonstration import reminding, stage, story
from trial.conduct.demonstration.play import SEED, play
from trial.config import SETTINGS_FILE, Settings, read_settings
from trial.protocol import Protocol, files_of, shipped
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import open_engine, sessions, writing
from trial.records.identity import Vault
from trial.records.migrate import upgrade_instance
from trial.records.trail import acting, head
from trial.web import account_acts, passwords
from trial.web.accounts import Account, actor_of
from trial.web.app import create_app
from trial.web.database import db

LARGEST = 1000
NOT_A_DEMONSTRATION = (
    "This instance is not a demonstration. Name an empty folder in TRIAL_INSTANCE and try again."
)
IN_USE = (
    "This instance is in use already: its trail has {} acts. Name an empty folder in TRIAL_INSTANCE"
    " and try again."
)


@dataclass(frozen=True)
class Way:
    """One person's way in: the account, and its password in clear and as it is kept."""

    person: story.Person
    password: str
    kept: str


@click.command()
@click.option(
    "--scale",
    default=1,
    show_default=True,
    type=click.IntRange(1, LARGEST),
    help="How many times the story is told: each participant so often.",
)
@click.option("--seed", default=SEED, show_default=True, help="What chance begins from.")
@click.option(
    "--protocol",
    default="ipsoh",
    show_default=True,
    type=click.Choice(list(shipped())),
    help="Which of the shipped trials is played.",
)
def demo(scale: int, seed: int, protocol: str) -> None:
    """Play the demonstration of a trial into an empty instance, and print one account for each role."""
    told = story.read(protocol)
    settings = _prepare(told)
    trial = read_protocol(settings)
    if trial.key != told.protocol:
        raise click.ClickException(
            f"The demonstration tells the story of {told.protocol}, and this instance runs"
            f" {trial.key}: name an empty folder in TRIAL_INSTANCE, or take its protocol.toml away."
        )
    upgrade_instance(settings.owner_url, settings.database_url)
    with database(settings) as looking:
        acts, _ = head(looking)
    if acts:
        raise click.ClickException(IN_USE.format(acts))
    ways = _ways(settings, told)
    with writing(), _connection(settings) as connection:
        session = Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False)
        session.info["clock"] = settings.clock
        people = _begin(session, trial, settings, told, ways)
        enrolled = _play(session, connection, trial, told, people, settings, scale, seed)
    click.echo(f"Played {trial.name} into {settings.instance}: {enrolled} participants.")
    click.echo("All people are invented. Sign in as one of them; the passwords are kept nowhere:")
    click.echo(_table(ways))


def _prepare(told: story.Story) -> Settings:
    """The settings of the instance; an empty folder becomes a demonstration on the story's day."""
    settings = read_settings()
    if not (settings.instance / SETTINGS_FILE).exists():
        if _holds_anything(settings):
            raise click.ClickException(NOT_A_DEMONSTRATION)
        prepare(settings, demonstration=True, today=told.today, protocol=told.protocol)
        settings = read_settings()
    if not settings.demonstration:
        raise click.ClickException(NOT_A_DEMONSTRATION)
    if settings.clock.today() < told.today:
        raise click.ClickException(
            f"The demonstration is played up to {told.today}: write today = {told.today} into"
            f" {settings.instance / SETTINGS_FILE}."
        )
    return settings


def _holds_anything(settings: Settings) -> bool:
    """Whether the folder holds anything but what git keeps there."""
    if not settings.instance.exists():
        return False
    return any(one.name not in ("README.md", ".gitignore") for one in settings.instance.iterdir())


@contextmanager
def _connection(settings: Settings) -> Iterator[Connection]:
    """One connection for the whole play, whose transaction the play commits when it sees fit."""
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            connection.begin()
            yield connection
    finally:
        engine.dispose()


def _ways(settings: Settings, told: story.Story) -> list[Way]:
    """A password for each person; hashing asks for an application, under whose key it is done."""
    with create_app(settings).app_context():
        made = [passwords.generated() for _ in told.people]
        kept = [passwords.kept(password) for password in made]
        db.engine.dispose()
    return [Way(*one) for one in zip(told.people, made, kept, strict=True)]


def _begin(
    session: Session, protocol: Protocol, settings: Settings, told: story.Story, ways: list[Way]
) -> list[Actor]:
    """Begin the trial and make the accounts, on the story's first day."""
    at = stage.morning(told.begins_on)
    with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL, at=at):
        clusters = {cluster.key: cluster.id for cluster in begin(session, protocol)}
        keep(session, protocol, files_of(settings.protocol), told.begins_on)
    by, accounts = COMMAND_LINE, list[Account]()
    for minutes, way in enumerate(ways, start=1):
        at = stage.morning(told.begins_on) + timedelta(minutes=minutes)
        with acting(session, by=by, name=Act.MANAGE_ACCOUNTS, at=at, note={"what": "new account"}):
            account = account_acts.make(
                session,
                email=way.person.email,
                name=way.person.name,
                role=way.person.role,
                clusters=[clusters[key] for key in way.person.clusters],
                password=way.kept,
                at=at,
            )
        accounts.append(account)
        # The first account is an administrator, who makes the others.
        by = actor_of(session, accounts[0], protocol)
    return [actor_of(session, account, protocol) for account in accounts]


def _play(
    session: Session,
    connection: Connection,
    protocol: Protocol,
    told: story.Story,
    people: list[Actor],
    settings: Settings,
    scale: int,
    seed: int,
) -> int:
    def commit() -> None:
        session.flush()
        connection.commit()
        connection.begin()

    tell = _telling(told.participants * scale)
    remind = _reminding(connection, protocol, told, people, settings)

    def on_day(day: date, enrolled: int) -> None:
        # Each reminder commits by itself, too slow for a trial many times as large.
        if protocol.reminders is not None and scale == 1:
            remind(day)
        tell(day, enrolled)

    enrolled = play(
        session,
        protocol,
        told,
        people,
        key=settings.key("identity"),
        files_key=settings.key("attachments"),
        commit=commit,
        scale=scale,
        seed=seed,
        on_day=on_day,
    )
    connection.commit()
    return enrolled


def _telling(total: int) -> Callable[[date, int], None]:
    """Says once a month how far the play has come."""
    months = set[str]()

    def tell(day: date, enrolled: int) -> None:
        month = f"{day:%B %Y}"
        if month not in months:
            months.add(month)
            click.echo(f"Playing {month}: {enrolled} of {total} enrolled", err=True)

    return tell


def _reminding(
    connection: Connection,
    protocol: Protocol,
    told: story.Story,
    people: list[Actor],
    settings: Settings,
) -> Callable[[date], None]:
    """Plays the reminders of a day, while the play's own transaction pauses."""
    team, vault = reminding.team_of(told, people), Vault(settings.key("identity"))

    def remind(day: date) -> None:
        connection.commit()
        with sessions(connection.engine)() as session:
            reminding.remind(session, protocol, vault, team, day)
        connection.begin()

    return remind


def _table(ways: list[Way]) -> str:
    rows = [("role", "e-mail", "password")]
    rows += [(way.person.role.value, way.person.email, way.password) for way in ways]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
