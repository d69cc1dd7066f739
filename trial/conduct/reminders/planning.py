"""Planning: what the rules have sent today goes into the outbox, each reminder once."""

import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from trial.conduct.contact import wishes
from trial.conduct.reminders.team import Team
from trial.conduct.safety import disclosing
from trial.conduct.schedule import EXPECTED, FOLLOWED
from trial.protocol import Protocol
from trial.protocol.reminders import DIGEST, ReminderRule
from trial.protocol.safety import DISCLOSURE
from trial.records import outbox
from trial.records.models import ContactWishes, Participant, Visit

AT_ONCE = 1000  # visits looked at together: no more is held in memory
ANCHORS = {"opens": Visit.opens_on, "due": Visit.due_on, "closes": Visit.closes_on}


def plan(session: Session, protocol: Protocol, team: Team, *, on: date, at: datetime) -> int:
    """Put into the outbox what falls due today or fell due lately; how many messages are new. Commits."""
    made = outbox.plan(session, _disclosures(session, protocol, on, at))
    made += outbox.plan(session, list(_digests(protocol, team, on, at)))
    for rule in protocol.reminding.rules:
        last = 0
        while rows := session.execute(_next(protocol, rule, on, last)).all():
            session.rollback()
            last = rows[-1].id
            wanted = [one for row in rows for one in _messages(protocol, team, rule, row, at)]
            made += outbox.plan(session, wanted)
    session.rollback()
    return made


def falls_on(rule: ReminderRule, visit: Any) -> date:
    """The day on which a rule has its reminder of a visit sent."""
    anchor: date = getattr(visit, f"{rule.counted_from}_on")
    return anchor + timedelta(days=rule.days)


def _next(protocol: Protocol, rule: ReminderRule, on: date, after: int) -> Select[Any]:
    """The next visits in the order of their numbers of which a rule has a reminder sent by today."""
    anchor, days = ANCHORS[rule.counted_from], timedelta(days=rule.days)
    late = timedelta(days=protocol.reminding.late_days)
    wanted = (
        select(
            Visit.id, Visit.participant_id, Visit.cluster_id, Visit.plan, Visit.unblinds,
            Visit.opens_on, Visit.due_on, Visit.closes_on, Visit.assigned_to,
            ContactWishes.ways, ContactWishes.reminders, Participant.withdrew_contact_on,
        )
        .join(Participant, Participant.id == Visit.participant_id)
        .outerjoin(ContactWishes, ContactWishes.participant_id == Visit.participant_id)
        .where(Visit.state == EXPECTED, FOLLOWED, Participant.lost_on.is_(None))
        .where(anchor.between(on - days - late, on - days), Visit.id > after)
        .order_by(Visit.id)
        .limit(AT_ONCE)
    )  # fmt: skip
    return wanted.where(Visit.plan.in_(rule.visits)) if rule.visits else wanted


def _messages(
    protocol: Protocol, team: Team, rule: ReminderRule, row: Row[Any], at: datetime
) -> Iterator[dict[str, Any]]:
    for account in _recipients(protocol, team, rule, row):
        day, to = falls_on(rule, row), "participant" if account is None else str(account)
        yield _row(
            f"{row.id}/{rule.key}/{day}/{to}", rule.key, day, account, rule.channel, at,
            participant_id=row.participant_id, cluster_id=row.cluster_id, visit_id=row.id,
            unblinds=row.unblinds,
        )  # fmt: skip


def _recipients(
    protocol: Protocol, team: Team, rule: ReminderRule, row: Row[Any]
) -> tuple[int | None, ...]:
    """The accounts that a reminder goes to; None stands for the participant.

    Of a visit of which there being one tells the arm nothing goes to the team: mail travels on.
    """
    if rule.to == "participant":
        said = ContactWishes(ways=row.ways or {}, reminders=row.reminders or {})
        agreed = wishes.reminded_by(said, protocol.contacting, rule.channel)
        return (None,) if agreed and row.withdrew_contact_on is None else ()
    if row.unblinds:
        return ()
    return tuple(one.actor.id for one in team.seeing_to(row.assigned_to, row.cluster_id))


def _disclosures(
    session: Session, protocol: Protocol, on: date, at: datetime
) -> list[dict[str, Any]]:
    """One message to the named clinician for each disclosure of risk; it says nothing of what or whom."""
    if protocol.safety is None or protocol.safety.disclosure is None:
        return []
    found = disclosing.unsent(session)
    rows = [
        _row(
            disclosing.key_of(entry), DISCLOSURE, on, None, "email", at, cluster_id=entry.cluster_id,
            unblinds=entry.unblinds,
        )
        for entry in found
    ]  # fmt: skip
    session.rollback()
    return rows


def _digests(protocol: Protocol, team: Team, on: date, at: datetime) -> Iterator[dict[str, Any]]:
    """The digest of today, or of the day lately on which nothing ran."""
    told = protocol.reminding
    days = [on - timedelta(days=back) for back in range(told.late_days + 1)]
    falls = next((day for day in days if told.digest_falls(day)), None)
    for one in team.managers if falls is not None else ():
        assert falls is not None
        number = one.actor.id
        yield _row(f"trial/{DIGEST}/{falls}/{number}", DIGEST, falls, number, "email", at)


def _row(
    key: str,
    rule: str,
    day: date,
    account: int | None,
    channel: str,
    at: datetime,
    *,
    participant_id: int | None = None,
    cluster_id: int | None = None,
    visit_id: int | None = None,
    unblinds: bool | None = None,
) -> dict[str, Any]:
    return {
        "key": key, "rule": rule, "due_on": day, "account_id": account, "channel": channel,
        "participant_id": participant_id, "cluster_id": cluster_id, "visit_id": visit_id,
        "unblinds": unblinds, "message_id": secrets.token_hex(16), "state": outbox.State.WAITING,
        "planned_at": at, "next_try_at": at, "attempts": 0, "doubted": 0,
    }  # fmt: skip
