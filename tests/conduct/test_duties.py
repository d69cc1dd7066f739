"""Reports that are due: by the vectors of the rules, again and again until the end, made and taken back."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.conduct.recruiting import Recruiting
from trial.conduct import duties
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reports import numbers_due
from trial.conduct.reports.cut import Cut
from trial.config import Clock
from trial.protocol import load
from trial.protocol.duties import DayPlan, DutyPlan
from trial.records.models import Milestone
from trial.records.trail import acting
from trial.records.verify import verify
from trial.report.value import Table


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


def on_day(trial, key, day, why=None):
    trial.on = max(trial.on, day)
    return trial.does(Act.RECORD_DUTY, duties.record_day, key=key, happened_on=day, why=why)


def made(trial, duty, number=1, day=None, **rest):
    told = {"duty": duty, "number": number, "done_on": day or trial.on} | rest
    return trial.does(Act.RECORD_DUTY, duties.record_done, **told)


def take_back(trial, done, why="a slip"):
    return trial.does(Act.RECORD_DUTY, lambda s, p, on: duties.take_back(s, done, on=on), why=why)


def take_back_day(trial, day, why="a slip"):
    return trial.does(Act.RECORD_DUTY, duties.take_back_day, day, why=why)


def declare(trial, *plans, days=()):
    trial.protocol = trial.protocol.model_copy(update={"duties": plans, "days": days})


def due(trial, key):
    trial.session.rollback()
    listed = duties.listed(trial.session, trial.protocol, trial.on)
    return [one for one in listed if one.plan.key == key]


@pytest.mark.parametrize(
    ("milestone", "day", "duty", "until"),
    [
        ("end-of-study", date(2027, 11, 30), "end-of-study", date(2028, 2, 28)),
        ("end-of-study", date(2028, 12, 1), "end-of-study", date(2029, 3, 1)),
        ("end-of-study", date(2028, 2, 29), "final-report", date(2029, 2, 28)),
        ("early-termination", date(2027, 12, 20), "early-end", date(2028, 1, 4)),
    ],
)
def test_the_vectors_of_the_rules(trial, milestone, day, duty, until):
    assert due(trial, duty)[0].due_on is None
    on_day(trial, milestone, day)
    (one,) = due(trial, duty)
    assert one.due_on == until
    assert not one.late(until) and one.late(date(until.year + 1, 1, 1))


def test_what_comes_again_comes_until_the_study_ends(trial):
    on_day(trial, "approval", date(2024, 2, 29))
    trial.on = date(2026, 6, 1)
    assert [one.due_on for one in due(trial, "progress")] == [
        date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28),
    ]  # fmt: skip
    trial.on = date(2028, 3, 1)
    assert due(trial, "progress")[3].due_on == date(2028, 2, 29)  # no drift from the 28th
    on_day(trial, "end-of-study", date(2026, 6, 30))
    assert len(due(trial, "progress")) == 2


def test_the_records_tell_when_the_first_cluster_opened_and_who_was_first(trial, clusters):
    trial.participant(trial.open(clusters["city-forensic"]))
    assert duties.days_of(trial.session, trial.protocol)["first-enrolment"] == date(2015, 10, 12)
    assert due(trial, "steering")[0].due_on == date(2016, 3, 1)
    waits = duties.waiting(trial.session, trial.protocol, trial.on)
    assert [one.plan.key for one in waits] == ["registration"]


def test_what_was_made_is_made_once_and_can_be_taken_back(trial, session):
    on_day(trial, "end-of-study", date(2027, 11, 30))
    trial.on = date(2028, 3, 2)
    assert due(trial, "end-of-study")[0].late(trial.on)
    done = made(trial, "end-of-study", day=date(2028, 2, 28), reference=" D-1 ")
    (one,) = due(trial, "end-of-study")
    assert (one.done.reference, one.late(trial.on)) == ("D-1", False)
    with pytest.raises(Refused, match="28 February 2028 already"):
        made(trial, "end-of-study")
    with pytest.raises(Refused, match="Say why"):
        take_back(trial, done, why=None)
    take_back(trial, done)
    assert due(trial, "end-of-study")[0].done is None
    made(trial, "end-of-study")
    assert due(trial, "end-of-study")[0].late(trial.on)
    assert verify(session).valid


def test_a_day_is_put_right_with_a_reason_and_what_is_counted_follows(trial):
    on_day(trial, "end-of-study", date(2027, 11, 30))
    with pytest.raises(Refused, match="Say why"):
        on_day(trial, "end-of-study", date(2027, 12, 1))
    on_day(trial, "end-of-study", date(2027, 12, 1), why="the last visit was later")
    assert due(trial, "end-of-study")[0].due_on == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("key", "day", "told"),
    [("opening", date(2016, 1, 1), "Choose which day"), ("approval", date(2017, 1, 1), "future")],
)
def test_what_cannot_be_is_refused_in_words(trial, key, day, told):
    with pytest.raises(Refused, match=told):
        trial.does(Act.RECORD_DUTY, duties.record_day, key=key, happened_on=day)
    with pytest.raises(Refused, match="no such report"):
        made(trial, "nothing")


@pytest.mark.parametrize(
    ("days", "until"),
    [
        ({"early-termination": date(2027, 12, 20)}, date(2028, 12, 20)),
        ({"end-of-study": date(2028, 2, 29)}, date(2029, 2, 28)),
        (
            {"end-of-study": date(2028, 3, 31), "early-termination": date(2027, 12, 20)},
            date(2028, 12, 20),
        ),
    ],
)
def test_of_several_days_the_earliest_that_is_known_counts(trial, days, until):
    assert due(trial, "final-report")[0].due_on is None
    for key, day in days.items():
        on_day(trial, key, day)
    assert due(trial, "final-report")[0].due_on == until


def test_the_first_that_comes_again_is_not_due_either_once_the_study_is_over(trial):
    on_day(trial, "approval", date(2015, 1, 5))
    made(trial, "progress", day=date(2015, 12, 1))
    done = made(trial, "progress", 2, day=date(2015, 12, 2))
    on_day(trial, "early-termination", date(2015, 12, 31))
    assert [one.number for one in due(trial, "progress")] == [1, 2]  # made, so still listed
    take_back(trial, due(trial, "progress")[0].done)
    assert [one.number for one in due(trial, "progress")] == [2]
    take_back(trial, done)
    assert due(trial, "progress") == []
    with pytest.raises(Refused, match="no such report"):
        made(trial, "progress")
    assert due(trial, "early-end")[0].due_on == date(2016, 1, 15)  # what comes once is due


def test_what_is_due_on_the_day_of_the_end_is_due(trial):
    on_day(trial, "approval", date(2015, 1, 5))
    on_day(trial, "end-of-study", date(2016, 1, 5))
    assert [one.due_on for one in due(trial, "progress")] == [date(2016, 1, 5)]


def test_what_was_made_early_stays_listed_where_one_before_it_is_taken_back(trial):
    on_day(trial, "approval", date(2016, 1, 4))
    first = made(trial, "progress")
    made(trial, "progress", 2)
    take_back(trial, first)
    assert [(one.number, one.done is None) for one in due(trial, "progress")] == [
        (1, True), (2, False),
    ]  # fmt: skip


def test_a_day_is_taken_back_with_a_reason_and_recorded_again(trial, session):
    first = on_day(trial, "end-of-study", date(2027, 11, 30))
    with pytest.raises(Refused, match="Say why"):
        take_back_day(trial, first, why=None)
    take_back_day(trial, first)
    assert due(trial, "end-of-study")[0].due_on is None
    with pytest.raises(Refused, match="taken back already"):
        take_back_day(trial, first)
    second = on_day(trial, "end-of-study", date(2027, 10, 31))
    assert due(trial, "end-of-study")[0].due_on == date(2028, 1, 29)
    take_back_day(trial, second)
    on_day(trial, "end-of-study", date(2027, 9, 30))
    kept = session.scalars(select(Milestone).order_by(Milestone.id)).all()
    assert [one.voided_on is None for one in kept] == [False, False, True]
    assert verify(session).valid


def test_the_database_keeps_one_day_of_a_kind_that_stands(trial, session):
    on_day(trial, "approval", date(2016, 1, 4))
    session.rollback()
    with pytest.raises(IntegrityError), acting(session, by=trial.by, name=Act.RECORD_DUTY):
        session.add(Milestone(key="approval", happened_on=trial.on, recorded_by_name="Somebody"))


def test_a_report_is_not_made_before_the_day_that_it_is_counted_from(trial):
    with pytest.raises(Refused, match=r"Record first .*: decision to end the study early\."):
        made(trial, "early-end")
    on_day(trial, "end-of-study", date(2015, 12, 31))
    with pytest.raises(Refused, match=r"end of the study, .*, 31 December 2015") as refused:
        made(trial, "end-of-study", day=date(2015, 12, 30))
    assert refused.value.findings[0].item == "done_on"
    made(trial, "end-of-study", day=date(2015, 12, 31))
    made(trial, "registration", day=date(2015, 6, 1))  # a day that is planned is no such day


def test_a_day_does_not_move_behind_a_report_that_was_made(trial):
    day = on_day(trial, "end-of-study", date(2015, 12, 31))
    done = made(trial, "end-of-study", day=date(2016, 1, 5))
    with pytest.raises(Refused, match=r"made on 5 January 2016, before the day .* take that back"):
        on_day(trial, "end-of-study", date(2016, 1, 6), why="a slip")
    with pytest.raises(
        Refused, match=r"Declaration of the end .* counted from this day: take that back"
    ):
        take_back_day(trial, day)
    on_day(trial, "end-of-study", date(2016, 1, 5), why="a slip")
    take_back(trial, done)
    take_back_day(trial, day)
    assert due(trial, "end-of-study")[0].due_on is None


def test_a_day_is_taken_back_where_another_still_counts(trial):
    end = on_day(trial, "end-of-study", date(2015, 10, 1))
    on_day(trial, "early-termination", date(2015, 12, 1))
    done = made(trial, "final-report", day=date(2015, 11, 1))
    with pytest.raises(Refused, match="before the day that it would be counted from"):
        take_back_day(trial, end)
    with pytest.raises(Refused, match="before the day that it would be counted from"):
        on_day(trial, "end-of-study", date(2015, 12, 2), why="a slip")
    take_back(trial, done)
    made(trial, "final-report", day=date(2016, 1, 4))
    take_back_day(trial, end)
    assert due(trial, "final-report")[0].due_on == date(2016, 12, 1)


def test_a_halt_is_told_within_15_days_of_the_decision(trial):
    assert "temporary-halt" in duties.asked(trial.protocol)
    assert due(trial, "temporary-halt")[0].due_on is None
    on_day(trial, "temporary-halt", date(2027, 12, 20))
    assert due(trial, "temporary-halt")[0].due_on == date(2028, 1, 4)
    assert duties.words_of(("temporary-halt",), trial.protocol).startswith("decision to halt")


def test_a_protocol_declares_a_day_of_its_own_such_as_the_support_under_section_251(trial):
    declare(
        trial,
        DutyPlan(
            key="cag-review", label="Annual review", to="the CAG", counted_from=("section-251",),
            months=11, every_months=12,
        ),
        days=(DayPlan(key="section-251", label="Support under section 251 given"),),
    )  # fmt: skip
    assert duties.asked(trial.protocol) == ["end-of-study", "early-termination", "section-251"]
    on_day(trial, "section-251", date(2016, 3, 31))
    trial.on = date(2020, 3, 1)
    assert [one.due_on for one in due(trial, "cag-review")] == [
        date(2017, 2, 28), date(2018, 2, 28), date(2019, 2, 28), date(2020, 2, 29),
        date(2021, 2, 28),
    ]  # fmt: skip
    trial.protocol = load(None)
    with pytest.raises(Refused, match="Choose which day"):
        on_day(trial, "section-251", date(2016, 4, 1), why="a slip")


def test_registration_is_due_before_anybody_is_enrolled(trial):
    trial.on = date(2015, 8, 3)
    assert duties.waiting(trial.session, trial.protocol, trial.on) == []
    trial.on = date(2015, 8, 4)
    (one,) = duties.waiting(trial.session, trial.protocol, trial.on)
    assert (one.key, one.due_on) == ("registration-1", date(2015, 9, 1))
    assert not one.late(date(2015, 9, 1)) and one.late(date(2015, 9, 2))
    made(trial, "registration")
    assert duties.waiting(trial.session, trial.protocol, date(2015, 12, 1)) == []


def test_meetings_on_given_days_come_one_after_the_other_until_the_end(trial):
    given = (date(2015, 6, 24), date(2016, 1, 20), date(2016, 2, 24), date(2016, 6, 29))
    declare(trial, DutyPlan(key="board", label="Meeting", to="the board", dates=given))
    assert [one.due_on for one in due(trial, "board")] == list(given[:2])
    made(trial, "board", day=date(2015, 6, 24))
    made(trial, "board", 2)
    assert [(one.name, one.late(trial.on)) for one in due(trial, "board")] == [
        ("Meeting, number 1", False), ("Meeting, number 2", False), ("Meeting, number 3", False),
    ]  # fmt: skip
    on_day(trial, "early-termination", date(2016, 1, 14))
    assert [one.number for one in due(trial, "board")] == [1, 2]
    assert duties.words_of(due(trial, "board")[0].plan.counted_from, trial.protocol) == (
        "the days that the protocol gives"
    )
    # An amendment that gives fewer days loses nothing that was made.
    declare(trial, DutyPlan(key="board", label="Meeting", to="the board", dates=given[:1]))
    assert [(one.name, one.due_on) for one in due(trial, "board")] == [
        ("Meeting", given[0]), ("Meeting, number 2", None),
    ]  # fmt: skip


@pytest.mark.parametrize("plan", [{"months": 1}, {"days": 0}])
def test_what_comes_every_month_does_not_drift_from_the_end_of_the_month(trial, plan):
    declare(
        trial,
        DutyPlan(
            key="figures", label="Figures", to="the funder", counted_from=("approval",),
            every_months=1, **plan,
        ),
    )  # fmt: skip
    on_day(trial, "approval", date(2015, 8, 31))
    ends = [date(2015, month, day) for month, day in ((9, 30), (10, 31), (11, 30), (12, 31))]
    found = [one.due_on for one in due(trial, "figures")]
    assert found == [date(2015, 8, 31), *ends, date(2016, 1, 31)]["months" in plan :]


def test_overdue_is_by_the_day_in_london(trial, monkeypatch):
    on_day(trial, "early-termination", date(2026, 6, 15))
    (one,) = due(trial, "early-end")
    assert one.due_on == date(2026, 6, 30)
    for hour, late in ((22, False), (23, True)):  # half past midnight there, in summer
        instant = datetime(2026, 6, 30, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(Clock, "now", lambda clock, instant=instant: instant)
        assert one.late(Clock().today()) == late


def test_the_numbers_are_filled_in_and_tell_no_arm(trial, session, clusters):
    trial.participant(trial.open(clusters["city-forensic"]))
    (duty,) = due(trial, "registration")
    report = numbers_due.build(session, trial.protocol, duty, Cut(trial.on, None, "0" * 64))
    (table,) = [one for one in report.blocks if isinstance(one, Table) and len(one.columns) == 2]
    rows = dict(table.rows)
    assert rows["Enrolled, of the target"] == "1 of 40" and rows["Clusters opened"] == "1"
    assert rows["Died"] == "0" and rows["Serious adverse events"] == "0 in 0 people"
    assert not any("IPS" in str(row) for row in table.rows)
