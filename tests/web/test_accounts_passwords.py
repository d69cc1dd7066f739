"""Which passwords are fit: long and uncommon, whatever they are made of."""

import pytest

from trial.protocol import Protocol
from trial.web import passwords

WHO = ("jo.example@example.org", "Jo Example")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Passw0rd2024!",
        "qwertyuiop12345",
        "aaaaaaaaaaaa",
        "1234567890123",
        "monkeydragon99",
        "jo.example.1987",
        "correcthorsebatterystaple",
    ],
)
def test_what_guessers_try_is_refused(protocol: Protocol, password: str) -> None:
    assert "easily guessed" in (passwords.fault(password, protocol, *WHO) or "")


def test_words_of_the_trial_are_refused(protocol: Protocol) -> None:
    cluster = protocol.clusters[0].name.replace(" ", "")
    for password in (f"{protocol.name}-trial-2016", f"{cluster}2016!", f"{protocol.sponsor}1"):
        assert "easily guessed" in (passwords.fault(password, protocol, *WHO) or "")


@pytest.mark.parametrize(
    "password",
    [
        "copper lantern walks",
        "839201748301",
        "über wörter kisten",
        "!?%&/()=-+*#~^",
        "x1y2z3" * 12,
        "  spaces at both ends  ",
    ],
)
def test_no_rule_of_composition_and_no_short_limit(protocol: Protocol, password: str) -> None:
    assert passwords.fault(password, protocol, *WHO) is None


@pytest.mark.parametrize(("length", "fit"), [(11, False), (12, True), (200, True), (201, False)])
def test_the_limits_of_length(protocol: Protocol, length: int, fit: bool) -> None:
    made = ("kvzjwxq" * 30)[:length]
    assert (passwords.fault(made, protocol, *WHO) is None) is fit


def test_generated_passwords_are_fit_and_differ(protocol: Protocol) -> None:
    made = {passwords.generated() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.fault(one, protocol, *WHO) is None for one in made)
