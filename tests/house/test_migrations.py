"""Migrations: one head, the models' tables exactly, down and up again, the triggers always back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError

from trial.records import trail
from trial.records.actor import COMMAND_LINE
from trial.records.base import Base
from trial.records.database import open_engine, sessions
from trial.records.migrate import config, downgrade, is_current, upgrade
from trial.records.trail import acting, head
from trial.records.triggers import missing
from trial.records.verify import verify
from trial.web.accounts import Account  # its tables belong to the metadata


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
        # Written by today's models, so in a table that is what it was in the first version.
        for key in ("one", "two"):
            with acting(session, by=COMMAND_LINE, name="manage accounts"):
                made_at = datetime(2015, 10, 5, tzinfo=UTC)
                session.add(Account(email=key, name=key, role="auditor", made_at=made_at))
        printed = head(session)[1]
    upgrade(owner)
    with sessions(owner)() as session:
        verdict = verify(session, anchor=printed)
        assert verdict.valid, verdict.faults
        assert verdict.acts == 2
    with pytest.raises(DBAPIError), owner.begin() as connection:
        connection.execute(text("UPDATE act SET reason = 'none'"))
    owner.dispose()


def test_consents_of_an_older_database_keep_their_capacity(place):
    owner = open_engine(place.owner_url)
    downgrade(owner, "0005")
    day, kept = date(2015, 10, 5), {"version": 1, "id": 1}
    rows = {
        "cluster": {"key": "one"},
        "screening": {
            "number": 1, "cluster_id": 1, "considered_on": day, "referral": "referred",
            "decided_by": "nurse", "eligibility": "eligible",
        },
        "consent": {
            "screening_id": 1, "cluster_id": 1, "participant_id": 1, "informed_on": day,
            "signed_on": day, "taken_by": 1, "taken_by_name": "Somebody", "documents": "{}",
            "clauses": "{}", "capacity": "has-capacity", "capacity_on": day,
        },
        "participant": {
            "number": "P1", "cluster_id": 1, "screening_id": 1, "consent_id": 1,
            "enrolled_on": day, "birth_year": 1980, "after_reveal": False,
            "protocol_version": "1.0", "protocol_sha256": "0" * 64,
        },
    }  # fmt: skip
    there = MetaData()
    there.reflect(owner)
    with owner.begin() as connection:
        for name, row in rows.items():
            connection.execute(there.tables[name].insert().values(**kept, **row))
    upgrade(owner)
    consent = Base.metadata.tables["consent"].c
    wanted = select(consent.capacity, consent.capacity_on, consent.basis, consent.relationship)
    with owner.connect() as connection:
        assert connection.execute(wanted).one() == ("has-capacity", day, None, None)
        assert missing(connection) == set()
    owner.dispose()
