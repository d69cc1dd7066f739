"""Reports that are due: by the vectors of the rules, again and again until the end, made and taken back."""

from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from trial.conduct import duties
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reports import numbers_due
from trial.conduct.reports.cut import Cut
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
    assert due(trial, "registration")[0].due_on == date(2015, 10, 12)
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
        trial.does(Act.RECORD_DUTY, lambda s, p, on: duties.take_back(s, done, on=on))
    trial.does(Act.RECORD_DUTY, lambda s, p, on: duties.take_back(s, done, on=on), why="a slip")
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


def test_the_numbers_are_filled_in_and_tell_no_arm(trial, session, clusters):
    trial.participant(trial.open(clusters["city-forensic"]))
    (duty,) = due(trial, "registration")
    report = numbers_due.build(
        session, trial.protocol, duty, Cut(trial.on, None, "0" * 64), trial.by
    )
    (table,) = [one for one in report.blocks if isinstance(one, Table) and len(one.columns) == 2]
    rows = dict(table.rows)
    assert rows["Enrolled, of the target"] == "1 of 40" and rows["Clusters opened"] == "1"
    assert rows["Died"] == "0" and rows["Serious adverse events"] == "0 in 0 people"
    assert not any("IPS" in str(row) for row in table.rows)
