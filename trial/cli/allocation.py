"""The commands about the allocation: verify it, print its certificate and its frozen text."""

from pathlib import Path

import click

from trial import report as told
from trial.cli.opening import Instance, instance
from trial.conduct.access import Act, permit
from trial.conduct.allocation import certificate as certificates
from trial.conduct.allocation import kept, proof
from trial.conduct.allocation.ceremony import NONE_YET
from trial.conduct.allocation.verify import Verification, redone, verify
from trial.conduct.refused import Refused
from trial.records.trail import acting

commands = click.Group("allocation", help="Verify the allocation of the clusters.")
FILE = click.Path(dir_okay=False, path_type=Path)
DRAW = click.option(
    "--draw",
    type=click.IntRange(min=1),
    help="Which draw, counted from 1, where the protocol has several (left out: the last).",
)


@commands.command("verify")
@click.option(
    "--certificate", "file", type=FILE, help="A certificate as JSON, in place of this trial."
)
@DRAW
def verify_allocation(file: Path | None, draw: int | None) -> None:
    """Do the draw again and compare every step; exit status 1 if one does not hold.

    With --certificate the draw is done again from that file alone, without an instance. A blinded
    account is told only whether it verified.
    """
    if file is not None:
        _tell(_redone(file), blinded=False)
        return
    with instance() as opened:
        permit(opened.actor, Act.SEE_ALLOCATION)
        found = verify(opened.session, draw)
        blinded = opened.actor.blinded
    _tell(found, blinded=blinded)


@commands.command()
@click.option("--pdf", type=FILE, help="Write it as PDF.")
@click.option("--json", "json_", type=FILE, help="Write it as JSON.")
@DRAW
def certificate(pdf: Path | None, json_: Path | None, draw: int | None) -> None:
    """Write the certificate of the draw, which tells the arms; that it was written is an act."""
    if pdf is None and json_ is None:
        raise click.UsageError("Say where to write it: --pdf FILE, --json FILE, or both.")
    with instance() as opened:
        today = opened.settings.clock.today()
        proved, made = certificates.issue(
            opened.session, opened.protocol, opened.actor, on=today, number=draw
        )
        note = {"frozen_hash": proved.ceremony.frozen_hash}
        with acting(opened.session, by=opened.actor, name=Act.PRINT_CERTIFICATE, note=note):
            if pdf is not None:
                pdf.write_bytes(told.pdf.pdf(made))
            if json_ is not None:
                json_.write_text(proof.spelled(proved))
    for file in filter(None, (pdf, json_)):
        click.echo(f"Wrote {file}. It tells the arms: keep it from everyone who is blinded.")


@commands.command()
@DRAW
def text(draw: int | None) -> None:
    """Print the frozen text, byte for byte, so that its SHA-256 can be computed."""
    with instance() as opened:
        click.echo(_frozen_text(opened, draw), nl=False)


def _frozen_text(opened: Instance, draw: int | None) -> str:
    permit(opened.actor, Act.SEE_ALLOCATION)
    if opened.actor.blinded:
        raise Refused("The frozen text names the arms: a blinded account is not shown it.")
    session = opened.session
    found = kept.standing(session) if draw is None else proof.proof(session, draw).ceremony
    if found is None:
        raise Refused(NONE_YET)
    if opened.protocol.allocation.earlier and not proof.may_see(opened.actor, found):
        raise Refused("This text tells the arms: it is printed for all once every arm is revealed.")
    return found.frozen


def _redone(file: Path) -> Verification:
    try:
        return redone(proof.from_file(file))
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    except OSError as fault:
        raise click.ClickException(f"{file} cannot be read: {fault.strerror}.") from fault


def _tell(found: Verification, *, blinded: bool) -> None:
    if blinded:
        click.echo(found.word)
    else:
        for step in found.steps:
            click.echo(f"{'OK  ' if step.ok else 'FAIL'}  {step.name}")
        click.echo(f"The allocation is {found.word}.")
    if not found.verified:
        raise click.exceptions.Exit(1)
