"""What participants agreed to beyond what consent needs, and which forms hang on it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from trial.conduct import schedule
from trial.conduct.refused import Refused
from trial.protocol.forms import FormPlan
from trial.records.models import Participant

NOTHING: frozenset[str] = frozenset()


def clauses(session: Session, who: ColumnElement[bool]) -> dict[int, frozenset[str]]:
    """The clauses that each of these people agreed to, by the newest consent that was not voided.

    It is read past the door: that a form is not asked is nothing that its reader may not know.
    """
    return {
        person: schedule.agreed(given) for person, given in schedule.given(session, who).items()
    }


def by(session: Session, participant: Participant | None) -> frozenset[str]:
    """The clauses that one person agreed to; none of nobody."""
    if participant is None:
        return NOTHING
    return clauses(session, Participant.id == participant.id).get(participant.id, NOTHING)


def holds(form: FormPlan, agreed: Collection[str]) -> bool:
    """Whether what somebody agreed to holds a form."""
    return form.clause is None or form.clause in agreed


def lets(session: Session, form: FormPlan, participant: Participant | None) -> bool:
    """Whether a form may be filled in about somebody; asked of the records only where it hangs on that."""
    return form.clause is None or holds(form, by(session, participant))


def need(session: Session, form: FormPlan, participant: Participant | None) -> None:
    """Refuse a form that lies outside what a person agreed to."""
    if not lets(session, form, participant):
        raise Refused(
            f"“{form.name}” is only for who agreed to it in their consent, and this person did not:"
            " nothing is recorded in it. If they agree now, record that consent was given again."
        )
