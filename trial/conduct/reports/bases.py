"""On which basis of consent each participant takes part, at a data cut; only where there are several."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial.conduct.reports.cut import Cut
from trial.conduct.schedule import Given, Person, lies_outside
from trial.protocol import Protocol
from trial.protocol.visits import VisitPlan
from trial.records.frames import Frames
from trial.records.rows import table_at, table_now

COLUMNS = ("basis", "basis_now", "visits_outside")


def read(session: Session, protocol: Protocol, cut: Cut, known: Frames) -> Frames:
    """The frames with the basis at enrolment, the basis now, and the visits that lie outside it.

    In a trial that declares no bases the frames stay as they are. Of who withdrew the use of the data
    nothing is told.
    """
    if not protocol.consent.bases:
        return known
    given, telling = consents(session, cut), protocol.telling_visits
    # Whether a visit that tells the arm is planned differs by arm, so nothing is said of it here.
    told = [visit for visit in protocol.visits if visit.key not in telling]
    seen = _planned(known.records["visit"])
    allocated = {one.id: one.allocated_on for one in _rows(known.records["cluster"])}
    rows: list[tuple[str | None, ...]] = []
    for one in _rows(known.records["participant"]):
        if one.withdrew_data_on is not None:
            rows.append((None, None, None))
            continue
        person = Person(
            one.id, one.cluster_id, one.enrolled_on, allocated[one.cluster_id], None, given[one.id]
        )
        rows.append(_told(protocol, told, person, seen.get(one.id, {})))
    made = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return replace(known, participants=pd.concat([known.participants, made], axis=1))


def _told(
    protocol: Protocol, told: Sequence[VisitPlan], person: Person, seen: Mapping[str, Any]
) -> tuple[str | None, str | None, str]:
    plan = protocol.consent
    outside = [
        visit.key
        for visit in told
        if visit.key not in seen and lies_outside(protocol, visit, person, seen)
    ]
    first, newest = person.given[0], person.given[-1]
    return plan.basis(first.basis).key, plan.basis(newest.basis).key, " ".join(outside)


def consents(session: Session, cut: Cut) -> dict[int, list[Given]]:
    """The consents of each participant that stood at the cut, in the order of their days."""
    made = (
        table_now(session, "consent") if cut.act is None else table_at(session, "consent", cut.act)
    )
    stood = made[made["participant_id"].notna() & made["voided_on"].isna()]
    found: dict[int, list[Given]] = {}
    for one in sorted(_rows(stood), key=lambda row: (row.signed_on, row.id)):
        held = Given(one.basis, one.clauses, one.signed_on)
        found.setdefault(one.participant_id, []).append(held)
    return found


def _planned(visits: pd.DataFrame) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for one in _rows(visits):
        found.setdefault(one.participant_id, {})[one.plan] = one.done_on
    return found


def _rows(records: pd.DataFrame) -> Iterator[Any]:
    return records.itertuples(index=False, name="Row")
