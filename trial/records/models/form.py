"""Case report forms as documents, and what is done with them: checked, signed, held, imported."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, column
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Answers, Base, Instant

TELLING = {"unblinds": True}
STANDS = column("taken_back_on").is_(None)
ONE_A_VISIT = column("state") != "voided"


class Placed:
    """Whom a row is about, and whether that there is such a row tells the arm: what the door asks."""

    scope = "form"

    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    unblinds: Mapped[bool] = mapped_column(default=False)


class SkippedVisit(Placed, Base):
    """A visit of follow-up that a whole cluster skips, until it is taken back."""

    __tablename__ = "skipped_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[str] = mapped_column(String(40), comment="The visit's key in the protocol")
    reason: Mapped[str] = mapped_column(String(60), comment="Why the cluster skips it, coded")
    note: Mapped[str | None] = mapped_column(Text)
    recorded_on: Mapped[date]
    taken_back_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("cluster_id IS NOT NULL", "cluster"),
        Index(
            "ix_skipped_visit_once",
            "cluster_id",
            "plan",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Record(Base):
    """The answers to one form about a participant, a cluster, an employer or the trial.

    ``telling`` holds the answers that tell the arm; ``unblinds`` says that there being such a record
    does. ``entry`` is 0 for the record that counts, 1 and 2 for the two entries it was made of.
    """

    __tablename__ = "record"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(40), comment="The form's key in the protocol")
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employer.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    entry: Mapped[int] = mapped_column(default=0)
    observed_on: Mapped[date | None] = mapped_column(comment="The day that the answers are of")
    entered_on: Mapped[date] = mapped_column(comment="The day of the first entry")
    entered_by: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    answers: Mapped[Mapping[str, Any]] = mapped_column(Answers, default=dict)
    telling: Mapped[Mapping[str, Any]] = mapped_column(Answers, default=dict, info=TELLING)
    unblinds: Mapped[bool] = mapped_column(default=False)
    protocol_version: Mapped[str] = mapped_column(String(40))
    protocol_sha256: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'complete', 'voided')", "state"),
        CheckConstraint("entry IN (0, 1, 2)", "entry"),
        CheckConstraint("visit_id IS NULL OR participant_id IS NOT NULL", "visit"),
        CheckConstraint("participant_id IS NULL OR cluster_id IS NOT NULL", "cluster"),
        Index(
            "ix_record_one_a_visit",
            "visit_id",
            "form",
            "entry",
            unique=True,
            sqlite_where=ONE_A_VISIT,
            postgresql_where=ONE_A_VISIT,
        ),
        Index("ix_record_participant_id_form", "participant_id", "form"),
        Index("ix_record_cluster_id_form", "cluster_id", "form"),
        Index("ix_record_form_state", "form", "state"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Attachment(Base):
    """A file that belongs to a record, sealed under the instance's key; its fingerprint is kept in clear."""

    __tablename__ = "attachment"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    unblinds: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(10))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})


class Employer(Base):
    """An employer in the employment specialist's register, known by a number; never a person."""

    __tablename__ = "employer"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(comment="Always empty: no employer is one")
    unblinds: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(String(200))
    sector: Mapped[str | None] = mapped_column(String(60))
    listed_on: Mapped[date]
    hired: Mapped[bool] = mapped_column(
        default=False, comment="Has employed someone through the trial"
    )
    struck_on: Mapped[date | None] = mapped_column(comment="Taken off the register")
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("participant_id IS NULL", "nobody"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Draw(Base):
    """A random draw from a list: the seed's fingerprint comes first, then the seed and what it drew."""

    __tablename__ = "draw"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"))
    participant_id: Mapped[int | None] = mapped_column(comment="Always empty")
    unblinds: Mapped[bool] = mapped_column(default=True)
    what: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    listed: Mapped[str] = mapped_column(Text, comment="The numbers on the list, in order")
    commitment: Mapped[str] = mapped_column(String(64), comment="SHA-256 of seed and list")
    sealed_seed: Mapped[str] = mapped_column(Text, info={"secret": True})
    seed: Mapped[str | None] = mapped_column(String(64))
    drawn: Mapped[str | None] = mapped_column(Text, comment="The numbers drawn, in order")
    committed_at: Mapped[datetime] = mapped_column(Instant)
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("(seed IS NULL) = (drawn IS NULL)", "seed"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Verification(Placed, Base):
    """One value compared with its source; it holds as long as the value is the same."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    table: Mapped[str] = mapped_column("table_name", String(40), key="table")
    row: Mapped[int] = mapped_column("row_id", key="row")
    item: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), comment="Of the value that was compared")
    agrees: Mapped[bool] = mapped_column(comment="Whether value and source agree")
    source: Mapped[str] = mapped_column(String(200))
    verified_by: Mapped[int]
    verified_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_verification_value", "table", "row", "item"),)


class Signature(Placed, Base):
    """A person's signature on what stood there: it holds as long as the content has the same fingerprint."""

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_id", key="row")
    # Whoever knows the other answers could try the few that tell the arm until this fits.
    sha256: Mapped[str] = mapped_column(
        String(64), comment="Of level, row and content", info=TELLING
    )
    meaning: Mapped[str] = mapped_column(String(200))
    signed_by: Mapped[int]
    signed_name: Mapped[str] = mapped_column(String(200))
    signed_role: Mapped[str] = mapped_column(String(40))
    signed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("level IN ('record', 'participant')", "level"),
        Index("ix_signature_level_row_id", "level", "row"),
    )


class Hold(Placed, Base):
    """A freeze or a lock on a record, a participant, a cluster or the trial, until it is lifted."""

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_id", key="row", comment="0 for the trial")
    kind: Mapped[str] = mapped_column(String(8))
    set_by: Mapped[int]
    set_at: Mapped[datetime] = mapped_column(Instant)
    lifted_by: Mapped[int | None]
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("level IN ('record', 'participant', 'cluster', 'trial')", "level"),
        CheckConstraint("kind IN ('frozen', 'locked')", "kind"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", "lifted"),
        Index("ix_hold_standing", "level", "row", "lifted_at"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
