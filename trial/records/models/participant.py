"""Participants by study number, and apart from them, under lock, who they are."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base


class Participant(Base):
    """One enrolled person, known by study number."""

    __tablename__ = "participant"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"), unique=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), unique=True)
    enrolled_on: Mapped[date] = mapped_column(index=True)
    birth_year: Mapped[int]
    after_reveal: Mapped[bool] = mapped_column(
        comment="Enrolled when this cluster's arm was already revealed"
    )
    protocol_version: Mapped[str] = mapped_column(String(40))
    protocol_sha256: Mapped[str] = mapped_column(String(64))
    known_until: Mapped[date | None] = mapped_column(
        comment="The last day on which the work history is known"
    )
    died_on: Mapped[date | None]
    # Only one arm has an intervention to leave: the date alone would tell which.
    withdrew_intervention_on: Mapped[date | None] = mapped_column(info={"unblinds": True})
    withdrew_followup_on: Mapped[date | None]
    withdrew_data_on: Mapped[date | None]
    withdrew_linkage_on: Mapped[date | None] = mapped_column(
        comment="From linkage to routine records"
    )
    withdrew_contact_on: Mapped[date | None] = mapped_column(comment="From being contacted")
    lost_on: Mapped[date | None] = mapped_column(
        comment="Since when lost to follow-up; empty again once found"
    )
    stopped_on: Mapped[date | None] = mapped_column(
        comment="Since when nothing is collected as capacity was lost; empty once consent stands again"
    )
    stopped_for: Mapped[str | None] = mapped_column(
        String(10), comment="What is awaited: capacity, advice or consent"
    )
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("stopped_for IN ('capacity', 'advice', 'consent')", "stopped_for"),
        CheckConstraint("(stopped_on IS NULL) = (stopped_for IS NULL)", "stopped"),
        CheckConstraint("birth_year BETWEEN 1900 AND 2100", "birth_year"),
        Index("ix_participant_cluster_id_number", "cluster_id", "number"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


CIPHER = {"cipher": True}


class Identity(Base):
    """Who a participant is, every column sealed under that participant's own key."""

    __tablename__ = "identity"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    name: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    date_of_birth: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    nhs_number: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    address: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    phone: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    email: Mapped[str | None] = mapped_column(Text, info=CIPHER)
    nhs_index: Mapped[str | None] = mapped_column(
        String(64),
        unique=True,
        info={"secret": True},
        comment="Keyed blind index: finds duplicates",
    )
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ParticipantKey(Base):
    """A participant's key, wrapped by the instance key; erasure empties it."""

    __tablename__ = "participant_key"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    wrapped: Mapped[str | None] = mapped_column(Text, info={"secret": True})
