"""Databases on PostgreSQL, lent to one test after another: emptying one is quicker than making one."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

TEMPLATE = "trial_template"
MOST_LOANS = 50  # what was deleted stays in its files, so that each is made anew now and then
LARGEST = 40_000_000  # bytes
# Everything that a test could have changed but rows: columns, rights, constraints, triggers, functions.
SHAPE = """
SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', c.relname, c.relkind, c.relacl::text, a.attname, a.attnotnull,
                     format_type(a.atttypid, a.atttypmod))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid))
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', proname, proacl::text, prosrc)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT version_num FROM alembic_version
) AS shape (line)
"""
# As a replica, since triggers keep rows of the trail from being deleted, and the order does not matter.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END $$;
"""


class Lender:
    """Lends databases made from the template of a server, each under a name never used before."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.free: str | None = None
        self.loans = 0

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The name of an empty database, of nobody else until it is given back."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            if self.free is None:
                self.loans = 0
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
            else:
                # A new name, so that nothing kept under the old one is taken for this one's.
                connection.execute(f"ALTER DATABASE {self.free} RENAME TO {name}")
            self.free = None
            yield name
            self._take_back(connection, name)

    def _take_back(self, connection: psycopg.Connection, name: str) -> None:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )
        self.loans += 1
        if self.loans < MOST_LOANS and self._emptied(name):
            self.free = name
        else:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _emptied(self, name: str) -> bool:
        """Empty a database; False where it cannot be lent again, as its shape is not the template's."""
        with psycopg.connect(self.address, dbname=name, autocommit=True) as connection:
            size = "SELECT pg_database_size(current_database())"
            large = connection.execute(size).fetchone()
            if large is None or large[0] > LARGEST or shape(connection) != self._whole():
                return False
            connection.execute(EMPTY)
            return True

    def _whole(self) -> str:
        if not hasattr(self, "_template"):
            with psycopg.connect(self.address, dbname=TEMPLATE, autocommit=True) as connection:
                self._template = shape(connection)
        return self._template


def shape(connection: psycopg.Connection) -> str:
    """A fingerprint of everything in a database but its rows; nothing where it has no tables."""
    there = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    if there is None or there[0] is None:
        return ""
    found = connection.execute(SHAPE).fetchone()
    return found[0] if found else ""
