"""Everything that one participant's page shows, read in as few questions as there are tables."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from trial.conduct.access import Act, allowed
from trial.conduct.query_list import seen
from trial.conduct.withdrawal import level_of, tells_arm
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.models import Consent, Event, Participant, Query, Screening, Spell, Visit

SHOWN = 50


@dataclass(frozen=True)
class Known:
    """What is known of one participant, as far as one person may see it."""

    spells: list[Spell]
    visits: list[Visit]
    queries: list[Query]
    events: list[Event] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    screening_number: int | None = None

    @property
    def open_queries(self) -> dict[tuple[str, int, str], Query]:
        """The query that stands about a value, if one does."""
        return {(q.table, q.row, q.item): q for q in self.queries if q.state != "closed"}


def read(session: Session, actor: Actor, protocol: Protocol, participant: Participant) -> Known:
    """What this person may see of a participant."""
    followed, screened = allowed(actor, Act.SEE_FOLLOW_UP), allowed(actor, Act.SEE_SCREENING)
    mine = participant.id
    spells = (
        select(Spell)
        .where(Spell.participant_id == mine)
        .options(selectinload(Spell.terms))
        .order_by(Spell.started_on, Spell.id)
    )
    # Visits are read for everybody, as outcomes rest on them; only some are shown them.
    visits = select(Visit).where(Visit.participant_id == mine).order_by(Visit.due_on)
    queries = select(Query).where(Query.participant_id == mine, *seen(protocol, actor))
    queries = queries.order_by(Query.state == "closed", Query.id.desc()).limit(SHOWN)
    return Known(
        spells=list(session.scalars(spells)),
        visits=list(session.scalars(visits)),
        queries=list(session.scalars(queries)),
        events=_events(session, actor, protocol, participant) if followed else [],
        consents=_consents(session, participant) if screened else [],
        screening_number=_screening_number(session, participant) if screened else None,
    )


def _events(
    session: Session, actor: Actor, protocol: Protocol, participant: Participant
) -> list[Event]:
    """The events, without those that alone would tell the arm to who must not know it."""
    wanted = select(Event).where(Event.participant_id == participant.id)
    events = session.scalars(wanted.order_by(Event.happened_on, Event.id))
    if actor.sees_arm_of(participant.cluster_id):
        return list(events)
    return [event for event in events if not tells_arm(level_of(protocol, event.level))]


def _consents(session: Session, participant: Participant) -> list[Consent]:
    wanted = select(Consent).where(Consent.participant_id == participant.id)
    return list(session.scalars(wanted.order_by(Consent.signed_on, Consent.id)))


def _screening_number(session: Session, participant: Participant) -> int | None:
    number: int | None = session.scalar(
        select(Screening.number).where(Screening.id == participant.screening_id)
    )
    return number
