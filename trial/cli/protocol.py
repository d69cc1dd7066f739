"""The commands about the protocol: check a file, show what it says, adopt a new version."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from trial.cli.opening import database, instance, unsafe
from trial.cli.words import Words
from trial.conduct import amendments
from trial.conduct.access import Act, permit
from trial.conduct.amendments import Consequence
from trial.config import Settings, read_settings
from trial.protocol import Protocol, ProtocolFaults, files_of, load
from trial.records.trail import acting

commands = click.Group("protocol", help="Check, show and adopt versions of the protocol.")
FILE = click.argument("file", required=False, type=click.Path(path_type=Path))
NEW = click.argument("file", type=click.Path(path_type=Path))


def _load(file: Path | None) -> Protocol:
    """The protocol, or every fault of it on the screen and exit status 1."""
    try:
        return load(file or read_settings().protocol)
    except ProtocolFaults as wrong:
        for fault in wrong.faults:
            click.echo(str(fault))
        count = len(wrong.faults)
        click.echo("1 fault" if count == 1 else f"{count} faults", err=True)
        raise click.exceptions.Exit(1) from None


@commands.command()
@FILE
def check(file: Path | None) -> None:
    """Report every fault of FILE (a TOML file or a folder of them) at once.

    Without FILE the protocol of this instance is checked. A FILE that is another version than the trial
    runs under is compared with it: what changes, for how many records, and what cannot be adopted.
    Exit status 1 if there is a fault or something that cannot be adopted.
    """
    protocol = _load(file)
    click.echo(f"ok: {protocol.name} version {protocol.version}, sha256 {protocol.sha256}")
    found = _compared(read_settings(), protocol) if file else ()
    for line in _told(found):
        click.echo(line)
    if any(one.refused for one in found):
        raise click.exceptions.Exit(1)


@commands.command()
@NEW
@click.option("--reason", required=True, type=Words(), help="Why the protocol is amended.")
def adopt(file: Path, reason: str) -> None:
    """Let the trial run under the new version in FILE.

    Records keep the version that they were entered under. Refused where records do not allow a change:
    see `trial protocol check FILE`.
    """
    new = _load(file)
    with instance() as here:
        permit(here.actor, Act.ADOPT_PROTOCOL)
        on = here.settings.clock.today()
        with acting(here.session, by=here.actor, name=Act.ADOPT_PROTOCOL, reason=reason):
            amendments.adopt(here.session, here.protocol, new, files_of(file), on=on)
        again = len(amendments.to_consent_again(here.session, new, on))
    click.echo(f"The trial runs under version {new.version}, sha256 {new.sha256}.")
    click.echo(f"To be asked for consent again: {again}.")


@commands.command()
@FILE
def show(file: Path | None) -> None:
    """Show what FILE, or this instance's protocol, says, and what in it is assumed."""
    for line in _shown(_load(file)):
        click.echo(line)


def _compared(settings: Settings, new: Protocol) -> tuple[Consequence, ...]:
    """What the version would change in this instance; nothing where no trial has begun in it."""
    if unsafe(settings):
        return ()
    with database(settings) as session:
        old = amendments.running(session, _load(None))
        same = old.sha256 == new.sha256 or old.key != new.key
        return () if same else amendments.consequences(session, old, new)


def _told(found: tuple[Consequence, ...]) -> Iterator[str]:
    for one in found:
        number = f" [{one.number} {one.difference.touches}]" if one.difference.touches else ""
        refused = "cannot be adopted: " if one.refused else ""
        yield f"  {refused}{one.difference.place}: {one.difference.words}{number}"


def _shown(protocol: Protocol) -> list[str]:
    return [
        f"{protocol.name} version {protocol.version}: {protocol.title}",
        f"Fingerprint (SHA-256): {protocol.sha256}",
        *(f"{identifier.name}: {identifier.value}" for identifier in protocol.identifiers),
        "",
        "Arms: " + "; ".join(f"{arm.key}, {arm.name}" for arm in protocol.arms),
        f"Clusters ({len(protocol.clusters)}):",
        *(
            f"  {cluster.name} ({', '.join(cluster.strata.values()) or 'no strata'}"
            f"{'; reserve' if cluster.reserve else ''})"
            for cluster in protocol.clusters
        ),
        *(_people(protocol) if protocol.participants else ["Participants: none."]),
        "",
        "Assumed, to be confirmed by the trial team:"
        if protocol.assumptions
        else "Nothing is assumed.",
        *(f"  {place}" for place in protocol.assumptions),
    ]


def _people(protocol: Protocol) -> Iterator[str]:
    """When people are recruited and visited."""
    window = protocol.recruitment
    names = {visit.key: visit.name for visit in protocol.visits}
    yield f"Recruitment: {_day(window.opens_on)} to {_day(window.closes_on)}, target {window.target}"
    yield "Visits:"
    for visit in protocol.visits:
        yield (
            f"  {visit.name}: {visit.due_words(names)}, from {visit.opens_days_before} days before "
            f"to {visit.closes_days_after} days after{_some(visit.arms)}"
        )


def _some(arms: tuple[str, ...]) -> str:
    return f", only in {' and '.join(arms)}" if arms else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
