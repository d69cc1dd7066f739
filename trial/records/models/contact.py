"""Contact with a participant between visits: every attempt, and how they wish to be contacted."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Answers, Base


class ContactAttempt(Base):
    """One attempt to reach a participant about a visit, and what came of it."""

    __tablename__ = "contact_attempt"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    tried_on: Mapped[date]
    tried_at: Mapped[str | None] = mapped_column(String(5), comment="The time of day: 14:05")
    tried_by_name: Mapped[str] = mapped_column(String(200))
    way: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
    arranged_for: Mapped[date | None]
    next_try_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether it is about a visit of which there being one tells the arm; empty: no"
    )
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("arranged_for >= tried_on", "arranged"),
        CheckConstraint("next_try_on >= tried_on", "next_try"),
        Index("ix_contact_attempt_cluster_id_tried_on", "cluster_id", "tried_on"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ContactWishes(Base):
    """How and when a participant wishes to be contacted, and how never: by way and time of the week."""

    __tablename__ = "contact_wishes"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    ways: Mapped[Mapping[str, Any]] = mapped_column(
        Answers, comment="Preferred or never, by way; what is not named may be used"
    )
    times: Mapped[Mapping[str, Any]] = mapped_column(
        Answers, comment="Preferred or never, by time of the week"
    )
    reminders: Mapped[Mapping[str, Any] | None] = mapped_column(
        Answers, comment="Agreed, by the channel of the reminders that they agreed to"
    )
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
