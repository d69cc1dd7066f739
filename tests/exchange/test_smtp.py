"""E-mail through a real mail server: what it says, over TLS, and what is told of its answers."""

import socket
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.exchange.mailing import serving
from trial.config import MailServer
from trial.exchange.letter import BrokenOff, Letter, Refused, Undelivered, Unreachable
from trial.exchange.smtp import Smtp

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
LETTER = Letter(
    "ada@example.org", "Your next meeting", ("Hello,", "around 8 June – a long line. " * 20),
    "<mark@example.org>", "The research team", AT,
)  # fmt: skip


def smtp(port: int, security: str = "none", **rest: str) -> Smtp:
    return Smtp(MailServer("127.0.0.1", port, security, "office@example.org", **rest))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side and the client's side of a certificate for this machine."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "made.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made, key)
    return server, ssl.create_default_context(cafile=str(made))


def test_a_letter_arrives_as_it_was_written_and_the_connection_serves_the_next():
    with serving() as server:
        post = smtp(server.port)
        post.send(LETTER)
        post.send(LETTER)
        post.close()
    mail = server.taken[0]
    assert mail["To"] == "ada@example.org" and mail["Message-ID"] == "<mark@example.org>"
    assert mail["From"] == "The research team <office@example.org>"
    assert mail["Subject"] == "Your next meeting" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT and "around 8 June – a long line." in mail.get_content()
    assert len(server.taken) == 2


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_goes_over_tls_to_a_server_whose_certificate_is_known(certificate, security):
    theirs, ours = certificate
    over = {"context": theirs} if security == "tls" else {"starttls": theirs}
    with serving(**over) as server:
        post = smtp(server.port, security)
        post.context = ours
        post.send(LETTER)
        post.close()
        stranger = smtp(server.port, security)
        with pytest.raises(Unreachable, match="cannot be reached"):
            stranger.send(LETTER)
    assert len(server.taken) == 1


def test_a_server_that_asks_who_we_are_is_told(certificate):
    theirs, ours = certificate
    with serving(starttls=theirs, user="office") as server:
        post = smtp(server.port, "starttls", username="office", password="secret")
        post.context = ours
        post.send(LETTER)
        post.close()
        wrong = smtp(server.port, "starttls", username="office", password="guess")
        wrong.context = ours
        with pytest.raises(Unreachable, match="refused our user name or password"):
            wrong.send(LETTER)
        unset = smtp(server.port, "starttls", username="office")
        unset.context = ours
        with pytest.raises(Unreachable, match="TRIAL_MAIL_PASSWORD is not set"):
            unset.send(LETTER)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("address", "message", "kind", "words"),
    [
        ("550 No such person", "250 Taken", Refused, "refused the address (550)"),
        ("450 Try later", "250 Taken", Undelivered, "did not take the address (450)"),
        ("250 Taken", "554 Looks like spam", Refused, "refused the message (554)"),
        ("250 Taken", "451 Try later", Undelivered, "did not take the message (451)"),
    ],
)
def test_what_the_server_says_is_told_in_words_that_name_nobody(address, message, kind, words):
    with serving() as server:
        server.to_address, server.to_message = address, message
        post = smtp(server.port)
        with pytest.raises(Undelivered) as raised:
            post.send(LETTER)
        post.close()
    assert type(raised.value) is kind and words in str(raised.value)
    assert "ada" not in str(raised.value)


@pytest.mark.parametrize(
    "to", ["", "no address", "a@b@c", "ada@example.org\r\nBcc: all@example.org", "<>"]
)
def test_what_is_no_address_is_not_sent_to(to):
    with serving() as server:
        post = smtp(server.port)
        with pytest.raises(Refused, match="no e-mail address"):
            post.send(Letter(to, "Hello", ("Hello",), "<mark@example.org>", "The team", AT))
    assert server.taken == []


def test_a_server_that_is_not_there_and_one_that_breaks_off():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="cannot be reached"):
        smtp(port).send(LETTER)
    with serving() as server:
        post = smtp(server.port)
        post.send(LETTER)
        assert post.connection is not None and post.connection.sock is not None
        post.connection.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(BrokenOff, match="broke off"):
            post.send(LETTER)
        post.send(LETTER)
        post.close()
    assert len(server.taken) == 2
