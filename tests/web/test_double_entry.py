"""The pages of a form that two people enter: neither sees the other's, a third settles, one record counts."""

from html import unescape

import pytest

from tests.web.crawling import parsed
from tests.web.filling import plan, records, visit_of, with_forms
from tests.web.following import enrolled
from trial.protocol.roles import Role

WHOLE = {
    "page-observed_on-day": "20", "page-observed_on-month": "10",
    "page-observed_on-year": "2015", "works": "yes", "hours": "16", "sector": "care",
    "remark": "first words", "calm": "1", "tired": "2", "jobs-rows": "1", "jobs.1.title": "Porter",
    "page-save": "complete",
}  # fmt: skip
OTHER = {"hours": "61", "sector": "retail", "remark": "second words", "jobs.1.title": "Cleaner"}
STANDS = {
    "take-hours": "other", "hours": "18", "why-hours": "read again",
    "take-sector": "second", "why-sector": "as the paper says",
    "take-remark": "first", "why-remark": "as the paper says",
    "take-jobs.1.title": "second", "why-jobs.1.title": "as the paper says",
}  # fmt: skip


@pytest.fixture
def person(app, protocol):
    items = [one for one in plan("everything").sections]
    without_file = [
        one.model_copy(
            update={"items": tuple(i for i in one.items if i.key not in ("letter", "knows_arm"))}
        )
        for one in items
    ]
    twice = plan("everything").model_copy(
        update={"double_entry": True, "sections": tuple(without_file)}
    )
    with_forms(app, protocol, twice)
    return enrolled(app, protocol)


@pytest.fixture
def query(app, person):
    return f"everything/{person}", f"?visit={visit_of(app, person)}"


@pytest.fixture
def people(sign_in, person):
    """The two who enter it, and two who may settle it."""
    second = "second.researcher@example.org"
    return (
        sign_in(Role.RESEARCHER, clusters={1}), sign_in(Role.RESEARCHER, {1}, second),
        sign_in(Role.DATA_MANAGER), sign_in(Role.TRIAL_MANAGER),
    )  # fmt: skip


def enters(browser, query, told):
    form, visit = query
    answer = browser.get(f"/forms/add/{form}{visit}")
    assert answer.status_code == 302
    parsed(browser.get(answer.location).text)
    return browser.post(answer.location, told)


def _settles(app, people, settle, start):
    """A third person settles the differences; whoever comes late is led to the record that counts."""
    first, _, third, manager = people
    wrong = STANDS | {"hours": "many", "why-sector": ""}
    answer = third.post(settle, wrong)
    assert answer.status_code == 422 and "Enter a whole number" in answer.text
    answer = third.post(settle, STANDS | {"why-sector": ""})
    assert answer.status_code == 422 and 'href="#why-sector"' in answer.text
    parsed(answer.text)
    assert 'value="18"' in answer.text and 'value="read again"' in answer.text
    answer = third.post(settle, STANDS)
    assert answer.status_code == 302, answer.text
    counts = records(app, "everything")[-1]
    assert (counts.entry, counts.state) == (0, "complete")
    told = dict(counts.answers)
    assert (told["hours"], told["sector"], told["remark"]) == (18, "retail", "first words")
    assert told["jobs.1.title"] == "Cleaner"
    assert "18 hours" in third.get(answer.location).text
    assert "read again" in _trail(manager)
    page = third.page  # a page that was open all the while
    for late in (first, manager):
        late.page = page
        assert late.get(start).status_code == 302
        assert late.get(settle).location.endswith(f"/forms/records/{counts.id}")
    assert len(records(app, "everything")) == 3
    assert "No form waits" in third.get("/forms/double").text


def test_from_two_entries_to_the_record_that_counts(app, people, query):
    first, second, third, manager = people
    form, visit = query
    assert enters(first, query, WHOLE).status_code == 302
    settle = f"/forms/double/{form}/settle{visit}"
    for somebody in people[1:]:
        for page in (settle, "/forms/records/1", "/forms/records/1/edit", "/forms/double"):
            text = somebody.get(page).text
            assert "first words" not in text and "Porter" not in text, page
        assert somebody.get("/history/record/1/answers.remark").status_code == 404
    for one in ("/trail", "/trail/1", f"/trail/{1}"):
        assert "first words" not in manager.get(one).text
    assert "first words" not in _trail(manager)
    assert "Your entry is complete" in first.get(f"/forms/double/{form}{visit}").text
    assert "Second entry" in second.get("/forms/double").text

    answer = enters(second, query, WHOLE | OTHER)
    assert answer.status_code == 302 and answer.location.endswith(settle)
    text = unescape(second.get(settle).text)
    assert "first words" in text and "Save as the record" not in text
    assert "4 to settle" in third.get("/forms/double").text
    text = third.get(settle).text
    parsed(text)
    assert "Save as the record that counts" in text
    assert [one.entry for one in records(app, "everything")] == [1, 2]
    _settles(app, people, settle, f"/forms/double/{form}{visit}")


def test_two_that_agree_are_confirmed_with_one_press(app, people, query):
    first, second, _, _ = people
    form, visit = query
    enters(first, query, WHOLE | {"page-save": "draft"})
    assert "Your draft" in first.get("/forms/double").text
    at = first.get(f"/forms/double/{form}{visit}").location
    assert at.endswith("/edit")
    first.get(at)
    assert first.post(at, WHOLE).status_code == 302
    enters(second, query, WHOLE)
    settle = f"/forms/double/{form}/settle{visit}"
    assert "Agrees: to confirm" in first.get("/forms/double").text
    first.get(settle)
    assert first.post(settle).status_code == 302
    assert [one.entry for one in records(app, "everything")] == [1, 2, 0]


def test_a_third_who_comes_to_enter_is_told_and_loses_nothing(people, query):
    first, second, _, manager = people
    form, visit = query
    manager.get(f"/forms/double/{form}{visit}")
    page = manager.page
    enters(first, query, WHOLE | {"page-save": "draft"})
    enters(second, query, WHOLE | {"page-save": "draft"})
    manager.page = page
    answer = manager.post(f"/forms/double/{form}{visit}", WHOLE)
    assert answer.status_code == 409 and "Two other people" in answer.text


def _trail(somebody):
    somebody.get("/trail")
    return somebody.post("/trail/trail.csv").text
