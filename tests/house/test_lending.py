"""Databases lent again: no row, no number and nothing changed of one test is left for the next."""

from collections.abc import Iterator

import psycopg
import pytest

from tests import lending
from tests.lending import Lender

INSERT = "INSERT INTO cluster (key, version) VALUES ('one', 1) RETURNING id"
ACT = "SELECT count(*) FROM act"


@pytest.fixture
def lender(postgres: str) -> Iterator[Lender]:
    """A lender of this test's own."""
    made = Lender(postgres)
    yield made
    if made.free is not None:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {made.free}")


def inside(lender: Lender, name: str) -> psycopg.Connection:
    return psycopg.connect(lender.address, dbname=name, autocommit=True)


def lend(lender: Lender, *statements: str) -> tuple[str, list[int]]:
    """The name of a database lent once, and the number that each statement gave there."""
    with lender.lent() as name, inside(lender, name) as connection:
        done = [connection.execute(one) for one in statements]
        return name, [one.fetchall()[0][0] for one in done if one.description]


def test_what_one_test_left_is_not_there_for_the_next(lender: Lender) -> None:
    first, numbers = lend(lender, INSERT)
    assert numbers == [1] and lender.free == first
    second, numbers = lend(lender, "SELECT count(*) FROM cluster", INSERT)
    assert numbers == [0, 1] and second != first and lender.free == second


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE cluster ADD COLUMN more text",
        "ALTER TABLE act DISABLE TRIGGER USER",
        "GRANT DELETE ON act TO trial_app",
        "ALTER TABLE visit DROP CONSTRAINT ck_visit_state",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE alembic_version",
    ],
)
def test_a_database_that_was_changed_is_not_lent_again(lender: Lender, change: str) -> None:
    name, _ = lend(lender, change)
    assert lender.free is None
    with psycopg.connect(lender.address) as connection:
        wanted = "SELECT count(*) FROM pg_database WHERE datname = %s"
        assert connection.execute(wanted, [name]).fetchone() == (0,)


def test_each_is_made_anew_now_and_then(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "MOST_LOANS", 2)
    lend(lender, ACT)
    assert lender.free is not None
    lend(lender, ACT)
    assert lender.free is None
