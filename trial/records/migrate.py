"""Bringing a database to the newest migration, and saying whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.engine import Connection, make_url

from trial.config import ROOT
from trial.records import triggers
from trial.records.database import open_engine, writing

MIGRATIONS = ROOT / "migrations"


def config(connection: Connection | None = None, folder: Path = MIGRATIONS) -> Config:
    """Alembic's configuration, over a connection of ours."""
    made = Config()
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def upgrade(owner: Engine, app_role: str | None = None, to: str = "head") -> None:
    """Migrate as the owner; then let the app's own role in (PostgreSQL)."""
    with _migrating(owner) as connection:
        command.upgrade(config(connection), to)
        if app_role and connection.dialect.name == "postgresql":
            triggers.grant(connection, app_role)


def upgrade_instance(owner_url: str, app_url: str) -> None:
    """Migrate the database of an instance, given the owner's and the app's addresses."""
    app, owner = make_url(app_url).username, make_url(owner_url).username
    engine = open_engine(owner_url)
    try:
        upgrade(engine, app if app != owner else None)
    finally:
        engine.dispose()


def downgrade(owner: Engine, to: str = "base") -> None:
    """Go back to an older migration (for tests: an instance only goes forward)."""
    with _migrating(owner) as connection:
        command.downgrade(config(connection), to)


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest migration."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest


@contextmanager
def _migrating(owner: Engine) -> Iterator[Connection]:
    """One transaction in which tables are changed.

    SQLite changes a table by making it anew, which it refuses while rows of others point to it: there
    the references are looked at when all is done, and a broken one takes everything back.
    """
    with writing(), owner.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _references(connection, "OFF")
        try:
            with connection.begin():
                yield connection
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError(
                        "The migration would leave references to rows that are gone."
                    )
        finally:
            if sqlite:
                _references(connection, "ON")


def _references(connection: Connection, held: str) -> None:
    """Past SQLAlchemy, which would begin a transaction, in which SQLite ignores this."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys={held}")
