"""The allocation through the browser: two people, their codes shown once, the draw, the reveal."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conduct.allocating import everything
from tests.web.conftest import Browser
from trial.conduct.access import Act
from trial.config import Settings
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Act as Acts
from trial.records.models import Cluster
from trial.records.trail import acting
from trial.web.database import db

SignIn = Callable[..., Browser]
TELLS = re.compile(r"\b(IPS|TAU|Individual Placement|[Tt]reatment as usual)\b")
KEYS = (
    "city-forensic",
    "city-personality-disorder",
    "county-forensic",
    "county-personality-disorder",
)


def change_clusters(app: Flask, **values: Any) -> None:
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.OPEN_CLUSTER):
        for cluster in db.session().scalars(select(Cluster)):
            for name, value in values.items():
                setattr(cluster, name, value)


@pytest.fixture
def open_clusters(app: Flask) -> None:
    change_clusters(app, permission_on=date(2015, 3, 2), opened_on=date(2015, 4, 1))


@dataclass
class Two:
    """The browsers of the two people, and the codes that they received."""

    manager: Browser
    second: Browser
    codes: dict[str, str]

    def committed(self) -> None:
        assert self.manager.post("/allocation/freeze").status_code == 302
        assert self.second.post("/allocation/join").status_code == 302
        for name, browser in (("manager", self.manager), ("second", self.second)):
            page = browser.post("/allocation/code")
            assert page.status_code == 200
            self.codes[name] = code_on(page.text)

    def drawn(self) -> None:
        self.committed()
        for name, browser in (("manager", self.manager), ("second", self.second)):
            browser.page = None
            answer = browser.post("/allocation/enter", {"code": self.codes[name]})
            assert answer.status_code == 302


def code_on(page: str) -> str:
    found = re.search(r'id="code">([0-9a-f ]+)<', page)
    assert found, page
    return found[1].replace(" ", "")


@pytest.fixture
def two(open_clusters: None, sign_in: SignIn) -> Two:
    return Two(sign_in(Role.TRIAL_MANAGER), sign_in(Role.ADMINISTRATOR), {})


def test_before_permission_the_page_says_what_is_missing(sign_in: SignIn) -> None:
    page = sign_in(Role.TRIAL_MANAGER).get("/allocation")
    assert "City Community Forensic Service has not given permission" in page.text
    assert "/allocation/freeze" not in page.text


def test_freezing_too_early_is_refused_with_sentences(sign_in: SignIn) -> None:
    answer = sign_in(Role.TRIAL_MANAGER).post("/allocation/freeze")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "record its permission, or close it" in answer.text


def test_the_preview_tells_the_number_of_schemes_and_the_warnings(two: Two) -> None:
    page = two.manager.get("/allocation").text
    assert "permits 4 schemes" in page
    assert "are never in the same arm" in page
    assert "Only 4 schemes are permitted" in page
    assert "permits 4 schemes" in two.manager.get("/allocation/freeze").text


def test_a_ceremony_from_freezing_to_the_last_reveal(two: Two, sign_in: SignIn) -> None:
    two.drawn()
    page = two.manager.get("/allocation").text
    assert (
        "Both codes were right: the clusters are allocated." in two.second.get("/allocation").text
    )
    assert "<strong>verified</strong>" in page
    assert not TELLS.search(re.sub(r"<pre.*?</pre>|<footer.*", "", page, flags=re.DOTALL))
    for key in KEYS:
        two.manager.page = None
        assert two.manager.post(f"/allocation/reveal/{key}").status_code == 302
    shown = two.manager.get("/allocation").text
    assert shown.count("IPS and treatment as usual") == 2
    again = two.manager.post(f"/allocation/reveal/{KEYS[0]}")
    assert again.status_code == 422
    assert "was revealed on 15 January 2016" in again.text


def test_each_person_is_told_what_to_do_next(two: Two) -> None:
    manager, second = two.manager, two.second
    assert "the trial manager freezes the allocation" in second.get("/allocation").text
    manager.post("/allocation/freeze")
    assert "Join it as its second person" in second.get("/allocation").text
    assert "Receive your code" in manager.get("/allocation").text
    second.post("/allocation/join")
    first_code = code_on(manager.post("/allocation/code").text)
    assert "Wait until A administrator has received theirs" in manager.get("/allocation").text
    second_code = code_on(second.post("/allocation/code").text)
    assert "Both codes are out" in manager.get("/allocation").text
    manager.post("/allocation/enter", {"code": first_code})
    assert "Your code is in." in manager.get("/allocation").text
    assert "the draw is made at once" in second.get("/allocation").text
    second.post("/allocation/enter", {"code": second_code})
    assert "Reveal each arm" in manager.get("/allocation").text


def test_a_code_is_shown_once_and_kept_nowhere(two: Two, app: Flask, settings: Settings) -> None:
    two.committed()
    for name, browser in (("manager", two.manager), ("second", two.second)):
        assert two.codes[name] not in browser.get("/allocation").text.replace(" ", "")
        again = browser.post("/allocation/code")
        assert again.status_code == 422
        assert "It is kept nowhere, so it cannot be shown again" in again.text
    two.manager.page = None
    two.manager.post("/allocation/enter", {"code": two.codes["manager"]})
    with app.app_context():
        kept = everything(db.session())
    files = [p.read_bytes() for p in settings.instance.rglob("*") if p.is_file()]
    for code in two.codes.values():
        assert all(code not in text for text in kept)
        assert all(code.encode() not in content for content in files)


def test_the_page_with_a_code_is_not_stored_and_a_second_press_shows_nothing(two: Two) -> None:
    two.manager.post("/allocation/freeze")
    two.manager.get("/allocation/code")
    hidden = two.manager.hidden()
    first = two.manager.client.post("/allocation/code", data=hidden)
    assert first.headers["Cache-Control"] == "no-store"
    second = two.manager.client.post("/allocation/code", data=hidden)
    assert second.status_code == 409
    assert code_on(first.text) not in second.text.replace(" ", "")


def test_a_wrong_code_is_refused_beside_its_field(two: Two) -> None:
    two.committed()
    two.manager.page = None
    answer = two.manager.post("/allocation/enter", {"code": "abc"})
    assert answer.status_code == 422
    assert "you entered 3. Nothing was recorded: try again." in answer.text
    assert 'href="#code"' in answer.text
    empty = two.manager.post("/allocation/enter", {"code": ""})
    assert "Enter the code that you received" in empty.text


@pytest.mark.parametrize(
    "text", ["x" * 5000, "a\x00b", "<script>1</script>", "\u202eabc", "\ufffd"]
)
def test_whatever_is_typed_as_a_code_gets_a_message(two: Two, text: str) -> None:
    two.committed()
    two.manager.page = None
    answer = two.manager.post("/allocation/enter", {"code": text})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "<script>1" not in answer.text


def test_an_abandoned_allocation_is_told_with_its_reason(two: Two) -> None:
    two.committed()
    two.manager.page = None
    answer = two.manager.post("/allocation/abandon", {"reason": ""})
    assert answer.status_code == 422
    assert "Say why this allocation is abandoned" in answer.text
    two.manager.post("/allocation/abandon", {"reason": "The code was left on the train"})
    page = two.manager.get("/allocation").text
    assert "The code was left on the train" in page
    assert "The allocation is abandoned." in page
    two.manager.page = two.second.page = None
    two.drawn()
    two.manager.page = None
    proof = json.loads(two.manager.post("/allocation/draws/1/certificate.json").text)
    assert proof["abandoned"][0]["reason"] == "The code was left on the train"


STEPS = (
    ("join", Role.ADMINISTRATOR),
    ("code", Role.ADMINISTRATOR),
    ("code", Role.TRIAL_MANAGER),
    ("abandon", Role.TRIAL_MANAGER),
)


@pytest.mark.parametrize(("step", "role"), STEPS)
def test_a_step_before_its_time_is_refused_with_a_sentence(
    sign_in: SignIn, step: str, role: Role
) -> None:
    answer = sign_in(role).post(f"/allocation/{step}", {"reason": "too early"})
    assert answer.status_code == 422
    assert "No allocation is frozen: the trial manager freezes one first." in answer.text


def test_a_reveal_before_the_draw_is_refused(sign_in: SignIn) -> None:
    answer = sign_in(Role.TRIAL_MANAGER).post("/allocation/reveal/city-forensic")
    assert answer.status_code == 422
    assert "its arm is drawn first" in answer.text


def test_a_cluster_that_does_not_exist_is_not_found(sign_in: SignIn) -> None:
    assert sign_in(Role.TRIAL_MANAGER).get("/allocation/reveal/nowhere").status_code == 404


def test_the_certificate_goes_to_the_two_and_to_others_after_the_last_reveal(
    two: Two, sign_in: SignIn, app: Flask
) -> None:
    auditor = sign_in(Role.AUDITOR)
    auditor.page = auditor.client.get("/account")
    early = two.manager.post("/allocation/draws/1/certificate.json")
    assert early.status_code == 409
    assert "There is no certificate yet" in early.text
    two.drawn()
    for browser in (two.manager, two.second):
        answer = browser.post("/allocation/draws/1/certificate.json")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert json.loads(answer.text)["ceremony"]["first_code"] == two.codes["manager"]
        browser.page = None
    assert "Certificate as PDF" not in auditor.get("/allocation").text
    refused = auditor.post("/allocation/draws/1/certificate.json")
    assert refused.status_code == 409
    assert "only for the two people who drew" in refused.text
    change_clusters(app, revealed_on=date(2016, 1, 15))
    auditor.page = None
    assert auditor.post("/allocation/draws/1/certificate.json").status_code == 200
    with app.app_context():
        printed = [
            one for one in db.session().scalars(select(Acts)) if one.name == Act.PRINT_CERTIFICATE
        ]
    assert len(printed) == 3


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.DATA_MANAGER, Role.RESEARCHER])
def test_blinded_people_see_commitments_and_that_it_is_verified(
    two: Two, sign_in: SignIn, app: Flask, role: Role
) -> None:
    two.drawn()
    change_clusters(app, revealed_on=date(2016, 1, 15))
    page = sign_in(role).get("/allocation").text
    main = re.sub(r"<footer.*", "", page, flags=re.DOTALL)
    assert "<strong>verified</strong>" in main
    assert len(re.findall(r"\b[0-9a-f]{64}\b", main)) == 3
    assert not TELLS.search(main)
    assert not any(code in main for code in two.codes.values())
    assert "scheme is" not in main
    assert "Certificate" not in main


@pytest.mark.parametrize(
    "role", [Role.STATISTICIAN, Role.DATA_MANAGER, Role.RESEARCHER, Role.AUDITOR]
)
def test_people_without_a_part_in_it_find_no_step(sign_in: SignIn, role: Role) -> None:
    browser = sign_in(role)
    for step in ("freeze", "join", "code", "enter", "abandon", "reveal/city-forensic"):
        assert browser.get(f"/allocation/{step}").status_code == 404, step


@pytest.mark.parametrize("role", [Role.EMPLOYMENT_SPECIALIST, Role.FIDELITY_REVIEWER])
def test_who_has_nothing_to_do_with_it_finds_no_page(sign_in: SignIn, role: Role) -> None:
    assert sign_in(role).get("/allocation").status_code == 404


def test_the_log_holds_no_code(two: Two, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(0):
        two.drawn()
    for code in two.codes.values():
        assert code not in caplog.text


def test_today_says_when_it_is_somebodys_turn(two: Two) -> None:
    assert "Allocation of the clusters:" not in two.second.get("/today").text
    assert two.manager.post("/allocation/freeze").status_code == 302
    page = two.second.get("/today")
    assert "Allocation of the clusters:" in page.text
    assert "Nothing waits for you today" not in page.text
