"""The ceremony by which the clusters are allocated."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Answers, Base, Instant


class Allocation(Base):
    """One ceremony: frozen, committed by two people, drawn or abandoned."""

    __tablename__ = "allocation"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    standing: Mapped[int | None] = mapped_column(
        unique=True,
        default=1,
        comment="1 until abandoned: the database itself refuses a second draw",
    )
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    frozen: Mapped[str] = mapped_column(
        Text, info={"unblinds": True}, comment="The text whose SHA-256 is F; it names the arms"
    )
    frozen_hash: Mapped[str] = mapped_column(String(64))
    schemes: Mapped[int] = mapped_column(comment="How many schemes are permitted")
    first_account: Mapped[int] = mapped_column(comment="The trial manager's account")
    first_name: Mapped[str] = mapped_column(String(200))
    second_account: Mapped[int | None]
    second_name: Mapped[str | None] = mapped_column(String(200))
    first_commitment: Mapped[str | None] = mapped_column(String(64))
    second_commitment: Mapped[str | None] = mapped_column(String(64))
    sealed_code: Mapped[str | None] = mapped_column(
        Text,
        info={"secret": True},
        comment="The code revealed first, sealed under the instance key",
    )
    sealed_by: Mapped[int | None] = mapped_column(comment="Whose code was revealed first")
    first_code: Mapped[str | None] = mapped_column(String(32), info={"unblinds": True})
    second_code: Mapped[str | None] = mapped_column(String(32), info={"unblinds": True})
    scheme: Mapped[int | None] = mapped_column(info={"unblinds": True})
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    abandoned_at: Mapped[datetime | None] = mapped_column(Instant)
    abandoned_reason: Mapped[str | None] = mapped_column(Text)
    masks: Mapped[Mapping[str, Any] | None] = mapped_column(
        Answers,
        info={"unblinds": True},
        comment="Which arm is A, which cluster is 1: for blinded roles",
    )
    warnings: Mapped[Any | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("state IN ('frozen', 'drawn', 'abandoned')", "state"),
        CheckConstraint("(state = 'abandoned') = (standing IS NULL)", "standing"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
