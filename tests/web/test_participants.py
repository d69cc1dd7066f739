"""Participants: found by number, listed a page at a time, and each shown as far as the role goes."""

from datetime import date
from decimal import Decimal

import pytest

from tests.web.following import enrolled, playing, reveal, worked
from trial.conduct import queries, withdrawal
from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.models import Event, Participant, Visit
from trial.web.database import db


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def get(app, cls, number):
    with app.app_context():
        return db.session.get(cls, number)


@pytest.mark.parametrize("typed", ["IPSOH-0001-L", " ipsoh 0001 l ", "ipsoh0001l", "0001-l"])
def test_a_study_number_is_found_however_it_is_typed(sign_in, person, app, typed):
    number = get(app, Participant, person).number
    asked = typed.replace("L", number[-1]).replace("l", number[-1].lower())
    answer = sign_in().get("/search", query_string={"q": asked})
    assert answer.status_code == 302
    assert answer.location == f"/participants/{person}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Enter a study number"), ("IPSOH-0001-0", "check it, such as"), ("x" * 70, "Shorten")],
)
def test_a_number_that_is_none_gets_a_sentence(sign_in, person, typed, said):
    answer = sign_in().get("/search", query_string={"q": typed})
    assert answer.status_code == 422
    assert said in answer.text


def test_the_list_shows_status_and_what_comes_next(sign_in, person):
    text = sign_in(Role.DATA_MANAGER).get("/participants").text
    assert "In follow-up" in text
    assert "Baseline is overdue: its window closed on 9 November 2015" in text


def test_an_empty_list_says_what_to_do_first(sign_in):
    assert "Nobody is enrolled yet" in sign_in().get("/participants").text


def test_the_list_is_narrowed_by_cluster_and_status(sign_in, app, person, protocol):
    other = enrolled(app, protocol, "county-forensic")
    cluster = get(app, Participant, other).cluster_id
    browser = sign_in()
    text = browser.get("/participants", query_string={"cluster": cluster}).text
    assert f'href="/participants/{other}"' in text
    assert f'href="/participants/{person}"' not in text
    assert "No participant matches" in browser.get("/participants?standing=died").text
    assert (
        f'href="/participants/{person}"' in browser.get("/participants?standing=in+follow-up").text
    )
    assert browser.get("/participants?cluster=99").status_code == 422


def test_another_cluster_s_participant_is_not_there(sign_in, app, protocol, person):
    other = enrolled(app, protocol, "county-forensic")
    cluster = get(app, Participant, person).cluster_id
    browser = sign_in(Role.RESEARCHER, clusters={cluster})
    assert browser.get(f"/participants/{person}").status_code == 200
    number = get(app, Participant, other).number
    for address in (
        f"/participants/{other}", f"/participants/{other}/work/add", f"/participants/{other}/death",
        f"/participants/{other}/withdraw", f"/participants/{other}/work.svg", "/visits/4",
        "/participants/99999999999999999999",
    ):  # fmt: skip
        assert browser.get(address).status_code == 404, address
    assert browser.get("/search", query_string={"q": number}).status_code == 422


def test_one_page_shows_visits_work_queries_and_history_links(sign_in, app, protocol, person):
    spell = worked(app, protocol, person, pay=Decimal(5))
    text = sign_in(Role.RESEARCHER, clusters={1}).get(f"/participants/{person}").text
    for said in (
        "6-month follow-up", "Porter", "20 hours a week", "below the minimum wage",
        f'href="/history/spell/{spell}/job_title"', "What the work says", "Signed on",
    ):  # fmt: skip
        assert said in text, said


def test_the_timeline_is_a_picture_of_its_own(sign_in, app, protocol, person):
    browser = sign_in()
    assert browser.get(f"/participants/{person}/work.svg").status_code == 404
    worked(app, protocol, person)
    answer = browser.get(f"/participants/{person}/work.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "Porter" in answer.text


def test_a_specialist_sees_only_revealed_people_of_theirs_and_only_their_work(
    sign_in, app, protocol, person
):
    other = enrolled(app, protocol, "county-forensic")
    mine = reveal(app, protocol, "city-forensic", "IPS")
    theirs = reveal(app, protocol, "county-forensic", "TAU")
    spell = worked(app, protocol, person, found_with_specialist="yes")
    browser = sign_in(Role.EMPLOYMENT_SPECIALIST, clusters={mine, theirs})
    text = browser.get(f"/participants/{person}").text
    assert "Porter" in text
    assert "Found with the employment specialist" in text
    for absent in ("Year of birth", "6-month follow-up", "Withdrawal", "Consent", "/visits/"):
        assert absent not in text, absent
    assert browser.get(f"/participants/{other}").status_code == 404
    assert browser.get("/visits/1").status_code == 404
    assert browser.get("/follow-up").status_code == 404
    assert browser.get(f"/history/spell/{spell}/found_with_specialist").status_code == 200
    assert browser.get("/history/visit/1/state").status_code == 404
    assert "Work now" in browser.get("/participants").text


def test_what_tells_the_arm_is_absent_for_the_blinded(sign_in, app, protocol, person):
    mine = reveal(app, protocol, "city-forensic", "IPS")
    spell = worked(app, protocol, person, found_with_specialist="yes")
    browser = sign_in(Role.RESEARCHER, clusters={mine})
    for address in (
        f"/participants/{person}",
        f"/participants/{person}/work/add",
        f"/work/{spell}/correct",
    ):
        assert "found_with_specialist" not in browser.get(address).text
        assert "specialist’s help" not in browser.get(address).text
    assert browser.get(f"/history/spell/{spell}/found_with_specialist").status_code == 404


def test_a_withdrawal_takes_effect_at_once_and_is_taken_back(sign_in, app, person):
    browser = sign_in(Role.DATA_MANAGER)
    page = f"/participants/{person}/withdraw"
    assert "follow-up goes on" not in browser.get(page).text
    told = {
        "levels": "follow-up", "why": "burden",
        "happened_on-day": "1", "happened_on-month": "12", "happened_on-year": "2015",
    }  # fmt: skip
    assert browser.post(page, {}).status_code == 422
    assert "Choose what they withdraw from" in browser.page.text
    assert browser.post(page, told).status_code == 302
    text = browser.get(f"/participants/{person}").text
    assert "Withdrawn from follow-up" in text
    assert "Nothing more is collected since 1 December 2015" in text
    assert f"/participants/{person}/work/add" not in text
    refused = browser.post("/visits/2", {"state": "missed", "why": "not-reached", "reason": "x"})
    assert (
        refused.status_code == 302
    )  # a correction of what the withdrawal recorded, with its reason
    assert get(app, Visit, 2).state == "missed"
    assert browser.post("/events/1/take-back", {"reason": ""}).status_code == 422
    assert browser.post("/events/1/take-back", {"reason": "wrong person"}).status_code == 302
    assert get(app, Event, 1).voided_on == date(2016, 1, 15)
    assert get(app, Visit, 1).state == "expected"


def test_work_is_not_added_after_withdrawal(sign_in, app, protocol, person):
    def leave(trial):
        gone = {"levels": {"follow-up"}, "happened_on": date(2015, 12, 1), "reason": "burden"}
        subject = trial.session.get_one(Participant, person)
        trial.does(Act.WITHDRAW, withdrawal.withdraw, subject, **gone)

    playing(app, protocol, leave)
    told = {
        "kind": "open", "source": "payslip",
        "started_on-day": "1", "started_on-month": "11", "started_on-year": "2015",
    }  # fmt: skip
    answer = sign_in().post(f"/participants/{person}/work/add", told)
    assert answer.status_code == 422
    assert "withdrew from follow-up on 1 December 2015" in answer.text


def test_a_death_is_recorded(sign_in, app, person):
    browser = sign_in()
    page = f"/participants/{person}/death"
    day = {"happened_on-day": "2", "happened_on-month": "1", "happened_on-year": "2016"}
    assert browser.post(page, day | {"happened_on-year": "2017"}).status_code == 422
    assert "cannot be in the future" in browser.page.text
    assert browser.post(page, day).status_code == 302
    assert get(app, Participant, person).died_on == date(2016, 1, 2)


def test_a_query_is_raised_answered_closed_and_opened_again(sign_in, app, protocol, person):
    manager, researcher = sign_in(Role.DATA_MANAGER), sign_in(Role.RESEARCHER, clusters={1})
    page = f"/queries/raise/participant/{person}/birth_year"
    assert page in manager.get(f"/history/participant/{person}/birth_year").text
    assert researcher.get(page).status_code == 404
    assert manager.post(page, {"text": ""}).status_code == 422
    assert manager.post(page, {"text": "Is this right?"}).status_code == 302
    assert "1 </span>" not in researcher.get("/today").text
    assert "Is this right?" in researcher.get("/queries").text
    assert manager.get("/queries/1/answer").status_code == 404
    assert "/queries/1/answer" in researcher.get("/queries/1").text
    assert researcher.post("/queries/1/answer", {"answer": "Yes."}).status_code == 302
    assert researcher.get("/queries/1/close").status_code == 404
    assert manager.post("/queries/1/close").status_code == 302
    assert "No query stands" in researcher.get("/queries").text
    assert "Is this right?" in researcher.get("/queries?state=closed").text
    assert manager.post("/queries/1/re-open", {"reason": ""}).status_code == 422
    assert manager.post("/queries/1/re-open", {"reason": "which year?"}).status_code == 302
    assert queries.OPEN.capitalize() in manager.get("/queries/1").text


def test_who_answered_does_not_close(sign_in, person):
    browser = sign_in(Role.TRIAL_MANAGER)
    browser.post(f"/queries/raise/participant/{person}/birth_year", {"text": "Sure?"})
    browser.page = None
    browser.post("/queries/1/answer", {"answer": "Yes."})
    assert "someone else closes it" in browser.get("/queries/1").text
    browser.page = None
    assert browser.post("/queries/1/close").status_code == 422


@pytest.mark.parametrize("role", list(Role))
def test_today_says_to_every_role_what_waits_or_that_nothing_does(
    sign_in, app, protocol, person, role
):
    worked(app, protocol, person, pay=Decimal(5))
    answer = sign_in(role).get("/today")
    assert answer.status_code == 200
    waits = role in {Role.RESEARCHER, Role.DATA_MANAGER, Role.TRIAL_MANAGER, Role.AUDITOR}
    assert ("visits overdue" in answer.text.replace("visit overdue", "visits overdue")) is waits
    assert ("Nothing waits for you today" in answer.text) is not waits


def test_a_value_that_nobody_has_is_not_found(sign_in, person):
    browser = sign_in()
    for address in (
        "/queries/99", "/queries/99999999999", f"/queries/raise/act/{person}/name",
        f"/queries/raise/participant/{person}/secret", f"/queries/raise/identity/{person}/name",
    ):  # fmt: skip
        assert browser.get(address).status_code == 404, address


def test_an_objection_is_one_press(sign_in, app, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    assert "They object: stop everything now" in browser.get(f"/participants/{person}").text
    assert browser.post(f"/participants/{person}/objects").status_code == 302
    text = browser.get(f"/participants/{person}").text
    assert "no visit, no reminder, no contact from now on" in text
    assert "Showed that they object" in text and "They object: stop" not in text
    browser.post(f"/participants/{person}/objects")
    assert "already recorded" in browser.get(f"/participants/{person}").text
    assert "Showed that they object" in sign_in(Role.AUDITOR).get("/reports/audit").text
