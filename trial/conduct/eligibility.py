"""Eligibility: the answers to the criteria, and the outcome that is derived from them, never typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from trial.conduct import queries
from trial.conduct.coded import one_of
from trial.conduct.dates import not_before, not_future
from trial.conduct.reasons import set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.screening import participant_of
from trial.protocol import Protocol
from trial.protocol.eligibility import Criterion
from trial.records.models import Eligibility, Screening

CHECK = "eligible when enrolled"
ANSWERS = ("yes", "no", "unknown")


class State(StrEnum):
    """What the answers amount to."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    UNDETERMINED = "not yet determined"


@dataclass(frozen=True)
class Outcome:
    """The derived outcome: by which criteria somebody is not eligible, and which are still open."""

    state: State
    failed: tuple[str, ...]
    missing: tuple[str, ...]


class Answer(NamedTuple):
    """One answer to one criterion: yes, no or unknown, with its date and its source."""

    answer: str
    answered_on: date
    source: str


def derive(protocol: Protocol, answers: Mapping[str, str]) -> Outcome:
    """Eligible with every inclusion yes and every exclusion no; one failed criterion is enough not to be.

    What is unknown or unanswered keeps the outcome open, never eligible, unless a criterion failed.
    """
    failed = tuple(c.key for c in protocol.eligibility if answers.get(c.key) == _failing(c))
    met = {c.key for c in protocol.eligibility if answers.get(c.key) == _meeting(c)}
    missing = tuple(c.key for c in protocol.eligibility if c.key not in {*failed, *met})
    if failed:
        return Outcome(State.NOT_ELIGIBLE, failed, missing)
    return Outcome(State.UNDETERMINED if missing else State.ELIGIBLE, failed, missing)


def outcome(protocol: Protocol, screening: Screening) -> Outcome:
    """The outcome of one row's saved answers."""
    return derive(protocol, {one.criterion: one.answer for one in screening.criteria})


def answer(
    session: Session,
    protocol: Protocol,
    screening: Screening,
    answers: Mapping[str, tuple[str, date, str]],
    *,
    on: date,
) -> Outcome:
    """Save answers as (answer, date, source) by criterion and derive the outcome; a change needs a reason."""
    given = {key: Answer(*one) for key, one in answers.items()}
    for key, one in given.items():
        _check(protocol, screening, key, one, on)
    saved = {one.criterion: one for one in screening.criteria}
    for key, one in given.items():
        if key in saved:
            set_with_reason(session, saved[key], one._asdict())
        else:
            screening.criteria.append(_new(screening, key, one))
    found = outcome(protocol, screening)
    screening.eligibility = found.state.value
    # The answers are part of the row: who still has its older version on the screen must look again.
    flag_modified(screening, "eligibility")
    session.flush()
    _ask_after_enrolment(session, screening, found)
    return found


def texts(protocol: Protocol, keys: Iterable[str]) -> tuple[str, ...]:
    """The criteria of these keys in the protocol's words."""
    wanted = set(keys)
    return tuple(c.text for c in protocol.eligibility if c.key in wanted)


def _ask_after_enrolment(session: Session, screening: Screening, found: Outcome) -> None:
    """An enrolment stands whatever is found later; that it is in doubt becomes a query."""
    participant = participant_of(session, screening)
    if participant is None:
        return
    text = (
        f"By the answers now saved, eligibility is: {found.state.value}. The person is enrolled. "
        "Check the answers; if they are right, tell the trial manager."
    )
    in_doubt = found.state is not State.ELIGIBLE
    queries.settle(
        session,
        participant,
        table=Screening.__tablename__,
        row=screening.id,
        doubts=[queries.Doubt("eligibility", CHECK, text)] if in_doubt else [],
    )


def _failing(criterion: Criterion) -> str:
    return "no" if criterion.kind == "include" else "yes"


def _meeting(criterion: Criterion) -> str:
    return "yes" if criterion.kind == "include" else "no"


def _check(protocol: Protocol, screening: Screening, key: str, one: Answer, on: date) -> None:
    if key not in {c.key for c in protocol.eligibility}:
        raise Refused("There is no such criterion in the protocol.", f"criterion-{key}")
    if one.answer not in ANSWERS:
        raise Refused("Answer yes, no or unknown.", f"criterion-{key}")
    sources = protocol.screening.evidence_sources
    one_of(sources, one.source, "source", "Choose where the answer comes from.")
    what = "The day of the answer"
    not_future(one.answered_on, on, "answered_on", what)
    not_before(
        one.answered_on, screening.considered_on, "answered_on", what,
        "the day on which the person was considered",
    )  # fmt: skip


def _new(screening: Screening, key: str, one: Answer) -> Eligibility:
    return Eligibility(cluster_id=screening.cluster_id, criterion=key, **one._asdict())
