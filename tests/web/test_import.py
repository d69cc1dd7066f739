"""Import by page: looked at before it is taken in, whatever stands in the file, and kept only sealed."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.web.conftest import Browser
from tests.web.filling import plan, records, with_forms
from tests.web.recruited import recruiting
from trial.conduct import begin
from trial.config import Settings
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.models import Act, Typed
from trial.web import waiting
from trial.web.database import db

HARM = "<img src=x onerror=alert(1)>"
Enter = Callable[..., Browser]


@pytest.fixture
def people(app: Flask, protocol: Protocol, settings: Settings) -> list[str]:
    """The study numbers of two people; the trial has the forms of the tests."""
    with recruiting(app, protocol, settings) as trial:
        cluster = begin.cluster_of(trial.session, protocol.clusters[0].key)
        trial.open(cluster)
        numbers = [trial.participant(cluster).number for _ in range(2)]
    contacts = plan("contacts").model_copy(update={"entered_by": ("trial manager", "researcher")})
    words = plan("steering")
    with_forms(app, protocol, plan("everything"), contacts, words, plan("team"))
    return numbers


def send(
    browser: Browser, form: str, content: bytes | str, name: str = "rows.csv", **rest: Any
) -> Any:
    content = content.encode() if isinstance(content, str) else content
    browser.get("/import")
    file = FileStorage(io.BytesIO(content), filename=name)
    # The test client would lay a large file on the disk, and forget it there.
    boundary, body = encode_multipart({**browser.hidden(), "form": form, "file": file, **rest})
    kind = f'multipart/form-data; boundary="{boundary}"'
    browser.page = browser.client.post("/import", data=body, content_type=kind)
    return browser.page


def test_a_file_is_looked_at_and_then_taken_in(
    app: Flask, people: list[str], sign_in: Enter
) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    csv = f"number,observed_on,minutes\n{people[0]},2016-01-10,30\n{people[1]},2016-01-11,45\n"
    answer = send(browser, "contacts", csv)
    assert answer.status_code == 302
    place = answer.location
    page = browser.get(place)
    assert "New records" in page.text and people[1] in page.text and "45" in page.text
    assert records(app, "contacts") == []
    with app.app_context():
        kept = db.session.scalars(select(Typed)).one()
        assert "minutes" not in kept.sealed and people[0] not in kept.sealed
    told = browser.client.post(f"{place}/changes.csv", data=browser.hidden())
    assert told.mimetype == "text/csv" and "minutes" in told.text
    assert records(app, "contacts") == []
    browser.get(place)
    assert browser.post(place, {}).status_code == 302
    assert [one.answers["minutes"] for one in records(app, "contacts")] == [30, 45]
    with app.app_context():
        act = db.session.scalars(select(Act).order_by(Act.number.desc())).first()
        assert act is not None and act.note["file"] == "rows.csv"
        number, fingerprint = act.number, act.note["sha256"]
        assert db.session.scalar(select(func.count()).select_from(Typed)) == 0
    shown = browser.get(f"/trail/{number}").text
    assert "rows.csv" in shown and fingerprint in shown
    assert browser.get(place).status_code == 404


def test_what_is_refused_is_named_by_row_and_column_and_nothing_is_saved(
    app: Flask, people: list[str], sign_in: Enter
) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    csv = f"number,observed_on,minutes\n{people[0]},2016-01-10,30\n{people[1]},2016-01-11,{HARM}\n"
    answer = send(browser, "contacts", csv, name=f"{HARM}.csv")
    place = answer.location
    page = browser.get(place)
    assert HARM not in page.text and "&lt;img" in page.text
    assert "minutes" in page.text and "Take in all of it" not in page.text
    assert browser.post(place, {}).status_code in (200, 422)
    assert records(app, "contacts") == []


def test_hostile_words_are_shown_as_words(app: Flask, people: list[str], sign_in: Enter) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    link = "javascript:alert(1)"
    answer = send(browser, "steering", f'observed_on,decided\n2016-01-10,"{HARM} {link}"\n')
    page = browser.get(answer.location)
    assert HARM not in page.text and f'href="{link}' not in page.text
    for form in ("steering", "nothing"):
        for content in (b"", b"\x00\x01", b"PK\x03\x04" + bytes(40), f"{HARM}\n1\n".encode()):
            sent = send(browser, form, content)
            assert sent.status_code in (302, 422)
            if sent.status_code == 302:
                assert HARM not in browser.get(sent.location).text


def test_a_preview_that_no_longer_holds_is_not_taken_in(
    app: Flask, people: list[str], sign_in: Enter
) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    key = "team"
    cluster = "cluster,observed_on,staff\n{},2016-01-10,{}\n"
    with app.app_context():
        name = app.extensions["trial_protocol"].clusters[0].key
    first = send(browser, key, cluster.format(name, 3)).location
    second = send(browser, key, cluster.format(name, 5)).location
    browser.get(first)
    assert browser.post(first, {}).status_code == 302
    browser.get(second)
    answer = browser.post(second, {"reason": "Counted again"})
    assert answer.status_code == 422 and "not as they were" in answer.text
    assert [one.answers["staff"] for one in records(app, key)] == [3]
    third = send(browser, key, cluster.format(name, 5)).location
    browser.get(third)
    assert "Say why" in browser.post(third, {}).text
    assert browser.post(third, {"reason": "Counted again"}).status_code == 302
    assert [one.answers["staff"] for one in records(app, key)] == [5]


def test_a_file_is_found_again_only_by_its_sender_and_for_an_hour(
    app: Flask, people: list[str], sign_in: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    place = send(browser, "steering", "observed_on,decided\n2016-01-10,Go on\n").location
    other = sign_in(Role.TRIAL_MANAGER, email="another@example.org")
    assert other.get(place).status_code == 404
    assert browser.get(place).status_code == 200
    later = waiting.CLOCK.now() + timedelta(minutes=61)
    monkeypatch.setattr(waiting, "CLOCK", type("Later", (), {"now": staticmethod(lambda: later)}))
    assert browser.get(place).status_code == 404


def test_who_may_not_import_finds_no_page(people: list[str], sign_in: Enter) -> None:
    assert sign_in(Role.RESEARCHER).get("/import").status_code == 404
    manager = sign_in(Role.DATA_MANAGER)
    page = manager.get("/import")
    assert page.status_code == 200 and "none that you can import" in page.text
    assert manager.get("/import/template/contacts.zip").status_code == 404


def test_an_empty_table_has_every_column_and_its_codebook(
    people: list[str], sign_in: Enter
) -> None:
    answer = sign_in(Role.TRIAL_MANAGER).get("/import/template/everything.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        head = archive.read("everything.csv").decode().strip()
        book = archive.read("everything-codebook.csv").decode("utf-8-sig")
    assert head.startswith("number,visit,observed_on,works,hours,pay")
    assert "jobs.1.title" in head and "mood" not in head and "letter" not in head
    assert "knows_arm" not in head and "retail = Shops" in book


def test_too_large_a_file_is_refused(people: list[str], sign_in: Enter) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    rows = "2016-01-10,x\n" * 5001
    page = browser.get(send(browser, "steering", f"observed_on,decided\n{rows}").location)
    assert "At most 5,000 rows" in page.text
    assert send(browser, "steering", b"x" * (5 * 1024 * 1024 + 1)).status_code == 422
    assert send(browser, "steering", b"x" * (7 * 1024 * 1024)).status_code == 413
