"""The life of a cluster: identified, approached, permission given, opened, closed, in a possible order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need, set_with_reason
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.models import Cluster, Participant, Screening

# Each step's date, its name on a page, and how a sentence speaks of it.
STEPS = {
    "identified_on": ("Identified", "the day on which the cluster was identified"),
    "approached_on": ("Approached", "the day on which the cluster was approached"),
    "permission_on": ("Permission given", "the day on which permission was given"),
    "opened_on": ("Opened to recruitment", "the day on which the cluster was opened"),
    "allocated_on": ("Allocated", "the day on which the cluster was allocated"),
    "revealed_on": ("Allocation revealed", "the day on which the allocation was revealed"),
    "closed_on": ("Closed to recruitment", "the day on which the cluster was closed"),
}
# A trial without participants recruits nobody: there a cluster begins, and may drop out.
WITHOUT_PARTICIPANTS = {
    "opened_on": ("Began", "the day on which the cluster began"),
    "closed_on": ("Dropped out", "the day on which the cluster dropped out"),
}
PERMISSION = {
    "permission_by": "Enter the name of who gave permission.",
    "permission_role": "Enter the role of who gave permission, such as service manager.",
    "permission_document": "Enter which document gives permission, such as a letter and its date.",
}

REACHED = (
    ("opened_on", "open"),
    ("permission_on", "permission given"),
    ("approached_on", "approached"),
    ("identified_on", "identified"),
)


@dataclass(frozen=True)
class Step:
    """One step in the life of a cluster; ``next`` marks what can be done now."""

    key: str
    name: str
    day: date | None
    next: bool
    detail: str = ""


def name_of(protocol: Protocol, cluster: Cluster) -> str:
    """The cluster's name in the protocol."""
    return next((p.name for p in protocol.clusters if p.key == cluster.key), cluster.key)


def steps_of(protocol: Protocol) -> dict[str, tuple[str, str]]:
    """The steps as this trial calls them: each one's name on a page, and how a sentence speaks of it."""
    return STEPS if protocol.participants else STEPS | WITHOUT_PARTICIPANTS


def is_open(cluster: Cluster, day: date) -> bool:
    """Whether a cluster was open to recruitment on a day; the first and the last day belong to it."""
    if cluster.opened_on is None or day < cluster.opened_on:
        return False
    return cluster.closed_on is None or day <= cluster.closed_on


def standing(protocol: Protocol, cluster: Cluster) -> str:
    """The furthest that a cluster has come, in a word; allocation is told apart from it."""
    if cluster.closed_on is not None:
        return "closed" if protocol.participants else "dropped out"
    reached = next((word for item, word in REACHED if getattr(cluster, item)), "planned")
    return "taking part" if reached == "open" and not protocol.participants else reached


def life(protocol: Protocol, cluster: Cluster) -> tuple[Step, ...]:
    """The steps of a cluster's life with their dates, and which can come next."""
    nexts = next_steps(protocol, cluster)
    return tuple(
        Step(key, name, getattr(cluster, key), key in nexts, _detail(cluster, key))
        for key, (name, _) in steps_of(protocol).items()
    )


def next_steps(protocol: Protocol, cluster: Cluster) -> tuple[str, ...]:
    """The steps that are not done and whose forerunner is; nothing follows a closing."""
    if cluster.closed_on is not None:
        return ()
    if cluster.identified_on is None:
        return ("identified_on",)
    return tuple(
        step
        for step, earlier in _follows(protocol).items()
        if getattr(cluster, step) is None and getattr(cluster, earlier) is not None
    )


def record_step(
    session: Session,
    protocol: Protocol,
    cluster: Cluster,
    *,
    identified_on: date | None = None,
    approached_on: date | None = None,
    permission_on: date | None = None,
    permission_by: str | None = None,
    permission_role: str | None = None,
    permission_document: str | None = None,
    on: date,
) -> Cluster:
    """Record or correct one or more of the steps up to permission; what is not given stays."""
    steps = {
        "identified_on": identified_on,
        "approached_on": approached_on,
        "permission_on": permission_on,
        "permission_by": permission_by,
        "permission_role": permission_role,
        "permission_document": permission_document,
    }
    given = {name: value for name, value in steps.items() if value is not None}
    _check_permission(cluster, given)
    return _set_steps(session, protocol, cluster, given, on)


def open_cluster(
    session: Session, protocol: Protocol, cluster: Cluster, *, opened_on: date, on: date
) -> Cluster:
    """Open a cluster to recruitment, or correct the day; it needs permission first."""
    if cluster.closed_on is not None and cluster.opened_on is None:
        raise Refused(
            f"{name_of(protocol, cluster)} was closed on {words(cluster.closed_on)}.", "opened_on"
        )
    first = session.scalar(
        select(func.min(Participant.enrolled_on)).where(Participant.cluster_id == cluster.id)
    )
    if first is not None and opened_on > first:
        raise Refused(f"Somebody was enrolled here on {words(first)} already.", "opened_on")
    return _set_steps(session, protocol, cluster, {"opened_on": opened_on}, on)


def close_cluster(
    session: Session,
    protocol: Protocol,
    cluster: Cluster,
    *,
    closed_on: date,
    reason: str,
    on: date,
) -> Cluster:
    """Close a cluster to recruitment with a reason, or correct the closing; its last day belongs to it."""
    if not reason.strip():
        does = "closes to recruitment" if protocol.participants else "dropped out"
        raise Refused(f"Say why the cluster {does}.", "closed_reason")
    last = session.scalar(
        select(func.max(Participant.enrolled_on)).where(Participant.cluster_id == cluster.id)
    )
    if last is not None and closed_on < last:
        raise Refused(f"Somebody was enrolled here as late as {words(last)}.", "closed_on")
    given = {"closed_on": closed_on, "closed_reason": reason.strip()}
    return _set_steps(session, protocol, cluster, given, on)


def reopen_cluster(session: Session, protocol: Protocol, cluster: Cluster, *, on: date) -> Cluster:
    """Take back a closing that was entered by mistake; needs a reason."""
    if cluster.closed_on is None:
        raise Refused(f"{name_of(protocol, cluster)} is not closed.")
    taken = session.scalar(select(Cluster).where(Cluster.replaces_id == cluster.id))
    if taken is not None:
        raise Refused(f"Its place was taken by {name_of(protocol, taken)}, so its closing stands.")
    need(session)
    cluster.closed_on = cluster.closed_reason = None
    session.flush()
    return cluster


def _set_steps(
    session: Session, protocol: Protocol, cluster: Cluster, given: Mapping[str, Any], on: date
) -> Cluster:
    days = {step: given.get(step) or getattr(cluster, step) for step in STEPS}
    _check_order(protocol, days, given, on)
    _check_considered(session, cluster, days["permission_on"])
    set_with_reason(session, cluster, given)
    session.flush()
    return cluster


def _follows(protocol: Protocol) -> dict[str, str]:
    """The step that each step comes after."""
    return {
        "approached_on": "identified_on",
        "permission_on": "approached_on",
        "opened_on": "permission_on",
        "allocated_on": "opened_on" if protocol.allocation.after_opening else "permission_on",
        "revealed_on": "allocated_on",
        "closed_on": "identified_on",
    }


def _check_order(
    protocol: Protocol, days: Mapping[str, date | None], given: Mapping[str, Any], on: date
) -> None:
    told = {step: words_of_it for step, (_, words_of_it) in steps_of(protocol).items()}
    for step in STEPS:
        not_future(days[step], on, step, _sentence(told[step]))
    for step, earlier in _follows(protocol).items():
        if days[step] is not None and days[earlier] is None:
            raise Refused(f"Record {told[earlier]} first.", step)
        item = step if step in given else earlier
        not_before(days[step], days[earlier], item, _sentence(told[step]), told[earlier])
    for earlier in ("approached_on", "permission_on", "opened_on"):
        item = "closed_on" if "closed_on" in given else earlier
        not_before(
            days["closed_on"], days[earlier], item, _sentence(told["closed_on"]), told[earlier]
        )


def _check_permission(cluster: Cluster, given: Mapping[str, Any]) -> None:
    if (given.get("permission_on") or cluster.permission_on) is None:
        if any(name in given for name in PERMISSION):
            raise Refused("Enter the day on which permission was given.", "permission_on")
        return
    for name, sentence in PERMISSION.items():
        if not str(given.get(name) or getattr(cluster, name) or "").strip():
            raise Refused(sentence, name)


def _check_considered(session: Session, cluster: Cluster, permission_on: date | None) -> None:
    first = session.scalar(
        select(func.min(Screening.considered_on)).where(Screening.cluster_id == cluster.id)
    )
    if first is not None and permission_on is not None and permission_on > first:
        raise Refused(
            f"Somebody was considered here on {words(first)} already: permission came before that.",
            "permission_on",
        )


def _sentence(words_of_it: str) -> str:
    return words_of_it[0].upper() + words_of_it[1:]


def _detail(cluster: Cluster, key: str) -> str:
    if key == "permission_on" and cluster.permission_on is not None:
        by = f"{cluster.permission_by}, {cluster.permission_role}"
        return f"{by}. Document: {cluster.permission_document}"
    return cluster.closed_reason or "" if key == "closed_on" else ""
