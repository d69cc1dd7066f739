"""What the committee decided on the progression criteria, recorded beside what the rules give."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.dates import not_future
from trial.conduct.refused import Finding, Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol
from trial.protocol.progression import ProgressionCriterion
from trial.records.models import Decision

WHOLE = ""  # the trial as a whole, in the place of a criterion's key
WORDS = ("Go", "Amend", "Stop")


@dataclass(frozen=True)
class Decided:
    """A decision as reports tell it; ``because`` is empty for who must not know the arms."""

    criterion: str
    rule_gave: str
    decided: str
    because: str
    decided_by: str
    decided_on: date


def options(protocol: Protocol, criterion: str) -> tuple[str, ...]:
    """What can be decided: the words of the criterion's bands, else go, amend or stop."""
    found = criterion_of(protocol, criterion)
    return tuple(band.label for band in found.bands) if found and found.bands else WORDS


def criterion_of(protocol: Protocol, key: str) -> ProgressionCriterion | None:
    """The criterion of a key, None for the trial as a whole; raises ``Refused`` where there is none."""
    if key == WHOLE:
        return None
    found = next((one for one in protocol.progression if one.key == key), None)
    if found is None:
        raise Refused(f"This protocol has no progression criterion “{key}”.")
    return found


def decide(
    session: Session,
    protocol: Protocol,
    criterion: str,
    *,
    rule_gave: str,
    decided: str,
    because: str,
    decided_by: str,
    decided_on: date | None,
    on: date,
) -> Decision:
    """Record what was decided; the latest decision on a criterion is the one that stands."""
    permit(draft(session).by, Act.RECORD_DECISION)
    found = []
    if decided not in options(protocol, criterion):
        found.append(Finding("Choose what was decided.", "decided"))
    if decided_on is None:
        found.append(Finding("Enter the day of the decision.", "decided_on"))
    if not because.strip():
        found.append(Finding("Say why it was decided so.", "because"))
    if not decided_by.strip():
        found.append(Finding("Enter who decided.", "decided_by"))
    if found or decided_on is None:
        raise Refused.of(found)
    not_future(decided_on, on, "decided_on", "The decision")
    made = Decision(
        criterion=criterion, rule_gave=rule_gave, decided=decided, because=because.strip(),
        decided_by=decided_by.strip(), decided_on=decided_on,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
