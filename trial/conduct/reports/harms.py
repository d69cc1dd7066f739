"""Adverse events by arm, as the log of safety held them at the cut."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
from sqlalchemy.orm import Session

from trial.conduct.reports.cut import Cut
from trial.conduct.safety.log import ADVERSE
from trial.protocol import Protocol
from trial.records.frames import Frames
from trial.records.rows import table_at, table_now

TABLE = "safety_entry"


@dataclass(frozen=True)
class Harms:
    """Adverse events of everyone (``arm`` is None) or of an arm, and how many people had at least one."""

    arm: str | None
    people: int
    events: int
    serious: int
    people_with_event: int
    people_with_serious: int


def read(session: Session, protocol: Protocol, cut: Cut, known: Frames) -> tuple[Harms, ...]:
    """The events of everyone, then of each arm that the frames tell; nothing without a log of safety."""
    if protocol.safety is None:
        return ()
    log = table_now(session, TABLE) if cut.act is None else table_at(session, TABLE, cut.act)
    events = log[(log["kind"] == ADVERSE) & log["voided_on"].isna()]
    ids, arms = known.records["participant"]["id"], known.participants["arm"]
    told = sorted({arm for arm in arms if arm is not None})
    everyone = _of(None, set(ids), events)
    return (everyone, *(_of(arm, set(ids[(arms == arm).to_numpy()]), events) for arm in told))


def _of(arm: str | None, people: Collection[int], events: pd.DataFrame) -> Harms:
    mine = events[events["participant_id"].isin(list(people))]
    serious = mine[mine["seriousness"].notna()]
    return Harms(
        arm, len(people), len(mine), len(serious),
        mine["participant_id"].nunique(), serious["participant_id"].nunique(),
    )  # fmt: skip
