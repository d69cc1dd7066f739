"""Migrations: one head, the models' tables exactly, down and up again, the triggers always back."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

import trial.web.accounts
from trial.records import trail
from trial.records.actor import COMMAND_LINE
from trial.records.base import Base
from trial.records.database import open_engine, sessions
from trial.records.migrate import config, downgrade, is_current, upgrade
from trial.records.models import Cluster
from trial.records.trail import acting, head
from trial.records.triggers import missing
from trial.records.verify import verify

assert trial.web.accounts  # its tables belong to the metadata


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_the_database_is_what_the_models_say(place):
    owner = open_engine(place.owner_url)
    with owner.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert is_current(connection)
    owner.dispose()


def test_down_and_up_again_leaves_the_triggers_in_place(place):
    owner = open_engine(place.owner_url)
    downgrade(owner)
    with owner.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade(owner)
    with owner.connect() as connection:
        assert missing(connection) == set()
        assert is_current(connection)
    owner.dispose()


def test_every_migration_puts_the_triggers_back():
    for script in ScriptDirectory.from_config(config()).walk_revisions():
        assert "triggers.install(op.get_bind())" in Path(script.path).read_text(), script.path


def test_an_older_database_with_data_survives(place, monkeypatch):
    # The first version of the database knew no holds to be asked for.
    monkeypatch.setattr(trail, "refuse_held", lambda *asked: None)
    owner = open_engine(place.owner_url)
    downgrade(owner, "0001")
    with sessions(owner)() as session:
        for key in ("one", "two"):
            with acting(session, by=COMMAND_LINE, name="begin trial"):
                session.add(Cluster(key=key))
        printed = head(session)[1]
    upgrade(owner)
    with sessions(owner)() as session:
        verdict = verify(session, anchor=printed)
        assert verdict.valid, verdict.faults
        assert verdict.acts == 2
    with pytest.raises(DBAPIError), owner.begin() as connection:
        connection.execute(text("UPDATE act SET reason = 'none'"))
    owner.dispose()
