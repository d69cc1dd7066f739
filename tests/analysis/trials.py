"""Trials drawn at random, with all that records may say, and every result that is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import pandas as pd

from trial.analysis import feasibility, planning, recruitment, recruitment_bias, tables, timeline
from trial.analysis.employment import History, SpellSeen, derive
from trial.analysis.feasibility import Feasibility, Plan
from trial.analysis.tables import Frames

START = date(2015, 7, 1)
ARMS = ("IPS", "TAU")


def day(offset: int) -> date:
    return START + timedelta(days=offset)


@dataclass(frozen=True)
class Person:
    """The rows of one person in each frame; the columns that lack are missing."""

    screening: tuple[Mapping[str, object], ...]
    participant: Mapping[str, object] | None = None
    visits: tuple[Mapping[str, object], ...] = ()
    outcome: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Trial:
    """People and clusters."""

    people: tuple[Person, ...]
    clusters: tuple[Mapping[str, object], ...]

    def frames(self) -> Frames:
        """The prepared frames."""
        people = self.people
        return tables.prepare(
            _frame("screening", [row for one in people for row in one.screening]),
            _frame("participants", [one.participant for one in people if one.participant]),
            _frame("visits", [row for one in people for row in one.visits]),
            _frame("outcomes", [one.outcome for one in people if one.outcome]),
            _frame("clusters", self.clusters),
        )


def _frame(name: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    columns = [*getattr(tables, name.upper()), *tables.OPTIONAL.get(name, {})]
    made = [{column: row.get(column) for column in columns} for row in rows]
    return pd.DataFrame(made, columns=columns).astype(object)


def drawn(seed: int, *, clusters: int | None = None, people: int | None = None) -> Trial:
    """A trial of up to 18 people in one to four clusters, or of so many as are asked for."""
    chance = Random(seed)
    k = chance.choice((1, 2, 3, 4, 4, 4)) if clusters is None else clusters
    n = chance.randint(0, 18) if people is None else people
    places = [_place(chance, i) for i in range(k)]
    return Trial(tuple(_person(chance, i, places[i % k]) for i in range(n)), tuple(places))


def _place(chance: Random, i: int) -> dict[str, object]:
    allocated = day(chance.randint(-10, 60))
    return {
        "cluster": f"ward-{i:02}",
        "arm": ARMS[i % 2] if chance.random() < 0.95 else None,
        "identified_on": day(-60),
        "approached_on": day(-40),
        "permission_on": _maybe(chance, day(-20)),
        "opened_on": _maybe(chance, day(chance.randint(-20, 90))),
        "allocated_on": allocated,
        "revealed_on": _maybe(chance, allocated + timedelta(days=chance.randint(0, 40))),
        "closed_on": day(chance.randint(100, 200)) if chance.random() < 0.3 else None,
    }


def _maybe(chance: Random, value: object) -> object:
    return value if chance.random() < 0.9 else None


def _person(chance: Random, i: int, place: Mapping[str, object]) -> Person:
    here = {"cluster": place["cluster"], "arm": place["arm"]}
    rows = [_considered(chance, here | {"number": 2 * i + 1})]
    if chance.random() < 0.2:
        rows.append(_considered(chance, here | {"number": 2 * i + 2, "earlier": 2 * i + 1}))
    if chance.random() < 0.4:
        return Person(tuple(rows))
    consented = {"referral": "referred", "eligibility": "eligible", "outcome": "consented"}
    rows[-1] |= consented | {"enrolled": True, "approached_on": day(chance.randint(0, 100))}
    enrolled = chance.randint(0, 180)
    key = {"number": f"P{i:05}"}
    participant = here | key | {
        "enrolled_on": day(enrolled),
        "after_reveal": chance.random() < 0.3,
        "withdrew_intervention_on": _rarely(chance, enrolled),
        "withdrew_followup_on": _rarely(chance, enrolled),
        "withdrew_data_on": _rarely(chance, enrolled),
        "died_on": _rarely(chance, enrolled),
        "birth_year": chance.choice((1970, 1990, None)),
    }  # fmt: skip
    visits = tuple(
        key | _visit(chance, enrolled, visit, due)
        for visit, due in (("baseline", 0), ("month-12", 366))
        if chance.random() < 0.95
    )
    work = key | _work(chance, enrolled) if chance.random() < 0.95 else None
    return Person(tuple(rows), participant, visits, work)


def _rarely(chance: Random, enrolled: int) -> date | None:
    return day(enrolled + chance.randint(0, 420)) if chance.random() < 0.1 else None


def _considered(chance: Random, row: dict[str, object]) -> dict[str, object]:
    considered = chance.randint(0, 120)
    return row | {
        "referral": chance.choice(("referred", "referred", "not referred")),
        "decided_by": chance.choice(("nurse", "doctor")),
        "reason": chance.choice(("not-ready", None)),
        "eligibility": chance.choice(("eligible", "not eligible", "not yet determined")),
        "failed_criteria": chance.choice(("age", "age wants-work", None)),
        "considered_on": _maybe(chance, day(considered)),
        "determined_on": _maybe(chance, day(considered + 3)),
        "approached_on": _maybe(chance, day(considered + 9)),
        "outcome_on": _maybe(chance, day(considered + 20)),
        "outcome": chance.choice(("declined", None)),
        "declined_reason": chance.choice(("time", None)),
        "enrolled": False,
    }


def _visit(chance: Random, enrolled: int, visit: str, due: int) -> dict[str, object]:
    state = chance.choice(("done", "done", "expected", "missed", "not needed"))
    at = enrolled + due
    return {
        "visit": visit,
        "due_on": day(at),
        "opens_on": day(at - 14),
        "closes_on": day(at + 28),
        "state": state,
        "done_on": day(at + chance.randint(-20, 40)) if state == "done" else None,
    }


def _work(chance: Random, enrolled: int) -> dict[str, object]:
    twelve = day(enrolled + 366)
    known = chance.choice((None, enrolled - 3, enrolled + chance.randint(0, 365), enrolled + 400))
    spells = []
    for _ in range(chance.choice((0, 1, 1, 2))):
        first = enrolled + chance.randint(-30, 380)
        last = None if chance.random() < 0.5 else day(first + chance.randint(0, 150))
        spells.append(SpellSeen("job", chance.random() < 0.7, True, day(first), last))
    history = History(day(enrolled), None if known is None else day(known), twelve)
    return derive(spells, history).as_dict() | {"twelve_months_on": twelve}


def said(answer: str, visit: str) -> Trial:
    """A trial of 18 in which everybody's outcome and visit are the same."""
    trial = drawn(1, clusters=4, people=18)
    people = []
    for one in trial.people:
        if one.participant and answer:
            work = {"open_at_12": answer, "ever_open": answer, "complete": answer != "unknown"}
            row = {"number": one.participant["number"], **work}
            one = replace(one, outcome=row | {"twelve_months_on": day(400)})
        visits = tuple(
            row | {"state": visit, "done_on": row["due_on"] if visit == "done" else None}
            for row in one.visits
        )
        people.append(replace(one, visits=visits))
    return replace(trial, people=tuple(people))


def with_each(column: str, value: object) -> Trial:
    """A trial of 18 in which every participant has this."""
    trial = drawn(2, clusters=4, people=18)
    people = tuple(
        replace(one, participant=one.participant and {**one.participant, column: value})
        for one in trial.people
    )
    return replace(trial, people=people)


def without(part: str) -> Trial:
    """A trial of 18 without the rows of one frame."""
    trial = drawn(3, clusters=4, people=18)
    empty = () if part in ("visits", "screening") else None
    return replace(trial, people=tuple(replace(one, **{part: empty}) for one in trial.people))


def no_arms() -> Trial:
    """A trial of 18 in clusters that have no arm yet."""
    trial = drawn(4, clusters=4, people=18)
    return Trial(
        tuple(
            replace(one, participant=one.participant and {**one.participant, "arm": None})
            for one in trial.people
        ),
        tuple({**place, "arm": None} for place in trial.clusters),
    )


ON = day(560)
WINDOW = recruitment.Plan(START, day(183), 40, 1.67)
PLAN = Plan(ARMS, WINDOW, {"baseline": "Baseline", "month-12": "12 months"}, "baseline", "month-12")


def assess(trial: Trial, plan: Plan = PLAN, on: date = ON) -> Feasibility:
    return feasibility.assess(trial.frames(), plan=plan, on=on)


def bias(frames: Frames, arms=ARMS, **more) -> recruitment_bias.RecruitmentBias:
    three_of = frames.screening, frames.participants, frames.clusters
    window = WINDOW.opens_on, WINDOW.closes_on
    return recruitment_bias.count(*three_of, arms=arms, on=ON, window=window, **more)


def line(frames: Frames, arms=ARMS) -> timeline.Timeline:
    told = pd.DataFrame(columns=["step", "number", "role", "knew"])
    four = frames.clusters, frames.screening, frames.participants, frames.visits
    return timeline.draw(*four, told, arms=arms, baseline="baseline", primary="month-12")


def everything(trial: Trial, plan: Plan = PLAN) -> dict[str, object]:
    """Every result that is made from frames."""
    found = assess(trial, plan)
    frames = trial.frames()
    return {
        "results": found,
        "observed": planning.observed(found),
        "bias": bias(frames, plan.arms),
        "timeline": line(frames, plan.arms),
    }
