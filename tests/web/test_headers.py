"""Headers and cookies on every kind of answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

HIDDEN = re.compile(r'name="(csrf_token|once)" type="hidden" value="([^"]*)"')
KINDS = ["/sign-in", "/", "/no-such-page", "/static/favicon.svg"]


@pytest.mark.parametrize("path", KINDS)
def test_every_answer_says_what_a_browser_may_do(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy and "*" not in policy
        assert "frame-ancestors 'none'" in policy and "report-uri /content-report" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        kept = answer.headers.get("Cache-Control", "")
        assert ("no-store" in kept) is not path.startswith("/static/")
        assert "Server" not in answer.headers and "Strict-Transport-Security" not in answer.headers


def test_a_refused_form_and_a_fault_carry_them_too(app: Flask, client: FlaskClient) -> None:
    refused = client.post("/sign-in", data={"email": "x"})
    assert refused.status_code == 400
    assert "no-store" in refused.headers["Cache-Control"]
    assert "frame-ancestors" in refused.headers["Content-Security-Policy"]


def test_the_cookie_holds_only_a_token_and_scripts_cannot_read_it(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == "trial"
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(rest.split("; "))


def test_outside_a_demonstration_the_cookie_is_bound_to_the_host_and_to_tls(
    variant: Callable[..., Flask],
) -> None:
    secure = variant(secure_cookies=True)
    answer = secure.test_client().get("/sign-in", base_url="https://trial.example")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-trial=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    client = secure.test_client()
    page = client.get("/sign-in", base_url="https://trial.example")
    token = dict(HIDDEN.findall(page.text))
    sent = client.post("/sign-in", data={**token, "email": "x"}, base_url="https://trial.example")
    assert sent.status_code == 422 and "Enter your password" in sent.text
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_browser_may_report_what_it_blocked_and_the_log_names_no_page(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    report = b'{"csp-report": {"document-uri": "https://trial/participants/IPSOH-0001"}}'
    with caplog.at_level("INFO"):
        answer = client.post("/content-report", data=report, content_type="application/csp-report")
    assert answer.status_code == 204
    assert "blocked content" in caplog.text and "IPSOH-0001" not in caplog.text


def test_the_log_holds_rules_and_numbers_never_what_was_asked_or_typed(
    sign_in: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        browser = sign_in()
        browser.get("/account?q=Maria+Example")
        browser.post("/account/password", {"current": "typed-by-me", "password": "typed-by-me-2"})
        browser.get("/set-password/a-secret-token")
    assert "/account" in caplog.text and "/set-password/<token>" in caplog.text
    for said in ("Maria", "typed-by-me", "a-secret-token", "trial.manager@example.org"):
        assert said not in caplog.text
