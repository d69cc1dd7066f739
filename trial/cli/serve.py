"""The command that serves the pages on this machine."""

import gc
import logging

import click
from waitress import serve

from trial.config import read_settings
from trial.protocol import ProtocolFaults
from trial.records.database import UnsafeDatabase
from trial.web.app import MEGABYTE, create_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="The port."
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Pages answered at once.",
)
@click.option(
    "--proxy", metavar="ADDRESS", help="The one proxy whose word on who asks is believed."
)
def command(host: str, port: int, threads: int, proxy: str | None) -> None:
    """Serve the pages on this machine until Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    settings = read_settings()
    try:
        app = create_app(settings)
    except UnsafeDatabase as fault:
        raise click.ClickException(str(fault)) from fault
    except ProtocolFaults as faults:
        lines = "\n".join(f"  {fault.place}: {fault.message}" for fault in faults.faults)
        raise click.ClickException(f"The protocol cannot be used:\n{lines}") from faults
    trusted = {}
    if proxy:
        trusted = {
            "trusted_proxy": proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
        }
    # What is loaded by now stays: a collection that looks at it each time costs reports a tenth.
    gc.collect()
    gc.freeze()
    click.echo(f"Serving {settings.instance} on http://{host}:{port} (Ctrl-C stops it)")
    serve(
        app,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        max_request_body_size=4 * MEGABYTE,
        **trusted,
    )
    click.echo("Stopped.")
