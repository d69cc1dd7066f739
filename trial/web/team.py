"""The members of the team to whom work can be given."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from trial.conduct.access import ALLOWED, Act
from trial.conduct.contact.assigning import Assignee
from trial.conduct.reminders.team import Member, Team
from trial.protocol import Protocol
from trial.web.accounts import ASSIGNED, Account, actor_of


def assignable(session: Session) -> list[Assignee]:
    """Everybody with an active account who can record a visit, with the clusters that they see."""
    roles = sorted(role.value for role in ALLOWED[Act.RECORD_VISIT])
    wanted = select(Account).where(Account.active, Account.role.in_(roles))
    people = session.scalars(
        wanted.options(selectinload(Account.assignments)).order_by(Account.name, Account.id)
    )
    assigned = {role.value for role in ASSIGNED}
    return [
        Assignee(one.id, one.name, one.clusters_now() if one.role in assigned else None)
        for one in people
    ]


def written_to(session: Session, protocol: Protocol) -> Team:
    """Everybody with an active account who can record a visit, as those who can be written to."""
    roles = sorted(role.value for role in ALLOWED[Act.RECORD_VISIT])
    wanted = select(Account).where(Account.active, Account.role.in_(roles))
    people = session.scalars(
        wanted.options(selectinload(Account.assignments)).order_by(Account.id)
    ).all()
    return Team(Member(actor_of(session, one, protocol), one.email) for one in people)
