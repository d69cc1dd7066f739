"""The second shipped trial in the browser: every page of every role, without a word of work or of an arm."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.playing import closed, copied, email_of, opened, played
from tests.web.crawling import Visited, crawl, signed_in
from tests.web.opening import text_of
from tests.web.outputs import files
from trial.protocol import Protocol, load, shipped
from trial.protocol.roles import Role
from trial.records.models import Allocation, Visit
from trial.web.database import db

PEOPLE = {
    "administrator": email_of(Role.ADMINISTRATOR),
    "trial manager": email_of(Role.TRIAL_MANAGER),
    "researcher": email_of(Role.RESEARCHER, "country"),
    "data manager": email_of(Role.DATA_MANAGER),
    "statistician": email_of(Role.STATISTICIAN),
    "auditor": email_of(Role.AUDITOR),
}
BLINDED = ("researcher", "data manager", "statistician")
# Enough of the pages that are alike; all of everything else.
SOME = {
    "history.show": 1, "queries.ask": 1, "trail.show": 12, "identities.record": 1,
    "screening.show": 12, "forms.edit": 6, "forms.add": 6,
}  # fmt: skip
WORK = re.compile(
    r"employ(?!er\b)|minimum wage|work history|open job|12-month|spell of work", re.IGNORECASE
)


@pytest.fixture(scope="module")
def paced() -> Protocol:
    return load(shipped()["paced"])


@pytest.fixture(scope="module")
def other(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over a copy of the second demonstration, for tests that only look."""
    app = opened(copied(played(shared, "paced"), tmp_path_factory.mktemp("other") / "copy"))
    yield app
    closed(app)


@pytest.mark.parametrize("person", sorted(PEOPLE))
def test_every_page_answers_and_none_speaks_of_work(
    other: Flask, paced: Protocol, person: str
) -> None:
    client = signed_in(other, PEOPLE[person])
    arms = re.compile("|".join(rf"\b{arm.key}\b|{re.escape(arm.name)}" for arm in paced.arms))
    wrong, seen = [], 0
    for one in crawl(other, client, most=8, rarely=SOME):
        seen += 1
        if one.answer.status_code != 200:
            wrong.append((one.address, one.answer.status_code, ""))
        text = " ".join(text_of(one.answer).split()).replace(paced.title, "")
        found = list(WORK.finditer(text))
        if person in BLINDED:
            found += arms.finditer(text)
        wrong += [
            (one.address, hit[0], text[max(0, hit.start() - 80) : hit.end() + 40]) for hit in found
        ]
    assert wrong[:10] == []
    assert seen > 15


@pytest.mark.parametrize("person", BLINDED)
def test_no_file_of_a_blinded_person_tells_an_arm(
    other: Flask, paced: Protocol, person: str
) -> None:
    with other.app_context():
        drawn = db.session.scalars(select(Allocation).where(Allocation.state == "drawn")).one()
        masks = json.dumps(dict(drawn.masks or {}))
        db.session.remove()
    arms = re.compile("|".join(rf"\b{arm.key}\b|{re.escape(arm.name)}" for arm in paced.arms))
    found = []
    for name, text in files(signed_in(other, PEOPLE[person])):
        plain = " ".join(text.split()).replace(paced.title, "")
        found += [
            (name, plain[max(0, hit.start() - 60) : hit.end() + 40]) for hit in arms.finditer(plain)
        ]
        assert masks not in text
        assert not WORK.search(plain), (name, WORK.search(plain))
    assert found[:10] == []


def test_the_pages_of_work_are_not_there(other: Flask) -> None:
    client = signed_in(other, PEOPLE["trial manager"])
    for address in ("/participants/1/work.svg", "/participants/1/work", "/process", "/employers"):
        assert client.get(address).status_code == 404, address
    assert client.post("/reports/process.pdf").status_code in (400, 404)


def test_the_pages_of_a_skipped_visit_are_reached_by_links(other: Flask) -> None:
    client = signed_in(other, PEOPLE["data manager"])
    page = client.get("/clusters/kiln-lane").text
    (back,) = re.findall(r'href="(/skipped-visits/[^"]*)"', page)
    assert client.get(back).status_code == 200
    assert "/clusters/kiln-lane/skip-visit" not in page  # there is nothing more to skip
    assert "/clusters/dovecote/skip-visit" in client.get("/clusters/dovecote").text
    assert client.get("/clusters/dovecote/skip-visit").status_code == 200


def test_a_visit_asks_nothing_about_work(other: Flask) -> None:
    with other.app_context():
        visit = db.session.scalars(select(Visit.id).where(Visit.state == "expected")).first()
        db.session.remove()
    page = signed_in(other, PEOPLE["trial manager"]).get(f"/visits/{visit}").text
    assert "done_on" in page and "working" not in page and "history_known_until" not in page


def test_a_decision_is_recorded_in_the_words_of_the_protocol(
    shared: Path, tmp_path: Path, paced: Protocol
) -> None:
    app = opened(copied(played(shared, "paced"), tmp_path / "copy"))
    client = signed_in(app, PEOPLE["trial manager"])
    address = "/feasibility/decisions/retention"
    page = Visited(address, "decisions.decide", client.get(address))
    (form,) = [one for one in page.forms() if one.actions == (address,)]
    offered = {one.value for one in form.questions if one.name == "decided"} | {
        value for one in form.questions if one.name == "decided" for value in one.offered
    }
    assert {band.label for band in paced.progression[2].bands} <= offered
    told = {
        "decided": "Go with closer follow-up", "because": "GROUP lost few.",
        "decided_by": "Steering committee", "decided_on-day": "5", "decided_on-month": "12",
        "decided_on-year": "2024",
    }  # fmt: skip
    answer = client.post(address, data=form.as_shown() | told)
    assert answer.status_code == 302, answer.text
    assert client.post(address, data=form.as_shown()).status_code in (302, 422)
    for where in ("/feasibility/decisions", "/feasibility"):
        said = client.get(where).text
        assert "Go with closer follow-up" in said and "GROUP lost few." in said
    blinded = signed_in(app, PEOPLE["statistician"])
    for where in ("/feasibility/decisions", "/feasibility"):
        said = blinded.get(where).text
        assert "Steering committee" in said and "GROUP" not in said
    assert blinded.get(address).status_code == 404
    assert client.get("/feasibility/decisions/happiness").status_code == 404
    closed(app)
