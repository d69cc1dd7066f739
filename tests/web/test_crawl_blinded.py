"""What a blinded person can find: every page, picture, file and row of the trail, and no arm in any."""

import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.playing import email_of
from tests.web.crawling import Visited, crawl, signed_in
from tests.web.opening import text_of
from tests.web.outputs import files
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.models import Allocation, Hold, Spell
from trial.web.database import db

BLINDED = [Role.RESEARCHER, Role.DATA_MANAGER, Role.STATISTICIAN]
PLANTED = "PLANTED-7f3ac1"
# Of the many pages that are alike, so many of each kind; all of everything else.
SOME = {
    "history.show": 3, "queries.ask": 1, "verifying.differs": 1, "trail.show": 150,
    "identities.record": 2,
}  # fmt: skip


def test_the_blinded_roles_are_those_of_the_protocol(protocol: Protocol) -> None:
    assert set(BLINDED) == set(protocol.blinding.blinded_roles)


@pytest.mark.parametrize("role", BLINDED)
def test_no_page_and_no_file_of_a_blinded_person_tells_an_arm(
    demonstration: Flask, protocol: Protocol, role: Role
) -> None:
    plant(demonstration)
    planted = [PLANTED, "found_with_specialist"]
    telling = [
        " ".join(one.split()) for one in (*_codes(demonstration), *_words(protocol), *planted)
    ]
    arms = re.compile("|".join(rf"\b{re.escape(arm.key)}\b" for arm in protocol.arms))
    client = signed_in(demonstration, email_of(role, _where(role)))
    texts, found = 0, []
    for where, text in everything(demonstration, client):
        # The title of the trial names its intervention to everyone; a file may break its lines.
        text = " ".join(text.split()).replace(protocol.title, "")
        lowered = text.lower()
        found += [(where, word) for word in telling if word.lower() in lowered]
        found += [(where, hit[0], text[max(0, hit.start() - 60) : hit.end() + 60])
                  for hit in arms.finditer(text)]  # fmt: skip
        texts += 1
    assert found[:10] == []
    assert texts > (30 if role is Role.STATISTICIAN else 300)


def test_the_same_search_finds_the_arms_of_somebody_who_sees_them(
    demonstration: Flask, protocol: Protocol
) -> None:
    plant(demonstration)
    client = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    pages = crawl(demonstration, client, most=4, rarely={"history.show": 0, "trail.show": 20})
    text = "\n".join(text_of(one.answer) for one in pages)
    for word in (*(arm.key for arm in protocol.arms), protocol.arms[0].name, PLANTED):
        assert word in text
    assert any(code in text for code in _codes(demonstration))


def everything(app: Flask, client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Every text that a person can be sent, with where it was found."""
    for one in crawl(app, client, rarely=SOME):
        yield one.address, f"{one.address}\n{text_of(one.answer)}"
    yield from files(client)


def plant(app: Flask) -> None:
    """Let the employment specialist change a value that tells the arm, with words to look for."""
    client = signed_in(app, email_of(Role.EMPLOYMENT_SPECIALIST))
    with app.app_context():
        frozen = select(Hold.row).where(Hold.level == "cluster", Hold.lifted_at.is_(None))
        wanted = select(Spell.id).where(
            Spell.found_with_specialist == "yes",
            Spell.voided_on.is_(None),
            Spell.cluster_id.not_in(frozen),
        )
        spell = db.session.scalars(wanted.order_by(Spell.id)).first()
        db.session.rollback()
    address = f"/work/{spell}/correct"
    page = Visited(address, "employment.correct", client.get(address))
    (form,) = [one for one in page.forms() if one.actions == (address,)]
    changed = {"found_with_specialist": "no", "reason": PLANTED}
    answer = client.post(address, data=form.as_shown() | changed)
    assert answer.status_code == 302, answer.text


def _codes(app: Flask) -> list[str]:
    """What the draw must keep to itself, apart from numbers too short to look for."""
    with app.app_context():
        drawn = db.session.scalars(select(Allocation).where(Allocation.state == "drawn")).one()
        kept = [
            drawn.first_code,
            drawn.second_code,
            drawn.frozen,
            json.dumps(dict(drawn.masks or {})),
        ]
    assert all(kept)
    return [one for one in kept if one]


def _words(protocol: Protocol) -> list[str]:
    arms = [word for arm in protocol.arms for word in (arm.name, arm.description)]
    return [*arms, "Individual Placement", "treatment as usual", "the intervention arm"]


def _where(role: Role) -> str:
    return "forensic" if role is Role.RESEARCHER else ""
