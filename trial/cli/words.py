"""Words typed on the command line, held to the same rules as words typed on a page."""

from datetime import date
from typing import Any

import click

from trial.protocol import typed


class Words(click.ParamType):
    """A text that can be kept: no control characters, nothing that turns the direction of writing."""

    name = "text"

    def __init__(self, most: int = 500) -> None:
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text, tidied; a fault ends the command with a sentence."""
        tidied = typed.tidy(str(value))
        fault = typed.fault(tidied, self.most)
        if fault or not tidied:
            self.fail(f"{fault or 'Enter some words'}.", param, ctx)
        return tidied


class Cut(click.ParamType):
    """A data cut: a day such as 2016-01-15, or the name of a database lock."""

    name = "day or lock"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | str:
        """The day, or the name."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return str(Words(60).convert(value, param, ctx))
