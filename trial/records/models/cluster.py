"""The clusters and their life, from identified to closed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant


class Cluster(Base):
    """One cluster: a service with a life of its own, dated step by step."""

    __tablename__ = "cluster"
    scope = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True, comment="Its key in the protocol")
    identified_on: Mapped[date | None]
    approached_on: Mapped[date | None]
    permission_on: Mapped[date | None]
    permission_by: Mapped[str | None] = mapped_column(String(200), comment="The gatekeeper's name")
    permission_role: Mapped[str | None] = mapped_column(String(200))
    permission_document: Mapped[str | None] = mapped_column(String(200))
    clinician_name: Mapped[str | None] = mapped_column(
        String(200), comment="Who is told of a disclosure of risk"
    )
    clinician_email: Mapped[str | None] = mapped_column(String(200))
    opened_on: Mapped[date | None]
    allocated_on: Mapped[date | None]
    revealed_on: Mapped[date | None]
    revealed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_on: Mapped[date | None]
    closed_reason: Mapped[str | None] = mapped_column(String(500))
    # No foreign key: for one SQLite would have to build the table anew, to which all others point.
    replaces_id: Mapped[int | None] = mapped_column(
        comment="The cluster whose place and arm it took"
    )
    arm: Mapped[str | None] = mapped_column(String(40), info={"unblinds": True})
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("closed_on IS NULL OR opened_on IS NULL OR closed_on >= opened_on", "life"),
        CheckConstraint("arm IS NULL OR allocated_on IS NOT NULL", "allocated"),
        Index("ix_cluster_replaces_id", "replaces_id", unique=True),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads a plain dict)
