"""What the instance keeps of its protocol's versions, of its data cuts, and of pages not yet sent."""

from datetime import date, datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant


class ProtocolVersion(Base):
    """One adopted version of the protocol, whole, so that records entered under it stay readable."""

    __tablename__ = "protocol_version"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), comment="The version that the file names")
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    files: Mapped[str] = mapped_column(Text, comment="JSON: the text of each file by its name")
    adopted_on: Mapped[date]
    adopted_by: Mapped[int]


class Snapshot(Base):
    """The state of the trail at a database lock, by the name that analyses use."""

    __tablename__ = "snapshot"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    act: Mapped[int] = mapped_column(comment="The newest act that it holds")
    hash: Mapped[str] = mapped_column(String(64))
    checklist: Mapped[str] = mapped_column(Text, comment="JSON: what was open when it was made")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int]


class Typed(Base):
    """What somebody typed into a page and did not save yet, sealed; kept apart from the trail."""

    __tablename__ = "typed"
    scope = "technical"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    place: Mapped[str] = mapped_column(String(200), comment="The address of the page")
    sealed: Mapped[str] = mapped_column(Text)
    typed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("account_id", "place"),)
