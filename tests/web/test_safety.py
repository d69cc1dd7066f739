"""The pages of safety: an event from its record to the last report, a breach, and what the blinded see."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from tests.web.following import enrolled
from tests.web.recruited import typed
from trial.protocol.roles import Role

EVENT = {
    "term": "injury-at-work", "outcome": "ongoing", "seriousness": "hospital",
    "description": "Fell from a ladder.", **typed("happened_on", date(2016, 1, 13)),
    **typed("heard_on", date(2016, 1, 14)), "heard_time": "09:00",
}  # fmt: skip
BREACH = {
    "kind": "serious breach", "about": "1", "term": "confidentiality",
    "description": "A list was left in a room.", **typed("happened_on", date(2016, 1, 2)),
    **typed("heard_on", date(2016, 1, 4)), "heard_time": "",
}  # fmt: skip


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def added(sign_in, person, **what) -> str:
    browser = sign_in(Role.RESEARCHER, clusters={1}, email="first@example.org")
    answer = browser.post(f"/participants/{person}/safety/add", EVENT | what)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def test_an_event_is_recorded_judged_told_and_followed_up(sign_in, person):
    address = added(sign_in, person)
    browser = sign_in(Role.TRIAL_MANAGER)
    text = browser.get("/today").text
    assert "safety report" in text
    text = browser.get(address).text
    assert "Injury at work" in text and "15 January 2016, 09:00" in text and "the sponsor" in text
    judged = {"related": "probable", "expected": "no"}
    assert browser.post(f"{address}/judge", judged).status_code == 302
    text = browser.get(address).text
    assert "29 January 2016" in text and "Probably related" in text and "To be told" in text
    told = {
        "clock": "serious-to-sponsor", "told_whom": "The sponsor's office", "reference": "S-12",
        "told_time": "10:00", **typed("told_on", date(2016, 1, 14)),
    }  # fmt: skip
    browser.get(f"{address}/told")
    assert browser.post(f"{address}/told", told).status_code == 302
    text = browser.get(address).text
    assert "S-12" in text and "14 January 2016, 10:00" in text
    gone_on = {"text": "Left hospital.", "outcome": "recovered"}
    browser.get(f"{address}/follow-up")
    assert browser.post(f"{address}/follow-up", gone_on).status_code == 302
    text = browser.get(address).text
    assert "Left hospital." in text and "Recovered" in text and "Not resolved yet" not in text
    assert "No entry." in browser.get("/safety?standing=open").text
    browser.get("/safety/told/1/take-back")
    assert browser.post("/safety/told/1/take-back", {"reason": "slip"}).status_code == 302
    assert "S-12" not in browser.get(address).text


def test_what_is_missing_is_asked_for_and_nothing_is_lost(sign_in, person):
    browser = sign_in(Role.RESEARCHER, clusters={1})
    answer = browser.post(
        f"/participants/{person}/safety/add", EVENT | {"term": "", "heard_time": "noon"}
    )
    assert answer.status_code == 422
    assert "Choose what happened" in answer.text and "such as 14:05" in answer.text
    assert "Fell from a ladder." in answer.text
    early = browser.post(
        f"/participants/{person}/safety/add", EVENT | typed("heard_on", date(2016, 1, 12))
    )
    assert early.status_code == 422 and "cannot be before the event" in early.text


def test_a_breach_is_overdue_by_the_calendar_and_corrected_with_a_reason(sign_in, person):
    browser = sign_in(Role.DATA_MANAGER)
    assert "Nobody has to be told of anything" in browser.get("/safety").text
    browser.get("/safety/add")
    assert browser.post("/safety/add", BREACH).status_code == 302
    text = browser.get("/safety").text
    assert "11 January 2016" in text and "Overdue" in text
    assert "safety report is overdue" in browser.get("/today").text
    changed = BREACH | {"kind": "deviation"}
    browser.get("/safety/1/correct")
    assert browser.post("/safety/1/correct", changed).status_code == 422
    browser.get("/safety/1/correct")
    changed |= {"reason": "Nobody was harmed"}
    assert browser.post("/safety/1/correct", changed).status_code == 302
    assert "Nobody has to be told of anything" in browser.get("/safety").text
    assert "Nobody was harmed" in browser.get("/history/safety_entry/1/kind").text
    browser.get("/safety/1/take-back")
    assert browser.post("/safety/1/take-back", {"reason": "twice"}).status_code == 302
    assert "Taken back" in browser.get("/safety").text
    assert browser.get("/safety/1/correct").status_code == 404


def test_the_blinded_see_no_cause_and_other_clusters_nothing(sign_in, person):
    address = added(sign_in, person)
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(f"{address}/judge")
    assert (
        manager.post(f"{address}/judge", {"related": "definite", "expected": "no"}).status_code
        == 302
    )
    blinded = sign_in(Role.DATA_MANAGER)
    text = blinded.get(address).text
    assert "related" not in text.casefold() and "29 January 2016" not in text
    assert blinded.get("/history/safety_entry/1/related").status_code == 404
    other = sign_in(Role.RESEARCHER, clusters={2}, email="other@example.org")
    assert other.get(address).status_code == 404
    assert "Injury" not in other.get("/safety").text
    assert other.get(f"/participants/{person}/safety/add").status_code == 404


def test_the_list_is_narrowed_and_shown_a_page_at_a_time(sign_in, person):
    added(sign_in, person)
    browser = sign_in(Role.AUDITOR)
    assert "Injury at work" in browser.get("/safety?kind=adverse+event&cluster=1").text
    assert "No entry." in browser.get("/safety?kind=deviation").text
    assert "Injury at work" in browser.get("/safety?standing=open").text
    assert "Not resolved yet" in browser.get("/safety/1").text
    assert browser.get("/safety?kind=rumour").status_code == 422


def printed(browser, address) -> str:
    browser.get(address)
    answer = browser.post(f"{address}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].endswith("filename=safety-report-1.pdf")
    reader = PdfReader(io.BytesIO(answer.data))
    assert "IPSOH" not in str(reader.metadata) and "Injury" not in str(reader.metadata)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_report_is_printed_ready_to_send_and_without_the_cause_for_the_blinded(sign_in, person):
    address = added(sign_in, person)
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(f"{address}/judge")
    manager.post(f"{address}/judge", {"related": "definite", "expected": "no"})
    text = printed(manager, address)
    for said in ("Serious: report of an adverse event", "IPSOH-0001-L", "Fell from a ladder.",
                 "Definitely related", "29 January 2016", "15 January 2016, 09:00", "Signature"):  # fmt: skip
        assert said in text, said
    blinded = printed(sign_in(Role.DATA_MANAGER), address)
    assert "Definitely related" not in blinded and "29 January 2016" not in blinded
    assert "print safety report" in manager.get("/trail").text


DISCLOSURE = {
    "term": "risk-to-self", "description": "Told the duty worker.", "heard_time": "09:00",
    **typed("happened_on", date(2016, 1, 13)), **typed("heard_on", date(2016, 1, 14)),
}  # fmt: skip


def test_a_disclosure_says_what_to_do_and_who_is_told(sign_in, person, protocol):
    manager = sign_in(Role.TRIAL_MANAGER)
    key = protocol.clusters[0].key
    address = f"/participants/{person}/disclosure"
    text = manager.get(address).text
    assert "telephone 999 first" in text and "No clinician is named" in text
    named = {"clinician_name": "A consultant", "clinician_email": "nobody"}
    answer = manager.post(f"/clusters/{key}/clinician", named)
    assert answer.status_code == 422 and "such as name@example.nhs.uk" in answer.text
    assert "A consultant" in answer.text
    named["clinician_email"] = "clinician@example.nhs.uk"
    assert manager.post(f"/clusters/{key}/clinician", named).status_code == 302
    assert "clinician@example.nhs.uk" in manager.get(f"/clusters/{key}").text
    browser = sign_in(Role.RESEARCHER, clusters={1}, email="first@example.org")
    browser.get(address)
    answer = browser.post(address, DISCLOSURE | {"term": ""})
    assert answer.status_code == 422 and "Told the duty worker." in answer.text
    answer = browser.post(address, DISCLOSURE)
    assert answer.status_code == 302
    text = browser.get(answer.headers["Location"]).text
    assert "A consultant" in text and "telephone 999 first" in text
    assert "goes with the next run" in text and "A risk to themselves" in text
    assert "A risk to themselves" in browser.get("/safety").text
    page = browser.get(f"{answer.headers['Location']}/correct").text
    assert "Told the duty worker." in page


def test_whoever_does_not_see_safety_sees_no_clinician(sign_in, protocol):
    statistician = sign_in(Role.STATISTICIAN)
    assert (
        "disclosure of risk" not in statistician.get(f"/clusters/{protocol.clusters[0].key}").text
    )
