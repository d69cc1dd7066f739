"""The process evaluation put together: fidelity, logs, interviews, extracts and draws, at a data cut."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from trial.analysis.estimate import Estimate, plain
from trial.conduct.forms.scores import Scored
from trial.conduct.process import draw
from trial.conduct.process.logs import Logs, logs
from trial.conduct.process.reading import Read, read
from trial.conduct.process.reviews import Fidelity, Occasion, Review, fidelity
from trial.conduct.process.voices import Extracts, Interviews, extracts, interviews
from trial.conduct.reports.cut import Cut, marks
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.actor import Actor


@dataclass(frozen=True)
class Drawing:
    """One draw of employers, as a report tells it: by numbers only."""

    committed_on: str
    drawn_on: str | None
    size: int
    listed: int
    commitment: str
    seed: str | None
    first: tuple[int, ...]
    replacements: tuple[int, ...]


@dataclass(frozen=True)
class Process:
    """Everything that the process-evaluation report tells."""

    cut: Cut
    hidden: bool
    fidelity: Fidelity | None
    logs: Logs
    interviews: Interviews | None
    extracts: Extracts | None
    draws: tuple[Drawing, ...]
    listed: int
    hired: int
    struck: int


def evaluate(session: Session, protocol: Protocol, cut: Cut, actor: Actor) -> Process:
    """Assemble the process evaluation for a reader; one who may not know the arms is told nothing."""
    found = read(session, protocol, cut, actor)
    held = interviews(protocol, found)
    standing = [one for one in found.employers if not one.struck]
    return Process(
        cut=cut,
        hidden=not actor.sees_arm_of(None),
        fidelity=fidelity(protocol, found),
        logs=logs(protocol, found),
        interviews=held,
        extracts=extracts(protocol, found, held),
        draws=_draws(found),
        listed=len(standing),
        hired=sum(one.hired for one in standing),
        struck=len(found.employers) - len(standing),
    )


def _draws(found: Read) -> tuple[Drawing, ...]:
    made = []
    for row in found.draws:
        listed = draw.numbers(row["listed"])
        order = draw.order(row["seed"], listed) if row["seed"] else ()
        drawn_at = row["drawn_at"]
        made.append(
            Drawing(
                _day(row["committed_at"]),
                _day(drawn_at) if drawn_at else None,
                row["size"], len(listed), row["commitment"], row["seed"],
                order[: row["size"]], order[row["size"] :],
            )
        )  # fmt: skip
    return tuple(made)


def _day(at: datetime) -> str:
    return at.astimezone(LONDON).date().isoformat()


def as_json(protocol: Protocol, found: Process) -> dict[str, Any]:
    """The results as plain values, with what identifies them."""
    told: dict[str, Any] = dict(marks(protocol, found.cut))
    told["fidelity"] = _fidelity_json(found.fidelity)
    told["logs"] = _logs_json(found.logs)
    told["interviews"] = _interviews_json(found.interviews)
    told["extracts"] = _extracts_json(found.extracts)
    told["employers"] = {"listed": found.listed, "hired": found.hired, "struck": found.struck}
    told["draws"] = plain(found.draws)
    return told


def _fidelity_json(found: Fidelity | None) -> dict[str, Any] | None:
    if found is None:
        return None
    finals = [team.final for team in found.teams if team.final is not None]
    return {
        "final": _review_json(finals[-1]) if len(finals) == 1 else None,
        "teams": [
            {
                "team": team.key,
                "final": _review_json(team.final) if team.final else None,
                "occasions": [_occasion_json(one) for one in team.occasions],
                "changes": [
                    {"from": before, "to": after, "by": change.by} | vars(change)
                    for before, after, change in team.changes
                ],
            }
            for team in found.teams
        ],
    }


def _review_json(found: Review) -> dict[str, Any]:
    return {
        "record": found.id,
        "occasion": found.occasion,
        "rating": found.rating,
        "on": found.on.isoformat(),
        "total": _number(found.total),
        "band": found.total.band,
        "assessed": found.total.answered,
        "items": len(found.ratings),
        "pro_rated": _number(found.pro_rated),
        "unassessed": [vars(one) for one in found.unassessed],
        "ratings": dict(found.ratings),
    }


def _number(scored: Scored) -> int | float | None:
    if scored.value is None:
        return None
    return int(scored.value) if scored.value == int(scored.value) else float(scored.value)


def _occasion_json(found: Occasion) -> dict[str, Any]:
    return {
        "occasion": found.key,
        "consensus": _review_json(found.consensus) if found.consensus else None,
        "raters": [_review_json(one) for one in found.raters],
        "differences": [one._asdict() for one in found.differences],
        "agreed": _estimate(found.agreed),
        "weighted_kappa": _estimate(found.kappa),
        "fault": found.fault,
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else found.as_dict()


def _logs_json(found: Logs) -> dict[str, Any]:
    told: Any = plain(found)
    told["events_by"] = [
        {"domain": domain, "kind": kind, "events": count}
        for (domain, kind), count in sorted(found.events_by.items())
    ]
    return dict(told)


def _interviews_json(found: Interviews | None) -> dict[str, Any] | None:
    if found is None:
        return None
    counts: dict[str, Any] = {group: len(found.of(group)) for group in found.groups}
    return counts | {
        "refused": found.refused,
        "employers_who_hired": sum(one.hired for one in found.employers),
        "by_role": {
            label: sum(one.role == role for one in found.held)
            for role, label in found.roles.items()
        },
        "frame": plain(found.frame),
        "employers": [one.number for one in found.employers],
    }


def _extracts_json(found: Extracts | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "extracts": found.extracts,
        "coded_twice": found.double,
        "settled": found.agreed,
        "matrix": [
            {"criterion": criterion, "group": group, "bears": bears, "extracts": count}
            for (criterion, group, bears), count in sorted(found.matrix.items())
        ],
        "agreement": {
            "bears": plain(found.bears),
            "domain": plain(found.domain),
            "criterion": plain(found.criterion),
        },
    }
