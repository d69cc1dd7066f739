"""A reserve takes the place of a cluster that closed after the draw, on the reserve's page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conduct.allocating import TODAY
from tests.conduct.drawing import with_reserve
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
GONE, RESERVE = "practice-12", "reserve-1"


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return with_reserve(tmp_path / "harbour", after_draw=True)


@pytest.fixture
def settings(settings: Settings, protocol: Protocol, tmp_path: Path) -> Settings:
    return replace(settings, protocol=tmp_path / "harbour" / "harbour.toml")


def change(app: Flask, wanted: Callable[[str], bool], **values: object) -> None:
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.OPEN_CLUSTER):
        for cluster in db.session().scalars(select(Cluster)):
            if wanted(cluster.key):
                for name, value in values.items():
                    setattr(cluster, name, value)


def test_the_page_of_the_reserve_offers_the_place(app: Flask, sign_in: SignIn) -> None:
    two = Two(sign_in(Role.TRIAL_MANAGER), sign_in(Role.ADMINISTRATOR), {})
    permitted = date(2015, 3, 2)
    change(app, lambda key: key.startswith("practice"), permission_on=permitted)
    two.drawn()
    manager, address = two.manager, f"/clusters/{RESERVE}/replace"
    assert manager.get(address).status_code == 404
    change(app, lambda key: key == GONE, closed_on=TODAY)
    change(app, lambda key: key == RESERVE, approached_on=permitted, permission_on=permitted)
    assert address in manager.get(f"/clusters/{RESERVE}").text
    page = manager.get(address).text
    assert "Maple Practice" in page and "it is not drawn" in page
    refused = manager.post(address, {"gone": GONE})
    assert "Say why the place is taken" in refused.text
    manager.page = None
    assert manager.post(address, {"gone": GONE, "reason": "It closed"}).status_code == 302
    page = manager.get(f"/clusters/{RESERVE}").text
    assert "Took the place of Maple Practice, and its arm." in page and address not in page
    assert "Its place was taken by Reserve Practice 1." in manager.get(f"/clusters/{GONE}").text
    assert two.second.client.get(address).status_code == 404
