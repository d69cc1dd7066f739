"""Who knew what when: for each step of each person, by whom it was recorded and what they could know.

An act counts as taken by somebody who could know the arm if it was one of the two people who drew
the allocation, from the draw on; or, from the moment at which the cluster's arm was revealed, anybody
whose role is not blinded and any blinded account that had been unblinded on record before.
"""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from trial.analysis.timeline import Knew
from trial.conduct import outcomes
from trial.conduct.access import Act as Acts
from trial.conduct.allocation import kept
from trial.conduct.reports.cut import Cut
from trial.protocol import Protocol
from trial.records.canonical import spelled
from trial.records.models import Act, Change, Cluster
from trial.records.trail import GENESIS, head

# What is read of each recording; the step is its place among VALUES, VISIT being the last.
RECORDED = ["act", "step", "row", "role", "state"]
# The value whose recording is the step: its table, its item, and what it became (None: anything).
# They change only with the step itself, so that a day put right later is not taken for the step.
VALUES: Mapping[str, tuple[str, str, str | None]] = {
    "identified": ("screening", "number", None),
    "eligible": ("screening", "eligibility", "eligible"),
    "approached": ("screening", "approach", "approached"),
    "consented": ("screening", "outcome", "consented"),
    "enrolled": ("participant", "number", None),
}
VISIT = ("visit", "state", "done")
STATES = (Knew.NOT_DRAWN, Knew.COULD_NOT, Knew.COULD)


# What the trail said when last read, by database: the trail only grows, and what could be known at
# an act stays so, so that a report after a save reads the acts since then and no others.
_LAST: dict[str, tuple[int, str, pd.DataFrame]] = {}
_LOCK = Lock()


def read(
    session: Session,
    protocol: Protocol,
    cut: Cut,
    records: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """One row a step of a person: ``step``, ``number``, ``role`` and ``knew``, up to the cut.

    ``records`` are the tables as the frames hold them at the cut. It is read past the door, so that
    it is the same for every reader: it names no arm, no cluster and nobody.
    """
    rows = _recorded(session, protocol)
    if cut.act is not None:
        rows = rows[rows["act"] <= cut.act]
    rows = rows.drop_duplicates(["step", "row"], keep="last")
    told = [_named(rows, step, numbers) for step, numbers in _numbers(protocol, records)]
    return pd.concat(told, ignore_index=True)


def visits(protocol: Protocol) -> dict[str, str]:
    """The steps that are visits, with the visit's key in the protocol."""
    baseline = next(visit.key for visit in protocol.visits if visit.baseline)
    return {"baseline": baseline, "primary": outcomes.primary_visit(protocol).key}


def _recorded(session: Session, protocol: Protocol) -> pd.DataFrame:
    """Every recording of a step in the order of the acts, with the columns of ``RECORDED``."""
    place = f"{session.connection().engine.url}, {protocol.sha256}"
    number, known, rows = _LAST.get(place, (0, GENESIS, pd.DataFrame(columns=RECORDED)))
    newest, hashed = head(session)
    if number and known != session.connection().scalar(
        select(Act.hash).where(Act.number == number)
    ):
        number, rows = 0, pd.DataFrame(columns=RECORDED)
    if newest > number:
        found = session.connection().execute(_since(session, protocol, number)).all()
        columns = list(zip(*found, strict=True)) or [()] * len(RECORDED)
        # Whole numbers as such, and roles as they are: comparing texts is what would take long.
        more = pd.DataFrame(
            {
                name: np.array(values, dtype=object if name == "role" else "int64")
                for name, values in zip(RECORDED, columns, strict=True)
            }
        )
        rows = pd.concat([rows, more], ignore_index=True) if len(rows) else more
        with _LOCK:
            _LAST.clear()
            _LAST[place] = (newest, hashed, rows)
    return rows


def _since(session: Session, protocol: Protocol, number: int) -> Select[Any]:
    """What was recorded after an act."""
    values = [*VALUES.values(), VISIT]
    step = case(*((_is(value), literal(place)) for place, value in enumerate(values)))
    wanted = select(Change.act, step, Change.row, Act.role, _state(session, protocol))
    wanted = wanted.join_from(Change, Act, Act.number == Change.act)
    wanted = wanted.join(Cluster, Cluster.id == Change.cluster_id)
    return wanted.where(Change.act > number, or_(*(_is(value) for value in values))).order_by(
        Change.act
    )


def _is(value: tuple[str, str, str | None]) -> ColumnElement[bool]:
    table, item, became = value
    about = and_(Change.table == table, Change.item == item)
    return about if became is None else and_(about, Change.new == spelled(became))


def _state(session: Session, protocol: Protocol) -> ColumnElement[int]:
    """The place among ``STATES`` of what whoever took the step could know of the cluster's arm."""
    made = kept.standing(session)
    if made is None or made.drawn_at is None:
        return literal(0)
    drew = [one for one in (made.first_account, made.second_account) if one is not None]
    blinded = [role.value for role in protocol.blinding.blinded_roles]
    first = select(Act.by, func.min(Act.at)).where(Act.name == Acts.UNBLIND.value)
    unblinded = session.connection().execute(first.group_by(Act.by)).all()
    on_record = [and_(Act.by == account, Act.at >= since) for account, since in unblinded]
    told = and_(Act.at >= Cluster.revealed_at, or_(Act.role.not_in(blinded), *on_record))
    return case((Act.at < made.drawn_at, 0), (Act.by.in_(drew), 2), (told, 2), else_=1)


def _numbers(
    protocol: Protocol, records: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, dict[Any, Any]]]:
    """For each step the number of the person by the row of its table."""
    people = dict(zip(records["participant"]["id"], records["participant"]["number"], strict=True))
    log = dict(zip(records["screening"]["id"], records["screening"]["number"], strict=True))
    for step, (table, _, _) in VALUES.items():
        yield step, log if table == "screening" else people
    for step, plan in visits(protocol).items():
        planned = records["visit"][records["visit"]["plan"] == plan]
        of = map(people.get, planned["participant_id"])
        yield step, dict(zip(planned["id"], of, strict=True))


def _named(rows: pd.DataFrame, step: str, numbers: Mapping[Any, Any]) -> pd.DataFrame:
    place = list(VALUES).index(step) if step in VALUES else len(VALUES)
    taken = rows[rows["step"].to_numpy() == place]
    taken = taken[taken["row"].isin(list(numbers))]
    return pd.DataFrame(
        {
            "step": np.full(len(taken), step, dtype=object),
            "number": np.array([numbers[row] for row in taken["row"]], dtype=object),
            "role": taken["role"].to_numpy(dtype=object),
            "knew": np.array([str(state) for state in STATES], dtype=object)[taken["state"]],
        },
        dtype=object,
    )
