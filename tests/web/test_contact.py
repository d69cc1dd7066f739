"""Contact through the browser: attempts, wishes, lost and found, and visits given to somebody."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.web.following import enrolled, playing
from tests.web.recruited import typed
from trial.conduct.access import Act
from trial.conduct.contact import attempts
from trial.protocol.roles import Role
from trial.records.models import ContactAttempt, ContactWishes, Participant, Visit
from trial.web.database import db
from trial.web.views import follow_up

TRIED = {"way": "phone", "outcome": "no-answer", **typed("tried_on", date(2015, 11, 2))}


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


@pytest.fixture
def address(person) -> str:
    return f"/participants/{person}/contact"


def rows(app, cls):
    with app.app_context():
        return db.session.scalars(select(cls)).all()


def visit_of(app, plan="month-6") -> Visit:
    return next(one for one in rows(app, Visit) if one.plan == plan)


def test_an_attempt_is_recorded_shown_and_taken_back(sign_in, app, person, address):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    assert "No attempt is recorded" in browser.get(address).text
    told = TRIED | {"visit": str(visit_of(app).id), "tried_at": "9.30", "note": "Ring after ten."}
    assert browser.post(f"{address}/add", told).status_code == 302
    text = browser.get(address).text
    for said in ("Telephone", "No answer", "09:30", "Ring after ten.", "A researcher"):
        assert said in text
    browser.page = None
    assert browser.post("/contact/1/take-back", {}).status_code == 422
    assert browser.post("/contact/1/take-back", {"reason": "not me"}).status_code == 302
    assert "Taken back" in browser.get(address).text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Choose how it was tried"),
        (TRIED | {"tried_at": "noon"}, "Enter a time of day, such as 14:05"),
        (TRIED | {"outcome": "arranged"}, "Choose the visit for which a day was arranged"),
        (TRIED | typed("next_try_on", date(2015, 11, 1)), "cannot be before the attempt"),
        (TRIED | {"visit": "999"}, "Choose one of the answers shown"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(sign_in, app, person, address, told, said):
    answer = sign_in().post(f"{address}/add", told)
    assert answer.status_code == 422
    assert said in answer.text
    assert rows(app, ContactAttempt) == []


def test_wishes_are_recorded_shown_and_changed_with_a_reason(sign_in, app, person, address):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    told = {"preferred_ways": ["letter"], "never_ways": ["phone"], "never_times": ["weekend"]}
    assert browser.post(f"{address}/wishes", told).status_code == 302
    text = browser.get(f"{address}/add").text
    assert "Telephone (they asked: never)" in text
    assert "Prefers: </strong>" not in text and "Prefers: Letter" in text
    browser.page = None
    both = {"preferred_ways": ["letter"], "never_ways": ["letter"], "reason": "asked"}
    assert "not both: Letter" in browser.post(f"{address}/wishes", both).text
    assert browser.post(f"{address}/wishes", {"reason": "asked"}).status_code == 302
    assert dict(rows(app, ContactWishes)[0].ways) == {}


def test_somebody_is_lost_and_found(sign_in, app, person, address):
    browser = sign_in(Role.DATA_MANAGER)
    page = f"/participants/{person}/lost"
    told = {"why": "left-area", **typed("happened_on", date(2015, 12, 1))}
    answer = browser.post(page, told)
    assert answer.status_code == 422
    assert "although this was not tried" in answer.text
    assert browser.post(page, told | {"note": "Moved abroad."}).status_code == 302
    shown = browser.get(f"/participants/{person}").text
    assert "Lost to follow-up" in shown and "decided by A data manager" in shown
    number = rows(app, Participant)[0].number
    assert number in browser.get("/participants?standing=lost+to+follow-up").text
    assert number in browser.get("/follow-up/missed").text
    browser.page = None
    found = typed("happened_on", date(2016, 1, 10))
    assert browser.post(f"/participants/{person}/found", found).status_code == 302
    assert visit_of(app).state == "expected"
    assert "Found again" in browser.get(f"/participants/{person}").text


def test_visits_are_given_to_somebody_many_at_once(sign_in, account, app, protocol, person):
    enrolled(app, protocol)
    to = account(Role.RESEARCHER, clusters={1})
    browser = sign_in(Role.DATA_MANAGER)
    baselines = [str(one.id) for one in rows(app, Visit) if one.plan == "baseline"]
    browser.get("/follow-up")
    answer = browser.post("/follow-up/overdue/assign", {"to": str(to)})
    assert answer.status_code == 422 and "Choose at least one visit" in answer.text
    given = {"to": str(to), "visits": baselines}
    assert (
        browser.post("/follow-up/overdue/assign?cluster=1", given)
        .headers["Location"]
        .endswith("/follow-up?cluster=1")
    )
    assert {v.assigned_name for v in rows(app, Visit) if v.plan == "baseline"} == {"A researcher"}
    text = browser.get(f"/follow-up?assigned={to}").text
    assert "2 visits changed hands" in text and text.count("Choose Baseline of") == 2
    assert "No visit is overdue" in browser.get("/follow-up?assigned=0").text
    browser.get("/follow-up")
    none = browser.post("/follow-up/overdue/assign", {"to": "0", "visits": baselines[:1]})
    assert none.status_code == 302
    assert "1 visit changed hands" in browser.get("/follow-up?visit=baseline").text


def test_every_visit_of_a_list_goes_to_somebody_also_on_its_other_pages(
    sign_in, app, protocol, person, account, monkeypatch
):
    monkeypatch.setattr(follow_up, "SIZE", 1)
    enrolled(app, protocol)
    to = account(Role.RESEARCHER, clusters={1})
    browser = sign_in(Role.DATA_MANAGER)
    assert "also on its other pages" in browser.get("/follow-up?visit=baseline").text
    given = {"to": str(to), "every": "yes"}
    done = browser.post("/follow-up/overdue/assign?visit=baseline&assigned=0", given)
    assert done.status_code == 302
    assert "2 visits changed hands" in browser.get("/follow-up").text
    first = str(next(one.id for one in rows(app, Visit) if one.plan == "baseline"))
    browser.post("/follow-up/overdue/assign", {"to": "0", "visits": [first]})
    browser.get("/follow-up?assigned=0")
    browser.post("/follow-up/overdue/assign?assigned=0", given)
    # Of the list of those whom nobody sees to it was the one, and not the other too.
    assert "1 visit changed hands" in browser.get(f"/follow-up?assigned={to}").text
    manager = account(Role.TRIAL_MANAGER)
    none = browser.post("/follow-up/overdue/assign?assigned=0", given | {"to": str(manager)})
    assert none.status_code == 422 and "Choose at least one visit" in none.text
    wrong = browser.post("/follow-up/overdue/assign?visit=none-such", given | {"to": "0"})
    assert wrong.status_code == 422 and "look at it again" in wrong.text
    found = {(one.plan, one.assigned_name) for one in rows(app, Visit)}
    assert found == {("baseline", "A researcher"), ("month-6", None), ("month-12", None)}
    monkeypatch.undo()
    assert "also on its other pages" not in browser.get("/follow-up").text


def test_visits_do_not_go_to_who_cannot_see_them(sign_in, account, app, person):
    to = account(Role.RESEARCHER, clusters={2}, email="other@example.org")
    browser = sign_in(Role.DATA_MANAGER)
    browser.get("/follow-up")
    answer = browser.post(
        "/follow-up/overdue/assign", {"to": str(to), "visits": [str(visit_of(app, "baseline").id)]}
    )
    assert answer.status_code == 422
    assert "does not see the clusters of 1 of these visits" in answer.text


def test_a_researcher_of_another_cluster_finds_nothing(sign_in, app, protocol, person, address):
    def tries(trial):
        found = trial.session.get_one(Participant, person)
        told = {"tried_on": date(2015, 11, 2), "way": "phone", "outcome": "no-answer"}
        return trial.does(Act.RECORD_CONTACT, attempts.record, found, None, **told).id

    attempt = playing(app, protocol, tries)
    browser = sign_in(Role.RESEARCHER, clusters={2})
    for page in (address, f"{address}/add", f"{address}/wishes", f"/contact/{attempt}/take-back"):
        assert browser.get(page).status_code == 404
    assert browser.get(f"/history/contact_attempt/{attempt}/outcome").status_code == 404
