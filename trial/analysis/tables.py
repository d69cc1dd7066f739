"""The frames that the analysis reads: which columns each must have, and what they hold.

One row per person considered, participant, planned visit, participant and cluster respectively.
Days are dates or datetime64, missing as None or NaT; text that is missing is None or "". ``arm`` is
the arm as the reader may see it, missing where the cluster has none yet or it may not be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

EPOCH = date(1970, 1, 1).toordinal()

SCREENING: Mapping[str, str] = {
    "number": "the screening number",
    "earlier": "the number of the same person's earlier row; missing for the first",
    "cluster": "the cluster's key",
    "arm": "the cluster's arm",
    "referral": "'referred' or 'not referred'",
    "decided_by": "who decided on referral, coded",
    "reason": "why not referred, coded",
    "eligibility": "'eligible', 'not eligible' or 'not yet determined'",
    "failed_criteria": "keys of the criteria that were not met, separated by spaces",
    "approached_on": "the day; missing if not approached",
    "not_approached_reason": "why not approached, coded",
    "outcome": "'consented' or 'declined'; missing while there is no answer",
    "declined_reason": "why declined, coded",
    "enrolled": "whether the person was enrolled",
}
PARTICIPANTS: Mapping[str, str] = {
    "number": "the study number",
    "cluster": "the key of the cluster at enrolment",
    "arm": "that cluster's arm",
    "enrolled_on": "the day",
    "after_reveal": "whether enrolled after the cluster's arm was revealed",
    "withdrew_intervention_on": "the day of withdrawal from the intervention",
    "withdrew_followup_on": "the day of withdrawal from follow-up",
    "withdrew_data_on": "the day on which use of the data already given was withdrawn",
    "died_on": "the day",
}
VISITS: Mapping[str, str] = {
    "number": "the participant's study number",
    "visit": "the visit's key in the protocol",
    "due_on": "the day",
    "opens_on": "the first day of its window",
    "closes_on": "the last day of its window",
    "state": "'expected', 'done', 'missed' or 'not needed'",
    "done_on": "the day",
}
OUTCOMES: Mapping[str, str] = {
    "number": "the participant's study number",
    "twelve_months_on": "the 12-month date",
    "open_at_12": "'yes', 'no' or 'unknown'",
    "ever_open": "'yes', 'no' or 'unknown'",
    "complete": "whether the work history is known to the 12-month date",
    "days_to_first_open": "days from enrolment to the first open job",
    "open_days": "days in open employment",
    "open_hours": "hours in open employment",
    "open_earnings": "pounds earned in open employment",
    "jobs": "open jobs",
    "longest_tenure": "days of the longest open job",
}
PRIMARY: Mapping[str, str] = {
    "number": "the participant's study number",
    "due_on": "the day on which the primary visit is due; missing while it is not known",
    "value": "the primary outcome: a number, or 1 and 0; missing where it is not known",
}
CLUSTERS: Mapping[str, str] = {
    "cluster": "the cluster's key",
    "arm": "its arm",
    "identified_on": "the day",
    "approached_on": "the day",
    "permission_on": "the day on which permission was given",
    "opened_on": "the first day of recruitment",
    "allocated_on": "the day",
    "closed_on": "the last day of recruitment; missing while open",
}
# Columns that a frame may lack, by the frame: they are then missing throughout.
OPTIONAL: Mapping[str, Mapping[str, str]] = {
    "screening": {
        "considered_on": "the day",
        "decided_on": "the day of the decision on referral",
        "determined_on": "the latest day on which a criterion was answered",
        "outcome_on": "the day of the answer",
    },
    "participants": {
        "birth_year": "the year",
        "visits_outside": "keys of the visits outside the person's consent, separated by spaces",
        "visits_closed_unseen": "keys of the visits of who withdrew the use of data, which the frame of "
        "visits lacks, whose window closed by the cut; separated by spaces",
    },
    "visits": {"reason": "why it was missed or not needed, coded"},
    "clusters": {"revealed_on": "the day on which its arm was revealed"},
    "outcomes": {
        "known_days": "days of follow-up on which work is known, 0 where nothing is",
        "paid_days": "days in paid work of any kind",
        "first_open_at_most": "whether days before the first open job are not known",
        "first_job_days": "days of the first open job within what is known",
        "first_job_ended": "whether the end of that job was seen within what is known",
    },
}


NAMES = frozenset(
    {"number", "earlier", "failed_criteria", "visits_outside", "visits_closed_unseen"}
)
FLAGS = frozenset({"enrolled", "after_reveal", "complete", "first_open_at_most", "first_job_ended"})
AMOUNTS = frozenset(
    {
        "days_to_first_open",
        "open_days",
        "open_hours",
        "open_earnings",
        "jobs",
        "longest_tenure",
        "known_days",
        "paid_days",
        "first_job_days",
        "birth_year",
        "value",
    }
)


@dataclass(frozen=True)
class Frames:
    """The frames, prepared: days as datetime64, codes as categories, missing text as "".

    ``primary`` is there in a trial whose outcome is not work, and its ``outcomes`` are then empty.
    """

    screening: pd.DataFrame
    participants: pd.DataFrame
    visits: pd.DataFrame
    outcomes: pd.DataFrame
    clusters: pd.DataFrame
    primary: pd.DataFrame | None = None


def prepare(
    screening: pd.DataFrame | None = None,
    participants: pd.DataFrame | None = None,
    visits: pd.DataFrame | None = None,
    outcomes: pd.DataFrame | None = None,
    clusters: pd.DataFrame | None = None,
    primary: pd.DataFrame | None = None,
) -> Frames:
    """The frames as every function of the analysis takes them; a frame not given is empty.

    Only of ``primary`` it matters whether it was given: without it the outcome is work.

    Columns that are not named above are left out, and those of ``OPTIONAL`` that lack are missing
    throughout. Raises ValueError naming the other columns that lack.

    >>> prepare(visits=pd.DataFrame({"number": ["P1"]}))
    Traceback (most recent call last):
    ...
    ValueError: the frame of visits lacks: visit, due_on, opens_on, closes_on, state, done_on
    """
    return Frames(
        _pick(screening, SCREENING, "screening"),
        _pick(participants, PARTICIPANTS, "participants"),
        _pick(visits, VISITS, "visits"),
        _pick(outcomes, OUTCOMES, "outcomes"),
        _pick(clusters, CLUSTERS, "clusters"),
        None if primary is None else _pick(primary, PRIMARY, "primary outcomes"),
    )


def of_cluster(frames: Frames, cluster: str) -> Frames:
    """The rows of one cluster alone, of every frame.

    >>> of_cluster(prepare(), "north").participants.empty
    True
    """
    people = frames.participants[frames.participants["cluster"] == cluster]
    numbers = set(people["number"])

    def of_people(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["number"].isin(numbers)].reset_index(drop=True)

    def of_it(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["cluster"] == cluster].reset_index(drop=True)

    return Frames(
        of_it(frames.screening),
        people.reset_index(drop=True),
        of_people(frames.visits),
        of_people(frames.outcomes),
        of_it(frames.clusters),
        None if frames.primary is None else of_people(frames.primary),
    )


def _pick(frame: pd.DataFrame | None, columns: Mapping[str, str], name: str) -> pd.DataFrame:
    if frame is None:
        frame = pd.DataFrame(columns=list(columns))
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"the frame of {name} lacks: {', '.join(missing)}")
    wanted = [*columns, *OPTIONAL.get(name, ())]
    given = frame.reindex(columns=wanted)
    return pd.DataFrame({column: _column(given[column]) for column in wanted}).reset_index(
        drop=True
    )


def _column(column: pd.Series) -> pd.Series:
    name = str(column.name)
    if name.endswith("_on"):
        return _days(column)
    if name in FLAGS:
        return pd.Series(column.to_numpy(dtype=object) == True, index=column.index)  # noqa: E712
    if name in AMOUNTS:
        return pd.to_numeric(column.astype(object), errors="coerce").astype(float)
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = ""
    if name in NAMES:
        return pd.Series(values, index=column.index, dtype=object)
    # Coded text has few values: comparing their codes is what makes thousands of rows quick.
    return pd.Series(pd.Categorical(values), index=column.index)


def _days(column: pd.Series) -> pd.Series:
    if column.dtype.kind == "M":
        return column.astype("datetime64[s]")
    # Through ordinals: far quicker than parsing thousands of date objects.
    given = column.notna().to_numpy()
    days = np.full(len(column), np.datetime64("NaT", "D"))
    ordinals = [day.toordinal() for day in column.to_numpy(dtype=object)[given]]
    days[given] = (np.array(ordinals, dtype="int64") - EPOCH).astype("datetime64[D]")
    return pd.Series(days.astype("datetime64[s]"), index=column.index)
