"""Text messages through the client library of GOV.UK Notify, against a server on this machine."""

import importlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from trial.config import TextService
from trial.exchange.letter import BrokenOff, Letter, Refused, Undelivered, Unreachable
from trial.exchange.text_messages import Notify

KEY = f"key-{uuid4()}-{uuid4()}"
AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def letter(again: bool = False) -> Letter:
    words = ("Your next meeting is due.", "Tell us to stop.")
    return Letter("07700 900123", None, words, "<mark@example.org>", "The team", AT, again)


@dataclass
class Service:
    """What was asked of it, and what it answers."""

    address: str = ""
    says: int = 201
    sent: list[dict[str, object]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if service.says == 201:
                service.sent.append(asked)
                service.known.append(asked["reference"])
            self.tell(service.says, {"id": str(uuid4()), "errors": [], "status_code": service.says})

        def do_GET(self) -> None:
            known = [one for one in service.known if one.strip("<>").split("@")[0] in self.path]
            self.tell(200, {"notifications": [{"reference": one} for one in known]})

        def tell(self, code: int, said: dict[str, object]) -> None:
            body = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def notifying(service: Service) -> Iterator[Notify]:
    post = Notify(TextService(KEY, "template", service.address))
    try:
        yield post
    finally:
        post.close()


def test_a_text_message_goes_with_its_mark_as_the_reference():
    with serving() as service, notifying(service) as post:
        post.send(letter())
    (sent,) = service.sent
    assert sent["phone_number"] == "07700 900123" and sent["template_id"] == "template"
    assert sent["personalisation"] == {"text": "Your next meeting is due. Tell us to stop."}
    assert sent["reference"] == "<mark@example.org>"


def test_after_a_doubt_it_goes_only_if_notify_does_not_know_it():
    with serving() as service, notifying(service) as post:
        post.send(letter(again=True))
        post.send(letter(again=True))
    assert len(service.sent) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [(400, Refused), (403, Unreachable), (429, Unreachable), (500, BrokenOff), (418, Undelivered)],
)
def test_what_notify_says_is_told_in_words_that_name_nobody(code, kind):
    with serving() as service, notifying(service) as post:
        service.says = code
        with pytest.raises(Undelivered) as raised:
            post.send(letter())
    assert type(raised.value) is kind
    assert str(code) in str(raised.value) and "07700" not in str(raised.value)


def test_without_a_key_and_without_the_package_it_is_said_plainly(monkeypatch):
    with pytest.raises(Unreachable, match="TRIAL_NOTIFY_KEY is not set"):
        Notify(TextService(None, "template")).send(letter())
    found = importlib.import_module

    def missing(name: str) -> object:
        if name.startswith("notifications_python_client"):
            raise ModuleNotFoundError(name)
        return found(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(Unreachable, match="pip install notifications-python-client"):
        Notify(TextService(KEY, "template")).send(letter())
