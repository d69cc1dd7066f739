"""Where this instance lives, which settings it runs under, and its one clock."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
LONDON = ZoneInfo("Europe/London")
SETTINGS_FILE = "settings.toml"


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NOTIFY = "https://api.notifications.service.gov.uk"


class WrongSettings(Exception):
    """A setting that cannot be used, said so that it can be put right."""


@dataclass(frozen=True)
class Clock:
    """The one clock: the machine's, or the fixed day of a demonstration."""

    fixed: date | None = None

    def now(self) -> datetime:
        """The present instant in UTC; in a demonstration its own day at the machine's time."""
        now = datetime.now(UTC)
        if self.fixed is None:
            return now
        return now.replace(year=self.fixed.year, month=self.fixed.month, day=self.fixed.day)

    def today(self) -> date:
        """Today's calendar date in Europe/London."""
        return self.fixed or self.now().astimezone(LONDON).date()


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed over, and in whose name; ``security`` is tls, starttls, or none on loopback."""

    host: str
    port: int
    security: str
    sender: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class TextService:
    """The GOV.UK Notify service by which text messages go."""

    api_key: str | None = field(repr=False)
    template_id: str
    base_url: str = NOTIFY


@dataclass(frozen=True)
class Settings:
    """What one instance runs under, read once."""

    instance: Path
    database_url: str
    owner_url: str
    protocol: Path | None
    demonstration: bool
    second_factor: bool
    secure_cookies: bool
    idle_minutes: int
    clock: Clock
    address: str | None = None
    mail: MailServer | None = None
    texts: TextService | None = None

    def key(self, name: str) -> bytes:
        """One of the instance's secret keys of 32 bytes, made on first use, kept outside the database."""
        folder = self.instance / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"{name}.key"
        try:
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return bytes.fromhex(file.read_text())
        with os.fdopen(made, "w") as out:
            out.write(secrets.token_hex(32))
        return bytes.fromhex(file.read_text())


def read_settings(environ: dict[str, str] | None = None) -> Settings:
    """Settings from the environment and the instance folder's ``settings.toml``.

    ``TRIAL_INSTANCE`` names the folder (default ``instance``), ``TRIAL_DATABASE_URL`` the database
    (default SQLite in that folder), ``TRIAL_OWNER_URL`` the owner's connection for migrations on
    PostgreSQL, ``TRIAL_PROTOCOL`` the protocol (default: the instance's own, else the shipped one),
    ``TRIAL_MAIL_PASSWORD`` and ``TRIAL_NOTIFY_KEY`` what only the sending of messages needs.
    Raises ``WrongSettings``.
    """
    env = dict(os.environ) if environ is None else environ
    instance = Path(env.get("TRIAL_INSTANCE") or ROOT / "instance").resolve()
    file = instance / SETTINGS_FILE
    kept = tomllib.loads(file.read_text()) if file.exists() else {}
    url = env.get("TRIAL_DATABASE_URL") or kept.get("database_url")
    url = url or f"sqlite:///{instance / 'trial.sqlite'}"
    demonstration = bool(kept.get("demonstration", False))
    fixed = kept.get("today") if demonstration else None
    return Settings(
        instance=instance,
        database_url=url,
        owner_url=env.get("TRIAL_OWNER_URL") or kept.get("owner_url") or url,
        protocol=_protocol_path(env.get("TRIAL_PROTOCOL") or kept.get("protocol"), instance),
        demonstration=demonstration,
        second_factor=bool(kept.get("second_factor", not demonstration)),
        secure_cookies=bool(kept.get("secure_cookies", not demonstration)),
        idle_minutes=int(kept.get("idle_minutes", 15)),
        clock=Clock(fixed),
        address=kept.get("address"),
        mail=_mail(kept.get("mail"), env.get("TRIAL_MAIL_PASSWORD")),
        texts=_texts(kept.get("text_messages"), env.get("TRIAL_NOTIFY_KEY")),
    )


def _protocol_path(named: str | None, instance: Path) -> Path | None:
    if named:
        return (instance / named).resolve()
    own = instance / "protocol.toml"
    return own if own.exists() else None


def _mail(said: Mapping[str, Any] | None, password: str | None) -> MailServer | None:
    if said is None:
        return None
    known = {"host", "port", "security", "sender", "username"}
    if lacking := sorted({"host", "sender"} - said.keys()):
        raise WrongSettings(f"[mail] in {SETTINGS_FILE} lacks {', '.join(lacking)}.")
    if strange := sorted(said.keys() - known):
        raise WrongSettings(f"[mail] in {SETTINGS_FILE} has no setting {', '.join(strange)}.")
    security = said.get("security", "tls")
    if security not in ("tls", "starttls", "none"):
        raise WrongSettings(f"[mail] security in {SETTINGS_FILE} is tls, starttls or none.")
    if security == "none" and said["host"] not in LOOPBACK:
        raise WrongSettings("[mail] security may be none only for a mail server on this machine.")
    port = int(said.get("port", 465 if security == "tls" else 587))
    return MailServer(said["host"], port, security, said["sender"], said.get("username"), password)


def _texts(said: Mapping[str, Any] | None, key: str | None) -> TextService | None:
    if said is None:
        return None
    if not said.get("template_id"):
        raise WrongSettings(f"[text_messages] in {SETTINGS_FILE} lacks template_id.")
    return TextService(key, said["template_id"], said.get("base_url", NOTIFY))
