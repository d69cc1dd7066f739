"""Where this instance lives, which settings it runs under, and its one clock."""

import os
import secrets
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
LONDON = ZoneInfo("Europe/London")
SETTINGS_FILE = "settings.toml"


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
    PostgreSQL, ``TRIAL_PROTOCOL`` the protocol (default: the instance's own, else the shipped one).
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
    )


def _protocol_path(named: str | None, instance: Path) -> Path | None:
    if named:
        return (instance / named).resolve()
    own = instance / "protocol.toml"
    return own if own.exists() else None
