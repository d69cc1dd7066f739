"""Steps before the screening log that clusters count, read from their forms at a data cut."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial.analysis.flow import Counted
from trial.conduct.forms.saving import COMPLETE
from trial.conduct.reports.cut import Cut
from trial.conduct.reports.form_tables import records
from trial.protocol import Protocol
from trial.protocol.recruitment import CountedStep
from trial.records.frames import Frames, Masks


def read(
    session: Session, protocol: Protocol, cut: Cut, known: Frames, told: Masks
) -> tuple[Counted, ...]:
    """Each step with the numbers of the clusters that opened, under the names that the reader is told.

    Of a log the numbers of a cluster are summed; a number that is missing in one record leaves the cluster
    unknown, as does there being none.
    """
    steps = protocol.screening.counted
    if not steps:
        return ()
    rows = records(session, cut)
    rows = rows[(rows["state"] == COMPLETE) & (rows["entry"] == 0)]
    clusters = known.records["cluster"]
    opened = clusters[clusters["opened_on"].notna()]
    names = {
        number: told.cluster(key) for number, key in zip(opened["id"], opened["key"], strict=True)
    }
    return tuple(_counted(step, rows[rows["form"] == step.form], names) for step in steps)


def _counted(step: CountedStep, rows: pd.DataFrame, names: Mapping[Any, str]) -> Counted:
    found: dict[str, list[Any]] = {}
    for cluster, answers in zip(rows["cluster_id"], rows["answers"], strict=True):
        if cluster in names:
            found.setdefault(names[cluster], []).append(answers.get(step.item))
    known = {
        name: sum(numbers)
        for name, numbers in found.items()
        if all(isinstance(number, int) for number in numbers)
    }
    return Counted(step.key, step.title, known, frozenset(names.values()))
