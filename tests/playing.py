"""The demonstration, played once for a whole run of the tests, and copied for each test that uses it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
from click.testing import CliRunner
from flask import Flask, Response, request
from sqlalchemy import select
from sqlalchemy.engine import make_url
from waitress import wasyncore
from waitress.server import create_server

from tests.conftest import APP_ROLE, alone
from trial.cli.demo import demo
from trial.conduct.access import Act
from trial.config import Settings, read_settings
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.database import driver_url
from trial.records.trail import acting
from trial.web import account_acts, passwords
from trial.web.accounts import Account
from trial.web.app import create_app
from trial.web.database import db

PASSWORD = "copper lantern walks"
CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
PLAYED = "trial_played"


class Dirty(AssertionError):
    """A request ended with something unsaved in its session."""


def played(shared: Path, protocol: str = "ipsoh") -> Path:
    """The folder of the instance in which a demonstration has been played; never to be written."""
    folder, ready = shared / f"played-{protocol}", shared / f"played-{protocol}.ready"
    with alone(shared / f"played-{protocol}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            environment = {"TRIAL_INSTANCE": str(folder)}
            folder.mkdir(mode=0o700)
            wanted = ["--protocol", protocol]
            ran = CliRunner().invoke(
                demo, wanted, env=environment, obj=None, catch_exceptions=False
            )
            assert ran.exit_code == 0, ran.output
            _give_passwords(read_settings(environment))
            ready.touch()
    return folder


def played_on(postgres: str, shared: Path) -> str:
    """The name of the database in which the demonstration has been played; never to be written."""
    folder, ready = shared / "played-postgres", shared / "played-postgres.ready"
    with alone(shared / "played-postgres.lock"):
        if not ready.exists():
            folder.mkdir(mode=0o700)
            with psycopg.connect(postgres, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {PLAYED}")
                environment = _environment(postgres, PLAYED, folder)
                ran = CliRunner().invoke(demo, env=environment, obj=None, catch_exceptions=False)
                assert ran.exit_code == 0, ran.output
                _give_passwords(read_settings(environment))
                # A database that is to be copied may have nobody in it.
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [PLAYED],
                )
            ready.touch()
    return PLAYED


@contextmanager
def copied_on(postgres: str, shared: Path, to: Path) -> Iterator[Settings]:
    """The settings of a test's own copy of the demonstration on PostgreSQL."""
    template, name = played_on(postgres, shared), f"p{uuid4().hex}"
    shutil.copytree(shared / "played-postgres", to)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield read_settings(_environment(postgres, name, to))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _environment(postgres: str, database: str, folder: Path) -> dict[str, str]:
    owner = make_url(driver_url(postgres)).set(database=database)
    app = owner.set(username=APP_ROLE, password=None)
    return {
        "TRIAL_INSTANCE": str(folder),
        "TRIAL_DATABASE_URL": app.render_as_string(hide_password=False),
        "TRIAL_OWNER_URL": owner.render_as_string(hide_password=False),
    }


def copied(template: Path, to: Path) -> Settings:
    """The settings of a test's own copy of an instance."""
    shutil.copytree(template, to)
    return read_settings({"TRIAL_INSTANCE": str(to)})


def _give_passwords(settings: Settings) -> None:
    """One password for everybody, quick to check, in the place of those that the command printed."""
    app = opened(settings)
    with app.app_context():
        kept, session = passwords.kept(PASSWORD), db.session()
        with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
            for account in session.scalars(select(Account)):
                account_acts.set_password(account, password=kept)
        with db.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    closed(app)


def opened(settings: Settings) -> Flask:
    """The application over an instance; a request that ends with something unsaved fails its test."""
    app = create_app(settings, TESTING=True, SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP)

    @app.after_request
    def refuse_dirty(response: Response) -> Response:
        if db.session.new or db.session.dirty or db.session.deleted:
            raise Dirty("the request left something unsaved")
        return response

    return app


def closed(app: Flask) -> None:
    """Let go of the database of an application."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def number_of(app: Flask, email: str) -> int:
    """The number of an account."""
    with app.app_context():
        return db.session.scalars(select(Account.id).where(Account.email == email)).one()


@dataclass
class Server:
    """The application served on this machine, and the reports that browsers sent to it."""

    app: Flask
    address: str
    blocked: list[str] = field(default_factory=list)


@contextmanager
def served(app: Flask) -> Iterator[Server]:
    """Serve an application by waitress, in a thread, on whichever port is free."""
    sockets: dict[int, Any] = {}
    listening = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4, ident=None)
    server = Server(app, f"http://127.0.0.1:{listening.effective_port}")
    app.before_request(_keep_reports(server))
    going = [True]

    def loop() -> None:
        while going:
            wasyncore.loop(timeout=0.05, map=sockets, count=1)
        listening.task_dispatcher.shutdown()
        wasyncore.close_all(sockets, ignore_all=True)

    thread = Thread(target=loop, name="served")
    thread.start()
    try:
        yield server
    finally:
        going.clear()
        thread.join()


def _keep_reports(server: Server) -> Callable[[], None]:
    def keep() -> None:
        if request.path == "/content-report":
            server.blocked.append(request.get_data(as_text=True)[:1000])

    return keep


def email_of(role: Role, where: str = "") -> str:
    """The sign-in name of the demonstration's person of a role; ``where`` tells the researchers apart."""
    name = role.value.replace(" ", ".")
    return f"{name}.{where}@example.org" if where else f"{name}@example.org"
