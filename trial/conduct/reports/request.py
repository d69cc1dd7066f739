"""Asking for a report: what is wanted, by whom, blinded or not, and what the trail keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.collecting import without_collecting
from trial.conduct.process import results as process
from trial.conduct.process.results import Process
from trial.conduct.refused import Refused
from trial.conduct.reports import (
    assembly,
    audit,
    feasibility,
    oversight,
    process_report,
    recruitment_report,
)
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.cut import data_cut, marks
from trial.conduct.reports.kinds import KINDS, PROCESS, Kind
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.report.value import Report

MARKS = ("data_cut", "database_lock", "protocol_sha256", "trail_head")


@dataclass(frozen=True)
class Request:
    """Which report, at which data cut, and whether a blinded person is to be shown the arms."""

    name: str
    cut: date | str | None = None
    unblind: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Made:
    """A report that was made: the value to print, its results, and what identifies it."""

    name: str
    report: Report
    results: dict[str, Any]
    act: Act
    blinded: bool
    unblinded: bool

    def note(self) -> dict[str, Any]:
        """What the trail keeps of it."""
        return {"report": self.name, "blinded": self.blinded} | {
            key: self.results[key] for key in MARKS if key in self.results
        }


def reader(actor: Actor, unblind: bool, reason: str | None) -> Actor:
    """Who reads: a blinded person sees the arms only if the role may, and with a reason."""
    if not actor.blinded or not unblind:
        return actor
    permit(actor, Act.UNBLIND)
    if not (reason or "").strip():
        raise Refused("Say why the arms must be seen.", "reason")
    return actor.unblinded()


def make(session: Session, protocol: Protocol, actor: Actor, wanted: Request, today: date) -> Made:
    """Make the report that is asked for; writing it out is an act of its own."""
    kind = KINDS[wanted.name]
    permit(actor, kind.act)
    if not kind.told_of(protocol):
        raise Refused(
            f"The protocol of this trial says nothing that a report “{kind.title}” could tell."
        )
    # A report without arms shows none to anybody: there is nothing to be unblinded for.
    told_to = reader(actor, wanted.unblind and kind.arms, wanted.reason)
    cut = data_cut(session, today, wanted.cut)
    if kind.name == "audit":  # it tells of acts, also of those that made a lock
        cut = data_cut(session, today, cut.on)
    results: dict[str, Any] = dict(marks(protocol, cut))
    if kind.name == "audit":
        report = audit.build(session, protocol, cut, told_to)
    elif kind is PROCESS:
        evaluated = process.evaluate(session, protocol, cut, told_to)
        report = process_report.build(protocol, evaluated)
        results = process.as_json(protocol, evaluated)
    else:
        found = assembly.assemble(session, protocol, cut, blinded=told_to.blinded, arms=kind.arms)
        report = build(protocol, found, kind)
        if kind.json:
            results = feasibility.as_json(protocol, found)
    unblinded = actor.blinded and not told_to.blinded
    act = Act.UNBLIND if unblinded else kind.act
    return Made(wanted.name, report, results, act, told_to.blinded, unblinded)


@without_collecting()
def build(protocol: Protocol, found: Assembled | Process, kind: Kind) -> Report:
    """The report of a kind from results that were assembled for it."""
    return BUILDERS[kind.name](protocol, found)


BUILDERS: dict[str, Callable[[Protocol, Any], Report]] = {
    "feasibility": feasibility.build,
    "recruitment": recruitment_report.build,
    "oversight-open": oversight.build_open,
    "oversight-closed": oversight.build_closed,
    "process": process_report.build,
}
