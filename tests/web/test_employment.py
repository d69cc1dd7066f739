"""A participant's work through the browser: added, corrected with a reason, ended, taken back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.web.following import enrolled, reveal, worked
from trial.protocol.roles import Role
from trial.records.models import Query, Spell, Term
from trial.web.database import db

TOLD = {
    "kind": "open", "source": "payslip", "job_title": "Porter",
    "started_on-day": "2", "started_on-month": "11", "started_on-year": "2015",
    "weekly_hours": "20", "pay": "7.50", "pay_period": "hour",
}  # fmt: skip


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def kept(app, cls):
    with app.app_context():
        return db.session.scalars(select(cls).order_by(cls.id)).all()


def boxes(name, day, month, year):
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}


def test_work_is_added_and_shown(sign_in, app, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    answer = browser.post(f"/participants/{person}/work/add", TOLD)
    assert answer.status_code == 302
    assert answer.location == f"/participants/{person}#work"
    (spell,), (term,) = kept(app, Spell), kept(app, Term)
    assert (spell.started_on, spell.start_day_known, spell.ended_on) == (
        date(2015, 11, 2),
        True,
        None,
    )
    assert (term.weekly_hours, term.pay, term.pay_period) == (Decimal(20), Decimal("7.5"), "hour")
    assert "Porter" in browser.get(f"/participants/{person}").text


def test_only_the_month_is_enough(sign_in, app, person):
    browser = sign_in()
    months = boxes("started_on", "", "11", "2015") | boxes("ended_on", "", "dec", "2015")
    assert browser.post(f"/participants/{person}/work/add", TOLD | months).status_code == 302
    (spell,) = kept(app, Spell)
    assert (spell.started_on, spell.start_day_known) == (date(2015, 11, 15), False)
    assert (spell.ended_on, spell.end_day_known) == (date(2015, 12, 15), False)
    assert "only the month is known" in browser.get(f"/participants/{person}").text
    browser.page = None
    page = browser.get(f"/work/{spell.id}/correct").text
    assert 'name="started_on-day" type="text"' in page
    assert 'name="started_on-day" type="text" value="15"' not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": ""}, "Choose the kind of work"),
        ({"kind": "hobby"}, "Choose one of the answers shown"),
        (boxes("started_on", "31", "2", "2015"), "Enter a real date, such as 27 3 2026"),
        (boxes("started_on", "", "", ""), "Enter when it started"),
        (boxes("started_on", "", "", "2015"), "Enter the day and the month too"),
        (boxes("started_on", "16", "1", "2016"), "cannot be in the future"),
        (boxes("ended_on", "1", "11", "2015"), "cannot be before the start (2 November 2015)"),
        ({"weekly_hours": "169"}, "Enter a number from 0 to 168"),
        ({"weekly_hours": "many"}, "Enter a number with at most two decimals"),
        ({"pay_period": ""}, "Choose the period that the pay is for"),
        ({"job_title": "x" * 201}, "Shorten this to 200 characters"),
        ({"job_title": "a\u202eb"}, "Remove the characters"),
        ({"job_title": "a\x00b"}, "Remove the characters"),
        ({"ending_reason": "resigned"}, "Enter the last day worked"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_the_rest_is_kept(sign_in, app, person, wrong, said):
    answer = sign_in().post(f"/participants/{person}/work/add", TOLD | {"sector": "office"} | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert "There is a problem" in answer.text
    assert '<option value="office" selected' in answer.text
    assert kept(app, Spell) == []


def test_doubtful_pay_is_saved_and_asked_about(sign_in, app, person):
    browser = sign_in()
    assert browser.post(f"/participants/{person}/work/add", TOLD | {"pay": "5"}).status_code == 302
    (query,) = kept(app, Query)
    text = browser.get(f"/participants/{person}").text
    assert query.text.partition(".")[0] in text
    assert f'href="/queries/{query.id}"' in text


def test_a_correction_asks_why_and_shows_old_and_new(sign_in, app, protocol, person):
    spell = worked(app, protocol, person)
    browser = sign_in(Role.RESEARCHER, clusters={1})
    page = f"/work/{spell}/correct"
    same = {k: v for k, v in TOLD.items() if k not in ("weekly_hours", "pay", "pay_period")}
    changed = same | {"job_title": "Cleaner"}
    assert browser.post(page, changed).status_code == 422
    assert "Say why this is changed" in browser.page.text
    assert "Cleaner" in browser.page.text
    assert browser.post(page, same | {"reason": "payslip seen"}).status_code == 422
    assert "Nothing is changed yet" in browser.page.text
    assert browser.post(page, changed | {"reason": "payslip seen"}).status_code == 302
    history = browser.get(f"/history/spell/{spell}/job_title").text
    for said in ("Porter", "Cleaner", "payslip seen", "Correct spell"):
        assert said in history, said


def test_two_people_correcting_one_spell(sign_in, app, protocol, person):
    spell = worked(app, protocol, person)
    first, second = sign_in(), sign_in(email="other.manager@example.org")
    page = f"/work/{spell}/correct"
    told = {k: v for k, v in TOLD.items() if k not in ("weekly_hours", "pay", "pay_period")}
    told["reason"] = "payslip seen"
    second.get(page)
    assert first.post(page, told | {"job_title": "Cleaner"}).status_code == 302
    late = second.post(page, told | {"job_title": "Driver"})
    assert late.status_code == 409
    assert kept(app, Spell)[0].job_title == "Cleaner"


def test_a_form_sent_twice_saves_once(sign_in, app, person):
    browser = sign_in()
    page = f"/participants/{person}/work/add"
    browser.get(page)
    form = browser.hidden() | TOLD
    assert browser.client.post(page, data=form).status_code == 302
    assert browser.client.post(page, data=form).status_code == 409
    assert len(kept(app, Spell)) == 1


def test_work_ends_changes_its_terms_and_is_taken_back(sign_in, app, protocol, person):
    spell = worked(app, protocol, person)
    browser = sign_in()
    add = f"/work/{spell}/terms/add"
    assert browser.post(add, boxes("from_on", "1", "12", "2015")).status_code == 422
    assert "Enter the hours, the pay, or both" in browser.page.text
    more = boxes("from_on", "1", "12", "2015") | {"weekly_hours": "30"}
    assert browser.post(add, more).status_code == 302
    _, second = kept(app, Term)
    right = boxes("from_on", "2", "12", "2015") | {"weekly_hours": "30", "reason": "misread"}
    browser.page = None
    assert browser.post(f"/terms/{second.id}/correct", right).status_code == 302
    assert kept(app, Term)[1].from_on == date(2015, 12, 2)
    browser.page = None
    assert browser.post(f"/terms/{second.id}/void", {"reason": "not so"}).status_code == 302
    assert kept(app, Term)[1].voided_on == date(2016, 1, 15)
    browser.page = None
    end = boxes("ended_on", "8", "1", "2016") | {"ending_reason": "resigned"}
    assert browser.post(f"/work/{spell}/end", end).status_code == 302
    assert kept(app, Spell)[0].ended_on == date(2016, 1, 8)
    browser.page = None
    assert browser.post(f"/work/{spell}/void", {"reason": ""}).status_code == 422
    assert browser.post(f"/work/{spell}/void", {"reason": "entered twice"}).status_code == 302
    assert "Taken back" in browser.get(f"/participants/{person}").text


def test_a_specialist_records_that_they_helped(sign_in, app, protocol, person):
    mine = reveal(app, protocol, "city-forensic", "IPS")
    browser = sign_in(Role.EMPLOYMENT_SPECIALIST, clusters={mine})
    told = TOLD | {"found_with_specialist": "yes"}
    assert browser.post(f"/participants/{person}/work/add", told).status_code == 302
    assert kept(app, Spell)[0].found_with_specialist == "yes"


def test_a_blinded_person_who_sends_the_answer_anyway_does_not_save_it(
    sign_in, app, protocol, person
):
    mine = reveal(app, protocol, "city-forensic", "IPS")
    told = TOLD | {"found_with_specialist": "yes"}
    sign_in(Role.RESEARCHER, clusters={mine}).post(f"/participants/{person}/work/add", told)
    assert kept(app, Spell)[0].found_with_specialist is None


def test_who_may_only_look_finds_no_way_to_change(sign_in, app, protocol, person):
    spell = worked(app, protocol, person)
    browser = sign_in(Role.AUDITOR)
    text = browser.get(f"/participants/{person}").text
    assert "Porter" in text
    for absent in ("/work/add", f"/work/{spell}/", "/withdraw", "/death", "/visits/"):
        assert absent not in text, absent
    for address in (
        f"/participants/{person}/work/add",
        f"/work/{spell}/correct",
        f"/work/{spell}/void",
    ):
        assert browser.get(address).status_code == 404
