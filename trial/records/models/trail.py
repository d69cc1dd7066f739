"""The trail: one row for each thing that a person did, one for each value that it changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant

# The values that date a person's steps: reports read those of the whole trail, a tenth of its changes.
# A query uses the index only where it says the same in the same words.
STEPS = text(
    "table_name IN ('participant', 'screening', 'visit')"
    " AND item IN ('approach', 'eligibility', 'number', 'outcome', 'state')"
)


class Act(Base):
    """One thing that one person did, chained by hash to the act before it."""

    __tablename__ = "act"
    scope = "trail"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant, comment="When, by the server, in UTC")
    by: Mapped[int] = mapped_column(comment="The account's number; 0 is the command line")
    by_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    second: Mapped[str | None] = mapped_column(
        String(200), comment="The second person of a two-person act"
    )
    note: Mapped[Any | None] = mapped_column(
        JSON, comment="What an act without change was about: a file's hash, a study number"
    )
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(index=True)
    unblinds: Mapped[bool] = mapped_column(
        default=False, comment="Note and reason may tell the arm"
    )
    changes: Mapped[int] = mapped_column(comment="How many values it changed in trial tables")
    once: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="The form's one-time token: a second press finds it here"
    )
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (Index("ix_act_by_number", "by", "number"),)


class Change(Base):
    """One value that one act changed."""

    __tablename__ = "change"
    scope = "trail"

    act: Mapped[int] = mapped_column(ForeignKey("act.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    table: Mapped[str] = mapped_column("table_name", String(40), key="table")
    row: Mapped[int] = mapped_column("row_id", key="row")
    item: Mapped[str] = mapped_column(String(120))
    old: Mapped[str | None] = mapped_column(Text, comment="Canonical JSON; empty when redacted")
    new: Mapped[str | None] = mapped_column(Text, comment="Canonical JSON; empty when redacted")
    salt: Mapped[str | None] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12), comment="clear, cipher or secret")
    unblinds: Mapped[bool] = mapped_column(default=False)
    cluster_id: Mapped[int | None] = mapped_column()
    participant_id: Mapped[int | None] = mapped_column()
    redacted_by: Mapped[int | None] = mapped_column(comment="The two-person act that redacted it")

    __table_args__ = (
        ForeignKeyConstraint(["redacted_by"], ["act.number"]),
        Index("ix_change_value", "table", "row", "item"),
        Index("ix_change_participant", "participant_id", "act"),
        Index("ix_change_cluster", "cluster_id", "act"),
        Index(
            "ix_change_step",
            "table",
            "item",
            "act",
            "new",
            "row",
            "cluster_id",
            sqlite_where=STEPS,
            postgresql_where=STEPS,
        ),
    )
