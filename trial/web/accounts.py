"""Who may sign in: accounts, their clusters and one-time links, and the technical tables beside them."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_security import UserMixin
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from trial.conduct.process.unseen import unseen
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.base import Base, Instant
from trial.records.models import Cluster

# Roles that see only what they are given, and roles that see no person at all (DOMAIN: "must not").
ASSIGNED = frozenset({Role.RESEARCHER, Role.EMPLOYMENT_SPECIALIST, Role.FIDELITY_REVIEWER})
NO_PARTICIPANTS = frozenset({Role.FIDELITY_REVIEWER, Role.ADMINISTRATOR})


def new_uniquifier() -> str:
    """A fresh mark that every session of an account must carry: a new one ends them all at once."""
    return secrets.token_hex(32)


class Account(UserMixin, Base):
    """One person's way in; never deleted, so that a name is never used again."""

    __tablename__ = "account"
    scope = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True, comment="The name to sign in with")
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    password: Mapped[str | None] = mapped_column(String(255), info={"secret": True})
    fs_uniquifier: Mapped[str] = mapped_column(
        String(64), unique=True, default=new_uniquifier, info={"secret": True}
    )
    totp_secret: Mapped[str | None] = mapped_column(Text, info={"secret": True})
    recovery_codes: Mapped[str | None] = mapped_column(
        Text, info={"secret": True}, comment="Keyed hashes of the codes not yet used, one a line"
    )
    version: Mapped[int] = mapped_column(default=1)

    assignments: Mapped[list["AccountCluster"]] = relationship(
        back_populates="account", order_by="AccountCluster.id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads a plain dict)

    def clusters_now(self) -> frozenset[int]:
        """The clusters that this person is assigned to at present."""
        return frozenset(a.cluster_id for a in self.assignments if a.until_at is None)


class AccountCluster(Base):
    """One person's access to one cluster, from when until when: ended, never deleted."""

    __tablename__ = "account_cluster"
    scope = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"))
    from_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime | None] = mapped_column(Instant)

    account: Mapped[Account] = relationship(back_populates="assignments")


class AccountLink(Base):
    """A one-time link with which one person sets a password; only its hash is kept."""

    __tablename__ = "account_link"
    scope = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class CalendarFeed(Base):
    """A secret address at which a calendar program finds follow-up, until it is revoked.

    It shows what the account may see at the time: with a participant that person's visits alone,
    with ``mine`` those assigned to the account.
    """

    __tablename__ = "calendar_feed"
    scope = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    mine: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    made_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class AccountUse(Base):
    """What signing in leaves behind without being a change of the account: last time, last code."""

    __tablename__ = "account_use"
    scope = "technical"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_in_before: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0, comment="Refused attempts since the last one")
    code_counter: Mapped[int | None] = mapped_column(
        comment="A code of the second factor works once"
    )


class WebSession(Base):
    """One browser's session, kept on the server so that it can be ended at once."""

    __tablename__ = "web_session"
    scope = "technical"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Throttle(Base):
    """How often one account's name or one address failed lately, and until when it must wait."""

    __tablename__ = "throttle"
    scope = "technical"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), comment="A keyed hash: no name and no address")
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("subject"), Index("ix_throttle_last_at", "last_at"))


def actor_of(session: Session, account: Account, protocol: Protocol) -> Actor:
    """What the rooms below know of a person, and what the door lets them see."""
    role = Role(account.role)
    lives = _cluster_lives(session)
    revealed = frozenset(key for key, life in lives.items() if life.revealed_on is not None)
    allocated = frozenset(key for key, life in lives.items() if life.allocated_on is not None)
    return Actor(
        id=account.id,
        name=account.name,
        role=role,
        clusters=_clusters_seen(account, role, protocol, lives),
        participants=protocol.participants and role not in NO_PARTICIPANTS,
        blinded=role in protocol.blinding.blinded_roles,
        revealed=revealed,
        draw_open=bool(allocated) and allocated <= revealed,
        unseen=unseen(session, protocol, account.id, role),
    )


def _cluster_lives(session: Session) -> dict[int, Any]:
    # Columns, not objects: a cluster loaded before the door knows who asks would keep showing its arm.
    columns = select(Cluster.id, Cluster.arm, Cluster.allocated_on, Cluster.revealed_on)
    return {row.id: row for row in session.execute(columns)}


def _clusters_seen(
    account: Account, role: Role, protocol: Protocol, lives: dict[int, Any]
) -> frozenset[int] | None:
    if role not in ASSIGNED:
        return None
    assigned = account.clusters_now()
    if role is not Role.EMPLOYMENT_SPECIALIST:
        return assigned
    # An employment specialist meets the people of the intervention only, and only once it is revealed.
    treating = {arm.key for arm in protocol.arms if arm.intervention}
    return frozenset(
        key for key in assigned if lives[key].revealed_on is not None and lives[key].arm in treating
    )


def by_email(session: Session, email: str) -> Account | None:
    """The account of one sign-in name, written in whichever case."""
    return session.scalar(select(Account).where(Account.email == canonical_email(email)))


def canonical_email(email: str) -> str:
    """A sign-in name as it is kept: without spaces around it, in small letters."""
    return email.strip().lower()


def cluster_names(protocol: Protocol, keys: Iterable[Any]) -> dict[int, str]:
    """The protocol's name of each cluster by its number; ``keys`` are rows of number and key."""
    names = {plan.key: plan.name for plan in protocol.clusters}
    return {number: names.get(key, key) for number, key in keys}


def account_named(session: Session, email: str) -> Account | None:
    """The active account of a sign-in name."""
    account = by_email(session, email)
    return account if account is not None and account.active else None


def account_of_role(session: Session, role: Role) -> Account | None:
    """The first active account of a role."""
    mine = select(Account).where(Account.role == role.value, Account.active)
    return session.scalar(mine.order_by(Account.id).limit(1))
