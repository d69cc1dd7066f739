"""The commands about the protocol: check a file, show what it says."""

from datetime import date
from pathlib import Path

import click

from trial.config import read_settings
from trial.protocol import Protocol, ProtocolFaults, load

commands = click.Group("protocol", help="Check a protocol file, or show what it says.")
FILE = click.argument("file", required=False, type=click.Path(path_type=Path))


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

    Without FILE the protocol of this instance is checked. Exit status 1 if there is a fault.
    """
    protocol = _load(file)
    click.echo(f"ok: {protocol.name} version {protocol.version}, sha256 {protocol.sha256}")


@commands.command()
@FILE
def show(file: Path | None) -> None:
    """Show what FILE, or this instance's protocol, says, and what in it is assumed."""
    for line in _shown(_load(file)):
        click.echo(line)


def _shown(protocol: Protocol) -> list[str]:
    recruitment = protocol.recruitment
    return [
        f"{protocol.name} version {protocol.version}: {protocol.title}",
        f"Fingerprint (SHA-256): {protocol.sha256}",
        *(f"{identifier.name}: {identifier.value}" for identifier in protocol.identifiers),
        "",
        "Arms: " + "; ".join(f"{arm.key}, {arm.name}" for arm in protocol.arms),
        f"Clusters ({len(protocol.clusters)}):",
        *(
            f"  {cluster.name} ({', '.join(cluster.strata.values()) or 'no strata'})"
            for cluster in protocol.clusters
        ),
        f"Recruitment: {_day(recruitment.opens_on)} to {_day(recruitment.closes_on)}, "
        f"target {recruitment.target}",
        "Visits:",
        *(
            f"  {visit.name}: month {visit.months}, from {visit.opens_days_before} days before "
            f"to {visit.closes_days_after} days after"
            for visit in protocol.visits
        ),
        "",
        "Assumed, to be confirmed by the trial team:"
        if protocol.assumptions
        else "Nothing is assumed.",
        *(f"  {place}" for place in protocol.assumptions),
    ]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
