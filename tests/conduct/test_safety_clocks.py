"""When clocks of safety begin: not judged yet, serious only later, by seriousness, after another telling."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_safety import BREACH, EVENT, HEARD, NOW, does, judge, record, running, tell
from trial.conduct import today
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reports import safety_told
from trial.conduct.reports.cut import Cut
from trial.conduct.safety import clocks, log
from trial.conduct.safety.form import form as report_of
from trial.protocol.roles import Role
from trial.protocol.safety import ClockPlan
from trial.records.actor import Actor
from trial.records.history import history
from trial.records.models import Change, SafetyEntry, SafetyTold
from trial.records.trail import acting
from trial.records.verify import verify
from trial.report.value import Table

SPONSOR, COMMITTEE = "serious-to-sponsor", "serious-to-committee"
LATER = datetime(2016, 1, 12, 10, tzinfo=UTC)
BLINDED = Actor(9, "A data manager", Role.DATA_MANAGER, blinded=True)
MANAGER = Actor(8, "A trial manager", Role.TRIAL_MANAGER, blinded=False)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def seen_by(trial, actor, look):
    """What somebody is shown, as the door lets them see it."""
    trial.session.rollback()
    trial.session.expunge_all()
    trial.session.info["actor"] = actor
    try:
        return look(trial.session)
    finally:
        del trial.session.info["actor"]


def all_shown(trial):
    """Everything of the log that a reader is shown: list, first page, report of the entry, audit report."""

    def look(session):
        entry = session.get(SafetyEntry, 1)
        actor = session.info["actor"]
        waits = today.today(session, actor, trial.protocol, trial.on, NOW).waiting
        listed = [
            (one.clock.key, one.until, one.provisional)
            for one in clocks.waiting(session, trial.protocol)
        ]
        told = safety_told.blocks(session, trial.protocol, Cut(trial.on, None, ""))
        return waits, listed, report_of(session, trial.protocol, entry), list(told)

    return look


def correct(trial, entry, why="the letter says so", **what):
    told = {"at": NOW, "why": why, **EVENT, **what}
    return does(trial, Act.RECORD_SAFETY, log.correct, trial.protocol, entry, **told)


def goes_on(trial, entry, **what):
    told = {"text": "In hospital now.", "outcome": "ongoing", "on": trial.on} | what
    return does(trial, Act.RECORD_SAFETY, log.follow_up, trial.protocol, entry, **told)


def test_a_serious_unexpected_event_not_judged_yet_runs_to_the_committee_unless_judged_not_related(
    trial, person, session
):
    entry = record(trial, person)
    one = running(trial, entry)[COMMITTEE]
    assert one.provisional and one.until.day == date(2016, 1, 19)
    assert one.late(datetime(2016, 1, 20, 9, tzinfo=UTC))
    blocks = report_of(session, trial.protocol, entry).blocks
    (table,) = [b for b in blocks if isinstance(b, Table) and b.caption == "Clocks"]
    assert table.rows[1][1] == "19 January 2016, unless judged not related"
    judge(trial, entry, "unlikely")
    assert COMMITTEE not in running(trial, entry)
    judge(trial, entry, "possible", why="a second look")
    assert not running(trial, entry)[COMMITTEE].provisional


def test_an_expected_event_not_judged_yet_runs_to_nobody_but_the_sponsor(trial, person):
    assert set(running(trial, record(trial, person, term="self-harm"))) == {SPONSOR}


def test_for_the_blinded_nothing_changes_when_an_event_is_judged(trial, person):
    number = record(trial, person).id
    shown = [seen_by(trial, BLINDED, all_shown(trial))]
    for related in ("unlikely", "definite"):
        judge(trial, trial.session.get_one(SafetyEntry, number), related, why="another look")
        shown.append(seen_by(trial, BLINDED, all_shown(trial)))
    assert shown[0] == shown[1] == shown[2]
    assert [key for key, _, _ in shown[0][1]] == [SPONSOR]
    assert "Caused by taking part" not in str(shown[0][2])
    manager = seen_by(trial, MANAGER, all_shown(trial))
    assert {key for key, _, _ in manager[1]} == {SPONSOR, COMMITTEE}


def test_it_goes_by_the_person_also_where_the_judgment_was_read_before(trial, person):
    entry = record(trial, person)
    assert COMMITTEE in running(trial, entry)
    trial.session.info["actor"] = BLINDED  # the entry stays as it was read
    assert set(running(trial, entry)) == {SPONSOR}
    del trial.session.info["actor"]


def test_that_the_committee_was_told_is_for_who_may_know_the_cause_alone(trial, person, session):
    """Before the arm is revealed too: else it would be known when it is."""
    entry = record(trial, person)
    judge(trial, entry)
    made = tell(trial, entry, COMMITTEE)
    assert made.unblinds is True

    def told(session):
        changes = session.query(Change).filter(Change.table == "safety_told")
        return session.get(SafetyTold, 1), [one.new for one in changes if one.item == "clock"]

    assert seen_by(trial, BLINDED, told) == (None, [])
    assert seen_by(trial, MANAGER, told)[0].clock == COMMITTEE
    assert COMMITTEE not in {one.clock.key for one in clocks.waiting(session, trial.protocol)}


def test_what_somebody_was_told_stays_though_the_event_proves_not_related(trial, person):
    entry = record(trial, person)
    tell(trial, entry, COMMITTEE)
    judge(trial, entry, "unlikely")
    one = running(trial, entry)[COMMITTEE]
    assert one.told is not None and not one.provisional


def test_who_may_judge_finds_what_is_to_be_judged_and_who_may_report_what_goes_on(trial, person):
    for what in ({}, {"seriousness": None}, {"outcome": "recovered"}):
        record(trial, person, **what)
    does(
        trial, Act.RECORD_SAFETY, log.take_back, record(trial, person), on=trial.on, why="twice"
    )  # fmt: skip

    def tiles(actor):
        def look(session):
            found = today.today(session, actor, trial.protocol, trial.on, NOW).waiting
            return {one.key: one.number for one in found}

        return seen_by(trial, actor, look)

    manager = tiles(MANAGER)
    assert (manager["safety-unjudged"], manager["safety-open"]) == (2, 2)
    blinded = tiles(BLINDED)
    assert "safety-unjudged" not in blinded and blinded["safety-open"] == 2
    auditor = tiles(Actor(6, "An auditor", Role.AUDITOR, blinded=False))
    assert "safety-unjudged" not in auditor and "safety-open" not in auditor
    judge(trial, trial.session.get_one(SafetyEntry, 1))
    assert tiles(MANAGER)["safety-unjudged"] == 1


def test_what_becomes_serious_by_a_correction_runs_from_when_that_was_known(trial, person, session):
    entry = record(trial, person, seriousness=None)
    with pytest.raises(Refused, match="since which it is known to be serious"):
        correct(trial, entry)
    correct(trial, entry, serious_at=LATER)
    found = running(trial, entry)
    assert found[SPONSOR].until.at == LATER + timedelta(hours=24)
    assert found[COMMITTEE].until.day == date(2016, 1, 27)
    (step,) = history(session, "safety_entry", entry.id, "serious_at")
    assert step.reason == "the letter says so"
    correct(trial, entry, description="Fell from a step.")
    assert entry.serious_at == LATER  # what is not said stays
    correct(trial, entry, seriousness=None)
    assert entry.serious_at is None and running(trial, entry) == {}
    correct(trial, entry, serious_at=HEARD)
    assert entry.serious_at is None
    assert running(trial, entry)[SPONSOR].until.at == HEARD + timedelta(hours=24)
    assert verify(session).valid


def test_what_was_serious_from_the_start_runs_from_when_the_team_heard_of_it(trial, person):
    entry = record(trial, person)
    assert entry.serious_at is None
    correct(trial, entry, heard_at=HEARD + timedelta(hours=2))
    assert running(trial, entry)[SPONSOR].until.at == HEARD + timedelta(hours=26)


def test_an_event_becomes_serious_by_a_report_of_how_it_went_on(trial, person, session):
    entry = record(trial, person, seriousness=None)
    goes_on(trial, entry, seriousness="hospital", serious_at=LATER)
    assert entry.seriousness == "hospital"
    assert running(trial, entry)[SPONSOR].until.at == LATER + timedelta(hours=24)
    with pytest.raises(Refused, match="Correct the entry"):
        goes_on(trial, entry, seriousness="death", serious_at=LATER)
    assert verify(session).valid


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"seriousness": "hospital"}, "since which it is known"),
        ({"serious_at": LATER}, "Choose why it is serious"),
        ({"seriousness": "very", "serious_at": LATER}, "Choose why it is serious"),
        ({"seriousness": "hospital", "serious_at": HEARD - timedelta(minutes=1)}, "before the team"),
        ({"seriousness": "hospital", "serious_at": datetime(2016, 1, 17, tzinfo=UTC)}, "future"),
    ],
)  # fmt: skip
def test_when_it_cannot_have_been_known_is_refused_in_words(trial, person, what, said):
    entry = record(trial, person, seriousness=None)
    with pytest.raises(Refused, match=said):
        goes_on(trial, entry, **what)
    if "hospital" in what.values() and "serious_at" in what:
        with pytest.raises(Refused, match=said):
            correct(trial, entry, **what)


def test_a_day_is_not_lost_without_a_word_where_nothing_is_serious(trial, person):
    entry = record(trial, person, seriousness=None)
    with pytest.raises(Refused, match="it is not serious"):
        correct(trial, entry, seriousness=None, serious_at=LATER)
    deviation = record(trial, None, kind=log.DEVIATION)
    with pytest.raises(Refused, match="Correct the entry"):
        goes_on(trial, deviation, outcome=None, seriousness="hospital", serious_at=LATER)


def test_a_deviation_that_proves_a_serious_breach_runs_from_when_that_was_known(trial, session):
    entry = record(trial, None, kind=log.DEVIATION)
    breach = {**BREACH, "seriousness": None, "outcome": None}
    with pytest.raises(Refused, match="since which it is known to be serious"):
        correct(trial, entry, **breach)
    correct(trial, entry, serious_at=LATER, **breach)
    assert running(trial, entry)["breach-to-committee"].until.day == date(2016, 1, 19)


def test_the_audit_report_counts_a_clock_from_the_day_on_which_it_began(trial, person, session):
    entry = record(trial, person, seriousness=None)
    goes_on(trial, entry, seriousness="hospital", serious_at=LATER)

    def sponsor(on):
        session.rollback()
        found = safety_told.blocks(session, trial.protocol, Cut(on, None, ""))
        return [one.rows[0][2:] for one in found if isinstance(one, Table)][1]

    assert sponsor(date(2016, 1, 11)) == (0, 0, 0, 0)
    assert sponsor(date(2016, 1, 12)) == (0, 0, 0, 1)
    assert sponsor(date(2016, 1, 13)) == (0, 0, 1, 0)


def at(trial, clock, day, clock_time=None, now=NOW):
    return clocks.told_at(trial.protocol, clock, day, clock_time, now)


def test_told_without_a_time_of_day_is_now_or_the_end_of_an_earlier_day(trial, person):
    monday = date(2016, 1, 4)
    assert at(trial, COMMITTEE, NOW.date()) == NOW
    told = at(trial, COMMITTEE, monday)
    assert told == datetime(2016, 1, 5, tzinfo=UTC) - timedelta(microseconds=1)
    entry = record(trial, person, heard_at=datetime(2016, 1, 4, 13, tzinfo=UTC))
    tell(trial, entry, COMMITTEE, told_at=told)  # that day in the afternoon, if not in the evening
    future = at(trial, COMMITTEE, date(2016, 1, 16))
    with pytest.raises(Refused, match="future"):
        tell(trial, entry, SPONSOR, told_at=future)
    summer = at(trial, COMMITTEE, date(2015, 7, 1))
    assert summer == datetime(2015, 7, 1, 23, tzinfo=UTC) - timedelta(microseconds=1)


def test_a_clock_of_hours_asks_for_the_time_of_day(trial):
    with pytest.raises(Refused, match="Enter the time of day too") as refused:
        at(trial, SPONSOR, date(2016, 1, 4))
    assert refused.value.findings[0].item == "told_time"
    with pytest.raises(Refused, match="Enter the time of day too"):
        at(trial, SPONSOR, NOW.date())
    assert at(trial, SPONSOR, date(2015, 7, 1), time(13, 5)) == datetime(
        2015, 7, 1, 12, 5, tzinfo=UTC
    )


GRAVE, REST = ("death", "life-threatening"), ("hospital", "disability", "important")
OF_MEDICINES = (
    ClockPlan(
        key="grave", label="Fatal or life-threatening SUSAR", starts="serious-related-unexpected",
        seriousness=GRAVE, to="the MHRA", days=7,
    ),
    ClockPlan(
        key="grave-again", label="What is known since", after="grave", to="the MHRA", days=8
    ),
    ClockPlan(
        key="susar", label="Any other SUSAR", starts="serious-related-unexpected",
        seriousness=REST, to="the MHRA", days=15,
    ),
    ClockPlan(key="sponsor", label="Serious", starts="serious", to="the sponsor", days=1),
    ClockPlan(key="sponsor-again", label="Again", after="sponsor", to="the sponsor", hours=12),
)  # fmt: skip


@pytest.fixture
def medicines(trial, person):
    """The same trial under the clocks of a trial of a medicine."""
    plan = trial.protocol.keeping_safe.model_copy(update={"clocks": OF_MEDICINES})
    trial.protocol = trial.protocol.model_copy(update={"safety": plan})
    return trial


@pytest.mark.parametrize(
    ("seriousness", "clock", "until"),
    [
        ("death", "grave", date(2016, 1, 11)),
        ("life-threatening", "grave", date(2016, 1, 11)),
        ("hospital", "susar", date(2016, 1, 19)),
    ],
)
def test_what_is_graver_is_told_within_less_time(medicines, person, seriousness, clock, until):
    entry = record(medicines, person, seriousness=seriousness)
    found = running(medicines, entry)
    assert set(found) == {clock, "sponsor"}
    assert found[clock].until.day == until
    judge(medicines, entry, "unlikely")
    assert set(running(medicines, entry)) == {"sponsor"}


def test_a_clock_is_counted_from_the_first_telling_of_another(medicines, person, session):
    entry = record(medicines, person, seriousness="death")
    judge(medicines, entry)
    first = tell(medicines, entry, "grave", told_at=LATER)
    again = running(medicines, entry)["grave-again"]
    assert again.until.day == date(2016, 1, 20) and again.told is None
    assert "grave-again" in {one.clock.key for one in clocks.waiting(session, medicines.protocol)}
    with pytest.raises(Refused, match="before the clock began"):
        tell(medicines, entry, "grave-again", told_at=LATER - timedelta(hours=1))
    second = tell(medicines, entry, "grave-again", told_at=LATER + timedelta(hours=1))
    assert second.unblinds is True
    back = (medicines, Act.TELL_SAFETY, clocks.take_back, medicines.protocol)
    with pytest.raises(Refused, match="Take back first"):
        does(*back, first, on=medicines.on, why="slip")
    does(*back, second, on=medicines.on, why="slip")
    does(*back, first, on=medicines.on, why="slip")
    assert "grave-again" not in running(medicines, entry)


def test_of_what_asks_for_the_cause_the_blinded_see_no_second_clock_either(medicines, person):
    entry = record(medicines, person, seriousness="death")
    tell(medicines, entry, "grave", told_at=LATER)

    def look(session):
        seen = [session.get_one(SafetyEntry, 1)]
        return {one.clock.key for one in clocks.running(session, medicines.protocol, seen)}

    assert seen_by(medicines, BLINDED, look) == {"sponsor"}
    assert seen_by(medicines, MANAGER, look) == {"sponsor", "grave", "grave-again"}


def test_the_first_telling_asks_for_the_time_where_hours_are_counted_from_it(medicines):
    with pytest.raises(Refused, match="Enter the time of day too"):
        at(medicines, "sponsor", date(2016, 1, 4))
    assert at(medicines, "susar", NOW.date()) == NOW


def test_the_hours_of_a_measure_are_real_hours_when_the_clocks_change(trial, session):
    plan = trial.protocol.keeping_safe
    day = (ClockPlan(key="m", label="M", starts="urgent-measure", to="the sponsor", hours=24),)
    trial.protocol = trial.protocol.model_copy(
        update={"safety": plan.model_copy(update={"clocks": day})}
    )
    trial.session.rollback()
    with acting(session, by=trial.by, name=Act.RECORD_SAFETY):
        entry = log.record(
            session, trial.protocol, kind=log.MEASURE, about=None, description="Visits stop.",
            happened_on=date(2015, 10, 25), heard_at=HEARD, at=NOW,
        )  # fmt: skip
    until = running(trial, entry)["m"].until
    assert until.at == datetime(2015, 10, 25, 23, tzinfo=UTC)  # from midnight in summer time
