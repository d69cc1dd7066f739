"""The audit report for sponsor and ethics committee: who did what, when, and whether the trail holds."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import and_, func, not_, select
from sqlalchemy.orm import Session

from trial.conduct.access import Act as Acts
from trial.conduct.allocation import replacing
from trial.conduct.coded import label
from trial.conduct.dates import words
from trial.conduct.reports import safety_told, signed_off
from trial.conduct.reports.cut import Cut, footer
from trial.conduct.reports.kinds import KINDS
from trial.conduct.values import codes_of
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.models import (
    Act,
    Allocation,
    Change,
    Cluster,
    Consent,
    Event,
    Participant,
    Screening,
)
from trial.records.replay import end_of
from trial.records.trail import account_tables
from trial.records.verify import Verdict, verify
from trial.report.value import Block, Cell, Heading, Listing, Notice, Report, Table, Text

CONFIDENTIAL = "Confidential: for sponsor and ethics committee. Participants by study number only."
NOT_CHECKED = (
    "This page does not check the trail, which takes a while in a large trial: the report as PDF does,"
    " and so does the page that checks it."
)
CRITICAL = (
    "participant", "consent", "eligibility", "visit", "skipped_visit", "spell", "term", "event",
)  # fmt: skip
SAVED_BEFORE = "Every change of a value that had been saved before. First entries are not listed"
CRITICAL_ALONE = ("cluster",)
ACCOUNT_ITEMS = ("name", "role", "active", "ended_at")
WAYS_OUT = (Acts.EXPORT, Acts.EXPORT_TRAIL, Acts.UNBLIND, Acts.SHOW_IDENTITY,
            Acts.PRINT_CERTIFICATE, Acts.PRINT_SAFETY, Acts.REDACT,
            *(kind.act for kind in KINDS.values()))  # fmt: skip


def build(
    session: Session, protocol: Protocol, cut: Cut, reader: Actor, *, checked: bool = True
) -> Report:
    """The report as a value, at a data cut, told as this reader may be told.

    Checking the trail reads all of it; a page leaves it out (``checked=False``) and says so.
    """
    blocks: list[Block] = [Heading("Trail verification")]
    blocks += _trail(verify(session)) if checked else [Text(NOT_CHECKED)]
    blocks += _access(session, protocol, cut)
    blocks += _clusters(session, protocol, reader)
    if protocol.participants:
        blocks += _screening(session, protocol, cut)
        blocks += _consent(session, protocol, cut)
        blocks += _withdrawals(session, protocol, cut)
    blocks += safety_told.blocks(session, protocol, cut)
    blocks += _allocation(session, protocol, reader)
    blocks += _critical(session, protocol, cut)
    blocks += signed_off.blocks(session, protocol, cut)
    blocks += _ways_out(session, cut)
    return Report(
        title="Audit report",
        subtitle=f"{protocol.name}, as recorded by the end of {words(cut.on)}",
        blocks=tuple(blocks),
        footer=footer(protocol, cut),
        header=(f"{protocol.name}: audit report", CONFIDENTIAL),
    )


def _trail(verdict: Verdict) -> Iterator[Block]:
    if verdict.valid:
        yield Text(
            "The trail holds: every act follows the one before it by hash, every change has the"
            " value that was recorded, and replaying all changes gives the records as they stand."
        )
    else:
        yield Notice("The trail does not hold. The first fault stands first.")
        yield Listing(verdict.faults[:50])
    yield Text(f"Values redacted by an act of two people: {verdict.redacted}.")


def _access(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    yield Heading("Who had access, and when")
    rows = tuple(_rights(session, protocol, cut))
    yield Table(
        "Accounts, roles and clusters, each from the act that gave or ended it",
        ("Date", "Account", "What", "From", "To", "By", "Reason"),
        rows,
    )
    wanted = (
        select(Act.by_name, Act.role, Act.name, func.count())
        .where(Act.at < end_of(cut.on), Act.name.in_([Acts.SIGN_IN, Acts.SIGN_IN_FAILED]))
        .group_by(Act.by_name, Act.role, Act.name)
        .order_by(Act.by_name, Act.role, Act.name)
    )
    yield Table(
        "Signing in",
        ("Account", "Role", "What", "Times"),
        tuple(tuple(row) for row in session.execute(wanted)),
        numeric=(3,),
    )


def _rights(session: Session, protocol: Protocol, cut: Cut) -> Iterator[tuple[Any, ...]]:
    wanted = (
        select(Change, Act)
        .join(Act, Act.number == Change.act)
        .where(Change.table.in_(sorted(account_tables())), Act.at < end_of(cut.on))
        .order_by(Change.act, Change.seq)
    )
    names: dict[int, str] = {}
    assigned: dict[int, str] = {}
    named = {plan.key: plan.name for plan in protocol.clusters}
    clusters = {one.id: named.get(one.key, one.key) for one in session.scalars(select(Cluster))}
    for change, act in session.execute(wanted):
        old, new = _value(change.old), _value(change.new)
        if change.table == "account_cluster":
            if change.item == "account_id":
                assigned[change.row] = names.get(new, str(new))
            elif change.item in ("cluster_id", "until_at"):
                what = "cluster given" if change.item == "cluster_id" else "cluster ended"
                told = clusters.get(new, "") if change.item == "cluster_id" else ""
                yield (
                    _day(act),
                    assigned.get(change.row, ""),
                    what,
                    "",
                    told,
                    act.by_name,
                    act.reason,
                )
        elif change.table == "account" and change.item in ACCOUNT_ITEMS:
            if change.item == "name":
                names[change.row] = str(new)
            who = names.get(change.row, f"account {change.row}")
            yield (_day(act), who, change.item, _cell(old), _cell(new), act.by_name, act.reason)


def _day(act: Act) -> str:
    return f"{act.at.astimezone(LONDON):%Y-%m-%d %H:%M}"


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _clusters(session: Session, protocol: Protocol, reader: Actor) -> Iterator[Block]:
    names = {plan.key: plan.name for plan in protocol.clusters}
    yield Heading("Clusters")
    rows = []
    for one in session.scalars(select(Cluster).order_by(Cluster.id)):
        gatekeeper = ", ".join(t for t in (one.permission_by, one.permission_role) if t)
        rows.append(
            (names.get(one.key, one.key), one.identified_on, one.approached_on, one.permission_on,
             gatekeeper, one.permission_document, one.opened_on, one.revealed_on, one.closed_on)
        )  # fmt: skip
    yield Table(
        "The life of each cluster",
        ("Cluster", "Identified", "Approached", "Permission", "Given by", "Document", "Opened",
         "Arm revealed", "Closed"),
        tuple(rows),
    )  # fmt: skip


def _screening(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    yield Heading("Screening and enrolment")
    considered = _per_cluster(session, Screening, Screening.considered_on, cut)
    enrolled = _per_cluster(session, Participant, Participant.enrolled_on, cut)
    late = _per_cluster(
        session, Participant, Participant.enrolled_on, cut, Participant.after_reveal
    )
    clusters = list(session.scalars(select(Cluster).order_by(Cluster.id)))
    names = {plan.key: plan.name for plan in protocol.clusters}
    yield Table(
        "People considered and enrolled by cluster",
        ("Cluster", "Rows in the screening log", "Enrolled", "Of these after the reveal"),
        tuple(
            (names.get(c.key, c.key), considered[c.id], enrolled[c.id], late[c.id])
            for c in clusters
        ),
        numeric=(1, 2, 3),
    )


def _per_cluster(session: Session, table: Any, day: Any, cut: Cut, *also: Any) -> Counter[int]:
    wanted = select(table.cluster_id, func.count()).where(day <= cut.on, *also)
    return Counter(dict(session.execute(wanted.group_by(table.cluster_id)).all()))


def _consent(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    wanted = (
        select(Participant, Consent)
        .join(Consent, Consent.participant_id == Participant.id)
        .where(Consent.signed_on <= cut.on)
        .order_by(Participant.number, Consent.signed_on)
    )
    rows: list[tuple[Cell, ...]] = [
        (
            person.number,
            *_basis(protocol, consent),
            consent.signed_on,
            ", ".join(f"{key} {version}" for key, version in sorted(consent.documents.items())),
            ", ".join(key for key, agreed in sorted(consent.clauses.items()) if not agreed)
            or "none",
            label(protocol.consent.capacity, consent.capacity) or "not asked",
            consent.taken_by_name,
            f"voided {words(consent.voided_on)}" if consent.voided_on else "stands",
            person.enrolled_on,
        )
        for person, consent in session.execute(wanted)
    ]
    signed = ("Basis", "Signed or included") if protocol.consent.bases else ("Signed",)
    yield Heading("Consent")
    yield Table(
        "Consent status and versions by participant",
        ("Participant", *signed, "Documents", "Clauses not agreed", "Capacity", "Taken by",
         "Status", "Enrolled"),
        tuple(rows),
    )  # fmt: skip


def _basis(protocol: Protocol, consent: Consent) -> Iterator[str]:
    """The basis of a consent, and who the consultee is; nothing in a trial that declares none."""
    if protocol.consent.bases:
        who = label(protocol.consent.relationships or (), consent.relationship)
        yield protocol.consent.basis(consent.basis).name + (f" ({who})" if who else "")


def _withdrawals(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    levels = {plan.key: plan.name for plan in protocol.clusters}
    levels |= {level.key: level.label for level in protocol.withdrawal.levels}
    reasons = {code.key: code.label for code in codes_of(protocol, "event", "reason")}
    wanted = (
        select(Participant.number, Event)
        .join(Event, Event.participant_id == Participant.id)
        .where(Event.happened_on <= cut.on)
        .order_by(Event.happened_on, Event.id)
    )
    rows = tuple(
        (number, event.happened_on, event.kind, levels.get(event.level or event.moved_to or "", ""),
         reasons.get(event.reason or "", ""), "voided" if event.voided_on else "stands")
        for number, event in session.execute(wanted)
    )  # fmt: skip
    yield Heading("Withdrawals, capacity, moves and deaths")
    columns = ("Participant", "Date", "What", "Level or cluster", "Reason", "Status")
    yield Table("Every withdrawal by level, loss, move and death", columns, rows)


def _allocation(session: Session, protocol: Protocol, reader: Actor) -> Iterator[Block]:
    yield Heading("Allocation of the clusters")
    ceremonies = session.scalars(select(Allocation).order_by(Allocation.id)).all()
    if not ceremonies:
        yield Text("The clusters have not been allocated.")
    for one in ceremonies:
        yield Table(
            f"Ceremony {one.id}: {one.state}",
            ("What", "Value"),
            (
                ("Frozen", one.frozen_at),
                ("Fingerprint F", one.frozen_hash),
                ("Permitted schemes", one.schemes),
                ("Trial manager", one.first_name),
                ("Second person", one.second_name or ""),
                ("Commitment of the trial manager", one.first_commitment or ""),
                ("Commitment of the second person", one.second_commitment or ""),
                ("Drawn", one.drawn_at),
                ("Abandoned", one.abandoned_at),
                ("Why abandoned", one.abandoned_reason or ""),
            ),
        )
    clusters = {one.id: one for one in session.scalars(select(Cluster).order_by(Cluster.id))}
    names = {plan.key: plan.name for plan in protocol.clusters}
    yield from _places(protocol, clusters)
    known = [c for c in clusters.values() if c.arm]
    if known:
        yield Table(
            "Arms revealed so far",
            ("Cluster", "Arm", "Revealed"),
            tuple(
                (names.get(c.key, c.key), c.arm, c.revealed_on)
                for c in known
                if reader.sees_arm_of(c.id)
            ),
        )


def _places(protocol: Protocol, clusters: dict[int, Cluster]) -> Iterator[Block]:
    """Which clusters took the place of another after the draw."""
    names = {plan.key: plan.name for plan in protocol.clusters}
    for one in clusters.values():
        if one.replaces_id is not None and one.allocated_on is not None:
            taken = replacing.told(protocol, one, clusters)
            yield Text(
                f"{names.get(one.key, one.key)}, {words(one.allocated_on)}: {taken} Not drawn."
            )


def _critical(session: Session, protocol: Protocol, cut: Cut) -> Iterator[Block]:
    wanted = (
        select(Change, Act)
        .join(Act, Act.number == Change.act)
        .where(
            Change.table.in_(CRITICAL if protocol.participants else CRITICAL_ALONE),
            Change.old.is_not(None) | Change.redacted_by.is_not(None),
            Act.at < end_of(cut.on),
            not_(and_(Change.table == "visit", Change.item == "state", Change.old == '"expected"')),
            not_(and_(Change.table == "participant", Change.item == "known_until")),
        )
        .order_by(Change.act, Change.seq)
    )  # fmt: skip
    about = dict(session.execute(select(Participant.id, Participant.number)).all())
    owner, whose = "participant_id", "Participant"
    if not protocol.participants:
        about = dict(session.execute(select(Cluster.id, Cluster.key)).all())
        owner, whose = "cluster_id", "Cluster"
    rows = tuple(
        (
            change.act, _day(act), act.by_name, about.get(getattr(change, owner) or 0, ""),
            f"{change.table} {change.row}, {change.item}", *_told(change), act.reason or "",
        )
        for change, act in session.execute(wanted)
    )  # fmt: skip
    yield Heading("Changes to critical fields")
    yield Text(f"{SAVED_BEFORE}{_left_out(protocol)}.")
    columns = ("Act", "When", "By", whose, "Value", "Was", "Became", "Reason")
    yield Table("Corrections", columns, rows, numeric=(0,))


def _left_out(protocol: Protocol) -> str:
    """What else of the participants is no correction."""
    if not protocol.participants:
        return ""
    history = ", nor the day to which a work history is known" if protocol.employment else ""
    return f", nor a planned visit that becomes done, missed or not needed{history}"


def _told(change: Change) -> tuple[str, str]:
    if change.redacted_by is not None:
        return (f"redacted by act {change.redacted_by}",) * 2
    if change.kind != "clear":
        return ("not shown", "changed")
    return (_cell(_value(change.old)), _cell(_value(change.new)))


def _ways_out(session: Session, cut: Cut) -> Iterator[Block]:
    wanted = (
        select(Act)
        .where(Act.name.in_([str(name) for name in WAYS_OUT]), Act.at < end_of(cut.on))
        .where(Act.number <= _last_change(session, cut.on))
        .order_by(Act.number)
    )
    rows = tuple(
        (act.number, _day(act), act.by_name, act.role, act.name, act.reason or "")
        for act in session.scalars(wanted)
    )
    yield Heading("Showing, exporting, reporting and unblinding")
    yield Text(
        "Up to the newest act that changed the records: what was shown or reported since then stands in"
        " the next report, so that reporting does not change the report."
    )
    columns = ("Act", "When", "By", "Role", "What", "Reason")
    yield Table("Ways out of the system", columns, rows, numeric=(0,))


def _last_change(session: Session, on: date) -> int:
    newest = session.scalar(
        select(func.max(Act.number)).where(Act.at < end_of(on), Act.changes > 0)
    )
    return newest or 0
