"""What follows enrolment: visits, events such as withdrawal, and queries about values."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant


class Visit(Base):
    """One planned visit of one participant, with the window that the protocol gives it."""

    __tablename__ = "visit"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"))
    plan: Mapped[str] = mapped_column(String(40), comment="The visit's key in the protocol")
    due_on: Mapped[date]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default="expected")
    done_on: Mapped[date | None]
    done_by_name: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(
        String(60), comment="Why missed or not needed, coded"
    )
    working: Mapped[str | None] = mapped_column(
        String(8), comment="In open employment on the day of the visit: yes, no or unknown"
    )
    history_known_until: Mapped[date | None] = mapped_column(
        comment="How far this visit made the work history known"
    )
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether there being such a visit tells the arm; empty: no"
    )
    assigned_to: Mapped[int | None] = mapped_column(comment="The account of who sees to it")
    assigned_name: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("participant_id", "plan"),
        CheckConstraint("state IN ('expected', 'done', 'missed', 'not needed')", "state"),
        CheckConstraint("opens_on <= due_on AND due_on <= closes_on", "window"),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", "done"),
        CheckConstraint("history_known_until <= done_on", "known"),
        Index("ix_visit_state_opens_on", "state", "opens_on"),
        Index("ix_visit_cluster_id_state_opens_on", "cluster_id", "state", "opens_on"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Event(Base):
    """Something that happened to a participant: a withdrawal at a level, a death, lost or found, a move."""

    __tablename__ = "event"
    scope = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(40), info={"unblinds": True})
    happened_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(String(60))
    decided_by_name: Mapped[str | None] = mapped_column(
        String(200), comment="Who decided that somebody is lost to follow-up"
    )
    moved_to: Mapped[str | None] = mapped_column(
        String(40), comment="The key of the cluster that somebody moved to"
    )
    note: Mapped[str | None] = mapped_column(Text)
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('withdrawal', 'death', 'lost', 'found', 'capacity lost', "
            "'capacity regained', 'move')",
            "kind",
        ),
        CheckConstraint("(kind = 'move') = (moved_to IS NOT NULL)", "moved"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Query(Base):
    """A question about one value: raised by a check or a person, answered, closed.

    ``resolved_by`` is the act whose change settled it; ``unblinds`` that its words may tell the arm.
    """

    __tablename__ = "query"
    scope = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"))
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether its words may tell the arm; empty: no"
    )
    form: Mapped[str | None] = mapped_column(String(40), comment="The form of the value, if any")
    table: Mapped[str] = mapped_column("table_name", String(40), key="table")
    row: Mapped[int] = mapped_column("row_id", key="row")
    item: Mapped[str] = mapped_column(String(120))
    check: Mapped[str | None] = mapped_column(
        "check_name", String(60), key="check", comment="Empty: a person"
    )
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="open")
    raised_at: Mapped[datetime] = mapped_column(Instant)
    raised_by: Mapped[int]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[int | None] = mapped_column(comment="The act whose change settled it")
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'closed')", "state"),
        Index("ix_query_cluster_id_state", "cluster_id", "state"),
        Index("ix_query_value", "table", "row", "item"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
