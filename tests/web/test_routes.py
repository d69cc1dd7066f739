"""Every route, for every role: who may open it, whose records it shows, and that each page is sound."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter

from tests.playing import email_of
from tests.web.addresses import addresses, scoped_rules
from tests.web.crawling import Visited, crawl, signed_in
from trial.conduct.access import ALLOWED, Act
from trial.protocol.roles import Role
from trial.records.models import Participant
from trial.records.trail import head
from trial.web.accounts import actor_of, by_email
from trial.web.database import db
from trial.web.permission import Gate, needed_for

LETTERS = {
    "R": Role.RESEARCHER,
    "D": Role.DATA_MANAGER,
    "T": Role.TRIAL_MANAGER,
    "S": Role.STATISTICIAN,
    "E": Role.EMPLOYMENT_SPECIALIST,
    "F": Role.FIDELITY_REVIEWER,
    "U": Role.AUDITOR,
    "A": Role.ADMINISTRATOR,
}
# Written by hand from the description of the trial, so that a slip in the access table shows.
PINNED = {
    "screening.index": "RDTU",
    "screening.new": "RT",
    "enrolment.consent": "RT",
    "enrolment.enrol": "RT",
    "participants.index": "RDTUE",
    "participants.show": "RDTUE",
    "identities.show": "RDT",
    "identities.record": "RT",
    "withdrawal.withdraw": "RDT",
    "changes.capacity_lost": "RDT",
    "changes.move": "RDT",
    "visits.record": "RDT",
    "employment.add": "RTE",
    "employment.correct": "RTE",
    "queries.ask": "DT",
    "queries.close": "DT",
    "follow_up.index": "RDTU",
    "follow_up.assign": "DT",
    "contact.show": "RDTU",
    "contact.add": "RDT",
    "contact.declare": "DT",
    "contact.find": "RDT",
    "calendar.week": "RDTU",
    "calendar.participant": "RDTU",
    "enrolment_day.correct": "RT",
    "safety.index": "RDTU",
    "safety.add": "RDT",
    "safety.judge": "T",
    "duties.index": "DTU",
    "duties.made": "T",
    "disclosures.add": "RDT",
    "disclosures.clinician": "T",
    "safety.tell": "T",
    "reminders.index": "DTU",
    "reminders.send_again": "DT",
    "forms.index": "RDTSEFU",
    "forms.edit": "RDTEF",
    "forms.void": "RTEF",
    "clusters.index": "RDTSEFUA",
    "clusters.take": "T",
    "allocation.freeze": "T",
    "allocation.join": "A",
    "allocation.code": "TA",
    "allocation.reveal_arm": "T",
    "feasibility.index": "TSDU",
    "planning.index": "TSDU",
    "planning.write": "TSDU",
    "reports.audit": "TU",
    "reports.export": "TSD",
    "trail.index": "TDU",
    "trail.check": "TUA",
    "trail.export": "TU",
    "history.show": "RDTUEF",
    "accounts.index": "AU",
    "accounts.add": "A",
    "accounts.change": "A",
    "accounts.take": "A",
    "today.index": "RDTSEFUA",
    "own.password": "RDTSEFUA",
}
SIGN_IN = {"/sign-in", "/sign-in?"}


def visitor(app: Flask, role: Role, where: str = "forensic") -> FlaskClient:
    return signed_in(app, email_of(role, where if role is Role.RESEARCHER else ""))


def sample(app: Flask, rule: Rule) -> str:
    """An address that fits a route, whatever stands there."""
    values: dict[str, Any] = {}
    for name, kind in rule._converters.items():
        fixed = sorted(kind.items)[0] if isinstance(kind, AnyConverter) else "x"
        values[name] = 1 if isinstance(kind, IntegerConverter) else fixed
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account").text)
    if found is None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    return found[1]


def guarded(app: Flask) -> Iterator[tuple[Rule, str, Act | Gate]]:
    """Every route that is not open to anyone, with each of its methods."""
    for rule in app.url_map.iter_rules():
        needed = needed_for(app, rule.endpoint)
        assert needed is not None
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if needed is not Gate.PUBLIC:
                yield rule, method, needed


def test_the_pages_of_each_role_are_those_of_the_trial(demonstration: Flask) -> None:
    for endpoint, letters in PINNED.items():
        needed = needed_for(demonstration, endpoint)
        assert isinstance(needed, Act), endpoint
        assert ALLOWED[needed] == {LETTERS[one] for one in letters}, endpoint


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_open_is_not_there(demonstration: Flask, role: Role) -> None:
    client = visitor(demonstration, role)
    typed = {"csrf_token": token(client)}
    tried = 0
    for rule, method, needed in guarded(demonstration):
        if isinstance(needed, Act) and role not in ALLOWED[needed]:
            address = sample(demonstration, rule)
            asked = client.get(address) if method == "GET" else client.post(address, data=typed)
            assert asked.status_code == 404, (method, rule.endpoint)
            assert "Page not found" in asked.text
            tried += 1
    assert tried > (30 if role is not Role.TRIAL_MANAGER else 5)


def test_nobody_signed_in_gets_nothing_and_changes_nothing(demonstration: Flask) -> None:
    client = demonstration.test_client()
    typed = {"csrf_token": token(client)}
    with demonstration.app_context():
        before = head(db.session())
        db.session.rollback()
    for rule, method, _ in guarded(demonstration):
        address = sample(demonstration, rule)
        asked = client.get(address) if method == "GET" else client.post(address, data=typed)
        assert asked.status_code in (302, 404), (method, rule.endpoint)
        assert asked.status_code == 404 or asked.location == "/sign-in"
    with demonstration.app_context():
        assert head(db.session()) == before


# No form of the shipped protocol that this role fills in is entered twice.
ENTERED_BY_OTHERS = {
    (Role.EMPLOYMENT_SPECIALIST, "double_entry.add"),
    (Role.EMPLOYMENT_SPECIALIST, "double_entry.settle"),
}


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.RESEARCHER, "forensic"),
        (Role.RESEARCHER, "personality"),
        (Role.EMPLOYMENT_SPECIALIST, ""),
    ],
)
def test_records_of_another_cluster_are_not_there(
    demonstration: Flask, role: Role, where: str
) -> None:
    client = visitor(demonstration, role, where)
    own, others = _clusters(demonstration, email_of(role, where))
    typed = {"csrf_token": token(client)}
    for rule in scoped_rules(demonstration):
        needed = needed_for(demonstration, rule.endpoint)
        assert isinstance(needed, Act)
        if role not in ALLOWED[needed]:
            continue
        for address in addresses(demonstration, rule, others, most=3):
            if "GET" in (rule.methods or ()):
                assert client.get(address).status_code == 404, address
            if "POST" in (rule.methods or ()):
                assert client.post(address, data=typed).status_code == 404, address
        if "GET" in (rule.methods or ()):
            mine = addresses(demonstration, rule, own, most=3)
            shown = any(client.get(address).status_code in (200, 302) for address in mine)
            assert shown or not mine or (role, rule.endpoint) in ENTERED_BY_OTHERS, rule.endpoint


def _clusters(app: Flask, email: str) -> tuple[set[int], set[int]]:
    """The clusters that an account sees, and the others."""
    with app.app_context():
        account = by_email(db.session(), email)
        assert account is not None
        seen = actor_of(db.session(), account, app.extensions["trial_protocol"]).clusters
        assert seen is not None
        everything = set(db.session.scalars(select(Participant.cluster_id).distinct()))
    return set(seen), everything - seen


@pytest.mark.parametrize("role", list(Role))
def test_every_page_that_a_role_reaches_is_sound_and_writes_nothing(
    demonstration: Flask, role: Role
) -> None:
    client = visitor(demonstration, role)
    with demonstration.app_context():
        before = head(db.session())
        db.session.rollback()
    seen = 0
    for one in crawl(demonstration, client, most=3, rarely=ALIKE):
        assert one.answer.status_code == 200, one.address
        assert one.answer.headers["Cache-Control"] == "no-store"
        if one.is_page:
            check_page(one)
            seen += 1
    assert seen >= 6
    with demonstration.app_context():
        assert head(db.session()) == before


def check_page(one: Visited) -> None:
    """One heading, which begins the title; labels; no name twice; nothing inline; nothing from elsewhere."""
    tree, where = one.tree, one.address
    (heading,) = tree.iter("h1")
    (title,) = tree.iter("title")
    said = " ".join("".join(heading.itertext()).split())
    assert "".join(title.itertext()).removeprefix("Error: ").startswith(said), where
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), (where, sorted(x for x in ids if ids.count(x) > 1))
    labelled = {label.get("for") for label in tree.iter("label")}
    for element in tree.iter():
        assert not isinstance(element.tag, str) or element.tag != "style", where
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
        if element.tag == "script":
            assert element.get("src") and not "".join(element.itertext()).strip(), where
        if element.tag in ("input", "select", "textarea") and element.get("type") != "hidden":
            assert element.get("id") in labelled or element.get("aria-label"), (
                where,
                element.attrib,
            )
        for name in ("href", "src", "action", "formaction"):
            assert not urlsplit(element.get(name, "")).netloc, (where, element.get(name))
        for name in ("aria-describedby", "aria-labelledby"):
            assert set(element.get(name, "").split()) <= set(ids), (where, element.attrib)


# Pages that no link leads to: steps of signing in, pages that stand behind what was just typed, and
# steps that the demonstration has long passed: in it nobody who consented still waits to be enrolled.
UNLINKED = {
    "home.index",
    "sign.sign_in",
    "sign.code",
    "sign.enrol",
    "sign.picture",
    "sign.set_password",
    "static",
    "own.recovery_codes",
    "enrolment.enrol",
    "enrolment.void",
    "allocation.record",
    "allocation.confirm",
    "replacing.replace",
    "contact.find",
    "changes.capacity_regained",
    "allocation.freeze",
    "allocation.join",
    "allocation.code",
    "allocation.enter",
    "allocation.abandon",
    "allocation.reveal_arm",
    # Behind a file that was sent, two entries that differ, a second version, a file kept as an answer.
    "importing.show",
    "double_entry.settle",
    "protocol.show",
    "forms.file",
    # IPSOH lets no cluster skip a visit; PACED does: tests/web/test_other_trial.py.
    "skips.skip",
    "skips.take_back",
    # At a secret address; and behind an entry in the log of safety, in which the demonstration has none:
    # tests/web/test_calendar.py, tests/web/test_safety.py.
    "calendar.feed",
    "safety.show",
    "safety.correct",
    "safety.judge",
    "safety.tell",
    "safety.untell",
    "safety.follow_up",
    "safety.take_back",
}


ALIKE = {"history.show": 1, "queries.ask": 1, "trail.show": 1, "verifying.differs": 1}


def test_every_page_can_be_reached_by_following_links(demonstration: Flask) -> None:
    reached: set[str] = set()
    for role in (Role.TRIAL_MANAGER, Role.ADMINISTRATOR):
        client = visitor(demonstration, role)
        reached |= {one.endpoint for one in crawl(demonstration, client, most=24, rarely=ALIKE)}
    pages = {r.endpoint for r in demonstration.url_map.iter_rules() if "GET" in (r.methods or ())}
    assert pages - reached - UNLINKED == set()
    assert pages >= UNLINKED
