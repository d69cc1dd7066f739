"""The screening log: everyone who was considered, without identifiers."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trial.records.base import Base


class Screening(Base):
    """One person considered, known by a number only; a re-referral points to the earlier row."""

    __tablename__ = "screening"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"))
    earlier_id: Mapped[int | None] = mapped_column(
        ForeignKey("screening.id"), unique=True, comment="One person's rows follow each other"
    )
    considered_on: Mapped[date] = mapped_column(index=True)
    referral: Mapped[str] = mapped_column(String(14))
    decided_by: Mapped[str] = mapped_column(String(60), comment="Who decided on referral, coded")
    decided_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(String(60), comment="Why not referred, coded")
    eligibility: Mapped[str] = mapped_column(
        String(20), default="not yet determined", comment="Derived from the answers to the criteria"
    )
    approach: Mapped[str | None] = mapped_column(String(14))
    approached_on: Mapped[date | None]
    not_approached_reason: Mapped[str | None] = mapped_column(String(60))
    outcome: Mapped[str | None] = mapped_column(String(10))
    outcome_on: Mapped[date | None]
    declined_reason: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)

    criteria: Mapped[list["Eligibility"]] = relationship(order_by="Eligibility.id")

    __table_args__ = (
        CheckConstraint("referral IN ('referred', 'not referred')", "referral"),
        CheckConstraint(
            "eligibility IN ('eligible', 'not eligible', 'not yet determined')", "eligibility"
        ),
        CheckConstraint("approach IN ('approached', 'not approached')", "approach"),
        CheckConstraint("outcome IN ('consented', 'declined')", "outcome"),
        Index(
            "ix_screening_standing", "cluster_id", "referral", "eligibility", "approach", "outcome"
        ),
        Index("ix_screening_cluster_id_number", "cluster_id", "number"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Eligibility(Base):
    """The answer to one eligibility criterion for one person considered."""

    __tablename__ = "eligibility"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    criterion: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(String(8))
    answered_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(60))

    __table_args__ = (
        UniqueConstraint("screening_id", "criterion"),
        CheckConstraint("answer IN ('yes', 'no', 'unknown')", "answer"),
    )
