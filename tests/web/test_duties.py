"""The pages of reports due: the days recorded, the list, the numbers as a PDF, made and taken back."""

import io
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from pypdf import PdfReader

from tests.web.following import enrolled
from tests.web.recruited import typed
from tests.web.test_safety import added
from trial.conduct.access import ALLOWED, Act
from trial.config import Clock
from trial.protocol import load
from trial.protocol.loading import SHIPPED
from trial.protocol.roles import Role

END, HALT = "/reports-due/days/end-of-study", "/reports-due/days/temporary-halt"
# A day of its own, and meetings on given days, beside what is shipped.
MORE = """
[[days]]
key = "section-251"
label = "Support under section 251 given"

[[duties]]
key = "cag-review"
label = "Annual review"
to = "the Confidentiality Advisory Group"
counted_from = "section-251"
months = 11
every_months = 12

[[duties]]
key = "board"
label = "Meeting of the board"
to = "the board"
dates = [2016-01-13, 2016-02-24]
"""


@pytest.fixture
def files(tmp_path):
    """The shipped protocol with more reports due, as one file."""
    file = tmp_path / "more.toml"
    shipped = [one.read_text() for one in sorted(SHIPPED.glob("*.toml"))]
    file.write_text("\n".join([*shipped, MORE]))
    return file


@pytest.fixture
def protocol(files):
    return load(files)


@pytest.fixture
def settings(settings, files):
    return replace(settings, protocol=files)


def on_day(browser, address, day, **told):
    """Record or correct a day on its page, opened anew."""
    browser.get(address)
    return browser.post(address, typed("happened_on", day) | told)


def row_of(browser, label):
    """The row of the list that begins with these words."""
    text = unescape(browser.get("/reports-due").text)
    return next(row for row in text.split("<tr") if f">{label}</" in row)


def test_from_the_end_of_the_study_to_its_declaration(app, sign_in, protocol):
    enrolled(app, protocol)
    browser = sign_in(Role.TRIAL_MANAGER)
    text = browser.get("/reports-due").text
    assert "Counted from: end of the study" in text and "Registration in a public register" in text
    address = "/reports-due/days/end-of-study"
    answer = browser.post(address, {})
    assert answer.status_code == 422 and "Enter the day" in answer.text
    browser.get(address)
    assert browser.post(address, typed("happened_on", date(2015, 12, 31))).status_code == 302
    assert "30 March 2016" in browser.get("/reports-due").text
    page = browser.get("/reports-due/end-of-study/1").text
    assert "1 of 40" in page and "Adverse events" in page
    printed = browser.post("/reports-due/end-of-study/1.pdf", {})
    words = "".join(one.extract_text() for one in PdfReader(io.BytesIO(printed.data)).pages)
    assert "1 of 40" in words and "Declaration of the end" in words
    address = "/reports-due/end-of-study/1/made"
    browser.get(address)
    told = {"reference": "D-1", **typed("done_on", date(2016, 1, 10))}
    assert browser.post(address, told).status_code == 302
    assert "D-1" in browser.get("/reports-due").text
    browser.get("/reports-due/made/1/take-back")
    assert browser.post("/reports-due/made/1/take-back", {"reason": "slip"}).status_code == 302
    assert "D-1" not in browser.get("/reports-due").text


def test_a_day_is_corrected_taken_back_and_recorded_again(app, sign_in):
    browser = sign_in(Role.TRIAL_MANAGER)
    assert on_day(browser, HALT, date(2016, 1, 4)).status_code == 302
    assert "19 January 2016" in row_of(browser, "Notice of a temporary halt")
    assert on_day(browser, HALT, date(2016, 1, 5)).status_code == 422
    assert on_day(browser, HALT, date(2016, 1, 5), reason="slip").status_code == 302
    row = row_of(browser, "Decision to halt the study for a time")
    assert "5 January 2016" in row and ">Correct<" in row and 'days/1/take-back"' in row
    away = "/reports-due/days/1/take-back"
    assert "On record: 5 January 2016." in browser.get(away).text
    answer = browser.post(away, {})
    assert answer.status_code == 422 and "Say why this is changed" in answer.text
    assert browser.post(away, {"reason": "it was not halted"}).status_code == 302
    row = row_of(browser, "Decision to halt the study for a time")
    assert "Not recorded" in row and ">Record<" in row and "take-back" not in row
    waits = row_of(browser, "Notice of a temporary halt")
    assert "Counted from: decision to halt the study for a time" in waits
    browser.get(away)
    answer = browser.post(away, {"reason": "again"})
    assert answer.status_code == 422 and "taken back already" in answer.text
    assert on_day(browser, HALT, date(2016, 1, 6)).status_code == 302
    assert "21 January 2016" in row_of(browser, "Notice of a temporary halt")


def test_a_day_sent_twice_is_recorded_once(app, sign_in):
    browser = sign_in(Role.TRIAL_MANAGER)
    browser.get(HALT)
    sent = {**browser.hidden(), **typed("happened_on", date(2016, 1, 4))}
    assert browser.client.post(HALT, data=sent).status_code == 302
    answer = browser.client.post(HALT, data=sent)
    assert answer.status_code == 409 and "This was already sent" in answer.text


def test_a_day_that_somebody_else_recorded_or_took_back_is_not_written_over(app, sign_in):
    mine = sign_in(Role.TRIAL_MANAGER)
    theirs = sign_in(Role.TRIAL_MANAGER, email="another@example.org")
    mine.get(HALT)
    assert on_day(theirs, HALT, date(2016, 1, 4)).status_code == 302
    answer = mine.post(HALT, typed("happened_on", date(2016, 1, 5)))
    assert answer.status_code == 409 and "Someone else saved this first" in answer.text
    mine.get(HALT)
    theirs.get("/reports-due/days/1/take-back")
    theirs.post("/reports-due/days/1/take-back", {"reason": "it was not halted"})
    answer = mine.post(HALT, {**typed("happened_on", date(2016, 1, 5)), "reason": "slip"})
    assert answer.status_code == 409
    assert "Not recorded" in row_of(mine, "Decision to halt the study for a time")


def test_what_cannot_be_is_said_on_the_page(app, sign_in):
    browser = sign_in(Role.TRIAL_MANAGER)
    address = "/reports-due/end-of-study/1/made"
    browser.get(address)
    answer = browser.post(address, typed("done_on", date(2016, 1, 4)))
    assert answer.status_code == 422
    assert "Record first the day that this is counted from: end of the study" in answer.text
    on_day(browser, END, date(2016, 1, 4))
    browser.get(address)
    answer = browser.post(address, typed("done_on", date(2016, 1, 3)))
    assert answer.status_code == 422
    told = "The report cannot be before the day that it is counted from: end of the study"
    assert f'<a href="#done_on-day">{told}' in answer.text
    assert browser.post(address, typed("done_on", date(2016, 1, 4))).status_code == 302
    told = "Declaration of the end of the study is on record as made on 4 January 2016"
    answer = on_day(browser, END, date(2016, 1, 5), reason="slip")
    assert answer.status_code == 422 and told in answer.text
    browser.get("/reports-due/days/1/take-back")
    answer = browser.post("/reports-due/days/1/take-back", {"reason": "slip"})
    assert answer.status_code == 422 and told in answer.text
    text = browser.get("/reports-due/made/1/take-back").text
    assert "Take back that it was made: Declaration of the end of the study" in text
    assert "On record: 4 January 2016." in text


def test_a_day_of_the_protocol_and_given_days_are_on_the_pages(app, sign_in):
    browser = sign_in(Role.TRIAL_MANAGER)
    assert "Counted from: support under section 251 given" in row_of(
        browser, "Annual review, number 1"
    )
    assert on_day(browser, "/reports-due/days/section-251", date(2016, 1, 15)).status_code == 302
    assert "15 December 2016" in row_of(browser, "Annual review, number 1")
    assert "Overdue" in row_of(browser, "Meeting of the board, number 1")
    assert "24 February 2016" in row_of(browser, "Meeting of the board, number 2")
    assert "by 24 February 2016." in browser.get("/reports-due/board/2").text
    text = browser.get("/reports-due/final-report/1").text
    assert "study early, which is not known yet." in unescape(text)
    browser.get("/reports-due/board/2")
    assert browser.post("/reports-due/board/2.pdf", {}).mimetype == "application/pdf"


def test_days_that_nobody_records_are_shown_and_not_asked(app, sign_in, protocol):
    browser = sign_in(Role.TRIAL_MANAGER)
    assert "1 September 2015" in row_of(browser, "Recruitment opens, as the protocol plans it")
    row = row_of(browser, "First cluster opened")
    assert "Not known yet" in row and "reports-due/days" not in row
    assert "First participant enrolled" not in browser.get("/reports-due").text
    assert "reports-due/days/" not in sign_in(Role.AUDITOR).get("/reports-due").text


@pytest.mark.parametrize("role", list(Role))
def test_today_counts_what_is_due_for_who_may_see_it(app, sign_in, role):
    on_day(sign_in(Role.TRIAL_MANAGER), HALT, date(2016, 1, 15))
    text = sign_in(role, email="somebody@example.org").get("/today").text
    sees = role in ALLOWED[Act.SEE_DUTIES]
    # Registration and a meeting have passed; a notice falls due on the 30th, a meeting on 24 February.
    assert ("reports to be made are overdue" in text) == sees
    assert ("report is due within four weeks" in text) == sees


def test_registration_stands_on_the_first_page_before_anybody_is_enrolled(app, sign_in):
    settings = app.extensions["trial_settings"]
    for day, stands in ((date(2015, 8, 3), False), (date(2015, 8, 4), True)):
        app.extensions["trial_settings"] = replace(settings, clock=Clock(day))
        browser = sign_in(Role.TRIAL_MANAGER, email=f"manager.{day.day}@example.org")
        assert ("report is due within four weeks" in browser.get("/today").text) == stands


def test_overdue_stands_on_the_first_page_of_who_answers_for_it(app, sign_in, protocol):
    enrolled(app, protocol)
    assert "reports to be made are overdue" in sign_in(Role.TRIAL_MANAGER).get("/today").text
    assert "report to be made" not in sign_in(Role.RESEARCHER, clusters={1}).get("/today").text


def test_whom_a_report_goes_to_keeps_its_capitals(app, sign_in, protocol):
    first, *rest = protocol.duties
    named = first.model_copy(update={"to": "the REC that gave the opinion"})
    app.extensions["trial_protocol"] = protocol.model_copy(update={"duties": (named, *rest)})
    assert "The REC that gave the opinion" in sign_in(Role.TRIAL_MANAGER).get("/reports-due").text


def test_whoever_prints_the_numbers_prints_the_same(app, sign_in, protocol):
    event = added(sign_in, enrolled(app, protocol))
    browsers = [sign_in(Role.TRIAL_MANAGER), sign_in(Role.DATA_MANAGER), sign_in(Role.AUDITOR)]
    browsers[0].get(f"{event}/judge")
    judged = {"related": "definite", "expected": "no"}
    assert browsers[0].post(f"{event}/judge", judged).status_code == 302
    address = "/reports-due/registration/1"
    for browser in browsers:
        assert "left out: they could tell an arm" in browser.get(address).text
    assert len({browser.post(f"{address}.pdf", {}).data for browser in browsers}) == 1


def test_there_is_no_report_that_the_protocol_does_not_name(app, sign_in, protocol):
    browser = sign_in(Role.TRIAL_MANAGER)
    for address in ("/nothing/1", "/progress/9", "/days/opening", "/nothing/1/made"):
        assert browser.get(f"/reports-due{address}").status_code == 404
