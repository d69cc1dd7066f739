"""Two people change one record: the page shows mine, theirs and what stood before, and lets me choose."""

import re
from html import unescape

import pytest

from tests.web.crawling import parsed
from tests.web.filling import records, visit_of, with_forms
from tests.web.following import enrolled
from trial.protocol.roles import Role

WHOLE = {
    "page-observed_on-day": "20", "page-observed_on-month": "10",
    "page-observed_on-year": "2015", "works": "yes", "hours": "16", "sector": "care",
    "remark": "as found", "calm": "1", "tired": "2", "jobs-rows": "1", "jobs.1.title": "Porter",
    "page-save": "complete",
}  # fmt: skip
WHY = {"page-reason": "looked up again"}


@pytest.fixture
def person(app, protocol):
    with_forms(app, protocol)
    return enrolled(app, protocol)


@pytest.fixture
def saved(app, person, sign_in):
    """A complete record, and the two people who may change it."""
    mine, theirs = sign_in(Role.RESEARCHER, clusters={1}), sign_in(Role.TRIAL_MANAGER)
    address = f"/forms/add/everything/{person}?visit={visit_of(app, person)}"
    mine.get(address)
    assert mine.post(address, WHOLE).status_code == 302
    (record,) = records(app, "everything")
    return f"/forms/records/{record.id}/edit", mine, theirs


def row_of(text, label):
    """The cells beside a question: before, theirs, mine, and which is chosen."""
    table = text[text.index('id="conflict"') :].partition("</table>")[0]
    row = re.search(rf"<th[^>]*>{re.escape(label)}</th>(.*?)</tr>", table, re.DOTALL)
    if row is None:
        return None
    words = re.findall(r'<span class="trial-lines">(.*?)</span>', row[1], re.DOTALL)
    return [*map(unescape, words), re.search(r'value="(\w+)"[^>]* checked', row[1])[1]]


def meets(saved):
    """Both open the page; theirs is saved first, then mine is sent."""
    address, mine, theirs = saved
    mine.get(address), theirs.get(address)
    said = WHOLE | WHY | {"hours": "20", "sector": "retail", "jobs.1.title": "Cleaner"}
    assert theirs.post(address, said).status_code == 302
    answer = mine.post(address, WHOLE | WHY | {"hours": "30", "remark": "mine"})
    assert answer.status_code == 409
    return answer.text


def test_the_page_shows_mine_theirs_and_the_one_before(saved):
    text = meets(saved)
    parsed(text)
    assert row_of(text, "Hours a week") == ["16 hours", "20 hours", "30 hours", "mine"]
    assert row_of(text, "Sector") == ["Care", "Shops", "Care", "theirs"]
    assert row_of(text, "Job title (1)") == ["Porter", "Cleaner", "Porter", "theirs"]
    assert row_of(text, "Remark") == ["as found", "as found", "mine", "mine"]
    assert row_of(text, "I feel calm") is None
    assert 'value="30"' in text and "looked up again" in text


def test_sending_it_again_saves_what_was_chosen(saved, app):
    meets(saved)
    address, mine, _ = saved
    choices = {
        "page-take-hours": "mine", "page-take-sector": "theirs", "page-take-jobs.1.title": "theirs",
        "page-take-remark": "mine",
    }  # fmt: skip
    again = WHOLE | {"hours": "30", "remark": "mine"} | choices
    assert mine.post(address, again).status_code == 422  # a complete record: with a reason
    shown = mine.post(address, again | WHY | {"page-save": "choose"})
    assert shown.status_code == 200 and 'id="conflict"' not in shown.text
    assert 'value="Cleaner"' in shown.text and records(app, "everything")[0].answers["hours"] == 20
    mine.page = shown
    assert mine.post(address, again | WHY).status_code == 302
    answers = records(app, "everything")[0].answers
    assert (answers["hours"], answers["sector"], answers["remark"]) == (30, "retail", "mine")
    assert answers["jobs.1.title"] == "Cleaner"


def test_a_third_save_meanwhile_is_met_again(saved):
    meets(saved)
    address, mine, theirs = saved
    page = mine.page
    theirs.get(address)
    changed = WHOLE | WHY | {"hours": "21", "sector": "retail", "jobs.1.title": "Cleaner"}
    assert theirs.post(address, changed).status_code == 302
    mine.page = page
    answer = mine.post(address, WHOLE | WHY | {"hours": "30"})
    assert answer.status_code == 409
    assert row_of(answer.text, "Hours a week")[1] == "21 hours"


def test_a_page_that_does_not_say_when_it_was_opened_knows_no_before(saved):
    address, mine, theirs = saved
    mine.get(address), theirs.get(address)
    page = mine.page
    theirs.post(address, WHOLE | WHY | {"hours": "20"})
    for odd in ("", "x", "9" * 30, "-1"):
        mine.page = page
        answer = mine.post(address, WHOLE | WHY | {"hours": "30", "page-seen": odd})
        assert answer.status_code == 409
        assert row_of(answer.text, "Hours a week") == ["Not known", "20 hours", "30 hours", "mine"]


def test_other_pages_show_both_too(app, person, sign_in):
    mine, theirs = sign_in(Role.RESEARCHER, clusters={1}), sign_in(Role.TRIAL_MANAGER)
    page = f"/visits/{visit_of(app, person)}"
    day = {"done_on-month": "10", "done_on-year": "2015", "state": "done", "working": "no"}
    mine.get(page)
    assert mine.post(page, day | {"done_on-day": "13"}).status_code == 302
    mine.get(page), theirs.get(page)
    why = {"reason": "looked up"}
    assert theirs.post(page, day | why | {"done_on-day": "14"}).status_code == 302
    answer = mine.post(page, day | why | {"done_on-day": "15"})
    assert answer.status_code == 409
    parsed(answer.text)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", answer.text)
    assert cells == ["13 October 2015", "14 October 2015", "15 October 2015"]
    assert mine.post(page, day | why | {"done_on-day": "15"}).status_code == 302
