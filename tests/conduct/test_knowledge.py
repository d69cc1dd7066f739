"""Who knew what when, from the trail: a planted trial, on both databases."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from sqlalchemy import text

from tests.conduct.recruiting import Recruiting
from trial.conduct import reports, screening, visits
from trial.conduct.access import Act
from trial.conduct.reports import knowledge
from trial.config import Clock
from trial.protocol.roles import Role
from trial.records.models import Allocation, Visit
from trial.records.models.trail import STEPS
from trial.records.trail import acting, head

TODAY = date(2016, 1, 15)
EARLY, DRAWN, BETWEEN, REVEALED, LATE = (date(2016, 1, day) for day in (9, 10, 11, 12, 13))
NOT_DRAWN, COULD_NOT, COULD = "arm not drawn", "drawn, could not know", "could know"


@pytest.fixture
def planted(session, protocol, clusters, actor):
    return plant(session, protocol, clusters, actor)


def plant(session, protocol, clusters, actor):
    """Two open clusters, the draw by accounts 7 and 8, and the reveal of the first cluster only."""
    recruiting = Recruiting(session, protocol)
    session.info["clock"] = Clock(EARLY)
    told, untold = (clusters[key] for key in ("city-forensic", "county-forensic"))
    recruiting.open(told)
    recruiting.open(untold)
    masks = {"arm.IPS": "B", "arm.TAU": "A"}
    masks |= {f"cluster.{key}": str(5 - i) for i, key in enumerate(clusters, start=1)}
    with acting(session, by=actor(), name=Act.REVEAL_CODE, at=noon(DRAWN)):
        session.add(
            Allocation(
                state="drawn", frozen_at=noon(EARLY), frozen="text", frozen_hash="f" * 64,
                schemes=4, first_account=7, first_name="First", second_account=8,
                second_name="Second", drawn_at=noon(DRAWN), masks=masks,
            )
        )  # fmt: skip
        for cluster, arm in ((told, "IPS"), (untold, "TAU")):
            cluster.arm, cluster.allocated_on = arm, DRAWN
    with acting(session, by=actor(), name=Act.REVEAL_ARM, at=noon(REVEALED)):
        told.revealed_on, told.revealed_at = REVEALED, noon(REVEALED)
    return recruiting


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def as_of(recruiting, who, day: date):
    """The recruiting goes on by this person on this day."""
    recruiting.by = who
    recruiting.session.info["clock"] = Clock(day)
    return recruiting


def read(recruiting, on=None, act=None) -> pd.DataFrame:
    session, protocol = recruiting.session, recruiting.protocol
    session.rollback()
    cut = reports.cut.Cut(on or TODAY, act, "")
    found = reports.assembly.assemble(session, protocol, cut, blinded=False)
    return knowledge.read(session, protocol, cut, found.frames.records)


def known(recruiting, step: str, **rest) -> dict:
    told = read(recruiting, **rest)
    told = told[told["step"] == step]
    return dict(zip(told["number"], told["knew"], strict=True))


def test_who_could_know_depends_on_draw_reveal_role_and_unblinding(planted, clusters, actor):
    told, untold = (clusters[key] for key in ("city-forensic", "county-forensic"))
    researcher = actor(Role.RESEARCHER, id=30, blinded=True)
    manager, drew = actor(id=31), actor(id=7)
    seen = actor(Role.RESEARCHER, id=32, blinded=True)
    too_late = actor(Role.RESEARCHER, id=34, blinded=True)
    for who, day in ((seen, BETWEEN), (too_late, TODAY)):
        with acting(planted.session, by=who, name=Act.UNBLIND, at=noon(day), reason="asked"):
            pass
    scenes = [
        (drew, EARLY, told, NOT_DRAWN),
        (researcher, EARLY, told, NOT_DRAWN),
        (drew, BETWEEN, told, COULD),
        (manager, BETWEEN, told, COULD_NOT),
        (seen, BETWEEN, told, COULD_NOT),
        (researcher, LATE, told, COULD_NOT),
        (manager, LATE, told, COULD),
        (seen, LATE, told, COULD),
        (too_late, LATE, told, COULD_NOT),
        (manager, LATE, untold, COULD_NOT),
        (actor(Role.ADMINISTRATOR, id=8), LATE, untold, COULD),
    ]
    expected = {}
    for who, day, cluster, state in scenes:
        row = as_of(planted, who, day).consider(cluster)
        expected[row.number] = state
    assert known(planted, "identified") == expected
    roles = read(planted).groupby("role")["number"].count()
    assert roles["researcher"] == 5 and roles["administrator"] == 1


def test_the_act_that_made_a_step_what_it_is_counts(planted, clusters, actor):
    researcher, manager = actor(Role.RESEARCHER, id=30, blinded=True), actor(id=31)
    row = as_of(planted, researcher, EARLY).consider(clusters["city-forensic"])
    number = row.number
    planted.answer(row)
    planted.approach(row)
    as_of(planted, manager, LATE).does(
        Act.CORRECT_SCREENING, screening.correct, row, considered_on=date(2015, 9, 30),
        referral="referred", decided_by=row.decided_by, why="the day was wrong",
    )  # fmt: skip
    assert known(planted, "identified") == {number: NOT_DRAWN}
    assert known(planted, "approached") == {number: NOT_DRAWN}
    first = next(iter(planted.met()))
    other = "no" if planted.met()[first] == "yes" else "yes"
    planted.answer(row, answers={first: other}, why="seen again")
    planted.answer(row, answers={first: planted.met()[first]}, why="seen once more")
    assert known(planted, "eligible") == {number: COULD}


def test_enrolment_and_visits_by_the_study_number_up_to_the_cut(planted, clusters, actor):
    researcher = actor(Role.RESEARCHER, id=30, blinded=True)
    person = as_of(planted, researcher, EARLY).participant(clusters["city-forensic"])
    number = person.number
    before = head(planted.session)[0]
    visit = planted.session.query(Visit).filter_by(plan="baseline").one()
    as_of(planted, actor(Role.DATA_MANAGER, id=33, blinded=True), LATE)
    planted.does(
        Act.RECORD_VISIT, visits.record_done, visit, done_on=date(2015, 10, 14),
        working="no", history_known_until=None,
    )  # fmt: skip
    assert known(planted, "enrolled") == {number: NOT_DRAWN}
    assert known(planted, "baseline") == {number: COULD_NOT}
    assert known(planted, "primary") == {}
    # An earlier cut, after the later one was read: what came since is not told.
    assert known(planted, "baseline", on=date(2016, 1, 14), act=before) == {}
    assert known(planted, "consented", on=date(2016, 1, 14), act=before) != {}


def test_another_trail_under_the_same_address_is_read_anew(planted, clusters, monkeypatch):
    as_of(planted, planted.by, EARLY).consider(clusters["city-forensic"])
    good = read(planted)
    ((place, (number, _, rows)),) = knowledge._LAST.items()
    monkeypatch.setitem(knowledge._LAST, place, (number, "another hash", rows.iloc[:0]))
    pd.testing.assert_frame_equal(read(planted), good)


def test_nothing_drawn_and_nobody_considered(session, protocol):
    assert read(Recruiting(session, protocol)).empty


def test_what_is_read_bit_by_bit_is_what_is_read_at_once(planted, clusters, actor):
    read(planted)
    as_of(planted, planted.by, EARLY).consider(clusters["city-forensic"])
    one = read(planted)
    # An act that takes no step adds nothing, and leaves the kinds of the columns as they were.
    planted.session.rollback()
    with acting(planted.session, by=actor(), name=Act.EXPORT, note={"report": "none"}):
        pass
    pd.testing.assert_frame_equal(read(planted), one)
    as_of(planted, planted.by, LATE).consider(clusters["city-forensic"])
    two = read(planted)
    assert len(two) == len(one) + 1
    knowledge._LAST.clear()
    pd.testing.assert_frame_equal(read(planted), two)


def test_every_step_is_in_the_index_from_which_the_steps_are_read():
    tables, items = STEPS.text.split(" AND ")
    for table, item, _ in (*knowledge.VALUES.values(), knowledge.VISIT):
        assert f"'{table}'" in tables and f"'{item}'" in items


def test_the_steps_are_read_from_their_index_alone(session, protocol):
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what the tables hold")
    wanted = knowledge._wanted(session, protocol, 0)
    told = wanted.compile(connection, compile_kwargs={"literal_binds": True})
    plan = connection.execute(text(f"EXPLAIN QUERY PLAN {told}")).all()
    assert any("change USING COVERING INDEX ix_change_step" in row.detail for row in plan)
