"""E-mail through the instance's mail server: one connection a run, TLS, and answers told in words."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY

from trial.config import MailServer
from trial.exchange.letter import BrokenOff, Letter, Refused, Undelivered, Unreachable

TIMEOUT = 30.0  # seconds; a worker's hold on a message is longer
PERMANENT = 500


@dataclass
class Smtp:
    """A mail server, connected to with the first letter."""

    server: MailServer
    context: ssl.SSLContext | None = None
    connection: smtplib.SMTP | None = field(default=None, init=False)

    def send(self, letter: Letter) -> None:
        """Hand one letter to the server; raises ``Undelivered`` or one of its kinds."""
        made = written(letter, self.server.sender)
        open_ = self._open()
        try:
            open_.send_message(made)
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            raise _told(code, "the address") from refused
        except smtplib.SMTPSenderRefused as refused:
            raise Unreachable(_code("The mail server refused our sender", refused)) from refused
        except smtplib.SMTPResponseException as refused:
            self.close()
            raise _told(refused.smtp_code, "the message") from refused
        except (smtplib.SMTPException, OSError) as broken:
            self.close()
            raise BrokenOff("The mail server broke off while it took the message.") from broken

    def close(self) -> None:
        """Say goodbye to the server."""
        if self.connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
            self.connection = None

    def _open(self) -> smtplib.SMTP:
        if self.connection is None:
            try:
                self.connection = self._connected()
            except smtplib.SMTPAuthenticationError as refused:
                raise Unreachable("The mail server refused our user name or password.") from refused
            except (smtplib.SMTPException, OSError) as broken:
                raise Unreachable("The mail server cannot be reached.") from broken
        return self.connection

    def _connected(self) -> smtplib.SMTP:
        one, context = self.server, self.context or ssl.create_default_context()
        if one.username and one.password is None:
            raise Unreachable("TRIAL_MAIL_PASSWORD is not set: the mail server asks for it.")
        if one.security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(
                one.host, one.port, timeout=TIMEOUT, context=context
            )
        else:
            made = smtplib.SMTP(one.host, one.port, timeout=TIMEOUT)
        try:
            if one.security == "starttls":
                made.starttls(context=context)
            if one.username:
                made.login(one.username, one.password or "")
        except BaseException:
            made.close()
            raise
        return made


def written(letter: Letter, sender: str) -> EmailMessage:
    """The letter as an e-mail, in plain text; raises ``Refused`` for what is no address."""
    made = EmailMessage(policy=POLICY)
    try:
        made["From"] = Address(letter.sender_name, addr_spec=sender)
        made["To"] = Address(addr_spec=letter.to.strip())
    except (HeaderParseError, ValueError, IndexError):
        raise Refused("What is recorded as the address is no e-mail address.") from None
    made["Subject"] = letter.subject or ""
    made["Date"] = letter.at
    made["Message-ID"] = letter.message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(letter.paragraphs) + "\n", cte="quoted-printable")
    return made


def _told(code: int, what: str) -> Undelivered:
    kind = Refused if code >= PERMANENT else Undelivered
    how = "refused" if code >= PERMANENT else "did not take"
    return kind(f"The mail server {how} {what} ({code}).")


def _code(words: str, refused: smtplib.SMTPResponseException) -> str:
    return f"{words} ({refused.smtp_code})."
