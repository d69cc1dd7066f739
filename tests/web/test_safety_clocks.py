"""The pages of the clocks of safety: not judged yet, serious only later, and told without a time of day."""

from datetime import date

import pytest

from tests.web.following import enrolled
from tests.web.recruited import typed
from tests.web.test_safety import BREACH, EVENT, added
from trial.protocol.roles import Role

UNLESS = "unless judged not related"
JUDGED = {"related": "unlikely", "expected": "no"}
COMMITTEE = {
    "clock": "serious-to-committee", "told_whom": "The committee", "reference": "C-3",
    "told_time": "",
}  # fmt: skip


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


def saved(browser, address, form) -> None:
    browser.get(address)
    answer = browser.post(address, form)
    assert answer.status_code == 302, answer.text


def refused(browser, address, form) -> str:
    browser.get(address)
    answer = browser.post(address, form)
    assert answer.status_code == 422
    return str(answer.text)


def test_until_it_is_judged_the_clock_runs_and_says_so(sign_in, person):
    # Heard of at the start of today, so that no clock of hours has run out, whatever the time is.
    today = typed("heard_on", date(2016, 1, 15)) | {"heard_time": ""}
    address = added(sign_in, person, **today)
    manager = sign_in(Role.TRIAL_MANAGER)
    page = manager.get(address).text
    assert UNLESS in page and "30 January 2016" in page and "Not judged yet: until it is" in page
    assert UNLESS in manager.get("/safety").text
    text = manager.get("/today").text
    assert "2</span> " in text and "safety reports to be made" in text
    assert "serious event to be judged" in text
    saved(manager, f"{address}/judge", JUDGED)
    assert UNLESS not in manager.get(address).text
    text = manager.get("/today").text
    assert "safety report to be made" in text and "to be judged" not in text


def test_the_blinded_are_shown_the_same_before_and_after_the_judgment(sign_in, person):
    address = added(sign_in, person)
    blinded = sign_in(Role.DATA_MANAGER)
    pages = (address, "/safety", "/today")

    def seen():
        return [blinded.get(page).text.partition("<main")[2] for page in pages]

    def without_once(texts):
        return [text.partition("<form")[0] for text in texts]

    before = seen()
    manager = sign_in(Role.TRIAL_MANAGER)
    for related in ("unlikely", "definite"):
        saved(manager, f"{address}/judge", JUDGED | {"related": related, "reason": "again"})
        assert without_once(seen()) == without_once(before)
    assert not any(UNLESS in text or "committee" in text for text in (*before, *seen()))
    assert "judged" not in "".join(seen())
    assert blinded.get("/safety?standing=unjudged").status_code == 422


def test_the_tiles_lead_to_lists_of_just_those(sign_in, person):
    first = added(sign_in, person)
    manager = sign_in(Role.TRIAL_MANAGER)
    for what in ({"seriousness": ""}, {"outcome": "recovered"}):
        saved(manager, f"/participants/{person}/safety/add", EVENT | what)
    text = manager.get("/today").text
    for standing in ("unjudged", "open"):
        assert f'href="/safety?standing={standing}#log"' in text
    assert "2</span> " in text and "events on which a further report is awaited" in text

    def listed(standing):
        log = manager.get(f"/safety?standing={standing}").text.partition('id="log"')[2]
        return [n for n in (1, 2, 3) if f'href="/safety/{n}"' in log]

    assert (listed("unjudged"), listed("open")) == ([1, 3], [1, 2])
    saved(manager, f"{first}/judge", JUDGED)
    assert listed("unjudged") == [3]


def test_an_event_becomes_serious_by_a_correction(sign_in, person):
    address = added(sign_in, person, seriousness="")
    manager = sign_in(Role.TRIAL_MANAGER)
    assert "serious_on" not in manager.get(f"/participants/{person}/safety/add").text
    again = EVENT | {"reason": "The ward says so", "serious_time": ""}
    text = refused(manager, f"{address}/correct", again)
    assert "Enter the day since which it is known to be serious." in text
    day = typed("serious_on", date(2016, 1, 15))
    saved(manager, f"{address}/correct", again | day)
    page = manager.get(address).text
    assert "Known to be serious since" in page and "15 January 2016, 00:00" in page
    assert "16 January 2016, 00:00" in page  # the sponsor, by the hour
    assert "The ward says so" in manager.get("/history/safety_entry/1/serious_at").text
    shown = manager.get(f"{address}/correct").text
    assert 'name="serious_time" type="text" value="00:00"' in shown
    saved(manager, f"{address}/correct", again | typed("serious_on", date(2016, 1, 14)))
    assert "Known to be serious since" not in manager.get(address).text  # as the team heard of it


def test_an_event_becomes_serious_by_a_report_of_how_it_went_on(sign_in, person):
    address = added(sign_in, person, seriousness="")
    manager = sign_in(Role.TRIAL_MANAGER)
    report = {"text": "On a ward.", "outcome": "ongoing", "seriousness": "hospital"}
    text = refused(manager, f"{address}/follow-up", report)
    assert "Enter the day since which it is known to be serious." in text and "On a ward." in text
    since = {"serious_time": "08:30", **typed("serious_on", date(2016, 1, 14))}
    assert "before the team heard" in refused(manager, f"{address}/follow-up", report | since)
    saved(manager, f"{address}/follow-up", report | since | {"serious_time": "10:30"})
    page = manager.get(address).text
    assert "14 January 2016, 10:30" in page and "15 January 2016, 10:30" in page
    assert "Has it become serious" not in manager.get(f"{address}/follow-up").text


def test_a_deviation_proves_a_serious_breach(sign_in, person):
    manager = sign_in(Role.TRIAL_MANAGER)
    assert "serious_on" not in manager.get("/safety/add").text
    saved(manager, "/safety/add", BREACH | {"kind": "deviation"})
    again = BREACH | {"reason": "It was read"}
    assert "since which it is known" in refused(manager, "/safety/1/correct", again)
    day = {"serious_time": "", **typed("serious_on", date(2016, 1, 14))}
    saved(manager, "/safety/1/correct", again | day)
    assert "21 January 2016" in manager.get("/safety/1").text
    assert "Has it become serious" not in manager.get("/safety/1/follow-up").text


def test_the_time_of_day_is_asked_for_where_hours_count_and_else_the_end_of_the_day_is_taken(
    sign_in, person
):
    address = added(sign_in, person, heard_time="13:00")
    manager = sign_in(Role.TRIAL_MANAGER)
    day = typed("told_on", date(2016, 1, 14))
    text = refused(manager, f"{address}/told", COMMITTEE | day | {"clock": "serious-to-sponsor"})
    assert "Enter the time of day too: this clock runs by the hour." in text
    saved(manager, f"{address}/told", COMMITTEE | day)
    page = manager.get(address).text
    assert "C-3" in page and "14 January 2016, 23:59" in page
    tomorrow = typed("told_on", date(2016, 1, 16)) | {
        "clock": "serious-to-sponsor",
        "told_time": "10:00",
    }
    assert "future" in refused(manager, f"{address}/told", COMMITTEE | tomorrow)
