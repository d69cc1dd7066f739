"""Who knew what when: for each step of each person, by whom it was recorded and what they could know.

An act counts as taken by somebody who could know the arm if it was one of the two people who drew
the allocation, from the draw on; or, from the moment at which the cluster's arm was revealed, anybody
whose role is not blinded and any blinded account that had been unblinded on record before.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
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
    number, known, rows = _LAST.get(place, (0, GENESIS, _nothing()))
    newest, hashed = head(session)
    if number and known != session.connection().scalar(
        select(Act.hash).where(Act.number == number)
    ):
        number, rows = 0, _nothing()
    if newest > number:
        more = _since(session, protocol, number)
        rows = pd.concat([rows, more], ignore_index=True) if len(more) else rows
        with _LOCK:
            _LAST.clear()
            _LAST[place] = (newest, hashed, rows)
    return rows


def _nothing() -> pd.DataFrame:
    """No recording, the columns of their kinds: an empty column of another would spread to them all."""
    kinds = {name: object if name == "role" else "int64" for name in RECORDED}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _since(session: Session, protocol: Protocol, number: int) -> pd.DataFrame:
    """What was recorded after an act."""
    values = [*VALUES.values(), VISIT]
    step = case(*((_is(value), literal(n)) for n, value in enumerate(values)), else_=NOT_A_STEP)
    tables, items = ({value[place] for value in values} for place in (0, 1))
    wanted = select(Change.act, step, Change.row, Change.cluster_id).where(
        Change.act > number,
        Change.table.in_(tables),
        Change.item.in_(items),
        or_(
            *(Change.item == item for _, item, became in values if became is None),
            Change.new.in_([spelled(became) for _, _, became in values if became]),
        ),
    )
    found = _gathered(session, wanted, ("act", "step", "row", "cluster"))
    found = found[found["step"] != NOT_A_STEP]
    if found.empty:
        return _nothing()
    found = found.sort_values("act", kind="stable", ignore_index=True)
    turns = _turns(session)
    taken = _acts(session, turns, int(found["act"].iloc[0]))
    # Acts apart from what they changed: joining them in the database takes longer.
    found = found.join(
        taken.iloc[taken["number"].searchsorted(found["act"])].reset_index(drop=True)
    )
    return found.assign(state=_states(protocol, turns, found))[RECORDED]


def _acts(session: Session, turns: "_Turns", first: int) -> pd.DataFrame:
    """The acts from one on that changed anything, each with its place among the turns."""
    when = [(Act.at < at, n) for n, at in enumerate(turns.moments)]
    place = case(*when, else_=len(when)) if when else literal(0)
    wanted = select(Act.number, Act.by, place, Act.role).where(Act.number >= first, Act.changes > 0)
    return _gathered(session, wanted.order_by(Act.number), ("number", "by", "place", "role"))


NOT_A_STEP = -1
# Many rows are turned into columns some at a time, so that not all are held as objects at once.
AT_ONCE = 5000


def _gathered(session: Session, wanted: Select[Any], names: tuple[str, ...]) -> pd.DataFrame:
    parts = [
        [_column(name, values) for name, values in zip(names, zip(*rows, strict=True), strict=True)]
        for rows in session.connection().execute(wanted).partitions(AT_ONCE)
    ] or [[_column(name, ()) for name in names]]
    return pd.DataFrame(
        {name: np.concatenate([part[n] for part in parts]) for n, name in enumerate(names)}
    )


def _column(name: str, values: tuple[Any, ...]) -> npt.NDArray[Any]:
    # Whole numbers as such, and roles as they are: comparing texts is what would take long.
    if name == "role":
        return np.array(list(map(sys.intern, values)), dtype=object)
    return np.array(values, dtype="int64")


def _is(value: tuple[str, str, str | None]) -> ColumnElement[bool]:
    table, item, became = value
    about = and_(Change.table == table, Change.item == item)
    return about if became is None else and_(about, Change.new == spelled(became))


@dataclass(frozen=True)
class _Turns:
    """The moments at which somebody came to know: the draw, each reveal, each unblinding.

    ``moments`` are in order; the others hold, for whom they are of, the place among them.
    """

    moments: tuple[datetime, ...]
    drawn: int | None
    drew: tuple[int, ...]
    revealed: Mapping[int, int]
    unblinded: Mapping[int, int]


def _turns(session: Session) -> _Turns:
    made, connection = kept.standing(session), session.connection()
    if made is None or made.drawn_at is None:
        return _Turns((), None, (), {}, {})
    known = select(Cluster.id, Cluster.revealed_at).where(Cluster.revealed_at.is_not(None))
    first = select(Act.by, func.min(Act.at)).where(Act.name == Acts.UNBLIND.value).group_by(Act.by)
    revealed: dict[int, datetime] = dict(connection.execute(known).all())  # type: ignore[arg-type]
    unblinded: dict[int, datetime] = dict(connection.execute(first).all())
    moments = sorted({made.drawn_at, *revealed.values(), *unblinded.values()})
    drew = tuple(one for one in (made.first_account, made.second_account) if one is not None)
    place = moments.index
    return _Turns(
        tuple(moments), place(made.drawn_at), drew,
        {key: place(at) for key, at in revealed.items()},
        {key: place(at) for key, at in unblinded.items()},
    )  # fmt: skip


def _states(protocol: Protocol, turns: _Turns, found: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The place among ``STATES`` of what whoever took each step could know of the cluster's arm."""
    if turns.drawn is None:
        return np.zeros(len(found), dtype="int64")
    by, place = found["by"].to_numpy(), found["place"].to_numpy()
    blinded = [role.value for role in protocol.blinding.blinded_roles]
    sees = ~found["role"].isin(blinded).to_numpy()
    for account, at in turns.unblinded.items():
        sees |= (by == account) & (place > at)
    never = len(turns.moments)
    told = sees & (place > found["cluster"].map(turns.revealed).fillna(never).to_numpy())
    state = np.where(np.isin(by, turns.drew) | told, 2, 1)
    return np.where(place > turns.drawn, state, 0)


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
