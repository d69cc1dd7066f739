"""The characteristics at baseline that the records hold, for the table of balance."""

from datetime import date
from typing import Any

import pandas as pd

from trial.analysis.balance import Covariate, Kind
from trial.analysis.rate import DAYS_A_MONTH
from trial.conduct.reports.asked_first import asked
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol


def covariates(protocol: Protocol, found: Assembled) -> list[Covariate]:
    """What is known of the participants at enrolment, one value a participant in their order.

    Of those who withdrew the use of their data nothing is used. Strata of the clusters are left out
    where arms are blinded: with the sizes of the clusters they could tell which is which.
    """
    people = found.frames.participants
    given = people["withdrew_data_on"].isna()
    made = [
        _age(people),
        *asked(protocol, found),
        *_days(protocol, found),
        *_worked(protocol, found),
    ]
    if not found.told.blinded:
        made += _strata(protocol, people)
    made.append(
        Covariate(
            "Enrolled after the arm of the cluster was revealed",
            Kind.BINARY,
            list(people["after_reveal"]),
        )
    )
    return [
        Covariate(
            one.name,
            one.kind,
            [value if used else None for value, used in zip(one.values, given, strict=True)],
            one.levels,
            one.note,
            one.missing_as,
            one.sensitive,
        )
        for one in made
    ]


def _age(people: pd.DataFrame) -> Covariate:
    ages = [
        None if year is None or pd.isna(year) else day.year - int(year)
        for year, day in zip(people["birth_year"], people["enrolled_on"], strict=True)
    ]
    return Covariate(
        "Age at enrolment (years)",
        Kind.CONTINUOUS,
        ages,
        note="the year of enrolment less the year of birth, which may be one more than the age",
    )


def _days(protocol: Protocol, found: Assembled) -> list[Covariate]:
    people, log = found.frames.participants, found.frames.screening
    considered = dict(zip(log["number"], log["considered_on"], strict=True))
    opens_on = protocol.recruitment.opens_on
    waits = [
        _between(considered.get(number), day)
        for number, day in zip(people["screening"], people["enrolled_on"], strict=True)
    ]
    months = [(day - opens_on).days / float(DAYS_A_MONTH) for day in people["enrolled_on"]]
    return [
        Covariate("Days from being considered to consent", Kind.CONTINUOUS, waits),
        Covariate("Months from the start of recruitment to enrolment", Kind.CONTINUOUS, months),
    ]


def _between(first: date | None, last: date) -> int | None:
    return None if first is None or pd.isna(first) else (last - first).days


def _worked(protocol: Protocol, found: Assembled) -> list[Covariate]:
    """Paid work before enrolment, if any was recorded of anybody."""
    if protocol.employment is None:
        return []
    paid = {kind.key for kind in protocol.work.kinds if kind.paid}
    spells, people = found.frames.spells, found.frames.participants
    enrolled = dict(zip(people["number"], people["enrolled_on"], strict=True))
    began = zip(spells["number"], spells["kind"], spells["started_on"], strict=True)
    worked = {who for who, kind, day in began if kind in paid and day < enrolled[who]}
    if not worked:
        return []
    return [
        Covariate(
            "Paid work before enrolment on record",
            Kind.BINARY,
            [number in worked for number in people["number"]],
            note="earlier work is recorded only where it was told",
        )
    ]


def _strata(protocol: Protocol, people: pd.DataFrame) -> list[Covariate]:
    strata: dict[str, dict[str, Any]] = {plan.key: dict(plan.strata) for plan in protocol.clusters}
    names = list(dict.fromkeys(name for one in strata.values() for name in one))
    return [
        Covariate(
            f"{name[:1].upper()}{name[1:]} of the cluster".replace("_", " "),
            Kind.CATEGORICAL,
            [strata.get(key, {}).get(name) for key in people["cluster"]],
        )
        for name in names
    ]
