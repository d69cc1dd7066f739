"""Signatures: who stands for what is written, bound to its content, invalid after any change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct import casebook
from trial.conduct.forms.plans import form_of
from trial.conduct.forms.saving import COMPLETE
from trial.conduct.refused import Refused, Stale
from trial.conduct.underway import draft
from trial.config import LONDON
from trial.protocol import Protocol
from trial.protocol.typed import fault, tidy
from trial.records import content
from trial.records.database import lock_writers
from trial.records.models import Participant, Query, Record, Signature

MOST = 200
SIGNED, INVALID, UNSIGNED = "signed", "invalid", "not signed"


@dataclass(frozen=True)
class Signed:
    """A signature, and whether what was signed is still the same."""

    signature: Signature
    valid: bool


def sign(
    session: Session,
    protocol: Protocol,
    of: Record | Participant,
    meaning: str,
    *,
    shown: str | None = None,
) -> Signature:
    """Sign a form or a participant's casebook: complete, and without an open query.

    ``shown`` is the fingerprint of what the signer was shown. Raises ``Stale`` where it changed since.
    """
    lock_writers(session)  # nobody changes it between the look and the signature
    meaning = tidy(meaning)
    if not meaning or fault(meaning, MOST):
        raise Refused(f"Say in at most {MOST} characters what the signature means.", "meaning")
    now = draft(session)
    for obstacle in obstacles(session, protocol, of, now.at.astimezone(LONDON).date()):
        raise Refused(obstacle)
    mark = fingerprint(session, of)
    if shown is not None and shown != mark:
        raise Stale("This was changed since it was shown: look at it again before you sign.")
    made = Signature(
        cluster_id=of.cluster_id,
        participant_id=of.participant_id if isinstance(of, Record) else of.id,
        unblinds=bool(getattr(of, "unblinds", False)),
        level=of.__tablename__,
        row=of.id,
        sha256=mark,
        meaning=meaning,
        signed_by=now.by.id,
        signed_name=now.by.name,
        signed_role=now.by.role.value,
        signed_at=now.at,
    )
    session.add(made)
    session.flush()
    return made


def obstacles(
    session: Session, protocol: Protocol, of: Record | Participant, on: date
) -> list[str]:
    """What stands against a signature, each as a sentence; nothing where it can be signed."""
    found = []
    if isinstance(of, Record):
        if of.state != COMPLETE or of.entry != 0:
            name = form_of(protocol, of.form).name
            found.append(f"“{name}” is not complete: complete it before it is signed.")
    elif lacking := casebook.lacking(session, protocol, of, on):
        found.append(f"The casebook is not complete: {'; '.join(lacking)}.")
    if asked := _open_queries(session, of):
        some = "one query is" if asked == 1 else f"{asked} queries are"
        found.append(f"This cannot be signed while {some} open: settle them first.")
    return found


def signatures(session: Session, of: Record | Participant) -> list[Signed]:
    """The signatures of a form or a casebook, the newest first, each held against the content now."""
    wanted = select(Signature).where(Signature.level == of.__tablename__, Signature.row == of.id)
    found = list(session.scalars(wanted.order_by(Signature.id.desc())))
    now = fingerprint(session, of) if found else ""
    return [Signed(one, one.sha256 == now) for one in found]


def signed(session: Session, of: Record | Participant) -> bool:
    """Whether there is a signature that is still valid."""
    return any(one.valid for one in signatures(session, of))


def fingerprint(session: Session, of: Record | Participant) -> str:
    """SHA-256 over level, row and content: a signature that is copied elsewhere does not fit."""
    return content.fingerprint(session, of.__tablename__, of.id)


def forms(session: Session, protocol: Protocol) -> dict[int, str]:
    """Where each complete form that asks for a signature, or has one, stands, by the record."""
    keys = [form.key for form in protocol.forms if form.signed]
    wanted = select(Record.id).where(
        Record.form.in_(keys), Record.state == COMPLETE, Record.entry == 0
    )
    asked = session.scalars(wanted.order_by(Record.id))
    return dict.fromkeys(asked, UNSIGNED) | standing(session, Record.__tablename__)


def casebooks(session: Session) -> dict[int, str]:
    """Where each casebook that has a signature stands, by the participant."""
    return standing(session, Participant.__tablename__)


def standing(session: Session, level: str) -> dict[int, str]:
    """Of everything signed at a level whether a signature of it is still valid, by row."""
    wanted = select(Signature.row, Signature.sha256).where(Signature.level == level)
    marks: dict[int, set[str]] = {}
    for row, mark in session.execute(wanted):
        marks.setdefault(row, set()).add(mark)
    now = content.fingerprints(session, level, marks)
    return {row: SIGNED if now[row] in made else INVALID for row, made in marks.items()}


def valid(session: Session) -> set[int]:
    """The numbers of all signatures that are still valid."""
    found: set[int] = set()
    for level in (Record.__tablename__, Participant.__tablename__):
        wanted = select(Signature.id, Signature.row, Signature.sha256)
        listed = session.execute(wanted.where(Signature.level == level)).all()
        now = content.fingerprints(session, level, {row for _, row, _ in listed})
        found |= {number for number, row, mark in listed if now[row] == mark}
    return found


def counted(states: Collection[str]) -> dict[str, int]:
    """How many stand where."""
    return {name: sum(one == name for one in states) for name in (INVALID, UNSIGNED, SIGNED)}


def _open_queries(session: Session, of: Record | Participant) -> int:
    wanted = select(func.count(Query.id)).where(Query.state != "closed")
    if isinstance(of, Record):
        wanted = wanted.where(Query.table == Record.__tablename__, Query.row == of.id)
    else:
        wanted = wanted.where(Query.participant_id == of.id)
    return session.scalar(wanted) or 0
