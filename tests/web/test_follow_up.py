"""Follow-up through the browser: the lists of visits, and one visit recorded and put right."""

from datetime import date

import pytest

from tests.web.following import enrolled
from trial.protocol.roles import Role
from trial.records.models import Participant, Visit
from trial.web.database import db

DONE = {
    "state": "done", "working": "no",
    "done_on-day": "20", "done_on-month": "10", "done_on-year": "2015",
    "history_known_until-day": "20", "history_known_until-month": "10",
    "history_known_until-year": "2015",
}  # fmt: skip


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def get(app, cls, number):
    with app.app_context():
        return db.session.get(cls, number)


def test_the_list_leads_to_the_person_and_to_the_visit(sign_in, app, person):
    number = get(app, Participant, person).number
    text = sign_in(Role.RESEARCHER, clusters={1}).get("/follow-up").text
    assert number in text
    assert 'href="/visits/1"' in text
    assert "9 November 2015" in text


@pytest.mark.parametrize("which", ["due", "upcoming", "missed"])
def test_an_empty_list_says_so(sign_in, person, which):
    text = sign_in(Role.DATA_MANAGER).get(f"/follow-up/{which}").text
    assert "No visit" in text


def test_the_lists_are_narrowed_by_cluster(sign_in, app, protocol, person):
    other = enrolled(app, protocol, "county-forensic")
    cluster = get(app, Participant, other).cluster_id
    text = sign_in(Role.DATA_MANAGER).get(f"/follow-up?cluster={cluster}").text
    assert get(app, Participant, other).number in text
    assert get(app, Participant, person).number not in text
    assert f"/follow-up/missed?cluster={cluster}" in text


def test_a_researcher_sees_their_clusters_only(sign_in, app, protocol, person):
    other = enrolled(app, protocol, "county-forensic")
    browser = sign_in(Role.RESEARCHER, clusters={get(app, Participant, person).cluster_id})
    for address in ("/follow-up", "/today"):
        text = browser.get(address).text
        assert get(app, Participant, other).number not in text
        assert get(app, Participant, person).number in text


def test_a_visit_is_recorded_as_done(sign_in, app, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    answer = browser.post("/visits/1", DONE)
    assert answer.status_code == 302
    visit = get(app, Visit, 1)
    assert (visit.state, visit.done_on, visit.working) == ("done", date(2015, 10, 20), "no")
    assert get(app, Participant, person).known_until == date(2015, 10, 20)
    text = browser.get(f"/participants/{person}").text
    assert "in its window" in text
    assert "Baseline is saved as done" in text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Choose what became of it"),
        ({"state": "done"}, "Enter the day on which the visit was done"),
        (DONE | {"working": ""}, "Choose whether the person was in open employment"),
        (DONE | {"done_on-year": "2014"}, "cannot be before enrolment (12 October 2015)"),
        (DONE | {"done_on-year": "2016"}, "cannot be in the future"),
        (DONE | {"history_known_until-day": "21"}, "cannot be after the visit (20 October 2015)"),
        (DONE | {"done_on-day": "32"}, "Enter a real date"),
        ({"state": "missed"}, "Choose why the visit is missed"),
        ({"state": "missed", "why": "other-reason"}, "Choose one of the answers shown"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(sign_in, app, person, told, said):
    answer = sign_in().post("/visits/1", told)
    assert answer.status_code == 422
    assert said in answer.text
    assert get(app, Visit, 1).state == "expected"


def test_a_recorded_visit_is_corrected_with_a_reason(sign_in, app, person):
    browser = sign_in()
    browser.post("/visits/1", DONE)
    browser.page = None
    assert browser.post("/visits/1", DONE | {"working": "yes"}).status_code == 422
    assert "Say why this is changed" in browser.page.text
    right = DONE | {"working": "yes", "reason": "misheard"}
    assert browser.post("/visits/1", right).status_code == 302
    assert get(app, Visit, 1).working == "yes"
    text = browser.get("/history/visit/1/working").text
    assert "misheard" in text
    browser.page = None
    mistake = {"state": "expected", "reason": "wrong person"}
    assert browser.post("/visits/1", mistake).status_code == 302
    assert get(app, Visit, 1).state == "expected"


def test_a_missed_visit_stands_in_its_list(sign_in, app, person):
    browser = sign_in(Role.DATA_MANAGER)
    assert browser.post("/visits/1", {"state": "missed", "why": "admitted"}).status_code == 302
    assert get(app, Participant, person).number in browser.get("/follow-up/missed").text
    assert "Admitted to hospital" in browser.get(f"/participants/{person}").text
