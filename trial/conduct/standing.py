"""Where a participant stands: in follow-up, through with it, stopped, lost, gone; and what comes next."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select

from trial.conduct.dates import words
from trial.conduct.visits import EXPECTED, Standing, plan_of, standing
from trial.protocol import Protocol
from trial.records.models import Participant, Visit


class Status(StrEnum):
    """Where a participant stands."""

    FOLLOWED = "in follow-up"
    THROUGH = "follow-up ended"
    STOPPED = "stopped when capacity was lost"
    LOST = "lost to follow-up"
    UNVISITED = "takes part without visits"
    WITHDRAWN = "withdrawn from follow-up"
    DATA_WITHDRAWN = "data withdrawn"
    DIED = "died"


def status_of(participant: Participant, visits: Iterable[Visit]) -> Status:
    """Where one participant stands, given their visits."""
    if participant.withdrew_data_on is not None:
        return Status.DATA_WITHDRAWN
    if participant.died_on is not None:
        return Status.DIED
    if participant.withdrew_followup_on is not None:
        return Status.WITHDRAWN
    if participant.stopped_on is not None:
        return Status.STOPPED
    if participant.lost_on is not None:
        return Status.LOST
    states = {visit.state for visit in visits}
    if not states:
        return Status.UNVISITED
    return Status.FOLLOWED if EXPECTED in states else Status.THROUGH


def known(protocol: Protocol) -> list[Status]:
    """Where a participant can stand in this trial: lost, or without visits, only where it can be."""
    absent = set()
    if not any(basis.visits == () for basis in protocol.consent.bases):
        absent.add(Status.UNVISITED)
    if protocol.contact is None:
        absent.add(Status.LOST)
    return [one for one in Status if one not in absent]


def having(status: Status) -> ColumnElement[bool]:
    """The participants who stand there, for the database."""
    whole = Participant.withdrew_data_on.is_(None)
    alive = and_(whole, Participant.died_on.is_(None))
    staying = and_(alive, Participant.withdrew_followup_on.is_(None))
    asked = and_(staying, Participant.stopped_on.is_(None))
    going_on = and_(asked, Participant.lost_on.is_(None))
    # One question for all of them: asked person by person it takes SQLite a third of a second.
    expected = Participant.id.in_(select(Visit.participant_id).where(Visit.state == EXPECTED))
    visited = Participant.id.in_(select(Visit.participant_id))
    rules = {
        Status.DATA_WITHDRAWN: Participant.withdrew_data_on.is_not(None),
        Status.DIED: and_(whole, Participant.died_on.is_not(None)),
        Status.WITHDRAWN: and_(alive, Participant.withdrew_followup_on.is_not(None)),
        Status.STOPPED: and_(staying, Participant.stopped_on.is_not(None)),
        Status.LOST: and_(asked, Participant.lost_on.is_not(None)),
        Status.FOLLOWED: and_(going_on, expected),
        Status.THROUGH: and_(going_on, ~expected, visited),
        Status.UNVISITED: and_(going_on, ~visited),
    }
    return rules[status]


def next_visit(visits: Iterable[Visit]) -> Visit | None:
    """The visit that is awaited first."""
    awaited = [visit for visit in visits if visit.state == EXPECTED]
    return min(awaited, key=lambda visit: visit.due_on, default=None)


def next_step(protocol: Protocol, visits: Iterable[Visit], on: date) -> str:
    """What comes next for a participant, in words; empty where nothing does."""
    visit = next_visit(visits)
    if visit is None:
        return ""
    name = plan_of(protocol, visit).name
    match standing(visit, on):
        case Standing.OVERDUE:
            return f"{name} is overdue: its window closed on {words(visit.closes_on)}"
        case Standing.OPEN:
            return f"{name} is due: its window closes on {words(visit.closes_on)}"
        case _:
            return f"{name} from {words(visit.opens_on)}"
