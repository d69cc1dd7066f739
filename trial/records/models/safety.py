"""The log of safety: events, deviations, breaches and urgent measures; who was told, how it went on."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant


class SafetyEntry(Base):
    """One entry: about a participant, a cluster, or the trial."""

    __tablename__ = "safety_entry"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether the entry itself tells the arm; empty: no"
    )
    kind: Mapped[str] = mapped_column(String(20))
    happened_on: Mapped[date]
    heard_at: Mapped[datetime] = mapped_column(Instant, comment="When the trial team heard of it")
    term: Mapped[str | None] = mapped_column(String(40), comment="What it was, coded")
    description: Mapped[str] = mapped_column(Text)
    seriousness: Mapped[str | None] = mapped_column(
        String(40), comment="Why serious, coded; empty: not serious"
    )
    serious_at: Mapped[datetime | None] = mapped_column(
        Instant,
        comment="Since when it was known to be serious; empty: since the team heard of it",
    )
    # Only one arm has an intervention to be the cause.
    related: Mapped[str | None] = mapped_column(String(40), info={"unblinds": True})
    expected: Mapped[bool | None]
    outcome: Mapped[str | None] = mapped_column(String(40))
    recorded_by_name: Mapped[str] = mapped_column(String(200))
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('adverse event', 'deviation', 'serious breach', 'urgent measure', "
            "'data breach', 'disclosure')",
            "kind",
        ),
        CheckConstraint(
            "kind NOT IN ('adverse event', 'disclosure') OR participant_id IS NOT NULL", "person"
        ),
        Index("ix_safety_entry_kind_heard_at", "kind", "heard_at"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SafetyTold(Base):
    """That somebody was told of an entry, as a clock asks."""

    __tablename__ = "safety_told"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether it tells the arm that they were told; empty: no"
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("safety_entry.id"), index=True)
    clock: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime] = mapped_column(Instant)
    told_whom: Mapped[str] = mapped_column(String(200))
    told_by_name: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(200))
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SafetyNote(Base):
    """How an entry went on: a follow-up report, until it is resolved."""

    __tablename__ = "safety_note"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether the note itself tells the arm; empty: no"
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("safety_entry.id"), index=True)
    noted_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(40))
    noted_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
