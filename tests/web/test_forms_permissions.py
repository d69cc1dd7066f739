"""Who fills in which form, who reads it, and for whom it does not exist; nothing of a form tells an arm."""

import pytest

from tests.conduct.recruiting import MANAGER
from tests.web.filling import records, visit_of, with_forms
from tests.web.following import enrolled, reveal
from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.models import Employer
from trial.records.trail import acting
from trial.web.database import db

DAY = {
    "page-observed_on-day": "20",
    "page-observed_on-month": "10",
    "page-observed_on-year": "2015",
}
SAVE = DAY | {"page-save": "complete"}
EVERYTHING = SAVE | {"works": "no", "calm": "1", "tired": "1", "jobs.1.title": "Porter"}
ALL = (
    "city-forensic",
    "county-forensic",
    "city-personality-disorder",
    "county-personality-disorder",
)
FORMS = ("everything", "contacts", "telling", "for-one-arm", "team", "steering", "vacancy")
R, DM, TM, ES = (
    Role.RESEARCHER, Role.DATA_MANAGER, Role.TRIAL_MANAGER, Role.EMPLOYMENT_SPECIALIST,
)  # fmt: skip
FR, AU, AD, ST = Role.FIDELITY_REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.STATISTICIAN
MAY_ENTER = {
    R: {"everything", "contacts", "team"},
    DM: set(),
    TM: {"everything", "telling", "for-one-arm", "team", "steering", "vacancy"},
    ES: {"contacts", "telling", "vacancy"},
    FR: {"for-one-arm", "team"},
    AU: set(),
    AD: set(),
    ST: set(),
}


@pytest.fixture
def people(app, protocol):
    """Somebody in a cluster of the IPS arm and somebody in another; every arm is revealed."""
    with_forms(app, protocol)
    number = enrolled(app, protocol), enrolled(app, protocol, "county-forensic")
    for key, arm in zip(ALL, ("IPS", "TAU", "IPS", "TAU"), strict=True):
        reveal(app, protocol, key, arm)
    return number


@pytest.fixture
def person(people):
    """Somebody in a cluster of the IPS arm."""
    return people[0]


def address(app, person, form):
    """Where a form is filled in about somebody of cluster 1, cluster 1 itself, employer 1 or the trial."""
    number = {"steering": 0, "team": 1, "for-one-arm": 1, "vacancy": 1}.get(form, person)
    visit = f"?visit={visit_of(app, person)}" if form == "everything" else ""
    return f"/forms/add/{form}/{number}{visit}"


def listed(app):
    """Put one employer on the register."""
    with app.app_context():
        session = db.session()
        with acting(session, by=MANAGER, name=Act.LIST_EMPLOYER):
            told = {"number": 1, "name": "A bakery", "unblinds": True}
            session.add(Employer(listed_on=app.extensions["trial_settings"].clock.today(), **told))


def test_each_role_fills_in_its_own_forms_and_no_others(sign_in, app, person):
    listed(app)
    for role in Role:
        browser = sign_in(role, clusters={1} if role in (R, ES, FR) else None)
        opened = {f for f in FORMS if browser.get(address(app, person, f)).status_code == 200}
        assert opened == MAY_ENTER[role], role


def test_other_clusters_other_arms_and_other_visits_are_not_there(sign_in, app, people):
    person, other = people
    researcher = sign_in(R, clusters={1})
    assert researcher.get(f"/forms/add/contacts/{other}").status_code == 404
    assert researcher.get("/forms/add/team/2").status_code == 404
    first = researcher.get(f"/forms/add/everything/{person}")
    assert first.location == f"/forms/add/everything/{person}?visit={visit_of(app, person)}"
    month_6 = visit_of(app, person, "month-6")
    assert researcher.get(f"/forms/add/everything/{person}?visit={month_6}").status_code == 404
    wrong = visit_of(app, other)
    assert researcher.get(f"/forms/add/everything/{person}?visit={wrong}").status_code == 404
    for strange in ("nothing/1", "contacts/999999999999", "steering/1"):
        assert researcher.get(f"/forms/add/{strange}").status_code == 404
    manager = sign_in(TM)
    assert manager.get("/forms/add/for-one-arm/1").status_code == 200
    assert manager.get("/forms/add/for-one-arm/2").status_code == 404


def test_a_record_is_read_by_its_readers_and_changed_by_those_who_enter_it(sign_in, app, person):
    researcher = sign_in(R, clusters={1})
    where = address(app, person, "everything")
    researcher.get(where)
    assert researcher.post(where, EVERYTHING).status_code == 302
    (record,) = records(app, "everything")
    page = f"/forms/records/{record.id}"
    for role, reads, changes in ((DM, 200, 404), (AU, 200, 404), (ES, 404, 404), (ST, 404, 404)):
        browser = sign_in(role)
        assert browser.get(page).status_code == reads, role
        assert browser.get(f"{page}/edit").status_code == changes, role
        assert browser.client.post(f"{page}/edit", data=EVERYTHING).status_code != 302, role
        history = browser.get(f"/history/record/{record.id}/answers.works").status_code
        assert history == (200 if reads == 200 else 404), role
    elsewhere = sign_in(R, clusters={2}, email="elsewhere@example.org")
    assert elsewhere.get(page).status_code == 404
    assert len(records(app, "everything")) == 1


def test_what_tells_the_arm_is_kept_from_whoever_must_not_know_it(sign_in, app, person):
    manager, researcher = sign_in(TM), sign_in(R, clusters={1})
    where = address(app, person, "everything")
    researcher.get(where)
    assert "Said which arm it is" not in researcher.page.text
    assert researcher.post(where, EVERYTHING | {"knows_arm": "yes"}).status_code == 302
    (record,) = records(app, "everything")
    assert "knows_arm" not in {**record.answers, **record.telling}
    page = f"/forms/records/{record.id}"
    manager.get(f"{page}/edit")
    assert "Said which arm it is" in manager.page.text
    told = EVERYTHING | {"knows_arm": "yes", "page-reason": "it was said"}
    assert manager.post(f"{page}/edit", told).status_code == 302
    for look in (page, f"{page}/edit", f"/participants/{person}", "/forms", "/queries"):
        assert "Said which arm" not in researcher.get(look).text
    history = f"/history/record/{record.id}"
    assert researcher.get(f"{history}/telling.knows_arm").status_code == 404
    assert manager.get(f"{history}/telling.knows_arm").status_code == 200
    assert manager.get(f"{history}/answers.knows_arm").status_code == 404
    researcher.get(f"{page}/edit")
    changed = EVERYTHING | {"works": "missing: refused", "page-reason": "asked again"}
    assert researcher.post(f"{page}/edit", changed).status_code == 302
    (record,) = records(app, "everything")
    assert dict(record.telling) == {"knows_arm": "yes"}  # saved again, unseen
    assert record.answers["works"] == "missing: refused"


def test_a_form_that_tells_the_arm_is_absent_for_the_blinded(sign_in, app, person):
    manager = sign_in(TM)
    where = address(app, person, "telling")
    manager.get(where)
    assert manager.post(where, SAVE | {"minutes": "30"}).status_code == 302
    (record,) = records(app, "telling")
    assert record.unblinds
    for role in (R, DM):
        browser = sign_in(role, clusters={1} if role is R else None)
        for page in (f"/forms/records/{record.id}", f"/forms/log/telling/{person}", where):
            assert browser.get(page).status_code == 404
        for page in (f"/participants/{person}", "/forms", "/clusters/city-forensic", "/today"):
            text = browser.get(page).text
            assert "Sessions with the specialist" not in text
            assert "Only for one arm" not in text
    assert "Sessions with the specialist" in manager.get(f"/participants/{person}").text
    assert "Only for one arm" in manager.get("/clusters/city-forensic").text
    assert "Only for one arm" not in manager.get("/clusters/county-forensic").text


def test_a_query_is_raised_about_an_answer_by_name(sign_in, app, person):
    researcher, office = sign_in(R, clusters={1}), sign_in(DM)
    where = address(app, person, "everything")
    researcher.get(where)
    researcher.post(where, EVERYTHING)
    (record,) = records(app, "everything")
    raise_at = f"/queries/raise/record/{record.id}/answers.jobs.1.title"
    assert raise_at in office.get(f"/forms/records/{record.id}").text
    assert "Job title (1)" in office.get(raise_at).text
    assert office.post(raise_at, {"text": "Is this the whole title?"}).status_code == 302
    text = office.get("/queries").text
    assert "Job title (1)" in text
    assert "Is this the whole title?" in researcher.get("/queries").text
    assert office.get(f"/queries/raise/record/{record.id}/answers.nothing").status_code == 404
    assert office.get(f"/queries/raise/record/{record.id}/telling.knows_arm").status_code == 404


def test_forms_shows_each_role_what_it_fills_in(sign_in, app, person):
    reviewer = sign_in(FR, clusters={1, 2})
    text = reviewer.get("/forms").text
    assert text.count("<strong>Only for one arm") == 1  # of two clusters
    assert "Everything" not in text
    assert "/forms/add/steering/0" in sign_in(TM).get("/forms").text
    assert "Steering group" in sign_in(AU).get("/forms").text
    assert sign_in(AD).get("/forms").status_code == 404


def test_a_log_grows_and_lists_its_records(sign_in, app, person):
    researcher = sign_in(R, clusters={1})
    for minutes in ("10", "20"):
        researcher.get(f"/forms/add/contacts/{person}")
        told = SAVE | {"minutes": minutes}
        assert researcher.post(f"/forms/add/contacts/{person}", told).status_code == 302
    text = researcher.get(f"/forms/log/contacts/{person}").text
    assert text.count("20 October 2015") == 2
    assert "2 recorded" in researcher.get(f"/participants/{person}").text
