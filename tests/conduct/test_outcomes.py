"""From records to derived outcomes: what counts, up to which day, on which basis."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from trial.analysis.employment import Answer
from trial.conduct import employment, visits
from trial.conduct.access import Act
from trial.conduct.outcomes import outcomes_of
from trial.protocol import load
from trial.records.models import Spell, Visit

END = date(2016, 12, 20)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol, on=END)


@pytest.fixture
def person(trial, clusters):
    """Enrolled on 12 October 2015."""
    return trial.participant(trial.open(clusters["city-forensic"]))


def work(trial, person, **what) -> Spell:
    job = {
        "kind": "open", "source": "payslip", "started_on": date(2016, 1, 1),
        "weekly_hours": Decimal(7), "pay": Decimal(10), "pay_period": "hour",
    }  # fmt: skip
    return trial.does(Act.RECORD_SPELL, employment.record_spell, person, **(job | what))


def see(trial, person, plan, done_on, known=None, working="unknown"):
    visit = trial.session.scalars(select(Visit).where(Visit.plan == plan)).one()
    told = {"done_on": done_on, "working": working, "history_known_until": known}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)


def outcomes(trial, person, on=END):
    session = trial.session
    found = [
        session.scalars(select(cls).where(cls.participant_id == person.id)).all()
        for cls in (Spell, Visit)
    ]
    return outcomes_of(trial.protocol, person, *found, on)


def test_nothing_known_is_unknown_not_unemployed(trial, person):
    found = outcomes(trial, person)
    assert (found.open_at_12, found.ever_open) == (Answer.UNKNOWN, Answer.UNKNOWN)
    assert found.complete is False


def test_a_history_known_to_the_anniversary_decides(trial, person):
    work(trial, person, ended_on=date(2016, 1, 14))
    see(trial, person, "month-12", date(2016, 10, 20), date(2016, 10, 20), "yes")
    found = outcomes(trial, person)
    assert (found.open_at_12, found.ever_open) == (Answer.NO, Answer.YES)
    assert (found.open_days, found.open_hours, found.open_earnings) == (
        14,
        Decimal("14.00"),
        Decimal("140.00"),
    )
    assert found.days_to_first_open == 81
    assert found.complete


def test_else_the_visit_in_its_window_before_the_date_decides(trial, person):
    see(trial, person, "month-12", date(2016, 10, 1), date(2016, 9, 1), "yes")
    found = outcomes(trial, person)
    assert found.open_at_12 is Answer.YES
    assert "12-month visit" in found.open_at_12_basis


def test_a_visit_after_the_date_does_not_decide_for_the_date(trial, person):
    see(trial, person, "month-12", date(2016, 10, 20), date(2016, 9, 1), "yes")
    assert outcomes(trial, person).open_at_12 is Answer.UNKNOWN


def test_a_voided_spell_and_a_voided_term_do_not_count(trial, person):
    spell = work(trial, person)
    raised = {"weekly_hours": Decimal(14), "pay": Decimal(10), "pay_period": "hour"}
    term = trial.does(
        Act.CORRECT_SPELL, employment.add_term, spell, from_on=date(2016, 2, 1), **raised
    )
    see(trial, person, "month-12", date(2016, 10, 12), date(2016, 10, 12))
    more = outcomes(trial, person).open_hours
    trial.does(Act.CORRECT_SPELL, employment.void_term, term, why="wrong person")
    less = outcomes(trial, person).open_hours
    assert more > less == Decimal(286)
    trial.does(Act.VOID_SPELL, employment.void_spell, spell, why="wrong person")
    assert outcomes(trial, person).ever_open is Answer.NO


def test_a_report_for_an_earlier_day_does_not_know_later_days(trial, person):
    see(trial, person, "month-12", date(2016, 10, 12), date(2016, 10, 12))
    assert outcomes(trial, person).complete
    assert outcomes(trial, person, on=date(2016, 6, 1)).complete is False


def test_another_protocol_has_another_primary_visit(trial, person, pytestconfig):
    other = load(pytestconfig.rootpath / "tests/protocol/other.toml")
    from_records = outcomes_of(other, person, [], [], END)
    assert from_records.open_at_12 is Answer.UNKNOWN
