"""The log of safety: what starts which clock, who was told, how it went on, and who may know the cause."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reports import safety_told
from trial.conduct.reports.cut import Cut
from trial.conduct.safety import clocks, log
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import SafetyEntry
from trial.records.trail import acting
from trial.records.verify import verify
from trial.report.value import Table

NOW = datetime(2016, 1, 15, 12, tzinfo=UTC)
HEARD = datetime(2016, 1, 4, 9, tzinfo=UTC)
EVENT = {
    "kind": log.ADVERSE, "happened_on": date(2016, 1, 3), "heard_at": HEARD,
    "term": "injury-at-work", "seriousness": "hospital", "outcome": "ongoing",
    "description": "Fell from a ladder.",
}  # fmt: skip
BREACH = {
    "kind": log.BREACH, "happened_on": date(2016, 1, 3), "heard_at": HEARD,
    "term": "confidentiality", "description": "A list was left in a room.",
}  # fmt: skip


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def does(trial, act, do, *args, why=None, **rest):
    trial.session.rollback()
    with acting(trial.session, by=trial.by, name=act, reason=why):
        return do(trial.session, *args, **rest)


def record(trial, about, **what):
    told = (EVENT if what.get("kind", log.ADVERSE) == log.ADVERSE else BREACH) | what
    return does(trial, Act.RECORD_SAFETY, log.record, trial.protocol, about=about, at=NOW, **told)


def judge(trial, entry, related="probable", expected=False, **rest):
    told = {"related": related, "expected": expected}
    return does(trial, Act.JUDGE_SAFETY, log.judge, trial.protocol, entry, **told, **rest)


def tell(trial, entry, clock="serious-to-sponsor", **what):
    told = {"told_at": HEARD + timedelta(hours=3), "told_whom": "The sponsor's office"} | what
    return does(
        trial, Act.TELL_SAFETY, clocks.tell, trial.protocol, entry, clock=clock, at=NOW, **told
    )


def running(trial, entry):
    trial.session.rollback()
    return {one.clock.key: one for one in clocks.running(trial.session, trial.protocol, [entry])}


def test_a_serious_event_is_told_the_sponsor_and_if_related_and_unexpected_the_committee(
    trial, person, session
):
    entry = record(trial, person)
    judge(trial, entry)
    found = running(trial, entry)
    assert found["serious-to-sponsor"].until.at == HEARD + timedelta(hours=24)
    assert found["serious-to-committee"].until.day == date(2016, 1, 19)
    assert verify(session).valid


@pytest.mark.parametrize(
    ("what", "judged"),
    [
        ({"seriousness": None}, ("probable", False)),
        ({}, ("unlikely", False)),
        ({}, ("probable", True)),
    ],
)
def test_what_is_not_serious_not_related_or_expected_is_not_told_the_committee(
    trial, person, what, judged
):
    entry = record(trial, person, **what)
    judge(trial, entry, *judged)
    assert "serious-to-committee" not in running(trial, entry)


def test_the_protocol_s_list_says_what_is_expected(trial, person):
    assert record(trial, person, term="self-harm").expected
    assert not record(trial, person, term="other").expected


def test_a_breach_and_a_measure_start_their_clocks_also_about_the_trial(trial, person, clusters):
    breach = record(trial, clusters["city-forensic"], kind=log.BREACH)
    assert running(trial, breach)["breach-to-committee"].until.day == date(2016, 1, 11)
    measure = record(trial, None, kind=log.MEASURE, term=None)
    assert running(trial, measure)["measure-to-committee"].until.day == date(
        2016, 1, 6
    )  # from the day it was taken
    deviation = record(trial, None, kind=log.DEVIATION)
    assert running(trial, deviation) == {}
    does(
        trial, Act.RECORD_SAFETY, log.correct, trial.protocol, deviation, at=NOW,
        why="it is serious", serious_at=HEARD, **(BREACH | {"kind": log.BREACH}),
    )  # fmt: skip
    assert set(running(trial, deviation)) == {"breach-to-committee"}


def test_who_was_told_stops_the_clock_in_time_or_late_and_a_mistake_starts_it_again(
    trial, person, session
):
    entry = record(trial, person)
    judge(trial, entry, "unlikely")
    (one,) = clocks.waiting(session, trial.protocol)
    assert one.late(NOW) and not one.late(HEARD + timedelta(hours=24))
    told = tell(trial, entry, reference="S-12")
    assert clocks.waiting(session, trial.protocol) == []
    assert not running(trial, entry)["serious-to-sponsor"].late(NOW)
    does(trial, Act.TELL_SAFETY, clocks.take_back, trial.protocol, told, on=trial.on, why="x")
    assert len(clocks.waiting(session, trial.protocol)) == 1
    tell(trial, entry, told_at=HEARD + timedelta(hours=25))
    assert running(trial, entry)["serious-to-sponsor"].late(NOW)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"clock": "breach-to-committee"}, "Choose what they were told as"),
        ({"told_at": NOW + timedelta(hours=1)}, "cannot be in the future"),
        ({"told_at": HEARD - timedelta(hours=1)}, "before the clock began"),
        ({"told_whom": " "}, "Enter who was told"),
    ],
)
def test_what_cannot_have_been_told_is_refused(trial, person, what, said):
    entry = record(trial, person)
    with pytest.raises(Refused, match=said):
        tell(trial, entry, **what)


def test_nobody_is_told_twice_of_the_same(trial, person):
    entry = record(trial, person)
    tell(trial, entry)
    with pytest.raises(Refused, match="recorded already"):
        tell(trial, entry)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"happened_on": date(2016, 1, 16)}, "future"),
        ({"happened_on": date(2015, 10, 1)}, "enrolment"),
        ({"heard_at": NOW + timedelta(hours=1)}, "future"),
        ({"heard_at": HEARD - timedelta(days=3)}, "cannot be before the event"),
        ({"term": "flood"}, "Choose what happened"),
        ({"outcome": None}, "Choose the outcome"),
        ({"seriousness": "very"}, "Choose why it is serious"),
        ({"description": "  "}, "Describe what happened"),
        ({"kind": "rumour"}, "Choose what kind"),
    ],
)
def test_what_cannot_be_is_refused_in_words(trial, person, what, said):
    with pytest.raises(Refused, match=said):
        record(trial, person, **what)


def test_an_event_goes_on_until_it_is_resolved_and_keeps_its_judgment(trial, person, session):
    entry = record(trial, person)
    judge(trial, entry, expected=True)
    note = {"text": "Left hospital.", "outcome": "recovered", "on": trial.on}
    does(trial, Act.RECORD_SAFETY, log.follow_up, trial.protocol, entry, **note)
    assert entry.outcome == "recovered"
    corrected = EVENT | {"outcome": "recovered", "description": "Fell from a step."}
    told = {"at": NOW, "why": "the letter says so", **corrected}
    does(trial, Act.RECORD_SAFETY, log.correct, trial.protocol, entry, **told)
    session.rollback()
    assert (entry.expected, entry.description) == (True, "Fell from a step.")
    with pytest.raises(Refused):
        judge(trial, entry, "definite")
    judge(trial, entry, "definite", why="the letter of the surgeon")


def test_an_entry_taken_back_starts_no_clock_and_stays_in_the_log(trial, person, session):
    entry = record(trial, person)
    does(trial, Act.RECORD_SAFETY, log.take_back, entry, on=trial.on, why="the wrong person")
    assert running(trial, entry) == {} and clocks.waiting(session, trial.protocol) == []
    with pytest.raises(Refused, match="taken back"):
        judge(trial, entry)
    assert session.scalars(select(SafetyEntry)).all() == [entry]


def test_the_blinded_do_not_learn_that_taking_part_was_the_cause(trial, person, session):
    entry = record(trial, person)
    judge(trial, entry)
    session.rollback()
    session.expunge_all()
    session.info["actor"] = Actor(9, "A data manager", Role.DATA_MANAGER, blinded=True)
    seen = session.scalars(select(SafetyEntry)).one()
    assert seen.related is None
    found = clocks.running(session, trial.protocol, [seen])
    assert [one.clock.key for one in found] == ["serious-to-sponsor"]
    del session.info["actor"]


def test_an_entry_whose_words_tell_the_arm_is_hidden_from_the_blinded_once_the_arm_is_known(
    trial, person, session, clusters
):
    assert record(trial, person, tells=True).unblinds is None
    session.rollback()
    with acting(session, by=trial.by, name=Act.REVEAL_ARM):
        cluster = clusters["city-forensic"]
        cluster.arm = trial.protocol.arms[0].key
        cluster.allocated_on = cluster.revealed_on = date(2015, 12, 1)
    entry = record(trial, person, tells=True)
    assert entry.unblinds is True
    judge(trial, entry)
    assert tell(trial, entry, "serious-to-committee").unblinds is True
    session.rollback()
    session.expunge_all()
    session.info["actor"] = Actor(9, "A data manager", Role.DATA_MANAGER, blinded=True)
    assert len(session.scalars(select(SafetyEntry)).all()) == 1
    del session.info["actor"]


def test_the_audit_report_says_what_was_recorded_and_what_was_told_in_time(trial, person, session):
    def tables(on):
        session.rollback()
        found = safety_told.blocks(session, trial.protocol, Cut(on, None, ""))
        return [one.rows for one in found if isinstance(one, Table)]

    tell(trial, record(trial, person))
    judge(trial, record(trial, person), "unlikely")
    record(trial, None, kind=log.BREACH)
    kinds, told = tables(date(2016, 1, 10))
    assert kinds[0] == ("Adverse event", 2, 2, 0) and kinds[2][1] == 1
    nothing, runs = (0, 0, 0, 0), (0, 0, 0, 1)  # one of the events is not judged yet
    assert [row[2:] for row in told] == [(1, 0, 1, 0), runs, nothing, runs, nothing, nothing]
    assert tables(date(2016, 1, 11))[1][3][2:] == (0, 0, 0, 1)
    assert tables(date(2016, 1, 12))[1][3][2:] == (0, 0, 1, 0)
    assert tables(date(2016, 1, 3)) == []
