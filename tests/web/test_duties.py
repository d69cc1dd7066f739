"""The pages of reports due: the days recorded, the list, the numbers as a PDF, made and taken back."""

import io
from datetime import date

from pypdf import PdfReader

from tests.web.following import enrolled
from tests.web.recruited import typed
from trial.protocol.roles import Role


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


def test_overdue_stands_on_the_first_page_of_who_answers_for_it(app, sign_in, protocol):
    enrolled(app, protocol)
    assert "report to be made is overdue" in sign_in(Role.TRIAL_MANAGER).get("/today").text
    assert "report to be made" not in sign_in(Role.RESEARCHER, clusters={1}).get("/today").text


def test_there_is_no_report_that_the_protocol_does_not_name(app, sign_in, protocol):
    browser = sign_in(Role.TRIAL_MANAGER)
    for address in ("/nothing/1", "/progress/9", "/days/opening", "/nothing/1/made"):
        assert browser.get(f"/reports-due{address}").status_code == 404
