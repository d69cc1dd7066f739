"""The `trial` command: the back door, each command loaded when it is used."""

import importlib
import os
import sys

import click

# Where each command lives, and the one line that `trial --help` shows without loading it.
COMMANDS = {
    "init": ("trial.cli.instance:init", "Prepare an instance: its settings and its keys."),
    "migrate": ("trial.cli.instance:migrate", "Bring the database to the newest version."),
    "begin": (
        "trial.cli.instance:begin_trial",
        "Make the protocol's clusters records of the trial.",
    ),
    "demo": ("trial.cli.demo:demo", "Play the demonstration trial into an empty instance."),
    "serve": ("trial.cli.serve:command", "Serve the pages on this machine."),
    "protocol": ("trial.cli.protocol:commands", "Check, show and adopt versions of the protocol."),
    "user": ("trial.cli.user:commands", "Add, list or end accounts."),
    "trail": ("trial.cli.trail:commands", "Check the trail, print its head, or redact a value."),
    "allocation": ("trial.cli.allocation:commands", "Verify the allocation of the clusters."),
    "draw": ("trial.cli.draw:commands", "Verify the draws of employers for interview."),
    "queries": ("trial.cli.queries:commands", "Run every check over all data."),
    "remind": ("trial.cli.remind:command", "Plan the reminders that fall due and send them."),
    "bounce": ("trial.cli.remind:bounce", "Take in mail that a mail server sent back."),
    "lock": ("trial.cli.lock:commands", "Go through the checklist of the database lock."),
    "report": ("trial.cli.report:report", "Write a report as PDF or JSON."),
    "plan": ("trial.cli.plan:plan", "Solve the one figure of a design that is left out."),
    "import": ("trial.cli.importing:command", "Take the rows of FILE (CSV or XLSX) into a form."),
    "export": ("trial.cli.export:export", "Write one CSV file a table, a codebook and a manifest."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        loaded: click.Command = getattr(importlib.import_module(module), attribute)
        return loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--as",
    "as_",
    metavar="EMAIL",
    envvar="TRIAL_USER",
    help="The account that acts (or TRIAL_USER); a demonstration's default is its trial manager.",
)
@click.pass_context
def trial(ctx: click.Context, as_: str | None) -> None:
    """Run one cluster randomised feasibility trial, from its protocol to its reports."""
    ctx.obj = as_


def main() -> None:
    """What the `trial` script calls: arguments that are no text get a sentence, not a traceback."""
    settings = [value for name, value in os.environ.items() if name.startswith("TRIAL_")]
    try:
        for given in (*sys.argv[1:], *settings):
            given.encode()
    except UnicodeEncodeError:
        click.echo("Error: an argument or setting is not valid UTF-8. Type it again.", err=True)
        sys.exit(2)
    trial.main(prog_name="trial")
