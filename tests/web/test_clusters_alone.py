"""A trial without participants in the browser: its wards, its pages for every role, no word of people."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.conduct.allocating import TODAY
from tests.conduct.alone import CAIRN, Wards
from tests.web.conftest import Browser
from tests.web.crawling import crawl
from tests.web.opening import text_of
from tests.web.outputs import files
from trial.conduct import query_check
from trial.config import Settings
from trial.protocol import Protocol, load
from trial.protocol.roles import Role
from trial.web.database import db

SignIn = Callable[..., Browser]
ARMS = re.compile(r"\bFEEDBACK\b|\bUSUAL\b|Usual practice")
PEOPLE = re.compile(
    r"participant|enrol|screening|recruit|casebook|consent again|study number", re.IGNORECASE
)
# What is said of the trial's kind, and of what it has not.
SAID = (
    "nobody is enrolled", "and no participants", "the number of participants",
    "for pilot and for cluster trials",
)  # fmt: skip
ABSENT = (
    "/screening", "/participants", "/follow-up", "/search", "/planning", "/verification",
    "/reports/recruitment", "/reports/oversight-open", "/reports/oversight-closed",
)  # fmt: skip


@pytest.fixture
def protocol() -> Protocol:
    return load(CAIRN)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    file = tmp_path / "cairn.toml"
    file.write_bytes(CAIRN.read_bytes())
    return replace(settings, protocol=file)


@pytest.fixture
def played(app: Flask, protocol: Protocol) -> Flask:
    """The application once every ward was drawn and six have an outcome."""
    with app.app_context():
        Wards(db.session(), protocol).played()
        db.session().info.pop("actor", None)
        db.session.remove()
    return app


@pytest.mark.parametrize(
    "role",
    [
        Role.ADMINISTRATOR, Role.TRIAL_MANAGER, Role.RESEARCHER, Role.DATA_MANAGER,
        Role.STATISTICIAN, Role.AUDITOR, Role.FIDELITY_REVIEWER,
    ],
)  # fmt: skip
def test_every_page_answers_and_none_speaks_of_people(
    played: Flask, protocol: Protocol, sign_in: SignIn, role: Role
) -> None:
    person = sign_in(role)
    wrong, seen = [], 0
    for one in crawl(played, person.client, most=8, rarely={"trail.show": 6}):
        seen += 1
        if one.answer.status_code != 200:
            wrong.append((one.address, one.answer.status_code, ""))
        text = " ".join(text_of(one.answer).split())
        for said in (protocol.title, *SAID):
            text = text.replace(said, "")
        found = list(PEOPLE.finditer(text))
        if role is Role.STATISTICIAN:
            found += ARMS.finditer(text)
        wrong += [
            (one.address, text[max(0, hit.start() - 60) : hit.end() + 40], "") for hit in found
        ]
    assert not wrong, "\n".join(map(str, wrong))
    assert seen > 8
    for address in ABSENT:
        assert person.client.get(address).status_code == 404, address


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.TRIAL_MANAGER])
def test_every_file_can_be_taken_away(played: Flask, sign_in: SignIn, role: Role) -> None:
    names = []
    for name, text in files(sign_in(role).client):
        names.append(name)
        if role is Role.STATISTICIAN:
            assert not ARMS.search(" ".join(text.split())), name
    assert any("headline" in name for name in names)


def test_a_query_about_a_ward_names_it_and_leads_to_its_forms(
    app: Flask, protocol: Protocol, sign_in: SignIn
) -> None:
    with app.app_context():
        wards = Wards(db.session(), protocol)
        wards.steps(wards.all[0])
        db.session().info.pop("actor", None)
        db.session.rollback()
        query_check.check(db.session(), protocol, on=TODAY)
        db.session.remove()
    manager = sign_in(Role.DATA_MANAGER)
    (address,) = set(re.findall(r"/queries/\d+", manager.get("/queries?about=checks-before").text))
    page = manager.get(address).text
    assert "Query about opened on of Ash Ward</h1>" in page
    assert "/clusters/ward-1#forms" in page


def test_a_ward_begins_and_drops_out(app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(Role.TRIAL_MANAGER)

    def step(name: str, **rest: str) -> str:
        manager.page = None
        day = {
            f"{item}-{part}": value for item in (rest.pop("item"),) for part, value in DAY.items()
        }
        answer = manager.post(f"/clusters/ward-1/{name}", day | rest)
        assert answer.status_code == 302, answer.text
        return str(manager.get("/clusters/ward-1").text)

    step("identified", item="identified_on")
    step("approached", item="approached_on")
    page = step(
        "permission", item="permission_on", permission_by="A", permission_role="B",
        permission_document="C",
    )  # fmt: skip
    assert "Record that it began" in page
    page = step("open", item="opened_on")
    assert "Taking part" in page and "Record that it dropped out" in page
    none = manager.post("/clusters/ward-1/close", {f"closed_on-{k}": v for k, v in DAY.items()})
    assert "Say why it dropped out" in none.text
    page = step("close", item="closed_on", closed_reason="No staff")
    assert "Take back that it dropped out" in page and "No staff" in page
    assert "Dropped out" in manager.get("/clusters").text


DAY = {"day": "1", "month": "12", "year": "2015"}
