"""Sessions live on the server: renewed at sign-in, ended at once, lapsed in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.trail import acting
from trial.web import account_acts, sessions
from trial.web.accounts import Account, WebSession
from trial.web.database import db


def token(browser: Any) -> str:
    return browser.client.get_cookie("trial").value


def test_signing_in_begins_a_new_session_and_the_old_token_is_worth_nothing(
    app: Flask, browser: Any, account: Callable[..., int]
) -> None:
    account()
    browser.get("/sign-in")
    before = token(browser)
    browser.post(
        "/sign-in",
        {"email": "trial.manager@example.org", "password": "copper lantern walks"},
    )
    after = token(browser)
    assert before != after
    browser.client.set_cookie("trial", before)
    assert browser.get("/account").status_code == 302
    browser.client.set_cookie("trial", after)
    assert browser.get("/account").status_code == 200


def test_only_a_hash_of_the_token_is_kept(app: Flask, sign_in: Callable[..., Any]) -> None:
    browser = sign_in()
    with app.app_context():
        kept = db.session.scalars(select(WebSession)).all()
        assert all(token(browser) not in (row.token_hash + row.content) for row in kept)
        assert sessions.hashed(token(browser)) in {row.token_hash for row in kept}


def test_signing_out_ends_the_session_on_the_server(sign_in: Callable[..., Any]) -> None:
    browser = sign_in()
    browser.get("/account")
    old = token(browser)
    assert browser.post("/sign-out").location == "/sign-in"
    browser.client.set_cookie("trial", old)
    assert browser.get("/account").location == "/sign-in"


def test_signing_out_needs_a_post_with_its_token(sign_in: Callable[..., Any]) -> None:
    browser = sign_in()
    assert browser.client.get("/sign-out").status_code == 405
    assert browser.client.post("/sign-out").status_code == 400
    assert browser.get("/account").status_code == 200


def test_an_ended_account_fails_on_its_next_request(
    app: Flask, sign_in: Callable[..., Any]
) -> None:
    browser = sign_in(Role.AUDITOR)
    assert browser.get("/account").status_code == 200
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
        mine = db.session.scalars(select(Account)).one()
        account_acts.deactivate(db.session(), mine, by=0, at=sessions.CLOCK.now())
    assert browser.get("/account").location == "/sign-in"


@pytest.mark.parametrize(("minutes", "lapsed"), [(14, False), (16, True)])
def test_a_session_lapses_without_activity(
    monkeypatch: pytest.MonkeyPatch, sign_in: Callable[..., Any], minutes: int, lapsed: bool
) -> None:
    browser = sign_in()
    _shift(monkeypatch, timedelta(minutes=minutes))
    answer = browser.get("/account")
    assert (answer.status_code == 302) is lapsed


def test_a_session_ends_after_twelve_hours_however_active(
    monkeypatch: pytest.MonkeyPatch, sign_in: Callable[..., Any]
) -> None:
    browser = sign_in()
    for minutes in range(10, 12 * 60, 10):
        _shift(monkeypatch, timedelta(minutes=minutes))
        assert browser.get("/account").status_code == 200
    _shift(monkeypatch, timedelta(hours=12, minutes=1))
    assert browser.get("/account").status_code == 302


def test_activity_is_written_at_most_once_a_minute(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: Callable[..., Any]
) -> None:
    browser = sign_in()
    begun = _seen(app)
    browser.get("/account")
    assert _seen(app) == begun
    _shift(monkeypatch, timedelta(seconds=90))
    browser.get("/account")
    assert _seen(app) - begun >= timedelta(seconds=90)


def test_static_files_open_no_session(app: Flask, client: Any) -> None:
    client.set_cookie("trial", "anything")
    with client.get("/static/favicon.svg") as answer:
        assert answer.headers.getlist("Set-Cookie") == []


def _seen(app: Flask) -> Any:
    with app.app_context():
        return max(row.seen_at for row in db.session.scalars(select(WebSession)))


class Shifted:
    """A machine whose clock is ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> Any:
        return REAL.now() + self.ahead


REAL = sessions.CLOCK


def _shift(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    monkeypatch.setattr(sessions, "CLOCK", Shifted(ahead))
