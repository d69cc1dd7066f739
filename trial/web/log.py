"""The log: which page answered what in how long, and nothing that could name a person."""

import logging
import time
import traceback
from typing import Any

from flask import Flask, Response, g, request

LOG = logging.getLogger("trial.web")


def attach(app: Flask) -> None:
    """Log every answer by its rule, never by its address: an address may hold what somebody searched."""

    app.log_exception = _note_fault  # type: ignore[method-assign,assignment]

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        taken = time.perf_counter() - g.get("started", time.perf_counter())
        person = g.get("actor")
        LOG.info(
            "%s %s %s %d ms account %s",
            request.method,
            request.url_rule or "(no such page)",
            response.status_code,
            round(taken * 1000),
            person.id if person else "-",
        )
        return response


def _note_fault(fault: Any) -> None:
    """Log where a fault arose and of which kind; its words may hold what somebody typed."""
    kind, _, trace = fault
    frames = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]
    LOG.error("%s in %s\n%s", kind.__name__, request.url_rule, "\n".join(frames))
