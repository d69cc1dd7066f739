"""What the audit report says of signatures, of freezes and locks, and of the locks of the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct import holds, signing
from trial.conduct.database_lock import snapshots
from trial.conduct.reports.cut import Cut
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.models import Cluster, Hold, Participant, Record, Signature
from trial.records.replay import end_of
from trial.report.value import Block, Heading, Table, Text


def blocks(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    """The signatures with whether each is valid, what was frozen or locked, and the database locks."""
    yield Heading("Signatures")
    yield Text(
        "Each signature is bound to what was signed by its SHA-256. It is valid as long as nothing of that"
        " has changed up to the moment at which this report is made."
    )
    columns = ("Signed", "By", "Role", "What", "About", "Meaning", "Now")
    title = "Signatures of forms" + (" and casebooks" if protocol.participants else "")
    yield Table(title, columns, _signatures(session, protocol, cut))
    yield Heading("Freezes and locks")
    head = ("What", "Kind", "Set", "By", "Why", "Lifted", "By", "Why")
    yield Table("What was frozen or locked", head, _holds(session, cut))
    made = tuple(
        (one.name, _time(one.made_at), one.act, one.hash, one.checklist)
        for one in reversed(snapshots(session))
        if one.made_at < end_of(cut.on)
    )
    names = ("Name", "Locked", "Newest act", "Its hash", "Checklist")
    yield Table("Locks of the database", names, made, numeric=(2,))


def _signatures(session: Session, protocol: Protocol, cut: Cut) -> tuple[tuple[Any, ...], ...]:
    wanted = (
        select(Signature, Participant.number, Cluster.key, Record.form)
        .outerjoin(Participant, Participant.id == Signature.participant_id)
        .outerjoin(Cluster, Cluster.id == Signature.cluster_id)
        .outerjoin(Record, (Record.id == Signature.row) & (Signature.level == "record"))
        .where(Signature.signed_at < end_of(cut.on))
        .order_by(Signature.id)
    )
    valid = signing.valid(session)
    names = {form.key: form.name for form in protocol.forms}
    clusters = {plan.key: plan.name for plan in protocol.clusters}
    return tuple(
        (
            _time(one.signed_at), one.signed_name, one.signed_role,
            "Casebook" if form is None else f"{names.get(form, form)}, record {one.row}",
            number or clusters.get(cluster, ""), one.meaning,
            "valid" if one.id in valid else "invalid: changed since",
        )
        for one, number, cluster, form in session.execute(wanted)
    )  # fmt: skip


def _holds(session: Session, cut: Cut) -> tuple[tuple[Any, ...], ...]:
    wanted = select(Hold).where(Hold.set_at < end_of(cut.on)).order_by(Hold.id)
    clusters = {one.id: one.key for one in session.scalars(select(Cluster))}
    named = session.execute(select(Participant.id, Participant.number))
    people = {number: name for number, name in named}
    rows = []
    for one in holds.told(session, session.scalars(wanted)):
        names = {"cluster": clusters, "participant": people}.get(one.hold.level, {})
        what = f"{one.hold.level} {names.get(one.hold.row, one.hold.row or '')}".strip()
        lifted = one.lifted if one.hold.lifted_at else None
        rows.append(
            (what, one.hold.kind, _time(one.hold.set_at), one.set.by_name if one.set else "",
             (one.set.reason if one.set else "") or "", _time(one.hold.lifted_at),
             lifted.by_name if lifted else "", (lifted.reason if lifted else "") or "")
        )  # fmt: skip
    return tuple(rows)


def _time(value: datetime | None) -> str:
    return "" if value is None else f"{value.astimezone(LONDON):%Y-%m-%d %H:%M}"
