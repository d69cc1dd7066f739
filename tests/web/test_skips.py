"""The pages on which a cluster skips a visit and comes back."""

from dataclasses import replace

import pytest

from tests.conduct.skipping import skippable
from trial.protocol import load
from trial.protocol.roles import Role
from trial.records.models import SkippedVisit, Visit

CLUSTER = "/clusters/city-forensic"
SKIP = f"{CLUSTER}/skip-visit"


@pytest.fixture
def files(tmp_path):
    return skippable(tmp_path)


@pytest.fixture
def protocol(files):
    return load(files)


@pytest.fixture
def settings(settings, files):
    """The instance runs under a protocol whose visits can be skipped."""
    return replace(settings, protocol=files)


def skipped(browser, visit="month-6"):
    browser.get(SKIP)
    return browser.post(SKIP, {"visit": visit, "why": "closed", "note": "Water damage."})


def state(play):
    play.session.rollback()
    visit = play.session.query(Visit).filter_by(plan="month-6").one()
    return visit.state, visit.reason


def test_a_skip_is_recorded_shown_and_taken_back_on_pages(play, own, sign_in):
    person = play.participant(own)
    manager = sign_in(Role.DATA_MANAGER)
    assert f'href="{SKIP}"' in manager.get(CLUSTER).text
    assert skipped(manager).location == CLUSTER
    assert state(play) == ("not needed", "cluster-skipped")
    page = manager.get(CLUSTER).text
    assert "The ward was closed." in page and "Water damage." in page
    assert "The cluster skipped it" in manager.get(f"/participants/{person.id}").text
    assert "Skipped visit. Newest first." in manager.get("/history/skipped_visit/1/reason").text
    back = "/skipped-visits/1/take-back"
    assert f'href="{back}"' in page
    assert ">closed<" not in manager.get(back).text  # why it is taken back is asked afresh
    assert manager.post(back, {}).status_code == 422
    assert manager.post(back, {"reason": "It opened again."}).location == CLUSTER
    assert state(play) == ("expected", None)
    assert manager.get(back).location == CLUSTER  # there is nothing to take back any more
    assert "taken back on" in manager.get(CLUSTER).text


def test_a_visit_and_a_reason_are_asked_for(own, sign_in):
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(SKIP)
    page = manager.post(SKIP, {"visit": "", "why": ""})
    assert page.status_code == 422
    assert "Choose the visit that it skips" in page.text


def test_who_comes_second_is_told_so(own, sign_in):
    first, second = sign_in(Role.TRIAL_MANAGER), sign_in(Role.DATA_MANAGER)
    for visit in ("month-6", "month-12", "after-two"):
        second.get(SKIP)
        assert skipped(first, visit).location == CLUSTER
    late = second.post(SKIP, {"visit": "month-6", "why": "closed"})
    assert late.location == CLUSTER
    assert "can skip is recorded as skipped" in second.get(CLUSTER).text


def test_only_managers_skip_and_others_see_it(play, own, sign_in):
    assert skipped(sign_in(Role.TRIAL_MANAGER)).status_code == 302
    researcher = sign_in(Role.RESEARCHER, clusters={own.id})
    page = researcher.get(CLUSTER).text
    assert "The ward was closed." in page and "Take back" not in page
    for address in (SKIP, "/skipped-visits/1/take-back"):
        assert researcher.get(address).status_code == 404
    elsewhere = sign_in(Role.RESEARCHER, clusters={4}, email="other@example.org")
    assert elsewhere.get("/history/skipped_visit/1/reason").status_code == 404
    play.session.rollback()
    assert play.session.query(SkippedVisit).count() == 1


def test_a_protocol_without_reasons_offers_no_skip(own, sign_in, app):
    app.extensions["trial_protocol"] = load(None)
    manager = sign_in(Role.TRIAL_MANAGER)
    assert "skip-visit" not in manager.get(CLUSTER).text
    assert manager.get(SKIP).status_code == 404
