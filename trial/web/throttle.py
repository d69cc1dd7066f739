"""Slowing down whoever guesses: each failure of one name or one address makes the next wait longer."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from trial.config import Settings
from trial.web.accounts import Throttle
from trial.web.database import aside

FORGOTTEN_AFTER = timedelta(hours=24)
LONGEST_WAIT = 300


@dataclass(frozen=True)
class Subject:
    """What is counted: one name, one address or one account's codes, and how many failures are free."""

    key: str
    free: int


def name_subject(settings: Settings, email: str) -> Subject:
    """A sign-in name as typed, whether or not there is such an account."""
    return Subject(_key(settings, "name", email), 5)


def address_subject(settings: Settings, address: str) -> Subject:
    """The network address that asks: many people may share one, so more is free."""
    return Subject(_key(settings, "address", address), 20)


def code_subject(settings: Settings, account_id: int) -> Subject:
    """The second factor of one account."""
    return Subject(_key(settings, "code", str(account_id)), 5)


def _key(settings: Settings, kind: str, what: str) -> str:
    secret = settings.key("throttle")
    return hmac.new(secret, f"{kind}:{what}".encode(), hashlib.sha256).hexdigest()


def must_wait(subjects: Iterable[Subject], now: datetime) -> bool:
    """Whether any of these has to wait still."""
    keys = [subject.key for subject in subjects]
    blocked = select(Throttle.id).where(Throttle.subject.in_(keys), Throttle.until_at > now)
    with aside(write=False) as connection:
        return connection.execute(blocked.limit(1)).first() is not None


def failed(subjects: Iterable[Subject], now: datetime) -> None:
    """Count one failure of each."""
    with aside() as connection:
        connection.execute(delete(Throttle).where(Throttle.last_at < now - FORGOTTEN_AFTER))
        for subject in subjects:
            _count(connection, subject, now)


def succeeded(subjects: Iterable[Subject]) -> None:
    """Forget the failures of each."""
    keys = [subject.key for subject in subjects]
    with aside() as connection:
        connection.execute(delete(Throttle).where(Throttle.subject.in_(keys)))


def _count(connection: Connection, subject: Subject, now: datetime) -> None:
    mine = Throttle.subject == subject.key
    # The update comes first: it locks the row, so that attempts at the same time are all counted.
    counted: Any = connection.execute(
        update(Throttle).where(mine).values(failures=Throttle.failures + 1, last_at=now)
    )
    if counted.rowcount == 0:
        connection.execute(
            insert(Throttle), {"subject": subject.key, "failures": 1, "last_at": now}
        )
    failures = connection.execute(select(Throttle.failures).where(mine)).scalar_one()
    if failures >= subject.free:
        wait = min(2 ** (failures - subject.free), LONGEST_WAIT)
        until = now + timedelta(seconds=wait)
        connection.execute(update(Throttle).where(mine).values(until_at=until))
