"""The triggers that make the trail append-only, as a named set for each database.

Alembic's batch mode on SQLite drops triggers silently, so every migration ends by ``install`` and the
app refuses to start where ``missing`` finds a difference.
"""

from sqlalchemy import text
from sqlalchemy.engine import Connection

_ZEROS = "0" * 64

# A redaction empties the values and the salt of a change, names the two-person act that ordered it,
# and touches nothing else.
_SAME = (
    "act", "seq", "table_name", "row_id", "item", "digest", "kind", "unblinds", "cluster_id",
    "participant_id",
)  # fmt: skip


def _redaction(same: str) -> str:
    kept = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in _SAME)
    return (
        "OLD.redacted_by IS NULL AND NEW.redacted_by IS NOT NULL"
        " AND NEW.old IS NULL AND NEW.new IS NULL AND NEW.salt IS NULL"
        f" AND {kept}"
        " AND EXISTS (SELECT 1 FROM act WHERE act.number = NEW.redacted_by"
        " AND act.name = 'redact' AND act.second IS NOT NULL)"
    )


def _sqlite_refusal(name: str, when: str, condition: str, sentence: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )


SQLITE = {
    "act_append_only": _sqlite_refusal(
        "act_append_only", "UPDATE ON act", "1", "the trail is append-only"
    ),
    "act_no_delete": _sqlite_refusal(
        "act_no_delete", "DELETE ON act", "1", "the trail is append-only"
    ),
    # INSERT OR REPLACE deletes without the delete trigger unless recursive_triggers is on: refuse first.
    "act_next": _sqlite_refusal(
        "act_next",
        "INSERT ON act",
        "NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM act) OR NEW.previous IS NOT"
        f" COALESCE((SELECT hash FROM act ORDER BY number DESC LIMIT 1), '{_ZEROS}')"
        " OR EXISTS (SELECT 1 FROM act WHERE hash = NEW.hash OR once = NEW.once)",
        "an act follows the head of the trail",
    ),
    "change_append_only": _sqlite_refusal(
        "change_append_only",
        "UPDATE ON change",
        f"NOT ({_redaction('IS')})",
        "the trail is append-only",
    ),
    "change_no_delete": _sqlite_refusal(
        "change_no_delete", "DELETE ON change", "1", "the trail is append-only"
    ),
    "change_next": _sqlite_refusal(
        "change_next",
        "INSERT ON change",
        "NEW.act IS NOT (SELECT MAX(number) FROM act) OR NEW.redacted_by IS NOT NULL OR NEW.seq IS NOT"
        " (SELECT COALESCE(MAX(seq), 0) + 1 FROM change WHERE act = NEW.act)",
        "a change belongs to the newest act",
    ),
}

_PG_REFUSE = """
CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$"""

_PG_ACT = f"""
CREATE OR REPLACE FUNCTION trail_next_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE newest record;
BEGIN
  SELECT number, hash INTO newest FROM act ORDER BY number DESC LIMIT 1;
  IF NEW.number <> COALESCE(newest.number, 0) + 1
     OR NEW.previous <> COALESCE(newest.hash, '{_ZEROS}') THEN
    RAISE EXCEPTION 'an act follows the head of the trail';
  END IF;
  RETURN NEW;
END $$"""

_PG_CHANGE = """
CREATE OR REPLACE FUNCTION trail_next_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.act IS DISTINCT FROM (SELECT MAX(number) FROM act) OR NEW.redacted_by IS NOT NULL
     OR NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM change WHERE act = NEW.act) THEN
    RAISE EXCEPTION 'a change belongs to the newest act';
  END IF;
  RETURN NEW;
END $$"""

_PG_REDACT = f"""
CREATE OR REPLACE FUNCTION trail_only_redact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ({_redaction("IS NOT DISTINCT FROM")}) THEN
    RAISE EXCEPTION 'the trail is append-only';
  END IF;
  RETURN NEW;
END $$"""

# The app's own role may not update the trail; this function, which runs as the owner, is its one way.
_PG_REDACT_ONE = """
CREATE OR REPLACE FUNCTION trail_redact(of_act integer, of_seq integer, ordered_by integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE change SET old = NULL, new = NULL, salt = NULL, redacted_by = ordered_by
  WHERE act = of_act AND seq = of_seq $$"""

PG_FUNCTIONS = (_PG_REFUSE, _PG_ACT, _PG_CHANGE, _PG_REDACT, _PG_REDACT_ONE)

POSTGRESQL = {
    "act_append_only": "CREATE TRIGGER act_append_only BEFORE UPDATE OR DELETE ON act"
    " FOR EACH ROW EXECUTE FUNCTION trail_refuse()",
    "act_no_truncate": "CREATE TRIGGER act_no_truncate BEFORE TRUNCATE ON act"
    " FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()",
    "act_next": "CREATE TRIGGER act_next BEFORE INSERT ON act"
    " FOR EACH ROW EXECUTE FUNCTION trail_next_act()",
    "change_append_only": "CREATE TRIGGER change_append_only BEFORE UPDATE ON change"
    " FOR EACH ROW EXECUTE FUNCTION trail_only_redact()",
    "change_no_delete": "CREATE TRIGGER change_no_delete BEFORE DELETE ON change"
    " FOR EACH ROW EXECUTE FUNCTION trail_refuse()",
    "change_no_truncate": "CREATE TRIGGER change_no_truncate BEFORE TRUNCATE ON change"
    " FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()",
    "change_next": "CREATE TRIGGER change_next BEFORE INSERT ON change"
    " FOR EACH ROW EXECUTE FUNCTION trail_next_change()",
}

_TABLE = {name: name.split("_", 1)[0] for name in (*SQLITE, *POSTGRESQL)}


def install(connection: Connection) -> None:
    """Create the triggers anew; the last step of every migration."""
    if connection.dialect.name == "sqlite":
        for name, sql in SQLITE.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(sql)
        return
    for sql in PG_FUNCTIONS:
        connection.exec_driver_sql(sql)
    connection.exec_driver_sql(
        "REVOKE ALL ON FUNCTION trail_redact(integer, integer, integer) FROM PUBLIC"
    )
    for name, sql in POSTGRESQL.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {_TABLE[name]}")
        connection.exec_driver_sql(sql)


def drop(connection: Connection) -> None:
    """Take the triggers and their functions away, so that a migration can go all the way down."""
    if connection.dialect.name == "sqlite":
        for name in SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name in POSTGRESQL:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {_TABLE[name]}")
    for function in ("trail_refuse()", "trail_next_act()", "trail_next_change()"):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS trail_only_redact()")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS trail_redact(integer, integer, integer)")


def grant(connection: Connection, role: str) -> None:
    """Let the app's own PostgreSQL role work, without UPDATE or DELETE on the trail."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    for sql in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON act, change FROM {quoted}",
        f"GRANT DELETE ON web_session, throttle, typed TO {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
        f"GRANT EXECUTE ON FUNCTION trail_redact(integer, integer, integer) TO {quoted}",
    ):
        connection.exec_driver_sql(sql)


def missing(connection: Connection) -> set[str]:
    """The names of triggers that are not there, were changed, or are switched off."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        there = {name: sql for name, sql in rows}
        return {name for name, sql in SQLITE.items() if there.get(name) != sql}
    rows = connection.execute(
        text(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE relname IN ('act', 'change') AND tgenabled = 'O' AND NOT tgisinternal"
        )
    )
    return set(POSTGRESQL) - {name for (name,) in rows}
