"""Consent: on which basis, which documents, which clauses, taken by whom."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Answers, Base


class Consent(Base):
    """One consent; a participant has the one they enrolled under and any given since.

    ``basis`` is empty where the protocol declares none: it is the participant's own written consent.
    Where nobody signs (opt-out), ``signed_on`` is the day from which the person takes part.
    """

    __tablename__ = "consent"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(
        index=True, comment="Filled at enrolment; no foreign key, as the participant points here"
    )
    basis: Mapped[str | None] = mapped_column(
        String(40), comment="Its key in the protocol; empty: the participant's own written consent"
    )
    relationship: Mapped[str | None] = mapped_column(
        String(40), comment="Who the consultee is to the person, coded; never a name"
    )
    informed_on: Mapped[date] = mapped_column(comment="When the information sheet was given")
    signed_on: Mapped[date]
    taken_by: Mapped[int] = mapped_column(comment="The account of who took it")
    taken_by_name: Mapped[str] = mapped_column(String(200))
    documents: Mapped[Mapping[str, Any]] = mapped_column(
        Answers, comment="Version of each consent document by its key"
    )
    clauses: Mapped[Mapping[str, Any]] = mapped_column(Answers, comment="Agreed or not by clause")
    capacity: Mapped[str | None] = mapped_column(String(40))
    capacity_on: Mapped[date | None]
    voided_on: Mapped[date | None]
    voided_reason: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("signed_on >= informed_on", "informed_first"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
