"""The page of the protocol: its versions, what each changed, and who is to consent again."""

import shutil

import pytest
from flask import Flask

from tests.playing import email_of
from tests.web.crawling import signed_in
from trial.conduct import amendments
from trial.conduct.access import Act
from trial.protocol import files_of, load
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.trail import acting
from trial.web import here
from trial.web.database import db


@pytest.fixture
def amended(demonstration: Flask, tmp_path):
    """The demonstration after an amendment."""
    folder = tmp_path / "amended"
    shutil.copytree(SHIPPED, folder)
    file = folder / "1-design.toml"
    file.write_text(file.read_text().replace('version = "1.0"', 'version = "2.0"', 1))
    with demonstration.app_context():
        session, new = db.session(), load(folder)
        session.info["clock"] = here.settings().clock
        with acting(session, by=COMMAND_LINE, name=Act.ADOPT_PROTOCOL, reason="Amendment 1"):
            amendments.adopt(session, here.protocol(), new, files_of(folder), on=here.today())
    return demonstration


def test_the_page_lists_the_versions_and_what_each_changed(amended):
    browser = signed_in(amended, email_of(Role.TRIAL_MANAGER))
    page = browser.get("/protocol").text
    assert "Versions adopted" in page and ">2.0<" in page and ">1.0<" in page
    assert browser.get("/protocol/2").status_code == 200
    assert browser.get("/protocol/1").status_code == 404
    assert browser.get("/protocol/99").status_code == 404


def test_people_who_signed_an_earlier_version_are_listed_for_who_sees_them(shown):
    manager = signed_in(shown, email_of(Role.TRIAL_MANAGER)).get("/protocol").text
    statistician = signed_in(shown, email_of(Role.STATISTICIAN)).get("/protocol").text
    assert "IPSOH-0001" in manager and "version 1.0" in manager
    assert "IPSOH-0001" not in statistician and "consent again" not in statistician
