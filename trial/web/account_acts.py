"""What is done to accounts, each inside an act: made, changed, ended, and given a way to sign in."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct.refused import Refused
from trial.exchange.letter import could_be_address
from trial.protocol.roles import Role
from trial.records.models import Act, Change
from trial.web.accounts import (
    ASSIGNED,
    Account,
    AccountCluster,
    AccountLink,
    by_email,
    canonical_email,
    new_uniquifier,
)

LINK_LASTS = timedelta(hours=24)


def make(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    clusters: Iterable[int] = (),
    password: str | None = None,
    at: datetime,
) -> Account:
    """Make an account; ``password`` is its hash, if it has one already. A name is never used twice."""
    sign_in = canonical_email(email)
    if not could_be_address(sign_in):
        raise Refused("Enter an e-mail address, such as name@example.org", "email")
    if by_email(session, sign_in) is not None:
        raise Refused(
            "There is or was an account of this name: names are never used again", "email"
        )
    wanted = _fitting(role, clusters)
    account = Account(
        email=sign_in,
        name=name,
        role=role.value,
        made_at=at,
        password=password,
        fs_uniquifier=new_uniquifier(),
    )
    session.add(account)
    session.flush()
    _assign(session, account, wanted, at)
    return account


def change(
    session: Session,
    account: Account,
    *,
    name: str,
    role: Role,
    clusters: Iterable[int] = (),
    at: datetime,
) -> None:
    """Change the name, the role or the clusters of an account; sessions under other rights end."""
    wanted = _fitting(role, clusters)
    if not account.active:
        raise Refused("This account has ended: make a new one under another name")
    if account.role == Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, account)
    if account.role != role.value or account.clusters_now() != wanted:
        account.fs_uniquifier = new_uniquifier()
    account.name = name
    account.role = role.value
    _assign(session, account, wanted, at)


def deactivate(session: Session, account: Account, *, by: int, at: datetime) -> None:
    """End an account at once: no sign-in, no session, no cluster; the row and the name stay."""
    if not account.active:
        raise Refused("This account has ended already")
    if account.id == by:
        raise Refused("You cannot end your own account: another administrator can")
    if account.role == Role.ADMINISTRATOR:
        _keep_an_administrator(session, account)
    account.active = False
    account.ended_at = at
    account.fs_uniquifier = new_uniquifier()
    _assign(session, account, frozenset(), at)


def end_sessions(account: Account) -> None:
    """End every session of an account at once."""
    account.fs_uniquifier = new_uniquifier()


def make_link(session: Session, account: Account, *, by: int, at: datetime) -> str:
    """A one-time link's token, shown once: whoever opens it sets the password, within a day."""
    if not account.active:
        raise Refused("This account has ended: it can have no link")
    if account.totp_secret is None and by == _last_to(
        session, "account", "totp_secret", account.id
    ):
        raise Refused("You removed this second factor, so another administrator must make the link")
    for open_link in _open_links(session, account):
        open_link.used_at = at
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(account_id=account.id, token_hash=hashed(token), expires_at=at + LINK_LASTS)
    )
    return token


def link_of(session: Session, token: str, *, at: datetime) -> AccountLink | None:
    """The link of a token, if it has not been used and has not run out."""
    link = session.scalar(select(AccountLink).where(AccountLink.token_hash == hashed(token)))
    if link is None or link.used_at is not None or link.expires_at < at:
        return None
    return link


def use_link(session: Session, link: AccountLink, *, password: str, at: datetime) -> Account:
    """Set a password by a one-time link; the second factor stays as it is."""
    account = session.get_one(Account, link.account_id)
    if not account.active or link.used_at is not None:
        raise Refused("This link has been used or has run out: ask an administrator for another")
    link.used_at = at
    set_password(account, password=password)
    return account


def remove_second_factor(session: Session, account: Account, *, by: int) -> None:
    """Take a lost second factor away: the next sign-in sets up another.

    Whoever gave the account its last link may not: one person would hold both ways in.
    """
    if account.id == by:
        raise Refused("You cannot remove your own second factor: another administrator can")
    if by == _last_to(session, "account_link", "account_id", new=str(account.id)):
        raise Refused("You made this account's last link, so another administrator must do this")
    if account.totp_secret is None:
        raise Refused("This account has no second factor")
    account.totp_secret = account.recovery_codes = None
    account.fs_uniquifier = new_uniquifier()


def set_password(account: Account, *, password: str) -> None:
    """Keep the hash of a new password, and end every session that began under the old one."""
    account.password = password
    account.fs_uniquifier = new_uniquifier()


def enrol_second_factor(account: Account, *, secret: str, recovery_codes: str) -> None:
    """Keep the secret of an authenticator app and the hashes of the recovery codes."""
    account.totp_secret = secret
    account.recovery_codes = recovery_codes


def use_recovery_code(account: Account, *, left: str | None) -> None:
    """Keep the recovery codes that are left; None says that the code had been used meanwhile."""
    if left is None:
        raise Refused("This recovery code has been used: sign in again with another")
    account.recovery_codes = left


def replace_recovery_codes(account: Account, *, recovery_codes: str) -> None:
    """Keep the hashes of new recovery codes in the place of the old."""
    if account.totp_secret is None:
        raise Refused("This account has no second factor, so it needs no recovery codes")
    account.recovery_codes = recovery_codes


def hashed(token: str) -> str:
    """What is kept of a one-time token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _fitting(role: Role, clusters: Iterable[int]) -> frozenset[int]:
    wanted = frozenset(clusters)
    if role in ASSIGNED and not wanted:
        raise Refused(f"Choose at least one cluster: a {role.value} sees only these", "clusters")
    if role not in ASSIGNED and wanted:
        raise Refused(f"Choose no cluster: a {role.value} is not bound to any", "clusters")
    return wanted


def _assign(session: Session, account: Account, wanted: frozenset[int], at: datetime) -> None:
    for assignment in account.assignments:
        if assignment.until_at is None and assignment.cluster_id not in wanted:
            assignment.until_at = at
    for cluster_id in sorted(wanted - account.clusters_now()):
        assigned = AccountCluster(account_id=account.id, cluster_id=cluster_id, from_at=at)
        account.assignments.append(assigned)
    session.flush()


def _last_to(
    session: Session, table: str, item: str, row: int | None = None, new: str | None = None
) -> int | None:
    """Who last changed one value, by the trail."""
    acts = select(Act.by).join(Change, Change.act == Act.number)
    acts = acts.where(Change.table == table, Change.item == item)
    if row is not None:
        acts = acts.where(Change.row == row)
    if new is not None:
        acts = acts.where(Change.new == new)
    return session.scalar(acts.order_by(Act.number.desc()).limit(1))


def _open_links(session: Session, account: Account) -> Iterable[AccountLink]:
    mine = select(AccountLink).where(
        AccountLink.account_id == account.id, AccountLink.used_at.is_(None)
    )
    return session.scalars(mine)


def _keep_an_administrator(session: Session, leaving: Account) -> None:
    others = select(func.count()).where(
        Account.active, Account.role == Role.ADMINISTRATOR.value, Account.id != leaving.id
    )
    if not session.scalar(others):
        raise Refused("Make another administrator first: this is the only one")
