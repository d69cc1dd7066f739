"""Sending: one message at a time is held, sent, then marked; what a crash leaves in doubt is sent again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct import identities
from trial.conduct.access import Act
from trial.conduct.reminders import wanted
from trial.conduct.reminders.letters import letter
from trial.conduct.reminders.team import Member, Team
from trial.conduct.safety import disclosing
from trial.config import LONDON, Clock
from trial.exchange.letter import BrokenOff, Letter, Post, Refused, Undelivered, Unreachable
from trial.protocol import Protocol
from trial.protocol.safety import DISCLOSURE
from trial.records import outbox
from trial.records.actor import COMMAND_LINE
from trial.records.identity import Vault
from trial.records.models import Message, Participant
from trial.records.outbox import State
from trial.records.trail import acting

LEASE = timedelta(minutes=10)
FIRST_DELAY, LAST_DELAY, GROWS = timedelta(minutes=5), timedelta(hours=24), 3
MOST_ATTEMPTS = 8
NOWHERE = "trial.invalid"  # the domain of marks where no mail server has one
CAME_BACK = "What was sent to this address before came back: record the right one."
ADDRESSES = {"email": "email", "text": "phone"}


@dataclass(frozen=True)
class Unsent:
    """Why a message does not go, and what becomes of it."""

    why: str
    state: State = State.DROPPED


@dataclass
class Done:
    """What a run did; ``stopped`` says in words why it ended before everything was sent."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    later: int = 0
    held_back: int = 0
    doubted: int = 0
    stopped: list[str] = field(default_factory=list)


@dataclass
class Office:
    """What a run of sending needs; ``posts`` are the channels that the instance has."""

    session: Session
    protocol: Protocol
    vault: Vault
    team: Team
    posts: Mapping[str, Post]
    clock: Clock
    domain: str = NOWHERE
    address: str | None = None
    lease: timedelta = LEASE
    worker: str = field(default_factory=lambda: secrets.token_hex(16))
    done: Done = field(default_factory=Done)


def send(office: Office) -> Done:
    """Send what is due until nothing is, or until nothing more can be sent. Commits message by message."""
    posts = dict(office.posts)
    while posts:
        at = office.clock.now()
        awake = office.protocol.reminding.sends_at(at.astimezone(LONDON).time())
        office.session.rollback()
        # A disclosure of risk does not wait for the morning.
        only = None if awake else DISCLOSURE
        message = outbox.claim(office.session, office.worker, at, office.lease, posts, only)
        if message is None:
            office.done.stopped += [] if awake else ["Nothing is sent at this time of day."]
            break
        office.done.doubted += message.doubted > 0
        try:
            _deliver(office, posts[message.channel], message, at)
        except Unreachable as fault:
            _release(office, message)
            office.done.stopped.append(str(fault))
            del posts[message.channel]
    return office.done


def _deliver(office: Office, post: Post, message: Message, at: datetime) -> None:
    ready = _ready(office, message, at)
    office.session.rollback()  # nothing is held open while the server answers
    if isinstance(ready, Unsent):
        _settle(office, message, ready.state, ready.why)
        office.done.dropped += ready.state is State.DROPPED
        office.done.failed += ready.state is State.FAILED
        return
    if isinstance(ready, datetime):
        _release(office, message, until=ready)
        office.done.held_back += 1
        return
    try:
        post.send(ready)
    except Unreachable:
        raise
    except Refused as fault:
        _given_up(office, message, str(fault), ready)
    except Undelivered as fault:
        _later(office, message, fault, ready)
    else:
        _settle(office, message, State.SENT, None, ready)
        office.done.sent += 1


def _ready(office: Office, message: Message, at: datetime) -> Letter | datetime | Unsent:
    """The message as it goes; else when it may go, or why it does not go any more."""
    session, protocol = office.session, office.protocol
    said = wanted.against(session, protocol, office.team, message, office.clock.today())
    if said is not None:
        return Unsent(said)
    free = wanted.free_at(session, protocol, message, at)
    if free is None:
        return Unsent("The participant asked not to be contacted at any time of the week.")
    if free > at:
        return free
    member = office.team.members.get(message.account_id or 0)
    to = _address(office, message, member)
    # A disclosure of risk that reaches nobody is for a person to look at, a reminder is not.
    unreached = State.FAILED if message.rule == DISCLOSURE else State.DROPPED
    if not to:
        return Unsent("No address is recorded.", unreached)
    if wanted.bounced(session, office.vault.address_index(to)):
        return Unsent(CAME_BACK, unreached)
    return letter(
        session, protocol, message, to, at,
        address=office.address, domain=office.domain, member=member,
    )  # fmt: skip


def _address(office: Office, message: Message, member: Member | None) -> str | None:
    if member is not None:
        return member.email
    if message.rule == DISCLOSURE:
        return disclosing.address(office.session, message)
    person = office.session.get_one(Participant, message.participant_id)
    return identities.address(office.session, office.vault, person, item=ADDRESSES[message.channel])


def _given_up(office: Office, message: Message, why: str, sent: Letter) -> None:
    _settle(office, message, State.FAILED, why, sent)
    office.done.failed += 1


def _later(office: Office, message: Message, fault: Undelivered, sent: Letter) -> None:
    """Try again after a growing delay; too often, and it is given up. A break in the middle is a doubt."""
    if message.attempts >= MOST_ATTEMPTS:
        _given_up(office, message, str(fault), sent)
        return
    delay = min(FIRST_DELAY * GROWS ** (message.attempts - 1), LAST_DELAY)
    with outbox.held(office.session, message, office.worker) as mine:
        if mine:
            message.state, message.held_by, message.why = State.WAITING, None, str(fault)
            message.next_try_at = office.clock.now() + delay
            message.doubted += isinstance(fault, BrokenOff)
    office.done.later += 1


def _release(office: Office, message: Message, until: datetime | None = None) -> None:
    """Nothing was tried: it waits as it did, or until it may be sent."""
    with outbox.held(office.session, message, office.worker) as mine:
        if mine:
            message.state, message.held_by = State.WAITING, None
            message.attempts -= 1
            message.next_try_at = until or message.next_try_at


def _settle(
    office: Office, message: Message, state: State, why: str | None, sent: Letter | None = None
) -> None:
    """Mark what became of a message; that it was sent or failed is an act."""
    at = office.clock.now()
    if state is State.DROPPED:
        with outbox.held(office.session, message, office.worker) as mine:
            if mine:
                message.state, message.held_by, message.why = state, None, why
        return
    note = {"message": message.message_id, "rule": message.rule, "outcome": state.value}
    about: dict[str, Any] = {
        "cluster_id": message.cluster_id, "participant_id": message.participant_id,
        "unblinds": bool(message.unblinds),
    }  # fmt: skip
    office.session.rollback()  # the act takes the write lock at once
    with acting(office.session, by=COMMAND_LINE, name=Act.SEND_REMINDER, at=at, note=note, **about):
        if outbox.still_held(office.session, message, office.worker):
            message.state, message.held_by, message.why = state, None, why
            message.address_index = office.vault.address_index(sent.to) if sent else None
            message.sent_at = at if state is State.SENT else None
