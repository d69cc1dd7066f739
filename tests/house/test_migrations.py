"""Migrations: one head, the models' tables exactly, down and up again, the triggers always back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
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


DAY = date(2015, 10, 5)
SOMEBODY = {
    "cluster": {"key": "one"},
    "screening": {
        "number": 1, "cluster_id": 1, "considered_on": DAY, "referral": "referred",
        "decided_by": "nurse", "eligibility": "eligible",
    },
    "consent": {
        "screening_id": 1, "cluster_id": 1, "participant_id": 1, "informed_on": DAY,
        "signed_on": DAY, "taken_by": 1, "taken_by_name": "Somebody", "documents": "{}",
        "clauses": "{}", "capacity": "has-capacity", "capacity_on": DAY,
    },
    "participant": {
        "number": "P1", "cluster_id": 1, "screening_id": 1, "consent_id": 1,
        "enrolled_on": DAY, "birth_year": 1980, "after_reveal": False,
        "protocol_version": "1.0", "protocol_sha256": "0" * 64,
    },
}  # fmt: skip


def put(owner, rows):
    """Rows into the tables as they are in the database, each its table's first."""
    there = MetaData()
    there.reflect(owner)
    with owner.begin() as connection:
        for name, row in rows.items():
            connection.execute(there.tables[name].insert().values(id=1, version=1, **row))


def test_consents_of_an_older_database_keep_their_capacity(place):
    owner = open_engine(place.owner_url)
    downgrade(owner, "0005")
    put(owner, SOMEBODY)
    upgrade(owner)
    consent = Base.metadata.tables["consent"].c
    wanted = select(consent.capacity, consent.capacity_on, consent.basis, consent.relationship)
    with owner.connect() as connection:
        assert connection.execute(wanted).one() == ("has-capacity", DAY, None, None)
        assert missing(connection) == set()
    owner.dispose()


FOLLOWED = {
    "visit": {
        "participant_id": 1, "cluster_id": 1, "plan": "baseline", "due_on": DAY, "opens_on": DAY,
        "closes_on": DAY, "state": "expected",
    },
    "event": {"participant_id": 1, "cluster_id": 1, "kind": "lost", "happened_on": DAY},
    "safety_entry": {
        "participant_id": 1, "cluster_id": 1, "kind": "adverse event", "happened_on": DAY,
        "heard_at": datetime(2015, 10, 5, 9), "description": "A fall.",
        "recorded_by_name": "Somebody",
    },
    "safety_told": {
        "participant_id": 1, "cluster_id": 1, "entry_id": 1, "clock": "serious",
        "told_at": datetime(2015, 10, 5, 9), "told_whom": "The sponsor",
        "told_by_name": "Somebody",
    },
}  # fmt: skip


def test_entries_of_an_older_log_of_safety_are_serious_since_the_team_heard_of_them(place):
    owner = open_engine(place.owner_url)
    downgrade(owner, "0015")
    put(owner, SOMEBODY | FOLLOWED)
    upgrade(owner)
    entry = Base.metadata.tables["safety_entry"].c
    with owner.connect() as connection:
        found = connection.execute(select(entry.heard_at, entry.serious_at)).one()
        assert found == (datetime(2015, 10, 5, 9, tzinfo=UTC), None)
        assert missing(connection) == set()
    owner.dispose()


@pytest.mark.parametrize("older", ["0013", "0015"])
def test_tables_to_which_others_point_are_changed_there_and_back(place, older):
    owner = open_engine(place.owner_url)
    downgrade(owner, older)
    put(owner, SOMEBODY | FOLLOWED)
    upgrade(owner)
    downgrade(owner, older)
    upgrade(owner)
    with owner.connect() as connection:
        for name in SOMEBODY | FOLLOWED:
            assert connection.scalar(select(Base.metadata.tables[name].c.id)) == 1, name
        assert missing(connection) == set()
    with pytest.raises(DBAPIError), owner.begin() as connection:
        # References hold again: there is no such person.
        connection.execute(text("UPDATE visit SET participant_id = 2"))
    owner.dispose()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_migration_that_leaves_a_broken_reference_is_taken_back(place, monkeypatch):
    owner = open_engine(place.owner_url)
    columns = "id, cluster_id, plan, reason, recorded_on, unblinds, version"

    def breaks(made, to):
        values = "1, 77, 'baseline', 'closed', '2015-10-05', 0, 1"
        made.attributes["connection"].execute(
            text(f"INSERT INTO skipped_visit ({columns}) VALUES ({values})")
        )

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(RuntimeError, match="rows that are gone"):
        upgrade(owner)
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM skipped_visit")) == 0
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    owner.dispose()
