"""The data cut: what was known at the end of a day, and the marks that every report carries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from trial import __version__
from trial.conduct.database_lock import snapshot_named
from trial.conduct.dates import words
from trial.conduct.refused import Refused
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.replay import newest_act
from trial.records.trail import GENESIS
from trial.report.value import Block, Figure


@dataclass(frozen=True)
class Cut:
    """Everything recorded by the end of a calendar day (Europe/London).

    ``act`` is the act up to which the trail is replayed, None where the tables themselves are at
    the cut; ``head`` the hash of the newest act by then that changed a trial table. ``lock`` is the name
    of the database lock that is the cut, if one is.
    """

    on: date
    act: int | None
    head: str
    lock: str | None = None

    @property
    def words(self) -> str:
        """The cut as a report says it."""
        day = f"end of {words(self.on)}"
        return day if self.lock is None else f"database lock “{self.lock}” of {words(self.on)}"


def data_cut(session: Session, today: date, on: date | str | None = None) -> Cut:
    """The cut at the end of a day, by default of today, or at a database lock, by its name.

    Refused for a day to come, and for a lock that there is not.
    """
    if isinstance(on, str):
        made = snapshot_named(session, on)
        return Cut(made.made_at.astimezone(LONDON).date(), made.act, made.hash, made.name)
    day = on or today
    if day > today:
        raise Refused(f"The data cut cannot be in the future: today is {words(today)}.", "cut")
    newest = newest_act(session, day)
    number, head = newest or (0, GENESIS)
    return Cut(day, None if day == today else number, head)


def marks(protocol: Protocol, cut: Cut) -> dict[str, str]:
    """What identifies a report: data cut, protocol with its fingerprint, software, trail head."""
    return {
        "data_cut": cut.on.isoformat(),
        "protocol": protocol.name,
        "protocol_version": protocol.version,
        "protocol_sha256": protocol.sha256,
        "software_version": __version__,
        "trail_head": cut.head,
    } | ({} if cut.lock is None else {"database_lock": cut.lock})


def footer(protocol: Protocol, cut: Cut) -> tuple[str, ...]:
    """The same in the lines that stand on every page."""
    return (
        f"Data cut: {cut.words}. Protocol {protocol.name} {protocol.version}, SHA-256"
        f" {protocol.sha256}",
        f"Software {__version__}. Trail head {cut.head}",
    )


def marked(protocol: Protocol, cut: Cut, blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks, every figure carrying in itself what it was drawn from."""
    line = (
        f"Data cut: {cut.words}. Protocol {protocol.name} {protocol.version},"
        f" {protocol.sha256[:12]}. Software {__version__}."
    )
    return tuple(replace(one, marks=line) if isinstance(one, Figure) else one for one in blocks)
