"""Several draws through the browser: one page tells each, and offers the next."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conduct.drawing import AUTUMN, harbour, with_reserve
from tests.conduct.test_earlier_allocation import ARMS, OTHER, RULES
from tests.web.conftest import Browser
from tests.web.test_allocation import Two
from trial.conduct.access import Act
from trial.config import Settings
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Cluster
from trial.records.trail import acting
from trial.web.database import db

SignIn = Callable[..., Browser]
CHOSEN = {f"arm-{key}": arm for key, arm in ARMS.items()}
SWAPPED = {f"arm-{key}": arm for key, arm in OTHER.items()}


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return harbour(tmp_path / "harbour", draws=True)


@pytest.fixture
def settings(settings: Settings, protocol: Protocol, tmp_path: Path) -> Settings:
    return replace(settings, protocol=tmp_path / "harbour" / "harbour.toml")


@pytest.fixture
def two(app: Flask, sign_in: SignIn) -> Two:
    return Two(sign_in(Role.TRIAL_MANAGER), sign_in(Role.ADMINISTRATOR), {})


def permit(app: Flask, wanted: Callable[[str], bool]) -> None:
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.OPEN_CLUSTER):
        for cluster in db.session().scalars(select(Cluster)):
            if wanted(cluster.key):
                cluster.permission_on = date(2015, 3, 2)


def early(key: str) -> bool:
    return int(key[-2:]) < AUTUMN


def test_the_page_offers_the_next_draw_when_the_first_is_made(app: Flask, two: Two) -> None:
    permit(app, early)
    two.drawn()
    page = two.manager.get("/allocation").text
    assert "The clusters of this draw are allocated." in page
    assert "Ivy Practice has not given permission" in page
    permit(app, lambda key: not early(key))
    page = two.manager.get("/allocation").text
    assert "Freeze the next draw" in page
    assert "4 clusters take part. The protocol permits 6 schemes." in page
    two.manager.page = two.second.page = None
    two.committed()
    page = two.manager.get("/allocation").text
    assert "The steps of draw 2" in page and "What was frozen for draw 2" in page
    assert "Draw 1, done again" in page and "verified" in page
    assert "/allocation/reveal/practice-01" in page


def test_each_draw_has_its_certificate(app: Flask, two: Two) -> None:
    permit(app, lambda key: True)
    two.drawn()
    two.manager.page = two.second.page = None
    two.drawn()
    page = two.manager.get("/allocation").text
    assert "Draw 1" in page and "Certificate of draw 2 as PDF" in page
    for number, clusters in ((1, 8), (2, 4)):
        two.manager.page = None
        answer = two.manager.post(f"/allocation/draws/{number}/certificate.json")
        assert f"certificate-{number}.json" in answer.headers["Content-Disposition"]
        assert len(json.loads(answer.text)["arms"]) == clusters
    two.manager.page = None
    none = two.manager.post("/allocation/draws/3/certificate.json")
    assert none.status_code == 409 and "There is no certificate yet" in none.text


def test_who_is_blinded_is_told_of_each_draw_that_it_verified(
    app: Flask, two: Two, sign_in: SignIn
) -> None:
    permit(app, lambda key: True)
    two.drawn()
    two.manager.page = two.second.page = None
    two.drawn()
    page = sign_in(Role.STATISTICIAN).get("/allocation").text
    assert page.count("Done again just now: <strong>verified</strong>") == 2
    assert "ADVICE" not in page and "Certificate" not in page


class TestReserves:
    """A trial with a cluster in reserve."""

    @pytest.fixture
    def protocol(self, tmp_path: Path) -> Protocol:
        return with_reserve(tmp_path / "harbour")

    def test_the_pages_of_the_clusters_say_which_is_in_reserve(
        self, app: Flask, sign_in: SignIn
    ) -> None:
        manager = sign_in(Role.TRIAL_MANAGER)
        page = manager.get("/clusters").text
        assert page.count(">Reserve</span>") == 1
        assert "takes part only in place of a cluster" in manager.get("/clusters/reserve-1").text
        assert "takes part only" not in manager.get("/clusters/practice-01").text


class TestEarlier:
    """A trial that keeps an allocation made elsewhere."""

    @pytest.fixture
    def protocol(self, tmp_path: Path) -> Protocol:
        return harbour(tmp_path / "harbour", RULES)

    def test_two_people_record_the_arms_and_nobody_sees_them_before_the_reveal(
        self, app: Flask, two: Two
    ) -> None:
        page = two.manager.get("/allocation/record").text
        assert "Alder Practice has not given permission" in page
        permit(app, lambda key: True)
        assert "keeps the allocation of the QUAY trial" in two.manager.get("/allocation").text
        first = two.manager.post("/allocation/record", {**CHOSEN, "arm-practice-05": ""})
        assert first.status_code == 422
        assert "Choose the arm of Elder Practice" in first.text
        assert first.text.count(" checked") == 11
        assert two.manager.post("/allocation/record", dict(CHOSEN)).status_code == 302
        for person in (two.manager, two.second):
            page = person.get("/allocation").text
            assert "Fingerprint" in page and "LEAFLET" not in page and "Leaflet" not in page
        page = two.second.get("/allocation/confirm").text
        assert " checked" not in page
        wrong = two.second.post("/allocation/confirm", dict(SWAPPED))
        assert wrong.status_code == 422 and "is not what" in wrong.text
        two.second.page = None
        assert two.second.post("/allocation/confirm", dict(CHOSEN)).status_code == 302
        page = two.manager.get("/allocation").text
        assert "The record, compared" in page and "verified" in page
        assert "Leaflet" not in page
        two.manager.page = None
        assert two.manager.post("/allocation/reveal/practice-01").status_code == 302
        assert two.manager.get("/allocation").text.count(">Leaflet<") == 1

    def test_who_draws_elsewhere_cannot_record(self, app: Flask, two: Two, sign_in: SignIn) -> None:
        permit(app, lambda key: True)
        for role in (Role.STATISTICIAN, Role.AUDITOR, Role.RESEARCHER):
            assert sign_in(role).get("/allocation/record").status_code in (403, 404)
