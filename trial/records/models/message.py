"""The outbox: every message that the system sends, from its planning to what became of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base, Instant


class Message(Base):
    """One reminder of one visit to one person, or one digest; whom it reaches is looked up when it is sent.

    It holds no address and no text. ``key`` is made of the visit, the rule, the day and the recipient, so
    that nothing is planned twice. A worker that sends it holds it for a while; ``doubted`` counts how often
    one broke off with it in hand, so that it may have arrived and was sent again.
    """

    __tablename__ = "message"
    scope = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column("plan_key", String(120), key="key", unique=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    unblinds: Mapped[bool | None] = mapped_column(
        comment="Whether it is about a visit of which there being one tells the arm; empty: no"
    )
    rule: Mapped[str] = mapped_column(String(40), comment="The rule's key, or digest")
    due_on: Mapped[date] = mapped_column(comment="The day on which the rule has it sent")
    account_id: Mapped[int | None] = mapped_column(
        comment="The account it goes to; empty: to the participant"
    )
    channel: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    planned_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    held_by: Mapped[str | None] = mapped_column(String(40))
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    doubted: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="When a person said that they had seen to it"
    )
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    address_index: Mapped[str | None] = mapped_column(
        String(64), comment="Keyed blind index of the address it went to"
    )
    bounced_index: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="The same of the address from which it last came back"
    )
    why: Mapped[str | None] = mapped_column(
        String(200), comment="Why it was not sent, or what the last attempt met"
    )

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'held', 'sent', 'failed', 'bounced', 'dropped')", "state"
        ),
        CheckConstraint("(state = 'held') = (held_by IS NOT NULL)", "held"),
        CheckConstraint("channel IN ('email', 'text')", "channel"),
        Index("ix_message_state_next_try_at", "state", "next_try_at"),
    )
