"""One permission on every page: which act it needs, checked before the view runs."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, abort, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from trial.conduct.access import Act, allowed, told_of
from trial.web import here

View = TypeVar("View", bound=Callable[..., Any])
# Pages that only a trial has whose protocol has this part.
PARTS = {
    "contact": "contact",
    "employment": "employment",
    "employers": "process",
    "process": "process",
    "reminders": "reminders",
    "safety": "safety",
}
NOT_SAVED = "You were signed out, so nothing was saved. Sign in and send the page again."
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate(Enum):
    """Pages that need no act: open to anyone, or to whoever is signed in."""

    PUBLIC = "anyone"
    SIGNED_IN = "whoever is signed in"


class Unguarded(Exception):
    """A page says nothing about who may open it."""


def permission(needed: Act | Gate) -> Callable[[View], View]:
    """Say which act a page needs; a page that says nothing stops the application from starting."""

    def mark(view: View) -> View:
        view.permission = needed  # type: ignore[attr-defined]
        return view

    return mark


def needed_for(app: Flask, endpoint: str | None) -> Act | Gate | None:
    """What an endpoint declares, or None where there is no such endpoint."""
    view = app.view_functions.get(endpoint or "")
    return getattr(view, "permission", None)


def may_open(app: Flask, endpoint: str) -> bool:
    """Whether whoever is signed in may open an endpoint that exists."""
    needed, person = needed_for(app, endpoint), here.person()
    if needed is Gate.PUBLIC:
        return True
    if not _in_trial(endpoint, needed):
        return False
    if needed is None or person is None:
        return False
    return needed is Gate.SIGNED_IN or allowed(person, needed)


def _in_trial(endpoint: str, needed: Act | Gate | None) -> bool:
    """Whether the trial has the part of the protocol that a page, or its act, is about."""
    part = PARTS.get(endpoint.partition(".")[0])
    if part is not None and not here.protocol().has(part):
        return False
    return not isinstance(needed, Act) or told_of(here.protocol(), needed)


def guard(app: Flask) -> None:
    """Check the permission of every page before its view runs."""
    app.view_functions["static"] = permission(Gate.PUBLIC)(app.view_functions["static"])

    @app.before_request
    def check() -> Response | None:
        needed = needed_for(app, request.endpoint)
        if request.endpoint is None or needed is Gate.PUBLIC:
            return None
        if here.person() is None:
            return _to_sign_in()
        if not may_open(app, request.endpoint):
            abort(404)
        return None


def refuse_unguarded(app: Flask) -> None:
    """Stop the start of an application in which some page declares nothing."""
    silent = sorted(r.endpoint for r in app.url_map.iter_rules() if not needed_for(app, r.endpoint))
    if silent:
        raise Unguarded(f"No permission is declared for: {', '.join(silent)}.")


def _to_sign_in() -> Response:
    if getattr(session, "lapsed", False):
        flash("You were signed out after a while without activity. Sign in to go on.", "warning")
    if request.method in SAFE:
        session["wanted"] = request.full_path.rstrip("?")[:500]
    else:
        flash(NOT_SAVED, "warning")
    return redirect(url_for("sign.sign_in"))
