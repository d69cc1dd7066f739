"""The pages of the process evaluation: register, draws, overview and report, and who may open them."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.playing import email_of
from tests.web.conftest import Browser
from tests.web.crawling import signed_in
from trial.protocol.roles import Role
from trial.records.models import Act, Draw, Employer
from trial.web.database import db

PAGES = ("/process", "/employers", "/employers/draws", "/reports/process")
OPEN = {
    Role.TRIAL_MANAGER: PAGES,
    Role.AUDITOR: PAGES,
    Role.EMPLOYMENT_SPECIALIST: PAGES[:3],
    Role.FIDELITY_REVIEWER: (PAGES[0], PAGES[3]),
    Role.DATA_MANAGER: (),
    Role.STATISTICIAN: (),
    Role.ADMINISTRATOR: (),
}
FIRM = {
    "name": "Umber Street Laundry", "sector": "hospitality", "listed_on-day": "3",
    "listed_on-month": "1", "listed_on-year": "2017", "hired": "no",
}  # fmt: skip


@pytest.mark.parametrize("role", OPEN)
def test_who_may_open_which_page(shown: Flask, role: Role) -> None:
    person = signed_in(shown, email_of(role))
    for page in PAGES:
        assert person.get(page).status_code == (200 if page in OPEN[role] else 404), page


def test_the_overview_tells_fidelity_and_the_log_but_no_interviews(shown: Flask) -> None:
    specialist = signed_in(shown, email_of(Role.EMPLOYMENT_SPECIALIST))
    text = specialist.get("/process").text
    assert "85 (fair)" in text and "Diversity of job types" in text
    assert "Contact with an employer" in text and "Coded extract" not in text
    for key, status in (
        ("fidelity", 200),
        ("fidelity-items", 200),
        ("contacts", 200),
        ("barriers", 404),
    ):
        assert specialist.get(f"/process/figures/{key}.svg").status_code == status


def test_the_report_as_page_figures_and_files(shown: Flask) -> None:
    reviewer = signed_in(shown, email_of(Role.FIDELITY_REVIEWER))
    text = reviewer.get("/reports/process").text
    assert "Barriers and facilitators by criterion of fidelity" in text
    assert "11 staff, 3 patient, 5 employer" in text
    svg = re.search(r'src="([^"]*barriers\.svg[^"]*)"', text)
    assert svg and reviewer.get(svg[1].replace("&amp;", "&")).status_code == 200
    index = reviewer.get("/reports").text
    assert "Process evaluation as PDF" in index and "Feasibility report as PDF" not in index
    assert "/reports/process.json" in index


def test_an_early_cut_is_told_too(shown: Flask) -> None:
    manager = signed_in(shown, email_of(Role.TRIAL_MANAGER))
    cut = {"cut-day": "1", "cut-month": "10", "cut-year": "2015"}
    text = manager.get("/reports/process", query_string=cut).text
    assert "No review of fidelity is complete yet." in text


def test_an_employer_is_listed_changed_and_struck_off(demonstration: Flask) -> None:
    specialist = Browser(signed_in(demonstration, email_of(Role.EMPLOYMENT_SPECIALIST)))
    assert specialist.post("/employers/add", FIRM | {"name": ""}).status_code == 422
    assert specialist.page is not None
    assert "Enter the employer&#39;s name" in specialist.page.text
    answer = specialist.post("/employers/add", FIRM, follow_redirects=True)
    assert "Listed as number 21." in answer.text
    again = specialist.post("/employers/add", FIRM)
    assert again.status_code == 422 and "as number 21" in again.text
    with demonstration.app_context():
        row = db.session.scalars(select(Employer).where(Employer.number == 21)).one()
        number = row.id
    specialist.get(f"/employers/{number}/correct")
    changed = specialist.post(f"/employers/{number}/correct", FIRM | {"name": "Umber Laundry"})
    assert changed.status_code == 422 and "Say why this is being changed" in changed.text
    specialist.post(f"/employers/{number}/correct", FIRM | {"hired": "yes"})
    specialist.get(f"/employers/{number}/strike-off")
    day = {"struck_on-day": "10", "struck_on-month": "1", "struck_on-year": "2017"}
    struck = specialist.post(
        f"/employers/{number}/strike-off", day | {"reason": "Closed."}, follow_redirects=True
    )
    assert "Employer 21 is struck off." in struck.text
    with demonstration.app_context():
        row = db.session.get(Employer, number)
        assert row is not None and row.hired and row.struck_on is not None


def test_a_draw_in_two_acts_and_a_stale_page_draws_no_second_time(demonstration: Flask) -> None:
    manager = Browser(signed_in(demonstration, email_of(Role.TRIAL_MANAGER)))
    manager.get("/employers/draws")
    refused = manager.post("/employers/draws", {"size": "3"})
    assert refused.status_code == 422 and "Say why" in refused.text
    why = {"size": "3", "reason": "Two of the first five moved away."}
    answer = manager.post("/employers/draws", why, follow_redirects=True)
    assert "sealed" not in answer.text and "Open the seed and draw" in answer.text
    with demonstration.app_context():
        made = db.session.scalars(select(Draw).order_by(Draw.id.desc())).first()
        assert made is not None and made.seed is None
        number = made.id
    drawn = manager.post(f"/employers/draws/{number}/make", follow_redirects=True)
    assert "The employers are drawn." in drawn.text and "Does not hold" not in drawn.text
    again = manager.post(f"/employers/draws/{number}/make", follow_redirects=True)
    assert "has been made" in again.text
    with demonstration.app_context():
        acts = select(Act).where(Act.name == "draw employers").order_by(Act.number)
        assert len(db.session.scalars(acts).all()) == 4


def test_only_the_trial_manager_draws(demonstration: Flask) -> None:
    specialist = Browser(signed_in(demonstration, email_of(Role.EMPLOYMENT_SPECIALIST)))
    assert "Another draw" not in specialist.get("/employers/draws").text
    assert specialist.post("/employers/draws/1/make").status_code == 404
