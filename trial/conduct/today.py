"""What waits for a person today: counted by the database, listed only as far as a page needs."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from trial.conduct import duties
from trial.conduct.access import Act, allowed
from trial.conduct.due import Due, DueVisit, counts, due
from trial.conduct.forms.offered import drafts_of
from trial.conduct.query_list import seen, waiting
from trial.conduct.reminders.letters import UNSETTLED
from trial.conduct.safety import clocks, log
from trial.conduct.schedule import FOLLOWED
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.models import (
    Cluster,
    Message,
    Participant,
    Query,
    SafetyEntry,
    Screening,
    Spell,
)

SHOWN = 10
TILES = (Due.OVERDUE, Due.CLOSING, Due.DUE, Due.UPCOMING)
LISTED = (Due.OVERDUE, Due.DUE, Due.UPCOMING)
MOST_DRAFTS = 100
REFERRED, APPROACHED, CONSENTED, DECLINED = "referred", "approached", "consented", "declined"


@dataclass(frozen=True)
class Waiting:
    """The number of things of one kind that wait, and the key of where they are found."""

    key: str
    number: int


@dataclass(frozen=True)
class OpenQuery:
    """A query that waits for this person."""

    query: Query
    number: str


@dataclass(frozen=True)
class Today:
    """Everything that waits for one person; what the role cannot use is empty."""

    visits: dict[Due, list[DueVisit]] = field(default_factory=dict)
    visit_counts: dict[Due, int] = field(default_factory=dict)
    queries: list[OpenQuery] = field(default_factory=list)
    waiting: tuple[Waiting, ...] = ()
    clusters: list[Cluster] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether nothing waits."""
        lists = (*self.visit_counts.values(), *(one.number for one in self.waiting))
        return not any(lists) and not self.clusters


def today(session: Session, actor: Actor, protocol: Protocol, on: date, at: datetime) -> Today:
    """What waits for a person on a day, and which clocks have run out at an instant."""
    waiting = [
        *_screening(session, actor),
        *_stopped(session, actor),
        *_queries(session, actor, protocol),
        *_drafts(session, actor, protocol),
        *_work(session, actor),
        *_reminders(session, actor, protocol),
        *_safety(session, actor, protocol, at),
        *_duties(session, actor, protocol, on),
    ]
    lists: dict[Due, list[DueVisit]] = {}
    sums: dict[Due, int] = {}
    if protocol.participants and allowed(actor, Act.SEE_FOLLOW_UP):
        found = counts(session, on)
        sums = {which: sum(found[which].values()) for which in TILES}
        lists = {which: due(session, on, which, limit=SHOWN) for which in LISTED if sums[which]}
    return Today(
        visits=lists,
        visit_counts=sums,
        queries=_first_queries(session, actor, protocol),
        waiting=tuple(one for one in waiting if one.number),
        clusters=_clusters(session, actor),
    )


def _number(session: Session, entity: type, *rules: object) -> int:
    return session.scalar(select(func.count(entity.id)).where(*rules)) or 0  # type: ignore[attr-defined,arg-type]


def _screening(session: Session, actor: Actor) -> list[Waiting]:
    if not allowed(actor, Act.ANSWER_CRITERIA):
        return []
    referred = Screening.referral == REFERRED
    going_on = or_(Screening.outcome.is_(None), Screening.outcome != DECLINED)
    ready = (referred, going_on, Screening.eligibility == "eligible")
    enrolled = select(Participant.id).where(Participant.screening_id == Screening.id).exists()
    undetermined = Screening.eligibility == "not yet determined"
    later = select(Screening.earlier_id).where(Screening.earlier_id.is_not(None))
    newest = Screening.id.not_in(later)
    return [
        Waiting(
            "determination", _number(session, Screening, referred, going_on, undetermined, newest)
        ),
        Waiting(
            "approach", _number(session, Screening, *ready, Screening.approach.is_(None), newest)
        ),
        Waiting(
            "enrolment",
            _number(
                session, Screening, *ready, Screening.approach == APPROACHED, ~enrolled, newest
            ),
        ),
    ]


def _stopped(session: Session, actor: Actor) -> list[Waiting]:
    """Those whom capacity lost or regained leaves waiting for a consultee's advice or their own consent.

    Nobody asks those who are lost to follow-up or withdrew from being contacted.
    """
    if not allowed(actor, Act.TAKE_CONSENT):
        return []
    asked = Participant.withdrew_contact_on.is_(None) & Participant.lost_on.is_(None)
    open_to = FOLLOWED & Participant.withdrew_data_on.is_(None) & asked
    return [
        Waiting(
            f"{key}-again", _number(session, Participant, open_to, Participant.stopped_for == key)
        )
        for key in ("advice", "consent")
    ]


def _mine(actor: Actor, protocol: Protocol) -> list[ColumnElement[bool]]:
    """Queries about what this person may see and may take the next step with."""
    return [*seen(protocol, actor), *waiting(actor)]


def _takes_steps(actor: Actor) -> bool:
    return allowed(actor, Act.ANSWER_QUERY) or allowed(actor, Act.CLOSE_QUERY)


def _queries(session: Session, actor: Actor, protocol: Protocol) -> list[Waiting]:
    if not _takes_steps(actor):
        return []
    return [Waiting("queries", _number(session, Query, *_mine(actor, protocol)))]


def _first_queries(session: Session, actor: Actor, protocol: Protocol) -> list[OpenQuery]:
    if not _takes_steps(actor):
        return []
    wanted = (
        select(Query, Participant.number)
        .outerjoin(Participant, Participant.id == Query.participant_id)
        .where(*_mine(actor, protocol))
        .order_by(Query.id)
        .limit(SHOWN)
    )
    return [OpenQuery(query, number or "") for query, number in session.execute(wanted)]


def _drafts(session: Session, actor: Actor, protocol: Protocol) -> list[Waiting]:
    """The forms that this person left for later."""
    if not allowed(actor, Act.ENTER_FORM):
        return []
    return [Waiting("drafts", len(drafts_of(session, protocol, actor, MOST_DRAFTS)))]


def _work(session: Session, actor: Actor) -> list[Waiting]:
    """For who only sees work: how many of their people have a job or a placement now."""
    if allowed(actor, Act.SEE_FOLLOW_UP) or not allowed(actor, Act.RECORD_SPELL):
        return []
    running = (Spell.ended_on.is_(None), Spell.voided_on.is_(None))
    return [
        Waiting("people", _number(session, Participant)),
        Waiting("running", _number(session, Spell, *running)),
    ]


def _reminders(session: Session, actor: Actor, protocol: Protocol) -> list[Waiting]:
    """The messages that failed, came back or are in doubt."""
    if protocol.reminders is None or not allowed(actor, Act.SETTLE_REMINDER):
        return []
    return [Waiting("reminders", _number(session, Message, UNSETTLED))]


def _safety(session: Session, actor: Actor, protocol: Protocol, at: datetime) -> list[Waiting]:
    """The clocks of safety that ran out and those that run; for who may act, events that wait for it."""
    if protocol.safety is None or not allowed(actor, Act.SEE_SAFETY):
        return []
    running = clocks.waiting(session, protocol)
    late = sum(one.late(at) for one in running)
    found = [Waiting("safety-late", late), Waiting("safety", len(running) - late)]
    if allowed(actor, Act.JUDGE_SAFETY):
        judged = _number(session, SafetyEntry, log.to_be_judged())
        found.append(Waiting("safety-unjudged", judged))
    if allowed(actor, Act.RECORD_SAFETY):
        going_on = _number(session, SafetyEntry, log.unresolved(protocol))
        found.append(Waiting("safety-open", going_on))
    return found


def _duties(session: Session, actor: Actor, protocol: Protocol, on: date) -> list[Waiting]:
    """The reports that are overdue, and those due within four weeks."""
    if not protocol.duties or not allowed(actor, Act.SEE_DUTIES):
        return []
    found = duties.waiting(session, protocol, on)
    late = sum(one.late(on) for one in found)
    return [Waiting("duties-late", late), Waiting("duties", len(found) - late)]


def _clusters(session: Session, actor: Actor) -> list[Cluster]:
    """The clusters that wait for a step before they can recruit."""
    if not allowed(actor, Act.RECORD_CLUSTER):
        return []
    wanted = select(Cluster).where(Cluster.opened_on.is_(None), Cluster.closed_on.is_(None))
    return list(session.scalars(wanted.order_by(Cluster.id).limit(SHOWN)))
