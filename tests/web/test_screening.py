"""The pages of the screening log: from somebody considered to somebody approached, without identifiers."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.web.recruited import typed
from trial.conduct.screening_log import Stage, counts
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Cluster, Screening

READINESS = "clinician-readiness"


@pytest.fixture
def other(play):
    return play.open(play.session.scalar(select(Cluster).where(Cluster.key == "county-forensic")))


def row(play, number):
    play.session.rollback()
    return play.session.scalar(select(Screening).where(Screening.number == number))


def considered(within, **rest):
    form = {"cluster": str(within.id), "referral": "referred", "decided_by": "clinical-team"}
    return form | typed("considered_on", date(2015, 10, 1)) | rest


def test_an_empty_log_says_what_to_do_first(sign_in, play):
    manager = sign_in(Role.TRIAL_MANAGER)
    assert "no cluster has given permission" in manager.get("/screening").text
    play.open(play.session.scalar(select(Cluster).limit(1)))
    page = manager.get("/screening").text
    assert "Nobody has been considered yet" in page
    assert 'href="/screening/new"' in page


def test_somebody_considered_gets_a_number(play, own, researcher):
    researcher.get("/screening/new")
    answer = researcher.post("/screening/new", considered(own))
    assert (answer.status_code, answer.location) == (302, "/screening/1")
    assert "Screening number 1 is given" in researcher.get("/screening/1").text
    assert row(play, 1).decided_by == "clinical-team"


def test_readiness_as_the_stated_reason_is_kept(play, own, researcher):
    researcher.get("/screening/new")
    form = considered(own, referral="not referred", not_referred_reason=READINESS)
    assert researcher.post("/screening/new", form).status_code == 302
    page = researcher.get("/screening/1").text
    assert "Clinician judged the person not ready for work" in page
    assert "Nobody is approached without a referral" in page


@pytest.mark.parametrize(
    ("wrong", "said", "focus"),
    [
        ({"referral": "not referred"}, "Choose the reason that was stated", "not_referred_reason"),
        (typed("considered_on", date(2016, 2, 1)), "cannot be in the future", "considered_on-day"),
        ({"considered_on-month": "13"}, "Enter a real date", "considered_on-month"),
        ({"decided_by": "<script>"}, "Choose one of the answers", "decided_by"),
        ({"earlier_number": "7"}, "no screening number 7", "earlier_number"),
        ({"earlier_number": "x\x00y"}, "Enter a whole number", "earlier_number"),
        ({"cluster": "99"}, "Choose one of the answers", "cluster"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_the_rest_stays(
    play, own, researcher, wrong, said, focus
):
    researcher.get("/screening/new")
    answer = researcher.post("/screening/new", considered(own, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{focus}"' in answer.text
    assert 'value="2015"' in answer.text or "2016" in answer.text
    assert row(play, 1) is None


def test_faults_are_listed_in_the_order_of_the_page(own, researcher):
    researcher.get("/screening/new")
    page = researcher.post("/screening/new", {}).text
    focuses = re.findall(r'<a href="#([a-z_-]+)">', page)
    assert focuses == ["cluster", "considered_on-day", "referral", "decided_by"]


def test_another_clusters_row_is_not_there(play, own, other, researcher):
    play.ready(other)
    for ending in ("", "/correct", "/criteria", "/approach", "/decline", "/consent", "/enrol"):
        assert researcher.get(f"/screening/1{ending}").status_code == 404
    assert "County Community" not in researcher.get("/screening").text
    assert researcher.get("/screening/99999999999999").status_code == 404
    assert other.key not in researcher.get("/screening/new").text


def test_the_criteria_are_answered_in_two_sittings_and_derive_the_outcome(play, own, researcher):
    play.consider(own)
    answers = {f"criterion-{key}": answer for key, answer in play.met().items()}
    late = answers.pop("criterion-does-not-wish-to-work")
    dated = typed("answered_on", date(2015, 10, 2)) | {"source": "clinical-record"}
    researcher.get("/screening/1/criteria")
    assert researcher.post("/screening/1/criteria", answers | dated).status_code == 302
    assert row(play, 1).eligibility == "not yet determined"
    page = researcher.get("/screening/1/criteria").text
    assert "criterion-adult" not in page
    form = {"criterion-does-not-wish-to-work": late} | dated
    assert researcher.post("/screening/1/criteria", form).status_code == 302
    assert row(play, 1).eligibility == "eligible"
    assert researcher.get("/screening/1/criteria").status_code == 302


def test_answering_nothing_is_refused(play, own, researcher):
    play.consider(own)
    researcher.get("/screening/1/criteria")
    dated = typed("answered_on", date(2015, 10, 2)) | {"source": "clinical-record"}
    answer = researcher.post("/screening/1/criteria", dated)
    assert answer.status_code == 422
    assert "Answer at least one criterion" in answer.text


def test_one_answer_is_changed_with_a_reason(play, own, researcher):
    play.answer(play.consider(own))
    address = "/screening/1/criteria/adult"
    page = researcher.get(address).text
    assert "Aged 18 or over" in page
    form = {"answer": "no", "source": "person"} | typed("answered_on", date(2015, 10, 3))
    assert "Say why this is changed" in researcher.post(address, form).text
    assert researcher.post(address, form | {"reason": "A slip."}).status_code == 302
    assert row(play, 1).eligibility == "not eligible"
    assert "By: Aged 18 or over" in researcher.get("/screening/1").text
    assert researcher.get("/screening/1/criteria/invented").status_code == 404


def test_an_approach_and_a_decline_are_recorded_corrected_and_taken_back(play, own, researcher):
    play.answer(play.consider(own))
    researcher.get("/screening/1/approach")
    form = {"approach": "approached", "not_approached_reason": "other"}
    answer = researcher.post("/screening/1/approach", form)
    assert "Enter the day on which the person was approached" in answer.text
    form |= typed("approached_on", date(2015, 10, 5))
    assert researcher.post("/screening/1/approach", form).status_code == 302
    assert row(play, 1).not_approached_reason is None
    researcher.get("/screening/1/decline")
    form = {"declined_reason": "benefits"} | typed("outcome_on", date(2015, 10, 4))
    answer = researcher.post("/screening/1/decline", form)
    assert "cannot be before the approach (5 October 2015)" in answer.text
    form |= typed("outcome_on", date(2015, 10, 6))
    assert researcher.post("/screening/1/decline", form).status_code == 302
    assert "Concern about losing benefits" in researcher.get("/screening/1").text
    researcher.get("/screening/1/take-back")
    answer = researcher.post("/screening/1/take-back", {"reason": "Thought it over."})
    assert answer.status_code == 302
    assert row(play, 1).outcome is None


def test_a_row_is_corrected_with_a_reason(play, own, researcher):
    play.consider(own)
    researcher.get("/screening/1/correct")
    form = considered(own, **typed("considered_on", date(2015, 9, 30)))
    assert researcher.post("/screening/1/correct", form).status_code == 422
    answer = researcher.post("/screening/1/correct", form | {"reason": "By the form."})
    assert answer.status_code == 302
    assert row(play, 1).considered_on == date(2015, 9, 30)


def test_only_the_next_step_is_a_button(play, own, researcher):
    steps = (
        (lambda: play.consider(own), "/screening/1/criteria"),
        (lambda: play.answer(row(play, 1)), "/screening/1/approach"),
        (lambda: play.approach(row(play, 1)), "/screening/1/consent"),
        (lambda: play.take(row(play, 1)), "/screening/1/enrol"),
    )
    for do, address in steps:
        do()
        page = researcher.get("/screening/1").text
        buttons = re.findall(r'class="govuk-button"[^>]*href="([^"]*)"', page)
        assert buttons == [address]
    play.enrol(row(play, 1))
    page = researcher.get("/screening/1").text
    assert 'class="govuk-button" data-module="govuk-button" role="button"' not in page
    assert "Enrolled as IPSOH-0001-L" in page


def test_the_log_is_filtered_counted_and_paged(play, own, other, sign_in, monkeypatch):
    monkeypatch.setattr("trial.web.views.screening.SIZE", 2)
    for _ in range(3):
        play.consider(own, referral="not referred", reason=READINESS)
    play.consider(other)
    manager = sign_in(Role.TRIAL_MANAGER)
    assert shown(manager.get("/screening").text) == [4, 3]
    assert shown(manager.get("/screening?page=2").text) == [2, 1]
    assert shown(manager.get("/screening?page=999").text) == [2, 1]
    assert shown(manager.get(f"/screening?cluster={other.id}").text) == [4]
    page = manager.get("/screening?stage=not+referred&page=2").text
    assert shown(page) == [1]
    researcher = sign_in(Role.RESEARCHER, clusters={own.id}, email="other@example.org")
    assert shown(researcher.get("/screening").text) == [3, 2]
    assert shown(researcher.get("/screening?page=2").text) == [1]
    assert "Nobody stands there" in manager.get("/screening?stage=enrolled").text
    assert manager.get("/screening?stage=invented&cluster=x").status_code == 422


def shown(page):
    return [
        int(number)
        for number in re.findall(r'<a class="govuk-link" href="/screening/(\d+)">', page)
    ]


def test_counts_tell_where_everyone_stands(play, own, other):
    play.participant(own)
    play.take(play.ready(own))
    play.ready(other)
    play.answer(play.consider(own), answers=play.met() | {"adult": "no"})
    assert {stage: n for stage, n in counts(play.session).items() if n} == {
        Stage.ENROLLED: 1, Stage.CONSENTED: 1, Stage.AWAITING: 1, Stage.NOT_ELIGIBLE: 1,
    }  # fmt: skip
    assert sum(counts(play.session, other.id).values()) == 1
    play.session.info["actor"] = Actor(7, "A researcher", Role.RESEARCHER, frozenset({other.id}))
    assert {stage: n for stage, n in counts(play.session).items() if n} == {Stage.AWAITING: 1}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_MANAGER])
def test_who_only_reads_finds_no_way_to_change(play, own, sign_in, role):
    play.take(play.ready(own))
    reader = sign_in(role)
    page = reader.get("/screening/1").text
    assert not re.search(r'href="/screening/1/', page)
    assert 'href="/screening/new"' not in reader.get("/screening").text
    for ending in ("new", "1/correct", "1/criteria", "1/approach", "1/consent", "1/enrol"):
        assert reader.get(f"/screening/{ending}").status_code == 404


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.ADMINISTRATOR, Role.FIDELITY_REVIEWER])
def test_who_has_no_business_in_the_log_finds_none(own, sign_in, role):
    person = sign_in(role, clusters={own.id} if role is Role.FIDELITY_REVIEWER else None)
    assert person.get("/screening").status_code == 404
