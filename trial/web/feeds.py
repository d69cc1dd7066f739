"""Subscribed calendars: secret addresses, made and revoked by whoever uses them."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trial import exchange
from trial.conduct.access import Act, allowed
from trial.conduct.calendar import Expected, expected
from trial.conduct.dates import words
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.models import Participant, Visit
from trial.web.account_acts import hashed
from trial.web.accounts import Account, CalendarFeed, actor_of

BEHIND, AHEAD = timedelta(days=366), timedelta(days=400)
NAME = "Follow-up"
MOST = 20


def make(
    session: Session, by: Actor, participant: Participant | None, *, mine: bool, at: datetime
) -> str:
    """A new address's token, shown once: only its hash is kept."""
    if len(of_account(session, by.id)) >= MOST:
        raise Refused(f"You have {MOST} calendars: revoke one that you no longer use first.")
    token = secrets.token_urlsafe(32)
    session.add(
        CalendarFeed(
            account_id=by.id, participant_id=participant.id if participant else None, mine=mine,
            token_hash=hashed(token), made_at=at,
        )
    )  # fmt: skip
    session.flush()
    return token


def revoke(feed: CalendarFeed, at: datetime) -> None:
    """End an address at once."""
    if feed.revoked_at is not None:
        raise Refused("This calendar is revoked already.")
    feed.revoked_at = at


def of_account(session: Session, account: int) -> list[CalendarFeed]:
    """The addresses of an account that are still in use."""
    wanted = select(CalendarFeed).where(
        CalendarFeed.account_id == account, CalendarFeed.revoked_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(CalendarFeed.id)))


def read(
    session: Session, protocol: Protocol, token: str, *, on: date, at: datetime
) -> bytes | None:
    """The calendar at an address as its account may see it now; None where there is no such address."""
    wanted = select(CalendarFeed).where(CalendarFeed.token_hash == hashed(token))
    feed = session.scalar(wanted.where(CalendarFeed.revoked_at.is_(None)))
    account = None if feed is None else session.get(Account, feed.account_id)
    if feed is None or account is None or not account.active:
        return None
    actor = actor_of(session, account, protocol)
    if not allowed(actor, Act.SEE_FOLLOW_UP):
        return None
    session.info["actor"] = actor
    return _written(expected(session, *_rules(feed, on)), at)


def _rules(feed: CalendarFeed, on: date) -> list[ColumnElement[bool]]:
    """No visit of which there being one tells the arm: a calendar leaves the system."""
    rules: list[ColumnElement[bool]] = [
        Visit.unblinds.is_not(True),
        Visit.due_on.between(on - BEHIND, on + AHEAD),
    ]
    if feed.participant_id is not None:
        rules.append(Visit.participant_id == feed.participant_id)
    if feed.mine:
        rules.append(Visit.assigned_to == feed.account_id)
    return rules


def _written(listed: list[Expected], at: datetime) -> bytes:
    return exchange.ics.calendar(NAME, [_appointment(one) for one in listed], at)


def _appointment(one: Expected) -> "exchange.ics.Appointment":
    visit, said = one.visit, "visit arranged" if one.arranged_for else "visit due"
    window = f"Window: {words(visit.opens_on)} to {words(visit.closes_on)}."
    return exchange.ics.Appointment(
        f"visit-{visit.id}@trial.invalid",
        one.arranged_for or visit.due_on,
        f"{one.number}: {said}",
        window,
    )
