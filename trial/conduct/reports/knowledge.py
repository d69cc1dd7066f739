"""Who knew what when: for each step of each person, by whom it was recorded and what they could know.

An act counts as taken by somebody who could know the arm if it was one of the two people who drew
the allocation, from the draw on; or, from the moment at which the cluster's arm was revealed, anybody
whose role is not blinded and any blinded account that had been unblinded on record before.
"""

import sys
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select
from sqlalchemy.orm import Session

from trial.analysis.timeline import Knew
from trial.conduct import outcomes
from trial.conduct.access import Act as Acts
from trial.conduct.allocation import frozen, kept
from trial.conduct.allocation.kept import Ceremony
from trial.conduct.reports.cut import Cut
from trial.protocol import Protocol
from trial.protocol.design import drawn_in
from trial.records.canonical import spelled
from trial.records.models import Act, Change, Cluster
from trial.records.models.trail import STEPS
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
KNEW = np.array([str(state) for state in STATES], dtype=object)


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
    found = _gathered(session, _wanted(session, protocol, number))
    found = found[found["step"] != NOT_A_STEP]
    return found.sort_values("act", kind="stable", ignore_index=True)


def _wanted(session: Session, protocol: Protocol, number: int) -> Select[Any]:
    values = [*VALUES.values(), VISIT]
    step = case(*((_is(value), literal(n)) for n, value in enumerate(values)), else_=NOT_A_STEP)
    became = [
        *(Change.item == item for _, item, became in values if became is None),
        Change.new.in_([spelled(became) for _, _, became in values if became]),
    ]
    return (
        select(Change.act, step, Change.row, Act.role, _state(session, protocol))
        .join(Act, Act.number == Change.act)
        .outerjoin(Cluster, Cluster.id == Change.cluster_id)
        .where(STEPS, Change.act > number, or_(*became))
    )


def _state(session: Session, protocol: Protocol) -> ColumnElement[int]:
    """The place among ``STATES`` of what whoever took an act could know of the cluster's arm."""
    draws, connection = kept.drawn(session), session.connection()
    elsewhere = protocol.allocation.earlier is not None
    if not draws and not elsewhere:
        return literal(0)
    unblinded = select(Act.by, Act.at).where(Act.name == Acts.UNBLIND.value)
    # Of somebody who was unblinded more than once the first time stands.
    firsts = {account: at for account, at in connection.execute(unblinded.order_by(Act.at.desc()))}
    seen = [and_(Act.by == account, Act.at >= at) for account, at in firsts.items()]
    blinded = [role.value for role in protocol.blinding.blinded_roles]
    unblind = or_(Act.role.not_in(blinded), *seen)
    if elsewhere:  # such arms were known before this trial began, whatever is revealed in it
        return case((unblind, literal(2)), else_=1)
    told = and_(unblind, Act.at >= Cluster.revealed_at)
    drew = Act.by.in_([who for one in draws for who in (one.first_account, one.second_account)])
    return case((_not_drawn(protocol, draws), literal(0)), (or_(drew, told), literal(2)), else_=1)


def _not_drawn(protocol: Protocol, draws: list[Ceremony]) -> ColumnElement[bool]:
    """Whether an act came before the draw of its cluster."""
    if len(protocol.allocation.each_draw) == 1:
        return Act.at < draws[0].drawn_at
    plans = zip(draws, protocol.allocation.each_draw, strict=False)
    # A reserve that takes a place after the draw belongs to that draw, in whose text it is not.
    of = {
        one.drawn_at: {
            *frozen.read(one.frozen).restriction.clusters,
            *(member.key for member in drawn_in(protocol.clusters, plan)),
        }
        for one, plan in plans
    }
    before = [and_(Cluster.key.in_(keys), Act.at < at) for at, keys in of.items()]
    return or_(Cluster.key.not_in([key for keys in of.values() for key in keys]), *before)


NOT_A_STEP = -1
# Many rows are turned into columns some at a time, so that not all are held as objects at once.
AT_ONCE = 5000


def _gathered(session: Session, wanted: Select[Any]) -> pd.DataFrame:
    parts = [
        [_column(*column) for column in zip(RECORDED, zip(*rows, strict=True), strict=True)]
        for rows in session.connection().execute(wanted).partitions(AT_ONCE)
    ]
    if not parts:
        return _nothing()
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(dict(zip(RECORDED, columns, strict=True)))


def _column(name: str, values: tuple[Any, ...]) -> npt.NDArray[Any]:
    # Whole numbers as such, and roles as they are: comparing texts is what would take long.
    if name == "role":
        return np.array(list(map(sys.intern, values)), dtype=object)
    return np.array(values, dtype="int64")


def _is(value: tuple[str, str, str | None]) -> ColumnElement[bool]:
    table, item, became = value
    about = and_(Change.table == table, Change.item == item)
    return about if became is None else and_(about, Change.new == spelled(became))


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
    named = np.fromiter(map(numbers.get, taken["row"].tolist()), dtype=object, count=len(taken))
    there = np.array([number is not None for number in named], dtype=bool)
    return pd.DataFrame(
        {
            "step": np.full(int(there.sum()), step, dtype=object),
            "number": named[there],
            "role": taken["role"].to_numpy(dtype=object)[there],
            "knew": KNEW[taken["state"].to_numpy()[there]],
        },
        dtype=object,
    )
