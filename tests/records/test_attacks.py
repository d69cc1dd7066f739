"""Attacks on the trail by raw SQL: refused where the database can, found where it cannot."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from trial.records.database import open_engine, sessions
from trial.records.models import Change
from trial.records.trail import acting, head
from trial.records.triggers import POSTGRESQL, SQLITE, missing
from trial.records.verify import verify


@pytest.fixture
def trail(session, clusters, actor):
    """A session with a few acts behind it."""
    for day in range(1, 6):
        with acting(session, by=actor(), name="record cluster", reason="letter seen"):
            clusters["city-forensic"].identified_on = date(2015, 6, day)
            clusters["county-forensic"].approached_on = date(2015, 7, day)
    session.rollback()
    return session


FORGED = (
    "UPDATE act SET reason = 'none' WHERE number = 2",
    "UPDATE change SET new = '\"2015-06-30\"' WHERE act = 2 AND seq = 1",
    "UPDATE change SET old = NULL, new = NULL, salt = NULL, redacted_by = 2 WHERE act = 2 AND seq = 1",
    "DELETE FROM act WHERE number = 6",
    "DELETE FROM change WHERE act = 2",
    "INSERT INTO change (act, seq, table_name, row_id, item, digest, kind, unblinds)"
    " VALUES (2, 9, 'cluster', 1, 'x', 'd', 'clear', FALSE)",
    "INSERT INTO act (number, at, by, by_name, role, name, unblinds, changes, previous, hash)"
    " SELECT number + 9, at, by, by_name, role, name, unblinds, changes, hash, 'x' FROM act"
    " WHERE number = 6",
    "INSERT INTO act (number, at, by, by_name, role, name, unblinds, changes, previous, hash)"
    " SELECT number, at, by, by_name, role, 'other', unblinds, changes, previous, hash FROM act"
    " WHERE number = 2 ON CONFLICT (number) DO UPDATE SET name = 'other'",
)


@pytest.mark.parametrize("statement", FORGED)
def test_the_app_cannot_rewrite_the_trail(trail, engine, statement):
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(trail).valid


@pytest.mark.parametrize("statement", FORGED)
def test_nor_can_the_owner_through_the_triggers(trail, place, statement):
    owner = open_engine(place.owner_url)
    with pytest.raises(DBAPIError), owner.begin() as connection:
        connection.execute(text(statement))
    owner.dispose()
    assert verify(trail).valid


def test_replace_and_truncate_are_refused(trail, place):
    statements = {
        "sqlite": ["REPLACE INTO act SELECT * FROM act WHERE number = 2"],
        "postgresql": ["TRUNCATE act CASCADE", "TRUNCATE change"],
    }[place.kind]
    owner = open_engine(place.owner_url)
    for statement in statements:
        with pytest.raises(DBAPIError), owner.begin() as connection:
            connection.execute(text(statement))
    owner.dispose()
    assert verify(trail).valid


def test_replace_is_refused_even_where_recursive_triggers_are_off(trail, place):
    if place.kind == "postgresql":
        # The twin of this attack: forging the number of a row although it is generated elsewhere.
        with psycopg.connect(_plain(place.url)) as raw, pytest.raises(psycopg.Error):
            raw.execute(
                "INSERT INTO act OVERRIDING SYSTEM VALUE SELECT * FROM act WHERE number = 2"
            )
        return
    with closing(sqlite3.connect(place.url.removeprefix("sqlite:///"))) as raw, raw:
        raw.execute("PRAGMA recursive_triggers = OFF")
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute("INSERT OR REPLACE INTO act SELECT * FROM act WHERE number = 6")
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute("INSERT OR REPLACE INTO change SELECT * FROM change WHERE act = 6")


def _plain(url):
    return url.replace("postgresql+psycopg", "postgresql")


def _behind_the_triggers(place, *statements):
    """What an owner can do who first takes the triggers away and afterwards puts them back."""
    if place.kind == "postgresql":
        with psycopg.connect(_plain(place.owner_url)) as raw:
            raw.execute("SET session_replication_role = replica")
            for statement in statements:
                raw.execute(statement)
        return
    with closing(sqlite3.connect(place.url.removeprefix("sqlite:///"))) as raw, raw:
        for name in SQLITE:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for sql in SQLITE.values():
            raw.execute(sql)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE act SET reason = 'none' WHERE number = 3"], "Act 3 "),
        (["UPDATE act SET at = '2015-01-01 00:00:00' WHERE number = 3"], "Act 3 "),
        (["UPDATE change SET new = '\"2015-06-30\"' WHERE act = 4 AND seq = 1"], "Act 4, change 1"),
        (["DELETE FROM change WHERE act = 4 AND seq = 2"], "Act 4 "),
        (
            ["DELETE FROM change WHERE act = 4", "DELETE FROM act WHERE number = 4"],
            "Act 4 is missing",
        ),
        (
            [
                "UPDATE change SET act = 0 WHERE act = 4",
                "UPDATE change SET act = 4 WHERE act = 5",
                "UPDATE change SET act = 5 WHERE act = 0",
            ],
            "Act 4 ",
        ),
        (["DELETE FROM act WHERE number = 6"], "Changes of act 6"),
        (
            [
                "UPDATE change SET old = NULL, new = NULL, salt = NULL, redacted_by = 5"
                " WHERE act = 4 AND seq = 1"
            ],
            "Act 4, change 1",
        ),
        (
            ["UPDATE cluster SET identified_on = '2015-01-01' WHERE id = 1"],
            "cluster 1, identified_on",
        ),
    ],
)
def test_what_was_done_behind_the_triggers_is_named(trail, place, statements, named):
    _behind_the_triggers(place, *statements)
    verdict = verify(trail)
    assert not verdict.valid
    assert verdict.faults[0].startswith(named)


def test_a_cut_tail_is_found_with_a_printed_head(trail, place):
    printed = head(trail)[1]
    trail.rollback()
    statements = [
        "DELETE FROM change WHERE act = 6",
        "DELETE FROM act WHERE number = 6",
        "UPDATE cluster SET identified_on = '2015-06-04' WHERE key = 'city-forensic'",
        "UPDATE cluster SET approached_on = '2015-07-04' WHERE key = 'county-forensic'",
    ]
    _behind_the_triggers(place, *statements)
    assert verify(trail).valid, "the chain alone cannot know that it was longer"
    assert "ends at act 5" in verify(trail, anchor=printed).faults[0]


def test_an_older_backup_put_back_is_found_with_a_printed_head(
    trail, place, tmp_path, clusters, actor
):
    if place.kind == "postgresql":
        _older_copy_on_postgresql(trail, place, clusters, actor)
        return
    file = place.url.removeprefix("sqlite:///")
    trail.connection().exec_driver_sql("SELECT 1")
    trail.rollback()
    older = tmp_path / "older"
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(older)) as copy:
        live.backup(copy)
    with acting(trail, by=actor(), name="record cluster", reason="letter seen"):
        clusters["city-forensic"].identified_on = date(2015, 6, 20)
    printed = head(trail)[1]
    trail.close()
    shutil.copy(older, tmp_path / "restored.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'restored.sqlite'}")
    with sessions(engine)() as restored:
        assert "older copy" in verify(restored, anchor=printed).faults[0]
    engine.dispose()


def _older_copy_on_postgresql(trail, place, clusters, actor):
    trail.close()
    server, name = _plain(place.owner_url), place.owner_url.split("?")[0].rsplit("/", 1)[1]
    trail.get_bind().dispose()
    with psycopg.connect(server.replace(name, "postgres"), autocommit=True) as raw:
        raw.execute(f"CREATE DATABASE older_{name} TEMPLATE {name}")
    older = place.owner_url.replace(name, f"older_{name}")
    with acting(trail, by=actor(), name="record cluster", reason="letter seen"):
        trail.merge(clusters["city-forensic"]).identified_on = date(2015, 6, 20)
    printed = head(trail)[1]
    engine = open_engine(older)
    with sessions(engine)() as restored:
        assert "older copy" in verify(restored, anchor=printed).faults[0]
    engine.dispose()
    with psycopg.connect(server.replace(name, "postgres"), autocommit=True) as raw:
        raw.execute(f"DROP DATABASE older_{name}")


def test_a_trigger_that_was_taken_away_is_named(trail, place):
    owner = open_engine(place.owner_url)
    on = "" if place.kind == "sqlite" else " ON act"
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER act_next{on}")
    with owner.connect() as connection:
        assert missing(connection) == {"act_next"}
    owner.dispose()
    assert "act_next" in verify(trail).faults[0]
    assert set(SQLITE) and set(POSTGRESQL)


def test_a_redaction_by_two_people_leaves_the_trail_valid(trail, clusters, actor):
    with acting(
        trail, by=actor(), name="redact", reason="a name was typed", second="A second person"
    ) as draft:
        clusters["city-forensic"].identified_on = date(2015, 6, 6)
        draft.redactions.append((2, 1))
    change = trail.get(Change, (2, 1))
    assert (change.old, change.new, change.salt) == (None, None, None)
    assert change.redacted_by == draft.number
    verdict = verify(trail)
    assert verdict.valid
    assert verdict.redacted == 1
