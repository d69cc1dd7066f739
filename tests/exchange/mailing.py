"""A real mail server on this machine, which keeps what it is sent and says what it is told to say."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

TAKEN = "250 Taken"


@dataclass
class Server:
    """What it took, and its answers to an address and to a message."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    to_address: str = TAKEN
    to_message: str = TAKEN
    news: threading.Condition = field(default_factory=threading.Condition)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        if self.to_address == TAKEN:
            envelope.rcpt_tos.append(address)
        return self.to_address

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.to_message == TAKEN:
            with self.news:
                mail: Any = message_from_bytes(envelope.content, policy=default)
                self.taken.append(mail)
                self.news.notify_all()
        return self.to_message

    @property
    def marks(self) -> list[str]:
        """The Message-IDs of what it took."""
        return [str(mail["Message-ID"]) for mail in self.taken]

    def wait_for(self, number: int, seconds: float) -> bool:
        """Wait until so many messages were taken in all."""
        with self.news:
            return self.news.wait_for(lambda: len(self.taken) >= number, seconds)


class _Anywhere(Controller):
    """A server on whichever port is free: the library looks for it on the port that was asked for."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(
    context: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, user: str = ""
) -> Iterator[Server]:
    """A server on whichever port is free; with a ``user`` it asks for them and the word “secret”."""
    server = Server()

    def known(_: SMTP, __: Any, ___: Any, ____: str, given: Any) -> AuthResult:
        right = given.login == user.encode() and given.password == b"secret"
        return AuthResult(success=right, handled=right)

    rest: dict[str, Any] = {"ssl_context": context} if context else {}
    if starttls:
        rest |= {"tls_context": starttls, "require_starttls": True}
    if user:
        rest |= {"authenticator": known, "auth_required": True}
    controller = _Anywhere(server, hostname="127.0.0.1", port=0, **rest)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()
