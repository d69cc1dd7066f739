"""Signing in: the password, the second factor, one-time links, and the slowing down of guesses."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from trial.conduct.access import Act
from trial.config import Settings
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Act as Done
from trial.records.models import Change
from trial.records.trail import acting
from trial.web import account_acts, passwords, signing, throttle
from trial.web.accounts import Account, AccountLink
from trial.web.database import db
from trial.web.sessions import CLOCK

PASSWORD = "copper lantern walks"
NAME = "trial.manager@example.org"


def acts(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Done.name).order_by(Done.number)))


def test_the_right_password_signs_in_and_is_an_act_without_change(
    app: Flask, browser: Any, account: Callable[..., int]
) -> None:
    number = account()
    answer = browser.post(
        "/sign-in", {"email": " Trial.Manager@Example.org ", "password": PASSWORD}
    )
    assert answer.status_code == 302
    assert browser.get("/account").status_code == 200
    with app.app_context():
        last = db.session.scalars(select(Done).order_by(Done.number.desc())).first()
        assert (last.name, last.by, last.changes) == (Act.SIGN_IN, number, 0)
        assert db.session.scalars(select(Change).where(Change.act == last.number)).all() == []


@pytest.mark.parametrize(
    ("email", "password"),
    [(NAME, "wrong wrong wrong"), ("nobody@example.org", PASSWORD), (NAME, " " + PASSWORD)],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    app: Flask, browser: Any, account: Callable[..., int], email: str, password: str
) -> None:
    account()
    answer = browser.post("/sign-in", {"email": email, "password": password})
    assert answer.status_code == 422
    assert "The e-mail address or the password is not right" in answer.text
    assert password not in answer.text
    assert acts(app)[-1] == Act.SIGN_IN_FAILED
    assert browser.get("/account").location == "/sign-in"


def test_the_trail_keeps_nothing_typed_by_whoever_failed(app: Flask, browser: Any) -> None:
    browser.post("/sign-in", {"email": "my-secret-slip", "password": "another slip of mine"})
    with app.app_context():
        last = db.session.scalars(select(Done).order_by(Done.number.desc())).first()
        assert (last.by, last.note, last.reason) == (0, {"account": None}, None)


def test_an_ended_account_cannot_sign_in(
    app: Flask, browser: Any, account: Callable[..., int]
) -> None:
    number = account(Role.AUDITOR)
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
        mine = db.session.get_one(Account, number)
        account_acts.deactivate(db.session(), mine, by=0, at=CLOCK.now())
    answer = browser.post("/sign-in", {"email": "auditor@example.org", "password": PASSWORD})
    assert answer.status_code == 422


def test_failures_of_one_name_make_it_wait_even_with_the_right_password(
    browser: Any, account: Callable[..., int]
) -> None:
    account()
    texts = set()
    for _ in range(6):
        answer = browser.post("/sign-in", {"email": NAME, "password": "wrong wrong wrong"})
        texts |= set(re.findall(r'href="#email">([^<]*)', answer.text))
    answer = browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert answer.status_code == 429
    texts |= set(re.findall(r'href="#email">([^<]*)', answer.text))
    assert len(texts) == 1


def test_the_wait_doubles_and_ends(app: Flask, settings: Settings) -> None:
    now = CLOCK.now()
    subject = throttle.name_subject(settings, NAME)
    with app.app_context():
        for _ in range(subject.free + 3):
            throttle.failed([subject], now)
        assert throttle.must_wait([subject], now + timedelta(seconds=7))
        assert not throttle.must_wait([subject], now + timedelta(seconds=8))
        for _ in range(30):
            throttle.failed([subject], now)
        assert not throttle.must_wait([subject], now + timedelta(seconds=301))
        throttle.succeeded([subject])
        assert not throttle.must_wait([subject], now)


def test_one_address_that_tries_many_names_has_to_wait(app: Flask, browser: Any) -> None:
    codes = [
        browser.post("/sign-in", {"email": f"p{n}@example.org", "password": "x" * 12}).status_code
        for n in range(21)
    ]
    assert codes[:20] == [422] * 20
    assert codes[20] == 429


def test_it_takes_as_long_whether_or_not_the_account_exists(
    app: Flask, settings: Settings, account: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = passwords.verify_password
    monkeypatch.setattr(
        passwords, "verify_password", lambda p, h: seen.append(h.split("$")[3]) or real(p, h)
    )
    account()
    with app.test_request_context("/sign-in", method="POST"):
        for email in (NAME, "nobody@example.org"):
            assert signing.try_password(email, "wrong wrong wrong") is signing.Step.REFUSED
    assert len(seen) == 2 and len(set(seen)) == 1  # the same cost of hashing, counted, not timed


def test_after_failed_attempts_the_person_is_told(
    browser: Any, account: Callable[..., int]
) -> None:
    account()
    for _ in range(2):
        browser.post("/sign-in", {"email": NAME, "password": "wrong wrong wrong"})
    browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert "failed since you last signed in: 2" in browser.get("/account").text
    assert "failed since" not in browser.get("/account").text


def test_signing_in_goes_to_the_page_that_was_asked_for_and_never_elsewhere(
    browser: Any, account: Callable[..., int]
) -> None:
    account()
    browser.get("/account/password")
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert answer.location == "/account/password"


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example"])
def test_no_address_leads_off_our_pages(
    browser: Any, account: Callable[..., int], path: str
) -> None:
    account()
    browser.client.get(path)
    answer = browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert answer.location.startswith("/") and "evil" not in answer.location


@pytest.fixture
def strict(variant: Callable[..., Flask]) -> Flask:
    """The same instance, with the second factor required."""
    return variant(second_factor=True)


def test_without_a_second_factor_nothing_opens_until_it_is_set_up(
    strict: Flask, browser: Any, account: Callable[..., int]
) -> None:
    account()
    mine = type(browser)(strict.test_client())
    answer = mine.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert answer.location == "/sign-in/second-factor"
    assert mine.get("/account").location == "/sign-in"
    page = mine.get("/sign-in/second-factor")
    assert mine.client.get("/sign-in/second-factor.svg").mimetype == "image/svg+xml"
    wrong = mine.post("/sign-in/second-factor", {"code": "000000"})
    assert wrong.status_code == 422
    key = shown_key(page.text)
    assert shown_key(wrong.text) == key
    done = mine.post("/sign-in/second-factor", {"code": token_of(key)})
    codes = re.findall(r'<li class="trial-code">([^<]*)</li>', done.text)
    assert len(codes) == 10
    assert mine.get("/account").status_code == 200
    with strict.app_context():
        kept = db.session.scalars(select(Account)).one()
        assert key not in (kept.totp_secret or "") and codes[0] not in (kept.recovery_codes or "")


def test_a_code_works_once_and_a_recovery_code_works_once(
    strict: Flask, browser: Any, account: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    account()
    mine = type(browser)(strict.test_client())
    mine.post("/sign-in", {"email": NAME, "password": PASSWORD})
    key = shown_key(mine.get("/sign-in/second-factor").text)
    first = token_of(key)
    recovery = re.findall(
        r'<li class="trial-code">([^<]*)</li>',
        mine.post("/sign-in/second-factor", {"code": first}).text,
    )

    def again(code: str) -> int:
        other = type(browser)(strict.test_client())
        assert (
            other.post("/sign-in", {"email": NAME, "password": PASSWORD}).location
            == "/sign-in/code"
        )
        assert other.get("/account").status_code == 302
        other.get("/sign-in/code")
        return other.post("/sign-in/code", {"code": code}).status_code

    assert again(first) == 422
    assert again(token_of(key, ahead=30)) == 302
    assert again(recovery[0].upper()) == 302
    assert again(recovery[0]) == 422
    assert again(recovery[1]) == 302


def test_guessing_codes_is_slowed_down(
    strict: Flask, browser: Any, account: Callable[..., int]
) -> None:
    account()
    mine = type(browser)(strict.test_client())
    mine.post("/sign-in", {"email": NAME, "password": PASSWORD})
    key = shown_key(mine.get("/sign-in/second-factor").text)
    mine.post("/sign-in/second-factor", {"code": token_of(key)})
    other = type(browser)(strict.test_client())
    other.post("/sign-in", {"email": NAME, "password": PASSWORD})
    other.get("/sign-in/code")
    answers = [other.post("/sign-in/code", {"code": "123456"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def shown_key(page: str) -> str:
    found = re.search(r'trial-code">([^<]*)<', page)
    assert found
    return re.sub(r"[^A-Z2-7]", "", found[1])


def token_of(key: str, ahead: int = 0) -> str:
    return str(TOTP(key=key, format="base32").generate(time=time.time() + ahead).token)


def link_for(app: Flask, number: int) -> str:
    with app.app_context(), acting(db.session(), by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
        mine = db.session.get_one(Account, number)
        return account_acts.make_link(db.session(), mine, by=0, at=CLOCK.now())


def test_a_link_sets_the_password_once_and_keeps_only_its_hash(
    app: Flask, browser: Any, account: Callable[..., int]
) -> None:
    token = link_for(app, account(password=None))
    page = browser.get(f"/set-password/{token}")
    assert page.status_code == 200 and NAME in page.text
    for poor in ("short", "password12345", "ipsoh trial 2016"):
        answer = browser.post(f"/set-password/{token}", {"password": poor})
        assert answer.status_code == 422 and poor not in answer.text
    assert browser.post(f"/set-password/{token}", {"password": PASSWORD}).status_code == 302
    assert browser.get(f"/set-password/{token}").status_code == 404
    answer = browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.scalars(select(AccountLink.token_hash)).one() != token
        changes = db.session.scalars(select(Change).where(Change.item == "password")).all()
        assert [(one.kind, one.new) for one in changes] == [("secret", '"changed"')]


def test_a_link_runs_out_in_a_day_and_a_newer_one_replaces_it(
    app: Flask, browser: Any, account: Callable[..., int]
) -> None:
    number = account()
    first, second = link_for(app, number), link_for(app, number)
    assert browser.get(f"/set-password/{first}").status_code == 404
    assert browser.get(f"/set-password/{second}").status_code == 200
    with app.app_context():
        late = CLOCK.now() + timedelta(hours=24, minutes=1)
        assert account_acts.link_of(db.session(), second, at=late) is None


def test_a_password_by_link_ends_the_sessions_and_leaves_the_second_factor(
    app: Flask, sign_in: Callable[..., Any], browser: Any
) -> None:
    mine = sign_in()
    with app.app_context():
        kept = db.session.scalars(select(Account)).one()
        with acting(db.session(), by=COMMAND_LINE, name=Act.OWN_ACCOUNT):
            account_acts.enrol_second_factor(kept, secret="sealed", recovery_codes="x")
        number = kept.id
    browser.post(f"/set-password/{link_for(app, number)}", {"password": "violet anchor drums"})
    assert mine.get("/account").location == "/sign-in"
    with app.app_context():
        assert db.session.get_one(Account, number).totp_secret == "sealed"


def test_changing_ones_own_password_ends_the_other_sessions(
    app: Flask, sign_in: Callable[..., Any], browser: Any
) -> None:
    mine = sign_in()
    browser.post("/sign-in", {"email": NAME, "password": PASSWORD})
    mine.get("/account/password")
    wrong = mine.post(
        "/account/password", {"current": "nope nope nope", "password": "violet anchor drums"}
    )
    assert wrong.status_code == 422 and "not your present password" in wrong.text
    done = mine.post("/account/password", {"current": PASSWORD, "password": "violet anchor drums"})
    assert done.location == "/account"
    assert mine.get("/account").status_code == 200
    assert browser.get("/account").location == "/sign-in"
