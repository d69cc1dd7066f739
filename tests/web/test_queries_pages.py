"""The pages of queries and of source verification: lists, files, histories that name a query, ticks."""

import pytest

from tests.web.filling import records, visit_of, with_forms
from tests.web.following import enrolled, reveal
from trial.protocol.roles import Role
from trial.protocol.verification import VerificationPlan

R, DM, TM, AU = Role.RESEARCHER, Role.DATA_MANAGER, Role.TRIAL_MANAGER, Role.AUDITOR
FR, ES, AD = Role.FIDELITY_REVIEWER, Role.EMPLOYMENT_SPECIALIST, Role.ADMINISTRATOR
SAVE = {
    "page-observed_on-day": "20",
    "page-observed_on-month": "10",
    "page-observed_on-year": "2015",
    "page-save": "complete",
}
EVERYTHING = SAVE | {
    "works": "yes",
    "hours": "60",
    "calm": "1",
    "tired": "1",
    "jobs.1.title": "Porter",
}


@pytest.fixture
def person(app, protocol):
    """Somebody enrolled in a trial whose forms ask everything and are all verified."""
    changed = with_forms(app, protocol)
    plan = VerificationPlan.model_validate({"share": 1, "first": 0})
    app.extensions["trial_protocol"] = changed.model_copy(update={"verification": plan})
    return enrolled(app, protocol)


@pytest.fixture
def record(app, sign_in, person):
    """A record that a researcher filled in, about which a check asked something."""
    researcher = sign_in(R, clusters={1})
    where = f"/forms/add/everything/{person}?visit={visit_of(app, person)}"
    researcher.get(where)
    assert researcher.post(where, EVERYTHING).status_code == 302
    (made,) = records(app, "everything")
    return made


def test_the_list_is_narrowed_and_downloaded_as_it_is_narrowed(sign_in, record):
    office = sign_in(DM)
    page = office.get("/queries")
    assert "Hours a week" in page.text and "Everything" in page.text and "Days open" in page.text
    assert "No query matches" in office.get("/queries?state=closed").text
    assert "Hours a week" in office.get("/queries?about=everything&waits=site").text
    assert "Hours a week" not in office.get("/queries?days=7").text
    assert office.get("/queries?days=five").status_code == 422
    office.get("/queries")
    told = office.post("/queries/queries.csv")
    assert (told.status_code, told.mimetype) == (200, "text/csv")
    lines = told.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and "city-forensic,Everything,Hours a week" in lines[1]
    office.get("/queries")
    assert len(office.post("/queries/queries.csv?state=closed").data.splitlines()) == 1
    assert "Export" in office.get("/trail").text
    researcher = sign_in(R, clusters={1}, email="another@example.org")
    assert "Download" not in researcher.get("/queries").text
    assert researcher.post("/queries/queries.csv").status_code == 404


def test_a_history_names_the_query_that_a_change_settled(sign_in, app, record):
    researcher = sign_in(R, clusters={1}, email="another@example.org")
    researcher.get(f"/forms/records/{record.id}/edit")
    changed = EVERYTHING | {"hours": "40", "page-reason": "misread"}
    assert researcher.post(f"/forms/records/{record.id}/edit", changed).status_code == 302
    text = researcher.get(f"/history/record/{record.id}/answers.hours").text
    assert 'href="/queries/1">query 1</a>' in text
    assert "Settled by" in researcher.get("/queries/1").text
    assert (
        'href="/queries/1"' not in researcher.get(f"/history/record/{record.id}/answers.works").text
    )


def test_the_fidelity_reviewer_answers_about_the_forms_that_they_fill_in(
    sign_in, app, person, protocol
):
    reveal(app, protocol, "city-forensic", "IPS")
    reviewer, manager = sign_in(FR, clusters={1}), sign_in(TM)
    reviewer.get("/forms/add/team/1")
    assert reviewer.post("/forms/add/team/1", SAVE | {"staff": "3"}).status_code == 302
    manager.get(f"/queries/raise/participant/{person}/birth_year")
    manager.post(f"/queries/raise/participant/{person}/birth_year", {"text": "Is this right?"})
    assert "Is this right?" not in reviewer.get("/queries").text
    assert reviewer.get("/queries/1").status_code == 404
    assert reviewer.get("/queries").status_code == 200
    assert sign_in(AD).get("/queries").status_code == 404


def test_the_fidelity_reviewer_sees_the_history_of_these_forms_and_of_nobody(
    sign_in, app, person, record, protocol
):
    reveal(app, protocol, "city-forensic", "IPS")
    reviewer = sign_in(FR, clusters={1})
    reviewer.get("/forms/add/team/1")
    assert reviewer.post("/forms/add/team/1", SAVE | {"staff": "3"}).status_code == 302
    own = record.id + 1
    assert "answers.staff" in reviewer.get(f"/forms/records/{own}").text
    assert reviewer.get(f"/history/record/{own}/answers.staff").status_code == 200
    for other in (f"record/{record.id}/answers.hours", f"participant/{person}/birth_year"):
        assert reviewer.get(f"/history/{other}").status_code == 404


def test_values_are_ticked_against_a_source_and_asked_again_when_they_change(
    sign_in, app, person, record
):
    office = sign_in(DM)
    where, key = f"/verification/{person}", f"record:{record.id}:answers.hours"
    text = office.get(where).text
    assert key in text and "Hours a week" in text and "knows_arm" not in text
    refused = office.post(where, {"agreed": [key]})
    assert refused.status_code == 422 and "Enter the source" in refused.text
    assert "checked" in refused.text
    refused = office.post(where, {"source": "Diary"})
    assert refused.status_code == 422 and "Tick the values" in refused.text
    strange = office.post(where, {"source": "Diary", "agreed": ["record:1:telling.knows_arm"]})
    assert strange.status_code == 422
    assert office.post(where, {"source": "Diary", "agreed": [key]}).status_code == 302
    assert "1 agree" in office.get(where).text and "Diary, " in office.get(where).text
    assert "1 of " in office.get(f"/forms/records/{record.id}").text
    researcher = sign_in(R, clusters={1}, email="another@example.org")
    researcher.get(f"/forms/records/{record.id}/edit")
    researcher.post(
        f"/forms/records/{record.id}/edit",
        EVERYTHING | {"hours": "40", "page-reason": "misread"},
    )
    assert "Changed since" in office.get(where).text
    assert "compared with their source" not in researcher.get(f"/forms/records/{record.id}").text


def test_a_difference_becomes_a_query_on_the_record(sign_in, app, person, record):
    office = sign_in(DM)
    where = f"/verification/differs/record/{record.id}/answers.jobs.1.title"
    assert where in office.get(f"/verification/{person}").text
    assert office.post(where, {"source": "Letter"}).status_code == 422
    told = {"source": "Letter", "said": "It says driver."}
    assert office.post(where, told).status_code == 302
    assert "1 differ" in office.get(f"/verification/{person}").text
    assert "Letter: It says driver." in office.get("/queries").text
    assert "Everything" in office.get("/verification/progress").text
    for strange in ("telling.knows_arm", "answers.nothing", "state"):
        address = f"/verification/differs/record/{record.id}/{strange}"
        assert office.get(address).status_code == 404, strange
    assert office.get("/verification/differs/record/999999999999/state").status_code == 404


@pytest.mark.parametrize("role", [R, AU, FR, ES, AD], ids=lambda role: role.value)
def test_who_does_not_verify_finds_no_such_pages(sign_in, person, role):
    browser = sign_in(role, clusters={1} if role in (R, ES, FR) else None)
    for page in ("/verification", "/verification/progress", f"/verification/{person}"):
        assert browser.get(page).status_code == 404


def test_nobody_ticks_what_they_entered(sign_in, app, person):
    manager = sign_in(TM)
    where = f"/forms/add/everything/{person}?visit={visit_of(app, person)}"
    manager.get(where)
    manager.post(where, EVERYTHING)
    (made,) = records(app, "everything")
    page = manager.get(f"/verification/{person}")
    assert "You entered it" in page.text
    key = f"record:{made.id}:answers.hours"
    assert key not in page.text
    refused = manager.post(f"/verification/{person}", {"source": "Diary", "agreed": [key]})
    assert refused.status_code == 422
    differs = f"/verification/differs/record/{made.id}/answers.hours"
    refused = manager.post(differs, {"source": "Diary", "said": "14"})
    assert refused.status_code == 422 and "somebody else" in refused.text
