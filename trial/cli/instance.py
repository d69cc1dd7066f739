"""Commands that prepare an instance: init, migrate, begin."""

import shutil
from datetime import date

import click

from trial.cli.opening import database, read_protocol
from trial.conduct import begin
from trial.conduct.access import Act
from trial.config import SETTINGS_FILE, Settings, read_settings
from trial.protocol import files_of, shipped
from trial.records.actor import COMMAND_LINE
from trial.records.migrate import upgrade_instance
from trial.records.trail import acting

# The trial of an instance that names no protocol, and where another one is kept in it.
DEFAULT, FOLDER = "ipsoh", "protocol"


@click.command()
@click.option(
    "--demonstration", is_flag=True, help="An instance for trying out, with its own today."
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The demonstration's fixed day.")
def init(demonstration: bool, today: date | None) -> None:
    """Prepare an instance: its settings and its keys."""
    settings = read_settings()
    if (settings.instance / SETTINGS_FILE).exists():
        raise click.ClickException(
            f"This instance is prepared already: {settings.instance / SETTINGS_FILE}."
        )
    prepare(settings, demonstration=demonstration, today=today)
    click.echo(f"Prepared {settings.instance}. Keep its folder keys/ safe, and out of the backups.")


def prepare(
    settings: Settings, *, demonstration: bool, today: date | None, protocol: str = DEFAULT
) -> None:
    """Write the settings of a new instance, and make its keys.

    Another shipped protocol than the default is copied into the instance, which then runs under it.
    """
    settings.instance.mkdir(parents=True, exist_ok=True)
    lines = [f"demonstration = {str(demonstration).lower()}"]
    if demonstration and today:
        lines.append(f"today = {today:%Y-%m-%d}")
    if protocol != DEFAULT:
        shutil.copytree(shipped()[protocol], settings.instance / FOLDER)
        lines.append(f'protocol = "{FOLDER}"')
    (settings.instance / SETTINGS_FILE).write_text("\n".join(lines) + "\n")
    for name in ("identity", "password", "web"):
        settings.key(name)


@click.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    settings = read_settings()
    settings.instance.mkdir(parents=True, exist_ok=True)
    upgrade_instance(settings.owner_url, settings.database_url)
    click.echo("The database is at the newest version.")


@click.command("begin")
def begin_trial() -> None:
    """Make the protocol's clusters records of the trial."""
    settings = read_settings()
    protocol = read_protocol(settings)
    with (
        database(settings) as session,
        acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL),
    ):
        made = begin.begin(session, protocol)
        if not begin.any_kept(session):
            begin.keep(session, protocol, files_of(settings.protocol), settings.clock.today())
    click.echo(f"{len(made)} clusters added.")
