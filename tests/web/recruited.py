"""People recruited behind the pages, so that a page has something to show; and how a date is typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from flask import Flask

from tests.conduct.recruiting import Recruiting
from trial.config import Settings
from trial.protocol import Protocol
from trial.records.database import sessions
from trial.records.identity import Vault
from trial.web.database import db


@contextmanager
def recruiting(app: Flask, protocol: Protocol, settings: Settings) -> Iterator[Recruiting]:
    """The acts of recruitment over the application's own database."""
    with app.app_context():
        engine = db.engine
    # A session of its own: inside an application context the pages would share it.
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield Recruiting(session, protocol, vault=Vault(settings.key("identity")))


def typed(name: str, day: date | None) -> dict[str, str]:
    """A date as somebody types it into three boxes."""
    boxes = ("day", "month", "year")
    return {f"{name}-{box}": str(getattr(day, box)) if day else "" for box in boxes}
