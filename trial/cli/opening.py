"""Opening the instance for a command: its settings, protocol, database, and who acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.orm import Session

import trial.records.door
from trial.conduct import amendments
from trial.conduct.refused import NotAllowed, Refused, Stale
from trial.config import Settings, read_settings
from trial.protocol import Protocol, ProtocolFaults, load
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.database import UnsafeDatabase, check_settings, open_engine, sessions, writing
from trial.records.triggers import missing
from trial.web.accounts import account_named, account_of_role, actor_of

assert trial.records.door  # importing it puts the door in place


@dataclass(frozen=True)
class Instance:
    """One instance, open for one command."""

    settings: Settings
    protocol: Protocol
    session: Session
    actor: Actor


def read_protocol(settings: Settings) -> Protocol:
    """The protocol of the instance; its faults end the command."""
    try:
        return load(settings.protocol)
    except ProtocolFaults as faults:
        lines = "\n".join(f"  {fault.place}: {fault.message}" for fault in faults.faults)
        raise click.ClickException(f"The protocol cannot be used:\n{lines}") from faults


def unsafe(settings: Settings) -> bool:
    """Whether this instance has no database yet that a command could look into."""
    engine = open_engine(settings.database_url)
    try:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            return True
        with engine.connect() as connection:
            return bool(missing(connection))
    finally:
        engine.dispose()


@contextmanager
def database(settings: Settings) -> Iterator[Session]:
    """A session over the instance's database, which must be migrated and safe."""
    engine = open_engine(settings.database_url)
    try:
        with sessions(engine)() as session:
            check_settings(session.connection())
            if missing(session.connection()):
                raise UnsafeDatabase("The triggers of the trail are missing: run `trial migrate`.")
            session.rollback()
            session.info["clock"] = settings.clock
            yield session
    except UnsafeDatabase as fault:
        raise click.ClickException(str(fault)) from fault
    finally:
        engine.dispose()


@contextmanager
def instance() -> Iterator[Instance]:
    """The instance with the acting account; a refusal ends the command with its sentence."""
    settings = read_settings()
    loaded = read_protocol(settings)
    with database(settings) as session:
        protocol = amendments.running(session, loaded)
        actor = _actor(session, settings, protocol)
        session.rollback()
        session.info["actor"] = actor
        try:
            with writing():
                yield Instance(settings, protocol, session, actor)
        except NotAllowed as refused:
            raise click.ClickException(str(refused)) from refused
        except (Refused, Stale) as refused:
            raise click.ClickException(str(refused)) from refused


def _actor(session: Session, settings: Settings, protocol: Protocol) -> Actor:
    named: str | None = click.get_current_context().find_root().obj
    if named:
        account = account_named(session, named)
        if account is None:
            raise click.UsageError(f"There is no active account {named}.")
    elif settings.demonstration:
        account = account_of_role(session, Role.TRIAL_MANAGER)
    else:
        raise click.UsageError("Say who acts: --as EMAIL, or TRIAL_USER in the environment.")
    if account is None:
        raise click.UsageError("The demonstration has not been played: run `trial demo`.")
    return actor_of(session, account, protocol)
