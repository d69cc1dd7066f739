"""Opening the database: the settings that keep acknowledged saves, and who may write when."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session, sessionmaker

_WRITING: ContextVar[bool] = ContextVar("writing", default=False)

# What SQLite must run under: FULL, since NORMAL loses acknowledged commits at a power cut, and
# recursive triggers, since INSERT OR REPLACE otherwise slips past the triggers of the trail.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 10000,
    "recursive_triggers": 1,
    "trusted_schema": 0,
}


class UnsafeDatabase(Exception):
    """The database does not run under the settings that the trial needs."""


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside take SQLite's write lock at once: an upgraded read fails under load."""
    token = _WRITING.set(True)
    try:
        yield
    finally:
        _WRITING.reset(token)


def engine_options(url: str) -> dict[str, Any]:
    """Options for ``create_engine``: live connections only, and no silent wait for ever."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 10}}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10}


def driver_url(url: str) -> str:
    """The same database through psycopg 3, whichever way its address was written."""
    made = make_url(url)
    if made.drivername in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+psycopg")
    return made.render_as_string(hide_password=False)


def open_engine(url: str) -> Engine:
    """An engine on which every connection is set up as the trial needs it."""
    engine = create_engine(driver_url(url), **engine_options(url))
    configure_engine(engine)
    return engine


def configure_engine(engine: Engine) -> None:
    """Set up every connection of an engine: SQLite's pragmas and explicit BEGINs, UTC on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _set_utc)


def _set_pragmas(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _WRITING.get() else "BEGIN")


def _set_utc(connection: Any, record: Any) -> None:
    autocommit, connection.autocommit = connection.autocommit, True
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = autocommit


def check_settings(connection: Connection) -> None:
    """Raise ``UnsafeDatabase`` where the database would lose or garble what it acknowledged."""
    for name, wanted in _wanted(connection).items():
        found = connection.exec_driver_sql(name).scalar()
        if found != wanted:
            raise UnsafeDatabase(f"{name} is {found!r} and must be {wanted!r}.")


def _wanted(connection: Connection) -> dict[str, Any]:
    if connection.dialect.name == "sqlite":
        return {f"PRAGMA {name}": value for name, value in PRAGMAS.items()}
    return {"SHOW synchronous_commit": "on", "SHOW TimeZone": "UTC"}


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions for rooms without Flask: the command line, the demonstration, the tests."""
    return sessionmaker(engine, expire_on_commit=True)


def lock_writers(session: Session) -> None:
    """Let one act at a time extend the trail (SQLite: the write lock is already held)."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(7246)"))
