"""Thirty identifiers typed into the pages, and everywhere they must never come out again."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select, text
from stdnum.gb import nhs

from tests.playing import closed, copied_on, email_of, opened
from tests.web.crawling import FormSeen, Visited, crawl, signed_in
from tests.web.opening import text_of
from tests.web.outputs import files
from trial.protocol.roles import Role
from trial.records.models import Participant
from trial.web.database import db

# Numbers from the range that begins with 999, which are never given to anyone, with right check digits.
CANDIDATES = (str(9_997_000_011 + 37 * place) for place in range(200))
NUMBERS = [number for number in CANDIDATES if nhs.is_valid(number)]
PEOPLE = 5
ITEMS = 6
# Enough of each kind of page; the planted people are the first that a list names.
SOME = {"history.show": 2, "queries.ask": 1, "verifying.differs": 1, "trail.show": 60}


@dataclass(frozen=True)
class Planted:
    """Who one participant is said to be: nobody, under a name that occurs nowhere else."""

    participant: int
    place: int
    born: date

    @property
    def typed(self) -> dict[str, str]:
        """What is typed into the form."""
        place, born = self.place, self.born
        return {
            "name": f"Quillon Zephyrwick{place}",
            "date_of_birth-day": str(born.day),
            "date_of_birth-month": str(born.month),
            "date_of_birth-year": str(born.year),
            "nhs_number": NUMBERS[place - 1],
            "address": f"{place}7 Vellumgate Lane\nOxblythe{place}",
            "phone": f"01632 9607{place}3",
            "email": f"zephyrwick{place}@quillon.example",
            "reason": "Read again from the card.",
        }

    def signs(self) -> list[re.Pattern[str]]:
        """How each of the six identifiers would show, in whichever way it is written."""
        typed, born = self.typed, self.born
        days = rf"0?{born.day}[ /.-]0?{born.month}[ /.-]{born.year}"
        digits = r"\s?".join(typed["nhs_number"])
        return [
            re.compile(f"Zephyrwick{self.place}"),
            re.compile(f"{born.isoformat()}|{born.day} {born:%B} {born.year}|\\b{days}\\b"),
            re.compile(digits),
            re.compile(f"{self.place}7 Vellumgate|Oxblythe{self.place}"),
            re.compile(rf"01632\s?9607{self.place}3"),
            re.compile(f"zephyrwick{self.place}(@|%40)quillon"),
        ]


def plant(app: Flask, client: FlaskClient) -> list[Planted]:
    """Type the identifiers of five people into their pages, then have each shown once."""
    with app.app_context():
        rows = db.session.execute(
            select(Participant.id, Participant.birth_year)
            .where(Participant.withdrew_data_on.is_(None))
            .order_by(Participant.id)
            .limit(PEOPLE)
        ).all()
    planted = [
        # The 31st of December: a day on which nothing happens in the demonstration.
        Planted(row.id, place, date(row.birth_year, 12, 31))
        for place, row in enumerate(rows, start=1)
    ]
    for one in planted:
        address = f"/participants/{one.participant}/identity"
        form = _form(client, f"{address}/record")
        saved = client.post(f"{address}/record", data=form.as_shown() | one.typed)
        assert saved.status_code == 302, saved.text
        _look_at(saved.location, one)
        shown = client.post(address, data=_form(client, address).as_shown())
        found = [sign for sign in one.signs() if sign.search(shown.text)]
        assert len(found) == ITEMS, "the identifiers are not shown to whoever may see them"
    return planted


@pytest.fixture
def on_postgresql(postgres: str, shared: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application over a copy of the demonstration on PostgreSQL."""
    with copied_on(postgres, shared, tmp_path / "on-postgresql") as settings:
        app = opened(settings)
        yield app
        closed(app)


def test_no_row_of_a_postgresql_database_holds_an_identifier(on_postgresql: Flask) -> None:
    client = signed_in(on_postgresql, email_of(Role.TRIAL_MANAGER))
    people, rows = plant(on_postgresql, client), 0
    for table, row in dumped(on_postgresql):
        _look_at(f"{table}: {row}", *people)
        rows += 1
    assert rows > 1000


def _look_at(words: str, *planted: Planted) -> None:
    for one in planted:
        for sign in one.signs():
            found = sign.search(words)
            assert found is None, words[max(0, found.start() - 80) : found.end() + 80]


def _form(client: FlaskClient, address: str) -> FormSeen:
    page = Visited(address, "", client.get(address))
    (form,) = [one for one in page.forms() if one.actions == (address,)]
    return form


@pytest.fixture
def planted(
    demonstration: Flask, caplog: pytest.LogCaptureFixture
) -> tuple[list[Planted], FlaskClient]:
    """The planted people, and the trial manager's browser in which they were typed."""
    caplog.set_level(logging.DEBUG)
    client = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    return plant(demonstration, client), client


@pytest.mark.parametrize("role", list(Role))
def test_no_page_and_no_file_of_any_role_holds_an_identifier(
    demonstration: Flask,
    planted: tuple[list[Planted], FlaskClient],
    caplog: pytest.LogCaptureFixture,
    role: Role,
) -> None:
    people, _ = planted
    client = signed_in(demonstration, email_of(role, "forensic" if role is Role.RESEARCHER else ""))
    looked = 0
    for one in crawl(demonstration, client, most=12, rarely=SOME):
        _look_at(f"{one.address}\n{text_of(one.answer)}", *people)
        looked += 1
    for _, words in files(client):
        _look_at(words, *people)
        looked += 1
    assert looked > 5
    _look_at(caplog.text, *people)
    assert "trial.web" in caplog.text


def test_no_refusal_and_no_fault_repeats_an_identifier(
    demonstration: Flask,
    planted: tuple[list[Planted], FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    people, client = planted
    demonstration.testing = False
    demonstration.config["PROPAGATE_EXCEPTIONS"] = False
    first, second = people[:2]
    address = f"/participants/{second.participant}/identity/record"
    form = (
        _form(client, address).as_shown() | second.typed | {"nhs_number": first.typed["nhs_number"]}
    )
    # What was typed is shown again, that number too; nothing else of the other person is.
    for changed, status in (({}, 422), ({"version": "999"}, 409)):
        again = client.post(address, data=form | changed)
        assert again.status_code == status
        for sign in first.signs():
            assert not sign.search(again.text) or sign is first.signs()[2]
    for broken in ({"csrf_token": "x"}, {"once": "x", "csrf_token": ""}):
        answer = client.post(address, data=form | broken)
        assert answer.status_code == 400, broken
        _look_at(f"{answer.headers}{answer.text}", *people)
    demonstration.view_functions["identities.record"] = _failing(demonstration)
    answer = client.post(address, data=form)
    assert answer.status_code == 500
    _look_at(f"{answer.headers}{answer.text}", *people)
    for typed in second.typed.values():
        answer = client.get("/search", query_string={"q": typed})
        _look_at(str(answer.headers), *people)
    _look_at(caplog.text, *people)


def _failing(app: Flask) -> object:
    def fail(**place: object) -> None:
        db.session.execute(text("SELECT :name FROM nowhere"), {"name": "Zephyrwick1 Zephyrwick2"})

    fail.permission = app.view_functions["identities.record"].permission  # type: ignore[attr-defined]
    return fail


def test_no_row_and_no_byte_of_the_database_holds_an_identifier(
    demonstration: Flask, planted: tuple[list[Planted], FlaskClient]
) -> None:
    people, _ = planted
    rows = 0
    for table, row in dumped(demonstration):
        _look_at(f"{table}: {row}", *people)
        rows += 1
    assert rows > 1000
    folder = Path(demonstration.instance_path)
    written = [file for file in folder.rglob("*") if file.is_file()]
    if demonstration.extensions["trial_settings"].database_url.startswith("sqlite"):
        assert folder / "trial.sqlite" in written
    for file in written:
        content = file.read_bytes()
        for decoded in (content.decode("latin-1"), content.decode("utf-16-le", "ignore")):
            _look_at(decoded, *people)


def dumped(app: Flask) -> Iterator[tuple[str, str]]:
    """Every row of every table, read past the door."""
    with app.app_context(), db.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)):
                yield (
                    table.name,
                    " | ".join(
                        one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row
                    ),
                )
