"""The work history: spells, and within a spell the dated terms of hours and pay."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trial.records.base import Base, Hundredths


class Spell(Base):
    """One stretch of work, training or placement, from its start to its last day."""

    __tablename__ = "spell"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    kind: Mapped[str] = mapped_column(String(60))
    started_on: Mapped[date]
    start_day_known: Mapped[bool] = mapped_column(default=True)
    ended_on: Mapped[date | None] = mapped_column(
        comment="The last day worked; empty while ongoing"
    )
    end_day_known: Mapped[bool] = mapped_column(default=True)
    sector: Mapped[str | None] = mapped_column(String(60))
    job_title: Mapped[str | None] = mapped_column(String(200))
    found_with_specialist: Mapped[str | None] = mapped_column(String(20), info={"unblinds": True})
    disclosed_mental_health: Mapped[str | None] = mapped_column(String(60))
    disclosed_offending: Mapped[str | None] = mapped_column(String(60))
    ending_reason: Mapped[str | None] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(60), comment="Source of the evidence, coded")
    voided_on: Mapped[date | None] = mapped_column(
        comment="Entered by mistake, kept but not counted"
    )
    version: Mapped[int] = mapped_column(default=1)

    terms: Mapped[list["Term"]] = relationship(order_by="Term.from_on", back_populates="spell")

    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", "ends_after_start"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Term(Base):
    """The weekly hours and the pay of a spell from a date on."""

    __tablename__ = "term"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    spell_id: Mapped[int] = mapped_column(ForeignKey("spell.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    from_on: Mapped[date]
    weekly_hours: Mapped[Decimal | None] = mapped_column(Hundredths)
    pay: Mapped[Decimal | None] = mapped_column(Hundredths, comment="Pounds a period, before tax")
    pay_period: Mapped[str | None] = mapped_column(String(20))
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    spell: Mapped[Spell] = relationship(back_populates="terms")

    __table_args__ = (
        CheckConstraint("weekly_hours BETWEEN 0 AND 16800", "hours_in_a_week"),
        CheckConstraint("pay >= 0", "pay"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
