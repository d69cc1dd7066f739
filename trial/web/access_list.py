"""Who had which right from when until when, read from the trail and the assignments: for any past day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.models import Act, Change, Cluster
from trial.web.accounts import Account, AccountCluster, cluster_names


@dataclass(frozen=True)
class Right:
    """One right of one person: a role, or access to one cluster, from when until when."""

    account: int
    person: str
    email: str
    what: str
    from_at: datetime
    until_at: datetime | None

    def held_on(self, day: date) -> bool:
        """Whether the person had this right at any time of a day in London."""
        until = self.until_at and self.until_at.astimezone(LONDON).date()
        return self.from_at.astimezone(LONDON).date() <= day and (until is None or day <= until)


def rights(session: Session, protocol: Protocol) -> list[Right]:
    """Every right that anybody has or had, by account and time."""
    accounts = {one.id: one for one in session.scalars(select(Account))}
    found = [*_roles(session, accounts), *_clusters(session, accounts, protocol)]
    return sorted(found, key=lambda right: (right.account, right.from_at, right.what))


def _roles(session: Session, accounts: dict[int, Account]) -> Iterator[Right]:
    given = (
        select(Change.row, Change.new, Act.at)
        .join(Act, Act.number == Change.act)
        .where(Change.table == Account.__tablename__, Change.item == "role")
        .order_by(Change.row, Change.act)
    )
    rows = [(row, json.loads(new), at) for row, new, at in session.execute(given) if new]
    for (row, role, at), after in zip(rows, [*rows[1:], None], strict=True):
        account = accounts[row]
        until = after[2] if after and after[0] == row else account.ended_at
        yield Right(row, account.name, account.email, role.capitalize(), at, until)


def _clusters(
    session: Session, accounts: dict[int, Account], protocol: Protocol
) -> Iterator[Right]:
    keys = session.execute(select(Cluster.id, Cluster.key)).all()
    names = cluster_names(protocol, keys)
    for one in session.scalars(select(AccountCluster)):
        account = accounts[one.account_id]
        what = names.get(one.cluster_id, "")
        yield Right(account.id, account.name, account.email, what, one.from_at, one.until_at)
