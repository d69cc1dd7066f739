"""The database lock: its checklist, its name, and the reports and exports that are cut at it."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.records.holding import about
from trial.conduct import database_lock, holds, visits
from trial.conduct.access import Act
from trial.conduct.checklist import checklist
from trial.conduct.refused import Locked, Refused
from trial.conduct.reports import cut
from trial.config import Clock
from trial.records.models import Act as Done
from trial.records.models import Visit
from trial.records.rows import table_at
from trial.records.verify import Verdict, verify


@pytest.fixture
def trial(session, protocol, clusters):
    trial, person, _, _ = about(Recruiting(session, protocol), clusters["city-forensic"])
    visit = session.query(Visit).filter_by(participant_id=person.id, plan="baseline").one()
    day = {"done_on": date(2016, 1, 14), "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **day)
    return trial


def lock(trial, name="Final analysis", why=None, **rest):
    def do(session, protocol, on):
        return database_lock.lock(session, protocol, name, on=on, **rest)

    return trial.does(Act.LOCK_DATABASE, do, why=why)


def left(session, trial):
    return {
        c.key: c.number for c in checklist(session, trial.protocol, trial.by, trial.on) if c.number
    }


def test_the_checklist_counts_what_is_left(session, trial):
    assert left(session, trial) == {"unverified": 4, "clusters": 1, "unfrozen": 1}
    form = trial.protocol.forms[0]
    due = form.model_copy(update={"key": "due", "occurs": "visit", "visits": ("baseline",)})
    trial.protocol = trial.protocol.model_copy(update={"forms": (form, due)})
    assert left(session, trial) == {"unverified": 4, "clusters": 1, "unfrozen": 1, "missing": 1}


def test_a_lock_with_something_left_needs_to_be_accepted_with_a_reason(session, trial):
    with pytest.raises(Refused, match=r"clusters open to recruitment \(1\)"):
        lock(trial)
    with pytest.raises(Refused, match="has something left"):
        lock(trial, accepted=True)
    made = lock(trial, accepted=True, why="The last cluster closes tomorrow")
    assert '"clusters": 1' in made.checklist


def test_a_locked_trial_refuses_and_reports_are_cut_at_the_lock_by_name(session, trial, clusters):
    made = lock(trial, accepted=True, why="Interim")
    with pytest.raises(Locked, match="The trial is locked"):
        trial.consider(clusters["city-forensic"])
    named = cut.data_cut(session, trial.on, "Final analysis")
    assert (named.act, named.head, named.lock) == (made.act, made.hash, "Final analysis")
    assert named.words == "database lock “Final analysis” of 15 January 2016"
    (hold,) = holds.standing_over(session, None)
    trial.does(Act.LIFT_HOLD, lambda s, p, on: holds.lift(s, hold), why="A payslip arrived")
    before = len(table_at(session, "screening", made.act))
    trial.consider(clusters["city-forensic"])
    assert len(table_at(session, "screening", named.act)) == before
    again = lock(trial, name="Final analysis 2", accepted=True, why="Again")
    assert again.act > made.act
    with pytest.raises(Refused, match="no database lock"):
        cut.data_cut(session, trial.on, "Never made")


def test_a_trail_that_does_not_hold_is_not_locked(session, trial):
    broken = Verdict(1, "0" * 64, ("Act 1: its hash does not fit.",), 0)
    with pytest.raises(Refused, match="trail does not hold"):
        lock(trial, accepted=True, why="Interim", trail=broken)
    made = lock(trial, accepted=True, why="Interim", trail=verify(session))
    assert '"trail": "holds"' in made.checklist


def test_the_lock_holds_everything_up_to_the_act_before_it(engine, session, trial):
    """An act that began first and is not done yet waits, and is refused: no snapshot misses an act."""
    made = lock(trial, accepted=True, why="Interim")
    acts = session.scalars(select(Done).where(Done.number >= made.act).order_by(Done.number)).all()
    assert [(one.number, one.name) for one in acts[1:]] == [(made.act + 1, "lock database")]
    assert acts[0].hash == made.hash


@pytest.mark.parametrize("name", ["2016-01-15", "x", " lock", "a" * 61, "drop;table", ""])
def test_a_name_is_one_that_cannot_be_taken_for_a_day(session, trial, name):
    with pytest.raises(Refused, match="Name the lock"):
        lock(trial, name=name, accepted=True, why="x")


def test_the_same_name_is_not_given_twice(session, trial):
    lock(trial, accepted=True, why="x")
    (hold,) = holds.standing_over(session, None)
    trial.does(Act.LIFT_HOLD, lambda s, p, on: holds.lift(s, hold), why="x")
    with pytest.raises(Refused, match="of this name already"):
        lock(trial, accepted=True, why="x")


def test_a_trial_is_locked_by_its_checklist_only(session, trial):
    with pytest.raises(Refused, match="by its checklist"):
        trial.does(Act.HOLD, lambda s, p, on: holds.place(s, p, None, "locked"))
    assert replace(Clock(), fixed=trial.on).today() == trial.on
