"""What a view may ask about the request that it answers: who, which trial, which day."""

from datetime import date

from flask import abort, current_app, g
from sqlalchemy.orm import Session

from trial.conduct import amendments
from trial.config import Settings
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.web.database import db


def session() -> Session:
    """The database session of this request: whoever it is for sees only what the door lets through."""
    return db.session()


def settings() -> Settings:
    """What this instance runs under."""
    return current_app.extensions["trial_settings"]


def protocol() -> Protocol:
    """The version of the trial's protocol that was adopted last; asked once a request."""
    if "protocol" not in g:
        loaded: Protocol = current_app.extensions["trial_protocol"]
        g.protocol = amendments.running(session(), loaded)
    return g.protocol


def today() -> date:
    """Today's date in Europe/London; in a demonstration its own day."""
    return settings().clock.today()


def person() -> Actor | None:
    """Who is signed in, if anyone."""
    return g.get("actor")


def actor() -> Actor:
    """Who is signed in; a page that needs somebody does not exist for nobody."""
    found = person()
    if found is None:
        abort(404)
    return found
