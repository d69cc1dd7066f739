"""Filling in a form: saved, left, gone on with, refused with everything kept, sent twice, voided."""

import io
from datetime import date
from html import unescape

import pytest

from tests.web.crawling import parsed
from tests.web.filling import plan, records, visit_of, with_forms
from tests.web.following import enrolled
from trial.protocol.roles import Role
from trial.records.models import Query
from trial.web.database import db

DAY = {
    "page-observed_on-day": "20",
    "page-observed_on-month": "10",
    "page-observed_on-year": "2015",
}
WORKS = {"works": "yes", "hours": "16", "pay": "7.5", "calm": "1", "tired": "2"}
WHOLE = DAY | WORKS | {"jobs-rows": "1", "jobs.1.title": "Porter", "page-save": "complete"}
DRAFT = {"page-save": "draft"}


@pytest.fixture
def person(app, protocol):
    with_forms(app, protocol)
    return enrolled(app, protocol)


@pytest.fixture
def address(app, person):
    return f"/forms/add/everything/{person}?visit={visit_of(app, person)}"


@pytest.fixture
def researcher(sign_in, person):
    return sign_in(Role.RESEARCHER, clusters={1})


def sends(browser, address, told):
    """Open a page and send it with these boxes."""
    browser.get(address)
    return browser.post(address, told)


def test_a_form_is_saved_and_shown(researcher, app, address):
    answer = sends(researcher, address, WHOLE)
    assert answer.status_code == 302, answer.text
    (record,) = records(app, "everything")
    assert (record.state, record.observed_on) == ("complete", date(2015, 10, 20))
    assert dict(record.answers) == {
        "works": "yes", "hours": 16, "pay": "7.50", "calm": 1, "tired": 2, "jobs.1.title": "Porter",
    }  # fmt: skip
    assert (record.entered_on, record.protocol_version) == (date(2016, 1, 15), "1.0")
    text = unescape(researcher.get(answer.location).text)
    parsed(text)
    for words in (
        "16 hours",
        "7.50 pounds",
        "1: Sometimes",
        "Complete",
        "3 (high)",
        "A researcher",
    ):
        assert words in text, words
    assert "is saved as complete" in text


def test_without_scripts_a_save_shows_what_is_asked_next(researcher, app, address):
    text = researcher.get(address).text
    parsed(text)
    hours = text[text.index('data-path="hours"') :]
    assert hours[: hours.index(">")].endswith(" hidden")
    answer = researcher.post(address, DAY | {"works": "yes", "page-save": "look"})
    assert answer.status_code == 302
    assert answer.location.endswith("/edit")
    text = researcher.get(answer.location).text
    hours = text[text.index('data-path="hours"') :]
    assert not hours[: hours.index(">")].endswith(" hidden")
    assert records(app, "everything")[0].state == "draft"


def test_a_draft_is_left_and_gone_on_with(researcher, app, address, person):
    answer = sends(researcher, address, DAY | {"remark": "to go on"} | DRAFT)
    assert answer.status_code == 302
    assert f"/participants/{person}" in answer.location
    (record,) = records(app, "everything")
    assert record.state == "draft"
    assert f"/forms/records/{record.id}/edit" in researcher.get("/forms").text
    assert "Go on" in researcher.get(f"/participants/{person}").text
    page = f"/forms/records/{record.id}/edit"
    assert 'value="to go on"' in researcher.get(page).text
    assert researcher.post(page, WHOLE | {"remark": "done"}).status_code == 302
    (record,) = records(app, "everything")
    assert (record.state, record.answers["remark"]) == ("complete", "done")
    assert f"/forms/records/{record.id}/edit" not in researcher.get("/forms").text


def test_a_refusal_keeps_everything_that_was_typed_and_names_each_fault(researcher, app, address):
    told = WHOLE | {
        "hours": "many", "seen_on-day": "31", "seen_on-month": "2", "seen_on-year": "2015",
        "remark": 'a "quoted" <b>remark</b>', "story": "line one\nline two", "benefits": ["esa", "pip"],
        "region": "south", "woke": "26:00", "tired": "", "page-observed_on-day": "40",
    }  # fmt: skip
    answer = sends(researcher, address, told)
    assert answer.status_code == 422
    assert records(app, "everything") == []
    page = answer.text
    parsed(page)
    assert "Hours a week: Enter a whole number" in unescape(page)
    for focus in ("hours", "seen_on-day", "woke", "page-observed_on-day"):
        assert f'href="#{focus}"' in page
        assert f'id="{focus}"' in page
    for kept in ('value="many"', 'value="31"', "line one\nline two", 'value="26:00"', 'value="40"'):
        assert kept in page, kept
    assert 'a "quoted" <b>remark</b>' in unescape(page)
    assert page.count(" checked") == 4  # works, calm and two benefits
    assert '<option value="south" selected>' in page
    assert "<title>Error: " in page


def test_a_complete_form_needs_its_required_answers_or_a_reserved_code(researcher, app, address):
    answer = sends(researcher, address, DAY | {"page-save": "complete"})
    assert answer.status_code == 422
    assert answer.text.count("Answer this, or say why it is missing") == 6  # three, each twice
    codes = {
        "works": "missing: refused",
        "calm": "missing: not known",
        "tired": "missing: not asked",
    }
    assert researcher.post(address, DAY | codes).status_code == 302
    assert dict(records(app, "everything")[0].answers) == codes


def test_one_letter_in_a_box_is_a_reserved_code(researcher, app, address):
    told = {"hours": "k", "seen_on-day": "R", "woke": "n", "health": "A", "works": "yes"}
    assert sends(researcher, address, DAY | told | DRAFT).status_code == 302
    kept = records(app, "everything")[0].answers
    codes = [
        kept[path].removeprefix("missing: ") for path in ("hours", "seen_on", "woke", "health")
    ]
    assert codes == ["not known", "refused", "not applicable", "not asked"]


def test_an_answer_that_is_not_asked_falls_away_and_the_trail_keeps_it(researcher, app, address):
    sends(researcher, address, WHOLE)
    (record,) = records(app, "everything")
    page = f"/forms/records/{record.id}/edit"
    told = WHOLE | {"works": "no", "page-reason": "misheard"}
    assert sends(researcher, page, told).status_code == 302
    assert "hours" not in records(app, "everything")[0].answers
    text = researcher.get(f"/history/record/{record.id}/answers.hours").text
    assert "misheard" in text
    assert "16 hours" in text
    assert "Hours a week" in text


def test_a_complete_record_changes_only_with_a_reason(researcher, app, address):
    sends(researcher, address, WHOLE)
    (record,) = records(app, "everything")
    page = f"/forms/records/{record.id}/edit"
    answer = sends(researcher, page, WHOLE | {"hours": "20"})
    assert answer.status_code == 422
    assert 'href="#page-reason"' in answer.text
    assert 'value="20"' in answer.text
    reason = WHOLE | {"hours": "20", "page-reason": "misread", "reason": "not this one"}
    assert researcher.post(page, reason).status_code == 302
    (record,) = records(app, "everything")
    assert (record.answers["hours"], record.state) == (20, "complete")
    assert record.answers["reason"] == "not this one"


def test_another_repetition_is_added_without_scripts_and_without_saving(researcher, app, address):
    answer = sends(researcher, address, WHOLE | {"page-add": "jobs", "page-save": ""})
    assert answer.status_code == 200
    assert 'name="jobs.2.title"' in answer.text
    assert 'value="Porter"' in answer.text
    assert '<input type="hidden" name="jobs-rows" value="2">' in answer.text
    assert records(app, "everything") == []
    told = WHOLE | {"jobs-rows": "2", "jobs.2.title": "Cook", "jobs.2.ended": "yes"}
    assert researcher.post(address, told).status_code == 302
    assert records(app, "everything")[0].answers["jobs.2.title"] == "Cook"


def test_sending_twice_makes_one_record(researcher, app, address):
    researcher.get(address)
    sent = researcher.hidden() | WHOLE
    assert researcher.client.post(address, data=sent).status_code == 302
    second = researcher.client.post(address, data=sent)
    assert second.status_code == 409
    assert "already" in second.text
    assert len(records(app, "everything")) == 1
    assert researcher.get(address).status_code == 302  # to the record that is there


def test_a_stale_version_is_refused(researcher, app, address):
    sends(researcher, address, DAY | {"remark": "first"} | DRAFT)
    (record,) = records(app, "everything")
    page = f"/forms/records/{record.id}/edit"
    researcher.get(page)
    old = researcher.hidden()
    assert researcher.post(page, DAY | {"remark": "second"} | DRAFT).status_code == 302
    researcher.get(page)
    once = {key: value for key, value in researcher.hidden().items() if key != "page-version"}
    stale = old | once | DAY | {"remark": "third"} | DRAFT
    assert researcher.client.post(page, data=stale).status_code == 409
    assert records(app, "everything")[0].answers["remark"] == "second"


def test_save_and_next_goes_to_the_next_form_of_the_visit(researcher, app, address, person):
    answer = sends(researcher, address, WHOLE | {"page-save": "next"})
    assert f"/forms/add/short/{person}?visit=" in answer.location
    answer = sends(researcher, answer.location, DAY | {"answer": "yes", "page-save": "next"})
    assert f"/participants/{person}" in answer.location


def test_a_record_is_voided_with_a_reason_and_can_be_made_anew(researcher, app, address):
    sends(researcher, address, WHOLE)
    (record,) = records(app, "everything")
    page = f"/forms/records/{record.id}/void"
    assert sends(researcher, page, {}).status_code == 422
    assert researcher.post(page, {"reason": "wrong person"}).status_code == 302
    text = researcher.get(f"/forms/records/{record.id}").text
    assert "Voided" in text
    assert "wrong person" in text
    assert researcher.get(f"/forms/records/{record.id}/edit").status_code == 404
    assert sends(researcher, address, WHOLE).status_code == 302
    assert {one.state for one in records(app, "everything")} == {"voided", "complete"}


def test_an_unusual_answer_is_kept_and_raises_a_query(researcher, app, address, person):
    answer = sends(researcher, address, WHOLE | {"hours": "60"})
    assert answer.status_code == 302
    with app.app_context():
        (query,) = db.session.query(Query).all()
        assert (query.item, query.state) == ("answers.hours", "open")
    text = researcher.get(answer.location).text
    assert f"/queries/{query.id}" in text
    assert "Open query" in researcher.get(f"/participants/{person}").text


def test_a_file_is_kept_under_seal_and_given_back(researcher, app, address, sign_in):
    told = WHOLE | {"letter": (io.BytesIO(b"%PDF-1.4 a letter"), "Somebody's name.pdf")}
    researcher.get(address)
    answer = researcher.post(address, told, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    (record,) = records(app, "everything")
    text = researcher.get(answer.location).text
    assert "letter.pdf" in text
    assert "Somebody" not in text
    given = researcher.client.get(f"/forms/records/{record.id}/files/letter")
    assert given.data == b"%PDF-1.4 a letter"
    assert given.headers["Content-Disposition"].startswith("attachment")
    with app.app_context(), db.engine.connect() as connection:
        (sealed,) = connection.exec_driver_sql("SELECT sealed FROM attachment").scalars()
        assert b"a letter" not in bytes(sealed)
    page = f"/forms/records/{record.id}/edit"
    assert sends(researcher, page, WHOLE).status_code == 302  # the file stays
    assert records(app, "everything")[0].answers["letter"] == record.answers["letter"]
    elsewhere = sign_in(Role.RESEARCHER, clusters={2}, email="elsewhere@example.org")
    assert elsewhere.get(f"/forms/records/{record.id}/files/letter").status_code == 404
    gone = WHOLE | {"letter-remove": "yes", "page-reason": "wrong letter"}
    assert sends(researcher, page, gone).status_code == 302
    assert "letter" not in records(app, "everything")[0].answers
    assert researcher.get(f"/forms/records/{record.id}/files/letter").status_code == 404


WRONG_FILES = (
    (b"MZ\x90\x00 a program", "Choose a file of this kind: PDF, plain text."),
    (b"\x00\x01", "Choose a file of this kind"),
    (b"%PDF-" + b"x" * 30_000, "Choose a file of at most 20 kilobytes."),
)


def test_a_file_of_another_kind_or_size_is_refused(researcher, app, address):
    researcher.get(address)
    for content, said in WRONG_FILES:
        told = WHOLE | {"remark": "kept", "letter": (io.BytesIO(content), "letter.pdf")}
        answer = researcher.post(address, told, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="kept"' in answer.text
        assert records(app, "everything") == []


def test_a_page_with_files_may_be_larger_than_any_other(researcher, address, person):
    def size(where, number):
        body = b"--x\r\nContent-Disposition: form-data; name=letter; filename=a\r\n\r\n"
        body += b"x" * number + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        return researcher.client.post(where, data=body, content_type=kind).status_code

    assert size(address, 2_000_000) == 400  # read, and refused for want of a token
    assert size(address, 5_000_000) == 413
    assert size("/queries/1/answer", 2_000_000) == 413


def test_the_forms_of_a_version_stay_those_of_its_records(researcher, app, address, protocol):
    sends(researcher, address, WHOLE)
    (record,) = records(app, "everything")
    assert record.protocol_sha256 == protocol.sha256
    assert plan("everything").name in researcher.get(f"/forms/records/{record.id}").text
